"""The reader with a layout transformer: what it learns from, how it is judged, and its card.

Belongs here: `make_transformer`, which learns the transformer and the stack and writes both
into a folder, and the table that compares every kind of reader on documents of vendors that
none of them saw. Not here: how the network learns (models), what lessons are (datasets).

The transformer is judged, and trees learn what its word is worth, on documents that it did not
learn from: those of the vendors held out, and made ones of other seeds. Trees are judged on
them by folds of vendors.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from ledgergraph.benchmarks.reader_lessons import vendor_mark
from ledgergraph.benchmarks.reading import (
    RECEIPT,
    Outcome,
    Recipe,
    all_right,
    by,
    figures,
    fitted,
    outcomes,
    unseen_outcomes,
)
from ledgergraph.corpora import loaders
from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.catalogue import LANGUAGES
from ledgergraph.corpora.loaders import Taking
from ledgergraph.corpora.loaders.items import Rejected
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.layout_lessons import Labelled, classes_of, labelled, lessons_of
from ledgergraph.datasets.matching import is_same
from ledgergraph.datasets.readings import Known, all_taught, known_of
from ledgergraph.extractions.readers.choice import CANDIDATES, RULES, STACK, TRANSFORMER
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.transformed import TREES, Spotter, Views, odds_of
from ledgergraph.models.contract import ModelCard
from ledgergraph.models.entity_scores import (
    KINDS_OF_ERROR,
    Mistakes,
    Scores,
    confusion,
    entity_scores,
    mistakes,
)
from ledgergraph.models.layout_network import Shape, licence_of
from ledgergraph.models.layout_training import Learned, Told, Training, fit
from ledgergraph.models.layout_transformer import LayoutTransformer, load, version_of
from ledgergraph.models.layout_windows import UNKNOWN, Lesson
from ledgergraph.models.ranking import LEAST, Curve, curve_of
from ledgergraph.tables import TEXT, Table

ROLE, ALGORITHM, CODE_VERSION = "reader", "layout transformer", "1"
RECEIPTS = "sroie"
CONFUSED = "confusion.json"
KEPT = "training"
"""The folder of the checkpoints of a training that goes on."""


@dataclass(frozen=True)
class Plan:
    """What is learned: made papers to learn tags from, and others that trees learn from.

    `labelled` is the folder of labelled receipts, `checkpoint` of weights to start from, or
    null. `seeds` are learned from, `other_seeds` teach trees and judge.
    """

    seeds: Sequence[int] = (9001, 9003)
    other_seeds: Sequence[int] = (9101,)
    papers: int = 1_200
    other_papers: int = 240
    languages: Sequence[str] = LANGUAGES
    labelled: Path | None = None
    checkpoint: Path | None = None
    shape: Shape = field(default_factory=Shape)
    training: Training = field(default_factory=Training)
    recipe: Recipe = field(default_factory=Recipe)


def annotations(plan: Plan) -> list[Annotation]:
    """What the transformer learns from."""
    return [*_made(plan, plan.papers, plan.seeds), *_receipts(plan.labelled)]


def _made(plan: Plan, papers: int, seeds: Sequence[int]) -> Iterator[Annotation]:
    order = Order(papers, seeds, languages=plan.languages)
    return (one.annotation for one in made_documents(order))


def _receipts(folder: Path | None) -> Iterator[Annotation]:
    if folder is not None:
        for one in loaders.load(RECEIPTS, folder, Taking()):
            if not isinstance(one, Rejected):
                yield one


def make_transformer(folder: Path, plan: Plan, told: Told = lambda _: None) -> list[dict[str, Any]]:
    """Learn the transformer and the stack, judge them, and write both with a card.

    A call that was interrupted goes on from the checkpoints in the folder. Returns the table
    of the card. Raises: BadInput and BadSetting as `layout_training.fit`; ValueError if a seed
    is both learned from and judged on.
    """
    if overlap := set(plan.seeds) & set(plan.other_seeds):
        raise ValueError(f"Seeds {sorted(overlap)} are both learned from and judged on.")
    documents = [one for one in map(labelled, annotations(plan)) if one is not None]
    classes = classes_of(one.annotation for one in documents)
    lessons = lessons_of(documents, classes)
    made = fit(lessons, classes, plan.shape, plan.training, folder / KEPT, plan.checkpoint, told)
    made.model.save(folder)
    held = [
        document
        for document, lesson in zip(documents, lessons, strict=True)
        if lesson.group in made.held_out
    ]
    fresh = [
        one
        for one in map(labelled, _made(plan, plan.other_papers, plan.other_seeds))
        if one is not None
    ]
    return judged(folder, [*held, *fresh], plan, {"documents": len(documents)})


def judged(
    folder: Path, documents: Sequence[Labelled], plan: Plan, facts: dict[str, Any]
) -> list[dict[str, Any]]:
    """Judge the transformer of a folder on documents that it never saw; learn the stack there."""
    model, seed = load(folder), plan.training.seed
    tags = tag_figures(model, lessons_of(documents, model.classes))
    known = [known_of(one.annotation) for one in documents]
    table = judged_fields(folder, model, known, plan.recipe, seed)
    (folder / CONFUSED).write_bytes(tags.confused_json())
    stated = {
        **facts, "seeds": list(plan.seeds), "other_seeds": list(plan.other_seeds),
        "judged_on": len(documents), "licence": licence_stated(plan.checkpoint),
    }  # fmt: skip
    settings = {**asdict(plan.shape), **asdict(plan.training)}
    card = ModelCard(ROLE, ALGORITHM, settings, seed, stated, CODE_VERSION, tags.metrics(), table)
    card.save(folder)
    return table


def written_with(folder: Path, made: Learned, training: Training, facts: Mapping[str, Any]) -> None:
    """Write a fitted network with its card, which says how good it was on vendors held out."""
    made.model.save(folder)
    settings = {**asdict(made.model.shape), **asdict(training)}
    best = max(made.history, key=lambda one: one.rank)
    metrics = {"entity_f1": best.f1, "held_out_loss": best.held_out_loss}
    card = ModelCard(ROLE, ALGORITHM, settings, training.seed, facts, CODE_VERSION, metrics)
    card.save(folder)


def seen_by(lessons: Sequence[Lesson]) -> list[str]:
    """The vendors of lessons as marks: names stay where they are."""
    return sorted({vendor_mark(one.group) for one in lessons})


def page_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as a table of Markdown, figures with three digits."""
    found = list(rows)
    if not found:
        return "nothing"
    names = list(found[0])
    cells = [[one[name] for name in names] for one in found]
    shown = [[f"{at:.3f}" if isinstance(at, float) else str(at) for at in row] for row in cells]
    lines = [names, ["---"] * len(names), *shown]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def readers_page(rows: Sequence[Mapping[str, Any]]) -> str:
    """What each kind of reader came to, as Markdown; it says so where trees were not judged."""
    if any(one["scorer"] == STACK for one in rows):
        return page_of(rows)
    return (
        "Trees, and trees beside the transformer, were not judged: there are documents of too few "
        f"vendors. Materialize reader_corpus with more, and transformer_lessons.\n\n{page_of(rows)}"
    )


def licence_stated(checkpoint: Path | None) -> str:
    """Under which licence weights are that start from a checkpoint, or from nothing."""
    return licence_of(checkpoint) if checkpoint else "own weights, from scratch"


def judged_fields(
    folder: Path, model: LayoutTransformer, known: Sequence[Known], recipe: Recipe, seed: int,
    views: Views | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Judge every kind of reader on the same fields; write what reading needs into a folder.

    That is how likely each field is right (`spotting.json`), and the trees of the stack. With
    too few documents for trees only the rules and the transformer are judged.
    """
    spotter = Spotter(model, {"": Curve()}, "", views)
    spotter = replace(spotter, curves=curves(spotter, known))
    spotter.save(folder)
    spotter = replace(spotter, version=version_of(folder))
    found = {RULES: outcomes(known, None), TRANSFORMER: outcomes(known, spotter)}
    if len({one.group for one in known}) >= recipe.trees.folds:
        found[CANDIDATES] = _by_folds(known, recipe, seed, None, None)
        found[STACK] = _by_folds(known, recipe, seed, spotter, folder / TREES)
    same = [{(one.document, one.field) for one in own} for own in found.values()]
    both = set.intersection(*same)
    table = []
    for scorer, own in found.items():
        table += _rows(scorer, [one for one in own if (one.document, one.field) in both])
    return table


def _by_folds(
    known: Sequence[Known], recipe: Recipe, seed: int, spotter: Spotter | None, place: Path | None
) -> list[Outcome]:
    """What trees take on documents of vendors that they did not see, with tags or without."""
    taught, words = all_taught(known, spotter.spot if spotter else None)
    with TemporaryDirectory() as rest:
        made = fitted(taught, place or Path(rest), recipe, seed, words)
        return unseen_outcomes(taught, made, seed)


def curves(spotter: Spotter, known: Sequence[Known]) -> dict[str, Curve]:
    """How likely what tags offer first is right: by field where there are enough, and of all."""
    pairs: dict[str, list[tuple[float, bool]]] = {"": []}
    for one in known:
        view = viewed(one.name, one.pages, one.words)
        if view is None:
            continue
        for name, own in spotter.offers(view).items():
            if name in one.truth:
                pair = odds_of(own[0].evidence), is_same(name, own[0].value, one.truth[name])
                pairs[""].append(pair)
                pairs.setdefault(name, []).append(pair)
    return {
        name: curve_of([score for score, _ in own], [right for _, right in own])
        for name, own in pairs.items()
        if len(own) >= (LEAST if name else 1)
    } or {"": Curve()}


@dataclass(frozen=True)
class TagFigures:
    """What a network's tags are worth: entities by seqeval's definition, and what was called what.

    `tags` counts words by the tag that is stated and the one that was given.
    """

    scores: Scores
    tags: Mapping[tuple[str, str], int]
    mistakes: Mistakes
    kinds: Mapping[str, float]

    def confused_json(self) -> bytes:
        """The words by both tags, as a file."""
        pairs = [[*pair, count] for pair, count in sorted(self.tags.items())]
        return (json.dumps(pairs) + "\n").encode()

    def metrics(self) -> dict[str, Any]:
        """As a card states them."""
        return {
            "entity_f1": self.scores.all.f1, "entity_macro_f1": self.scores.macro_f1,
            **self.kinds, **self.mistakes.by_kind(),
            **{name: {**asdict(one), "f1": one.f1} for name, one in self.scores.by_name.items()},
        }  # fmt: skip


def tag_figures(model: LayoutTransformer, lessons: Sequence[Lesson]) -> TagFigures:
    """How right a network is on lessons that it did not learn from.

    Words of tag O are not counted where their source labels too little to say.
    """
    names = model.classes.tags
    stated, found = [], []
    right: dict[str, list[bool]] = {}
    judged = model.predict([one.laid_out for one in lessons])
    for lesson, own in zip(lessons, judged, strict=True):
        said = own.tags.argmax(axis=1).tolist()
        stated.append([names[tag] for tag in lesson.tags])
        found.append([names[0 if tag in lesson.open else tag] for tag in said])
        for head, truth in (("type", lesson.type), ("subtype", lesson.subtype)):
            if truth != UNKNOWN and len(lesson.tags):
                right.setdefault(head, []).append(int(getattr(own, head).argmax()) == truth)
        for head in ("tables", "cells"):
            classes = getattr(own, head).argmax(axis=1) if len(lesson.tags) else ()
            right.setdefault(head, []).extend(
                int(one) == truth
                for one, truth in zip(classes, getattr(lesson, head), strict=True)
                if truth != UNKNOWN
            )
    kinds = {f"{head}_right": sum(own) / len(own) for head, own in right.items() if own}
    return TagFigures(
        entity_scores(stated, found), confusion(stated, found), mistakes(stated, found), kinds
    )


def entity_rows(figures: TagFigures) -> Iterator[dict[str, Any]]:
    """Rows of TRANSFORMER_ENTITIES: of all entities together, and of each by its name."""
    all_errors = figures.mistakes.by_kind()
    for name, one in (("all", figures.scores.all), *figures.scores.by_name.items()):
        errors = all_errors if name == "all" else {
            kind: figures.mistakes.errors.get((name, kind), 0) for kind in KINDS_OF_ERROR
        }  # fmt: skip
        yield {
            "entity": name, "stated": one.stated, "found": one.found, "right": one.right,
            "precision": one.precision, "recall": one.recall, "f1": one.f1,
            **{kind.replace(" ", "_"): count for kind, count in errors.items()},
        }  # fmt: skip


TRANSFORMER_ENTITIES = Table(
    "transformer_entities",
    pa.schema(
        [
            ("entity", TEXT), ("stated", pa.int64()), ("found", pa.int64()),
            ("right", pa.int64()), ("precision", pa.float64()), ("recall", pa.float64()),
            ("f1", pa.float64()), *((kind.replace(" ", "_"), pa.int64())
                                    for kind in KINDS_OF_ERROR),
        ]
    ),
    key=("entity",),
)  # fmt: skip
"""One row an entity, and one of all: counts, scores and errors by kind, on unseen vendors."""
TRANSFORMER_READERS = Table(
    "transformer_readers",
    pa.schema(
        [
            ("on", TEXT), ("scorer", TEXT), ("items", pa.int64()), ("accuracy", pa.float64()),
            ("strict", pa.float64()), ("fuzzy", pa.float64()), ("surest", pa.float64()),
            ("calibration_error", pa.float64()), ("all_four", pa.float64()),
        ]
    ),
    key=("on", "scorer"),
)  # fmt: skip
"""Each kind of reader on the same fields of documents that no network learned from."""


def _rows(scorer: str, found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Rows of the table: of all, and by source."""
    rows = [{"on": "all", "scorer": scorer, **asdict(figures(found))}] if found else []
    rows += [
        {"on": name, "scorer": scorer, **asdict(one)} for name, one in by(found, "source").items()
    ]
    for row in rows:
        own = [one for one in found if row["on"] in ("all", one.slices["source"])]
        four = [one for one in own if one.field in RECEIPT]
        row["all_four"] = all_right(four)
    return rows
