"""The reader with a layout transformer: what it learns from, how it is judged, and its card.

Belongs here: `make_transformer`, which learns the transformer and the stack and writes both
into a folder, and the table that compares every kind of reader on documents of vendors that
none of them saw. Not here: how the network learns (models), what lessons are (datasets).

The transformer is judged, and trees learn what its word is worth, on documents that it did not
learn from: those of the vendors held out, and made ones of other seeds. Trees are judged on
them by folds of vendors.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.transformed import TREES, Spotter, odds_of
from ledgergraph.models.contract import ModelCard
from ledgergraph.models.entity_scores import Scores, confusion, entity_scores
from ledgergraph.models.layout_network import Shape, licence_of
from ledgergraph.models.layout_training import Told, Training, fit
from ledgergraph.models.layout_transformer import LayoutTransformer, load, version_of
from ledgergraph.models.ranking import LEAST, Curve, curve_of

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
    model = load(folder)
    known = [known_of(one.annotation) for one in documents]
    spotter = Spotter(model, {"": Curve()}, version_of(folder))
    spotter = Spotter(model, curves(spotter, known), spotter.version)
    spotter.save(folder)
    scores, tags = tag_scores(model, documents)
    seed = plan.training.seed
    found = {
        "rules": outcomes(known, None),
        "transformer": outcomes(known, spotter),
        "candidates": _by_folds(known, plan.recipe, seed, None, None),
        "stack": _by_folds(known, plan.recipe, seed, spotter, folder / TREES),
    }
    learned = {(one.document, one.field) for one in found["candidates"]}
    learned &= {(one.document, one.field) for one in found["stack"]}
    table = []
    for scorer, own in found.items():
        same = [one for one in own if (one.document, one.field) in learned]
        table += _rows(scorer, same)
    (folder / CONFUSED).write_text(
        json.dumps([[*pair, count] for pair, count in sorted(tags.items())]) + "\n",
        encoding="utf-8",
    )
    metrics = {
        "entity_f1": scores.all.f1, "entity_macro_f1": scores.macro_f1,
        **{name: {**asdict(one), "f1": one.f1} for name, one in scores.by_name.items()},
    }  # fmt: skip
    licence = licence_of(plan.checkpoint) if plan.checkpoint else "own weights, from scratch"
    stated = {
        **facts, "seeds": list(plan.seeds), "other_seeds": list(plan.other_seeds),
        "judged_on": len(documents), "licence": licence,
    }  # fmt: skip
    settings = {**asdict(plan.shape), **asdict(plan.training)}
    card = ModelCard(ROLE, ALGORITHM, settings, seed, stated, CODE_VERSION, metrics, table)
    card.save(folder)
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
        for name, own in spotter.spot(view).offers.items():
            if name in one.truth:
                pair = odds_of(own[0].evidence), is_same(name, own[0].value, one.truth[name])
                pairs[""].append(pair)
                pairs.setdefault(name, []).append(pair)
    return {
        name: curve_of([score for score, _ in own], [right for _, right in own])
        for name, own in pairs.items()
        if len(own) >= (LEAST if name else 1)
    } or {"": Curve()}


def tag_scores(
    model: LayoutTransformer, documents: Sequence[Labelled]
) -> tuple[Scores, dict[tuple[str, str], int]]:
    """Entities found by seqeval's definition, and how many words of each tag were called what.

    Words of tag O are not counted where their source labels too little to say.
    """
    names = model.classes.tags
    lessons = lessons_of(documents, model.classes)
    stated, found = [], []
    for lesson, own in zip(lessons, model.predict([one.laid_out for one in documents]),
                           strict=True):  # fmt: skip
        said = own.tags.argmax(axis=1).tolist()
        stated.append([names[tag] for tag in lesson.tags])
        found.append([names[0 if tag in lesson.open else tag] for tag in said])
    return entity_scores(stated, found), confusion(stated, found)


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
