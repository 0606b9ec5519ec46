"""The reader learns and is judged: a model from documents with truth, and what it is worth.

Belongs here: fitting the parts of a reader in their order, outcomes of documents field by
field, the tables and figures of them, and the rows that champion and challenger are
compared by. Not here: rows to learn from (datasets.readings), the gate (promotion).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.promotion import PROMOTE, Gate, Paired, decide
from ledgergraph.benchmarks.record import moved, table
from ledgergraph.datasets.matching import NEAR, is_printed, is_same, likeness
from ledgergraph.datasets.readings import Known, Rows, Taught, groups_of, lines_of, rows_to_learn
from ledgergraph.evidence import Decision, Reading
from ledgergraph.extractions.fields import Form, form_of
from ledgergraph.extractions.readers import learned
from ledgergraph.extractions.readers.arithmetic import with_arithmetic
from ledgergraph.extractions.readers.learned import Chooser, ReaderModel
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.readers.repairs import Known as Repairs
from ledgergraph.extractions.retries import balanced
from ledgergraph.extractions.upright import read_upright
from ledgergraph.models import ranking, tagging
from ledgergraph.models.calibration import expected_calibration_error
from ledgergraph.models.contract import Floats, ModelCard
from ledgergraph.tables import TEXT, Table

ROLE = "reader"
CODE_VERSION = "1"
CLASSES = 3
LEARNED = "learned.json"
"""The file of a model that names the vendors it learned from, by hash."""
RECEIPT = ("seller.name", "issue_date", "seller.address", "totals.gross")
"""The four facts of a receipt."""
ENOUGH = 0.8
"""The share of the surest values whose accuracy is stated."""
RIGHT, ALIKE, OTHER_FIELD, WRONG, MISSING, INVENTED = (
    "right", "alike", "of another field", "wrong", "not read", "invented",
)  # fmt: skip
ERRORS = (ALIKE, OTHER_FIELD, WRONG, MISSING)

READER_OUTCOMES = Table(
    "reader_outcomes",
    pa.schema(
        [
            ("document", TEXT), ("field", TEXT), ("source", TEXT),
            ("language", TEXT), ("layout", TEXT), ("degradation", TEXT), ("is_seen", pa.bool_()),
            ("champion", pa.bool_()), ("challenger", pa.bool_()), ("strict", pa.bool_()),
            ("champion_confidence", pa.float64()), ("confidence", pa.float64()),
            ("error", TEXT), ("mistaken_for", TEXT),
        ]
    ),
    key=("document", "field"),
)  # fmt: skip
"""One row a field of a document that both models read: whether each was right, and how sure.

Values are not kept. `strict` and `error` are of the challenger: `mistaken_for` is the field
whose value it took. `is_seen` says whether it learned from a document of this vendor.
"""


@dataclass(frozen=True)
class Recipe:
    """How the parts of a reader learn."""

    trees: ranking.RankingSettings = field(default_factory=ranking.RankingSettings)
    strength: float = 1.0


@dataclass(frozen=True)
class Fitted:
    """A reader in a folder, and how likely each choice is right, by trees that did not see it."""

    model: ReaderModel
    unseen: Floats
    rows: Rows


def fitted(
    documents: Sequence[Taught], folder: Path, recipe: Recipe, seed: int, known: Repairs
) -> Fitted:
    """Learn from documents and write the model into a folder; `known` are words it repairs by.

    The tagger judges each document by folds of vendors that it did not see, so that the trees
    learn what its word is worth on a new vendor.
    """
    tag_unseen(documents, recipe, seed)
    rows = rows_to_learn(documents)
    trees, unseen = ranking.fit(
        rows.choices, rows.right, recipe.trees, seed, lambda found: joined(documents, rows, found)
    )
    tagger = tagging.fit(lines_of(documents), CLASSES, recipe.strength)
    ReaderModel(tagger, trees, known, "").save(folder)
    return Fitted(learned.load(folder, rows.choices.names), unseen, rows)


def joined(documents: Sequence[Taught], rows: Rows, scores: Floats) -> Floats:
    """The scores of rows with what arithmetic says of them, document by document."""
    places: dict[int, dict[str, list[int]]] = defaultdict(dict)
    for place, (at, name, _) in enumerate(rows.places):
        places[at].setdefault(name, []).append(place)
    found = scores.copy()
    for at, own in places.items():
        known = {name: scores[those] for name, those in own.items()}
        known = {name: one for name, one in known.items() if not np.isnan(one).any()}
        one = documents[at]
        for name, better in with_arithmetic(one.view, one.offers, known).items():
            found[own[name]] = better
    return found


def tag_unseen(documents: Sequence[Taught], recipe: Recipe, seed: int) -> None:
    """Give each document's lines the word of a tagger that saw none of its vendor."""
    fold = ranking.folds_of(groups_of(documents), recipe.trees.folds, seed)
    for one in range(recipe.trees.folds):
        outside = [document for document, own in zip(documents, fold, strict=True) if own != one]
        tagger = tagging.fit(lines_of(outside), CLASSES, recipe.strength)
        for document, own in zip(documents, fold, strict=True):
            if own == one:
                learned.tagged(document.view, tagger)


# How good it is


@dataclass(frozen=True)
class Outcome:
    """What a reader made of one field of one document.

    `reading` is where it stands, null where nothing was read; `stated` is null where a document
    states no such field, and the value is invented.
    """

    document: str
    field: str
    slices: Mapping[str, str]
    group: str
    right: bool
    strict: bool
    confidence: float
    error: str
    mistaken_for: str | None = None
    reading: Reading | None = None
    stated: str | None = None


def outcomes(
    documents: Iterable[Known], model: Chooser | None, fields: Collection[str] = ()
) -> list[Outcome]:
    """What a reader (the rules without a model) makes of every header field that is stated.

    `fields` leaves out others; by default none.
    """
    return judged(documents, model, fields)[0]


def judged(
    documents: Iterable[Known], model: Chooser | None, fields: Collection[str] = ()
) -> tuple[list[Outcome], list[Outcome]]:
    """Outcomes of the fields that are stated, and of values that are invented.

    Those are told of documents whose truth is complete alone.
    """
    found, invented = [], []
    for known in documents:
        read = balanced(read_upright(read_page, known.name, known.pages, known.words, model))
        values = {one.field: one for one in read.readings if one.line is None}
        for name, truth in known.truth.items():
            if fields and name not in fields:
                continue
            one = values.get(name)
            kind, other = _error(name, one.value if one else None, known.truth)
            found.append(
                Outcome(
                    known.name, name, known.slices, known.group, kind == RIGHT,
                    one is not None and is_printed(one.raw, known.printed.get(name, truth)),
                    one.confidence if one else 0.0, kind, other, one, truth,
                )
            )  # fmt: skip
        invented += [
            Outcome(
                known.name, name, known.slices, known.group, False, False, one.confidence,
                INVENTED, reading=one,
            )
            for name, one in values.items() if known.is_absent(name)
        ]  # fmt: skip
    return found, invented


def _error(name: str, value: str | None, truth: Mapping[str, str]) -> tuple[str, str | None]:
    """What kind of error a value is, and the field whose value was taken, if that is known."""
    if value is None:
        return MISSING, None
    if is_same(name, value, truth[name]):
        return RIGHT, None
    for other, stated in truth.items():
        if other != name and form_of(other) is form_of(name) and is_same(other, value, stated):
            return OTHER_FIELD, other
    is_text = form_of(name) in (Form.NAME, Form.TEXT, Form.CODE)
    return (ALIKE if is_text and likeness(value, truth[name]) >= NEAR else WRONG), None


@dataclass(frozen=True)
class Figures:
    """Of some outcomes: how many, the share right, as printed and alike, and calibration."""

    items: int
    accuracy: float
    strict: float
    fuzzy: float
    surest: float
    calibration_error: float


def figures(found: Sequence[Outcome]) -> Figures:
    """The figures of some outcomes (at least one)."""
    right = np.array([one.right for one in found], dtype=np.float64)
    sure = np.array([one.confidence for one in found])
    order = np.argsort(-sure, kind="stable")[: max(1, int(len(found) * ENOUGH))]
    return Figures(
        len(found),
        round(float(right.mean()), 4),
        round(float(np.mean([one.strict for one in found])), 4),
        round(float(np.mean([one.error in (RIGHT, ALIKE) for one in found])), 4),
        round(float(right[order].mean()), 4),
        round(expected_calibration_error(sure, right), 4),
    )


def by(found: Iterable[Outcome], what: str) -> dict[str, Figures]:
    """The figures by field, or by a slice such as language, layout, degradation or source."""
    grouped: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        grouped[one.field if what == "field" else one.slices.get(what, "unknown")].append(one)
    return {name: figures(own) for name, own in sorted(grouped.items())}


def all_right(found: Iterable[Outcome], fields: Collection[str] = RECEIPT) -> float:
    """The share of documents of which all of some fields are right."""
    documents: dict[str, bool] = {}
    for one in found:
        if one.field in fields:
            documents[one.document] = documents.get(one.document, True) and one.right
    return round(float(np.mean(list(documents.values()))), 4) if documents else float("nan")


def mistaken(found: Iterable[Outcome]) -> dict[tuple[str, str], int]:
    """How often each field was read as what: itself, another field, something else, nothing."""
    names = {RIGHT: None, ALIKE: "alike", WRONG: "none", MISSING: "not read"}
    counts: Counter[tuple[str, str]] = Counter()
    for one in found:
        counts[one.field, one.mistaken_for or names.get(one.error) or one.field] += 1
    return dict(counts)


def unseen_outcomes(documents: Sequence[Taught], made: Fitted, seed: int) -> list[Outcome]:
    """What the reader made of its own documents when their vendors were kept from it.

    Confidence is by curves of the other half of the vendors: nothing is judged by itself.
    """
    choices, rows = made.rows.choices, made.rows
    half = ranking.folds_of(choices.group, 2, seed)
    curves = []
    for side in (0, 1):
        other = np.where(half == side, np.nan, made.unseen)
        curves.append(ranking.curves_of(choices, other, rows.right))
    found = []
    taken: dict[tuple[int, str], Outcome] = {}
    for place, scores in ranking.best_of(choices.choice, made.unseen):
        at, name, offer = rows.places[place]
        document = documents[at]
        if name not in document.known.truth:
            continue  # learned from as wrong, and not counted among what is stated
        clear = 1.0 if choices.clear is None else float(choices.clear[place])
        sure = curves[half[place]].at(str(choices.kind[place]), scores, clear)
        one = document.offers[name][offer].candidate
        error, other_field = _error(name, one.value, document.known.truth)
        printed = document.known.printed.get(name, document.known.truth[name])
        taken[at, name] = Outcome(
            document.known.name, name, document.known.slices, document.known.group,
            error == RIGHT, is_printed(one.raw, printed), sure, error, other_field,
        )  # fmt: skip
    for at, document in enumerate(documents):
        for name in document.known.truth:
            if name in made.model.trees.kinds:
                missing = Outcome(
                    document.known.name, name, document.known.slices, document.known.group,
                    False, False, 0.0, MISSING,
                )  # fmt: skip
                found.append(taken.get((at, name), missing))
    return found


def card_of(
    recipe: Recipe, seed: int, facts: Mapping[str, Any], metrics: Mapping[str, Any],
    comparison: Sequence[Mapping[str, Any]] = (),
) -> ModelCard:  # fmt: skip
    """The card of a reader."""
    settings = {**asdict(recipe.trees), "strength": recipe.strength}
    return ModelCard(
        ROLE, ranking.ALGORITHM, settings, seed, facts, CODE_VERSION, metrics, comparison
    )


# Champion and challenger


def compared(
    champion: Sequence[Outcome], challenger: Sequence[Outcome], seen: Collection[str]
) -> list[dict[str, Any]]:
    """Rows of READER_OUTCOMES: what both made of the same fields of the same documents."""
    rows = []
    for old, new in zip(champion, challenger, strict=True):
        rows.append(
            {
                "document": new.document, "field": new.field,
                "source": new.slices.get("source"), "language": new.slices.get("language"),
                "layout": new.slices.get("layout"), "degradation": new.slices.get("degradation"),
                "is_seen": new.group in seen, "champion": old.right, "challenger": new.right,
                "strict": new.strict, "champion_confidence": old.confidence,
                "confidence": new.confidence, "error": new.error,
                "mistaken_for": new.mistaken_for,
            }
        )  # fmt: skip
    return rows


def share_right(score: Floats, target: Floats) -> float:
    """The mean share of fields right; `score` is that of each document, `target` all 1."""
    return float(score.mean()) if len(target) else float("nan")


PROTECTED = ("source", "language", "layout", "degradation")
LEAST = 15
"""A slice of fewer documents protects nothing."""


def decided(items: pa.Table, *, seed: int, gate: Gate | None = None) -> Decision:
    """Whether the challenger is promoted: it reads a larger share of each document right.

    A document is one item, since its fields are right and wrong together. Each source (own
    documents that people corrected are one), language, layout and degradation is protected.
    """
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in items.to_pylist():
        documents[row["document"]].append(row)
    slices: dict[str, list[list[dict[str, Any]]]] = defaultdict(list)
    for own in documents.values():
        for what in PROTECTED:
            slices[f"{what} {own[0][what]}"].append(own)
    large = {name: _paired(own) for name, own in slices.items() if len(own) >= LEAST}
    return decide(
        _paired(list(documents.values())), large, seed=seed, gate=gate, metric=share_right
    )


def _paired(documents: Sequence[Sequence[Mapping[str, Any]]]) -> Paired:
    shares = {
        name: np.array([float(np.mean([row[name] for row in own])) for own in documents])
        for name in ("champion", "challenger")
    }
    return Paired(np.ones(len(documents)), shares["champion"], shares["challenger"])


def page(
    decision: Decision, old: Sequence[Outcome], new: Sequence[Outcome],
    champion: ReaderModel, challenger: ReaderModel,
) -> str:  # fmt: skip
    """The page on a decision: both readers in all, by slices and by field, and what moved."""
    outcome = "promoted" if decision.action == PROMOTE else "not promoted"
    parts = [
        f"# {ROLE}: the challenger is {outcome}", decision.reason, "## Figures",
        "Of the fields that documents of vendors state whom neither learned from: the share "
        "read right (letters and digits agree), the error of the confidence, and how many of "
        f"the surest {ENOUGH:.0%} are right.",
    ]  # fmt: skip
    if new:
        parts.append(table(("of", "fields", "champion", "challenger", "surest", "calibration"),
                           _compared_rows(old, new)))  # fmt: skip
    parts += [
        "## What the models look at",
        table(("column", "champion", "challenger"),
              moved(champion.trees.gains(), challenger.trees.gains())),
        "## Versions",
        table(("model", "version"),
              [("champion", champion.version), ("challenger", challenger.version)]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _compared_rows(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[Sequence[str]]:
    rows = [("all", figures(old), figures(new))]
    for what in (*PROTECTED, "field"):
        before, after = by(old, what), by(new, what)
        rows += [(f"{what} {name}", before[name], one) for name, one in after.items()]
    return [
        (name, f"{two.items:,}", f"{one.accuracy:.3f}", f"{two.accuracy:.3f}",
         f"{two.surest:.3f}", f"{two.calibration_error:.3f}")
        for name, one, two in rows
    ]  # fmt: skip
