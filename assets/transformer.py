"""The layout transformer as assets: its lessons, the network that learned them, what it is worth.

Nothing asks for them but their job or a person, and no champion depends on them: a home reads
with them where LEDGERGRAPH_READER says so. They need the extra `networks`; without it the
first of them says so and the others are not run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from assets import policies
from assets.learning import LEARNED, SEED
from assets.lineage import Inputs, Made, domain_errors, written
from assets.pictures import bars, confusion, courses
from assets.reader_learning import (
    DOCUMENTS_JUDGED,
    PICTURES,
    annotated,
    documents_of,
    is_held,
    learned_by,
)
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import StaleInput
from ledgergraph.identity import canonical_json
from resources.checkpoints import checkpoints, forgotten
from resources.doors import LedgerResource, LimitsResource, StoreResource
from resources.recognition import OcrResource
from resources.registry import RegistryResource
from resources.store import Store

if TYPE_CHECKING:
    from ledgergraph.extractions.readers.transformed import Views
    from ledgergraph.models.layout_network import Classes, Shape
    from ledgergraph.models.layout_training import Epoch, Learned, Training
    from ledgergraph.models.layout_windows import Lesson, Pixels

TRANSFORMER = "transformer"
LICENCE = "ledgergraph/licence of the weights"
HISTORY = "history.json"


class Lessons(dg.Config):
    """What a transformer learns from and is judged on."""

    documents: int = Field(3_000, gt=1, le=100_000, description="to learn from at most")
    judged: int = Field(DOCUMENTS_JUDGED, gt=0, le=100_000, description="to judge on at most")
    pictures: int = Field(
        PICTURES, ge=0, le=10_000, description="of each recognised at most; a second or two each"
    )


class LearningToTag(dg.Config):
    """How a transformer learns; by default small and from scratch."""

    checkpoint: str = Field(
        "", description="a folder with config.json, model.safetensors and tokenizer.json of a "
        "LayoutLMv3 or LiLT to start from; its licence is shown"
    )  # fmt: skip
    body: str = Field("layoutlmv3", description="from scratch: layoutlmv3 or lilt")
    width: int = Field(258, gt=0, le=1_200, description="of its states, from scratch: 6 times …")
    layers: int = Field(4, gt=0, le=48, description="from scratch")
    heads: int = Field(6, gt=0, le=48, description="of attention, from scratch")
    pieces: int = Field(4_000, gt=260, le=200_000, description="of words, from scratch, at most")
    length: int = Field(512, ge=32, le=512, description="pieces in a window")
    overlap: int = Field(128, ge=0, le=256, description="pieces that windows share")
    has_images: bool = Field(
        False, description="the image branch of LayoutLMv3: sees pages too, and takes 2 times as "
        "long; 150 KB of memory a page"
    )  # fmt: skip
    has_chain: bool = Field(False, description="a chain between tags (CRF)")
    rate: float = Field(0, ge=0, lt=1, description="at most; 0: 5e-5 from a checkpoint, else 1e-3")
    warm_up: int = Field(500, ge=0, description="steps of rising rate")
    batch: int = Field(4, gt=0, le=512, description="windows at a time")
    accumulated: int = Field(4, gt=0, le=512, description="batches of a step")
    clipping: float = Field(1.0, gt=0, description="of gradients, by their norm")
    epochs: int = Field(30, gt=0, le=1_000, description="at most")
    patience: int = Field(3, gt=0, description="epochs without a better score that end it")
    kept_every: int = Field(200, gt=0, description="steps between two checkpoints")
    device: str = Field("", description="cpu or cuda; by default a GPU where there is one")
    precision: str = Field("mixed", description="mixed, bfloat16 or full")
    threads: int = Field(0, ge=0, description="of the processor; 0: all")
    seed: int = Field(SEED, ge=0)

    def shape(self) -> "Shape":
        """The network that it asks for."""
        from ledgergraph.models.layout_network import Shape

        return Shape(self.body, self.width, self.layers, self.heads, self.pieces, self.length,
                     self.overlap, has_chain=self.has_chain,
                     has_images=self.has_images)  # fmt: skip

    def training(self) -> "Training":
        """How it is to learn."""
        from ledgergraph.models.layout_training import SCRATCH, Training

        usual = Training().rate if self.checkpoint else SCRATCH
        return Training(
            self.rate or usual, self.warm_up, self.batch, self.accumulated, self.clipping,
            epochs=self.epochs, patience=self.patience, kept_every=self.kept_every,
            threads=self.threads, seed=self.seed, precision=self.precision,
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What its manifest states: all of it, and the weights by their hash."""
        from ledgergraph.models.layout_training import weights_of

        facts = {name: value for name, value in dict(self).items() if name != "checkpoint"}
        return facts | (
            {"checkpoint": weights_of(Path(self.checkpoint))} if self.checkpoint else {}
        )


def views_in(store: Store, limits: Limits) -> "Views":
    """Pictures of the pages of documents that a store holds, for networks that look at them."""
    from ledgergraph.extractions.page_views import views_of

    def views(document_id: str, pages: Sequence[int]) -> "Mapping[int, Pixels]":
        if not document_id or not is_held(store, document_id):
            return {}
        return views_of(store.blob(document_id), pages, limits)

    return views


def no_views(*_: object) -> "Mapping[int, Pixels]":
    """None, for networks that look at words alone."""
    return {}


def is_installed() -> None:
    """Raises BadSetting, naming the extra, where torch is not installed."""
    from ledgergraph.models.layout_windows import needed

    needed("torch", "transformer_lessons")


@dg.asset(deps=["reader_corpus"], **policies.on_request("datasets", "parquet", version="1"))
def transformer_lessons(
    context: dg.AssetExecutionContext, config: Lessons, store: StoreResource, ocr: OcrResource
) -> dg.MaterializeResult:
    """Words of the reader's corpus with their boxes and the classes of every head.

    Two sides of the corpus: to learn from and to judge on, by vendors that only one has.
    """
    home = store.open()
    with domain_errors():
        is_installed()
    settings = {**dict(config), "ocr": ocr.version()}

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.datasets.layout_lessons import TRANSFORMER_LESSONS, labelled, lesson_rows

        sides = (("train", config.documents), ("test", config.judged))
        with ocr.open(home) as recogniser:
            found = [
                (side, own)
                for side, most in sides
                for one in annotated(home, inputs, side, most, config.pictures, recogniser)
                if (own := labelled(*one)) is not None
            ]
        rows = TRANSFORMER_LESSONS.rows(lesson_rows(found))
        counts = {side: sum(own == side for own, _ in found) for side, _ in sides}
        return Made([(TRANSFORMER_LESSONS, rows)], facts=counts)

    return written(context, home, compute, settings=settings)


@dg.asset(
    deps=["transformer_lessons"],
    pool=policies.GPU_POOL,
    **policies.on_request("models", "pytorch", version="1"),
)
def transformer_model(
    context: dg.AssetExecutionContext,
    config: LearningToTag,
    store: StoreResource,
    limits: LimitsResource,
    registry: RegistryResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """A layout transformer that learned tags, tables, cells, type and subtype from its lessons.

    Stopped or killed, the same run again goes on from its last checkpoint.
    """
    home = store.open()
    begun: list[_Task] = []
    with domain_errors():
        is_installed()
        settings = config.facts()

    def compute(inputs: Inputs) -> Made:
        views = views_in(home, limits.value()) if config.has_images else no_views
        task = _task_of(config, inputs, views)
        begun.append(task)
        context.log.info(f"Weights: {task.licence}.")
        facts = {**settings, "licence": task.licence,
                 "manifest": inputs.whole("transformer_lessons").version}  # fmt: skip
        notes = {name: str(value) for name, value in facts.items()}
        note = registry.open(ledger.name).training(TRANSFORMER, notes, task.mark)

        def told(epoch: "Epoch") -> None:
            numbers = {**epoch.losses, "f1": epoch.f1, "held_out_loss": epoch.held_out_loss}
            note(epoch.number, numbers)
            context.log.info(f"Epoch {epoch.number}: {numbers}.")

        made = _learned(home, config, task, told)
        return Made(files=_files_of(made, config, task, inputs), facts=_shown_of(made, task))

    result = written(context, home, compute, settings=settings)
    for task in begun:
        forgotten(home, task.name)
    return result


@dataclass(frozen=True)
class _Task:
    """What a transformer is to learn from and to begin with, and what tells that from others."""

    lessons: "Sequence[Lesson]"
    classes: "Classes"
    checkpoint: Path | None
    licence: str
    mark: str

    @property
    def name(self) -> str:
        """What its checkpoints are kept under."""
        return f"{TRANSFORMER}/{self.mark[:16]}"


def _task_of(config: LearningToTag, inputs: Inputs, views: "Views") -> _Task:
    """What the lessons and settings come to. Raises StaleInput if there is too little to learn."""
    from ledgergraph.benchmarks.transformer_lessons import licence_stated
    from ledgergraph.datasets.layout_lessons import TRANSFORMER_LESSONS, classes_in, lessons_in
    from ledgergraph.models.layout_training import mark_of

    rows = inputs.table(TRANSFORMER_LESSONS)
    rows = rows.filter([one == "train" for one in rows["side"].to_pylist()])
    classes = classes_in(rows)
    lessons = lessons_in(rows, classes, views)
    if len({one.group for one in lessons}) < 2:
        raise StaleInput(
            "transformer_lessons holds documents of fewer than two vendors to learn from. "
            "Materialize synthetic_documents, reader_corpus and transformer_lessons, then "
            "retry."
        )
    checkpoint = Path(config.checkpoint) if config.checkpoint else None
    mark = mark_of(lessons, classes, config.shape(), config.training(), checkpoint)
    return _Task(lessons, classes, checkpoint, licence_stated(checkpoint), mark)


def _learned(
    home: Store, config: LearningToTag, task: _Task, told: "Callable[[Epoch], None]"
) -> "Learned":
    """The network that learned, from its last checkpoint where there is one."""
    from ledgergraph.models.layout_training import fit

    with checkpoints(home, task.name) as (kept, after):
        return fit(task.lessons, task.classes, config.shape(), config.training(), kept,
                   task.checkpoint, told, config.device, after=after)  # fmt: skip


def _files_of(
    made: "Learned", config: LearningToTag, task: _Task, inputs: Inputs
) -> dict[str, bytes]:
    """The network with its card, its history, and the vendors that it learned from."""
    from ledgergraph.benchmarks.transformer_lessons import seen_by, written_with

    facts = {"documents": len(task.lessons), "licence": task.licence,
             "manifests": {one.asset: one.version for one in inputs.read}}  # fmt: skip
    with TemporaryDirectory() as place:
        written_with(Path(place), made, config.training(), facts)
        files = {path.name: path.read_bytes() for path in sorted(Path(place).iterdir())}
    files[HISTORY] = canonical_json([asdict(one) for one in made.history])
    files[LEARNED] = canonical_json(seen_by(task.lessons))
    return files


def _shown_of(made: "Learned", task: _Task) -> dict[str, Any]:
    """What its materialization shows, its curves among it."""
    best = max(made.history, key=lambda one: one.rank)
    losses = {"learned from": [one.losses["all"] for one in made.history],
              "held out": [one.held_out_loss for one in made.history]}  # fmt: skip
    return {
        "documents": len(task.lessons), "epochs": len(made.history),
        "entity F1 of vendors held out": best.f1, LICENCE: task.licence,
        "device": made.model.device,
        "loss": courses(losses, "epoch", "loss"),
        "entity F1": courses({"held out": [one.f1 for one in made.history]}, "epoch", "F1"),
    }  # fmt: skip


@dg.asset(
    deps=["transformer_model", "transformer_lessons", "reader_corpus"],
    pool=policies.GPU_POOL,
    **policies.on_request("benchmarks", "pytorch", version="1"),
)
def transformer_benchmark(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    limits: LimitsResource,
    ocr: OcrResource,
) -> dg.MaterializeResult:
    """What the transformer's tags are worth on documents of vendors that it never saw.

    Entities by seqeval's definition, what was called what, errors by kind; and every kind of
    reader on the same fields: rules, trees, the transformer, and trees with it.
    """
    home = store.open()
    with domain_errors():
        is_installed()

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.benchmarks import transformer_lessons as judging
        from ledgergraph.benchmarks.reader_lessons import vendor_mark
        from ledgergraph.benchmarks.reading import Recipe
        from ledgergraph.datasets.layout_lessons import TRANSFORMER_LESSONS, lessons_in
        from ledgergraph.extractions.readers.transformed import CURVES, TREES
        from ledgergraph.models.contract import ModelCard
        from ledgergraph.models.layout_transformer import load

        settings = inputs.whole("transformer_lessons").settings
        with inputs.folder("transformer_model") as folder:
            model, learned, card = load(folder), learned_by(folder), ModelCard.load(folder)
        rows = inputs.table(TRANSFORMER_LESSONS)
        rows = rows.filter(
            [side == "test" and vendor_mark(group) not in learned for side, group in
             zip(rows["side"].to_pylist(), rows["group"].to_pylist(), strict=True)]
        )  # fmt: skip
        with ocr.open(home) as recogniser:
            documents = documents_of(home, inputs, "test", int(settings["judged"]),
                                     int(settings["pictures"]), recogniser)  # fmt: skip
        known = [one for one in documents if vendor_mark(one.group) not in learned]
        if not rows.num_rows or not known:
            raise StaleInput(
                "The corpus holds no documents to judge on of vendors that the transformer did "
                "not learn from. Materialize reader_corpus with more, and transformer_lessons."
            )
        views = views_in(home, limits.value()) if model.shape.has_images else no_views
        ids = dict(zip(*(rows[one].to_pylist() for one in ("annotation_id", "document_id")),
                       strict=True))  # fmt: skip
        tags = judging.tag_figures(model, lessons_in(rows, model.classes, views))
        with TemporaryDirectory() as place:
            folder = Path(place)
            table = judging.judged_fields(
                folder, model, known, Recipe(), SEED,
                lambda name, pages: views(ids.get(name) or "", pages),
            )  # fmt: skip
            kept = [folder / CURVES, *sorted((folder / TREES).glob("*"))]
            files = {str(path.relative_to(folder)): path.read_bytes() for path in kept}
            card = replace(card, metrics=tags.metrics(), comparison=table)
            card.save(folder)
            files["card.json"] = (folder / "card.json").read_bytes()
        files[judging.CONFUSED] = tags.confused_json()
        labels = {pair: n for pair, n in tags.tags.items() if pair != ("O", "O")}
        kinds = tags.mistakes.by_kind()
        return Made(
            [(judging.TRANSFORMER_ENTITIES,
              judging.TRANSFORMER_ENTITIES.rows(judging.entity_rows(tags))),
             (judging.TRANSFORMER_READERS, judging.TRANSFORMER_READERS.rows(table))],
            files,
            {
                "documents": rows.num_rows, "entity F1": tags.scores.all.f1,
                "entity F1, mean of names": tags.scores.macro_f1, **dict(tags.kinds),
                LICENCE: card.examples["licence"],
                "readers": dg.MetadataValue.md(judging.readers_page(table)),
                "entities": dg.MetadataValue.md(judging.page_of(judging.entity_rows(tags))),
                "entities as": confusion(tags.mistakes.pairs, "stated", "found as"),
                "labels as": confusion(labels, "stated", "called", last="O"),
                "errors": bars({one: n for one, n in kinds.items() if n}, "Errors by kind"),
            },
        )  # fmt: skip

    return written(context, home, compute, settings={"ocr": ocr.version()})
