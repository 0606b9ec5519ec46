"""How the reader learns and is judged: the bodies of its model and its benchmark.

Belongs here: which documents of the corpus are read with which words, and which files are
kept. Not here: how a reader learns and what it is worth (`ledgergraph.benchmarks.reading`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from heapq import nsmallest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

import dagster as dg
import numpy as np

from assets.learning import LEARNED, SEED
from assets.lineage import Inputs, Made
from assets.pictures import bars, calibration, confusion, trade
from ledgergraph.errors import StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from resources.corpus_job import annotations_on
from resources.store import Store, blob_uri, file_uri

if TYPE_CHECKING:
    from ledgergraph.benchmarks.reading import Outcome
    from ledgergraph.corpora.annotations import Annotation
    from ledgergraph.datasets.readings import Known
    from ledgergraph.evidence import Page, Word
    from ledgergraph.extractions.engines import Recogniser

DOCUMENTS_LEARNED, DOCUMENTS_JUDGED, PICTURES = 3_000, 600, 150
"""Annotations that are learned from and judged on at most, and pictures recognised for each."""
SHOWN = 6
"""Fields whose calibration is drawn, those stated most often."""
PDF = "application/pdf"
ERRORS = "misread.html"
"""The file of a benchmark that shows what its challenger gets wrong, with crops of pages."""


def documents_of(
    store: Store, inputs: Inputs, side: str, most: int, pictures: int,
    recogniser: "Recogniser | None",
) -> "list[Known]":  # fmt: skip
    """The documents of one side of the corpus with words to read, as `annotated` draws them."""
    from ledgergraph.datasets.readings import known_of

    drawn = annotated(store, inputs, side, most, pictures, recogniser)
    return [known_of(*one) for one in drawn]


def annotated(
    store: Store, inputs: Inputs, side: str, most: int, pictures: int,
    recogniser: "Recogniser | None",
) -> "list[tuple[Annotation, Sequence[Page], Sequence[Word]]]":  # fmt: skip
    """The annotations of one side of the corpus, drawn by their ids, with pages and words.

    Files that the store holds are read as any document is, of pictures at most `pictures`;
    the others come without: their words are those of their annotation.
    """
    from ledgergraph.datasets.readings import read_again
    from ledgergraph.documents.limits import Limits

    corpus = inputs.whole("reader_corpus")
    drawn = nsmallest(
        most,
        annotations_on(store, corpus, side),
        key=lambda one: (crc32(one.annotation_id.encode()), one.annotation_id),
    )
    files: list[Annotation] = []
    plain: list[tuple[Annotation, Sequence[Page], Sequence[Word]]] = []
    left = pictures if recogniser is not None else 0
    for one in drawn:
        is_pdf = one.media_type == PDF
        if (is_pdf or left > 0) and one.document_id and is_held(store, one.document_id):
            files.append(one)
            left -= not is_pdf
        else:
            plain.append((one, (), ()))
    by_id = {one.annotation_id: one for one in files}
    read = read_again(_with_bytes(store, files), Limits(), recogniser)
    return [*plain, *((by_id[one.name], one.pages, one.words) for one in read)]


def is_held(store: Store, document_id: str) -> bool:
    """Whether the store holds the file of a document; words of a label file have none."""
    return document_id.startswith("sha256:") and store.exists(
        blob_uri(document_id.removeprefix("sha256:"))
    )


def _with_bytes(
    store: Store, files: "Iterable[Annotation]"
) -> "Iterator[tuple[Annotation, bytes]]":
    for one in files:
        yield one, store.blob(str(one.document_id))


def reader_made(
    inputs: Inputs, documents: "Sequence[Known]", rounds: int, events: Sequence[str]
) -> Made:
    """A challenger: its files, its card, and the vendors that it learned from."""
    from ledgergraph.benchmarks.reader_lessons import seen_by
    from ledgergraph.benchmarks.reading import Recipe, by, card_of, fitted, unseen_outcomes
    from ledgergraph.datasets.readings import READER_EVENTS, all_taught

    recipe = Recipe()
    recipe = replace(recipe, trees=replace(recipe.trees, rounds=rounds))
    known, words = all_taught(documents)
    if len({one.known.group for one in known}) < recipe.trees.folds:
        raise StaleInput(
            f"The corpus holds documents of fewer than {recipe.trees.folds} vendors to learn "
            "from. Materialize synthetic_documents and reader_corpus, then retry."
        )
    with TemporaryDirectory() as place:
        folder = Path(place)
        made = fitted(known, folder, recipe, SEED, words)
        unseen = unseen_outcomes(known, made, SEED)
        facts = {
            "documents": len(known), "vendors": len({one.known.group for one in known}),
            "manifests": {one.asset: one.version for one in inputs.read},
        }  # fmt: skip
        metrics = {name: asdict(one) for name, one in by(unseen, "field").items()}
        card_of(recipe, SEED, facts, metrics).save(folder)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    files[LEARNED] = canonical_json(seen_by(documents))
    rows = READER_EVENTS.rows({"feedback_id": one} for one in sorted(events))
    return Made([(READER_EVENTS, rows)], files, {"documents": len(known)})


def reader_judged(inputs: Inputs, documents: "Sequence[Known]") -> Made:
    """What champion and challenger read of the same documents, the decision, and the pages.

    One page is on what the challenger gets wrong, with crops: it lies in the store, and the
    metadata says where.
    """
    from ledgergraph.anomalies.report.misread import misread_page
    from ledgergraph.benchmarks import reading
    from ledgergraph.benchmarks.reader_lessons import vendor_mark
    from ledgergraph.benchmarks.record import DECISION, PAGE, decision_json
    from ledgergraph.extractions.readers.learned import load

    with inputs.folder("reader_champion") as folder:
        champion, known_before = load(folder), learned_by(folder)
    with inputs.folder("reader_model") as folder:
        challenger, learned = load(folder), learned_by(folder)
    unknown = [one for one in documents if vendor_mark(one.group) not in known_before]
    old = reading.outcomes(unknown, champion)
    new, invented = reading.judged(unknown, challenger)
    seen = {one.group for one in unknown if vendor_mark(one.group) in learned}
    items = reading.READER_OUTCOMES.rows(reading.compared(old, new, seen))
    decision = reading.decided(items, seed=SEED)
    text = reading.page(decision, old, new, champion, challenger)
    home = inputs.store
    errors = misread_page(
        unknown, new, invented, lambda one: home.blob(one) if is_held(home, one) else None, seen
    )
    return Made(
        [(reading.READER_OUTCOMES, items)],
        {DECISION: decision_json(decision), PAGE: text.encode(), ERRORS: errors},
        {"ledgergraph/decision": decision.action, "ledgergraph/reason": decision.reason,
         "ledgergraph/what_changed": dg.MetadataValue.md(text),
         "documents": len(unknown), "left out as known": len(documents) - len(unknown),
         "errors on the page": dg.MetadataValue.path(home.path(errors_uri(errors))),
         "invented": len(invented), **pictures_of(new, old)},
    )  # fmt: skip


def errors_uri(page: bytes) -> str:
    """Where the store keeps the page on errors."""
    return file_uri(ERRORS, sha256_of(page))


def pictures_of(
    challenger: "Sequence[Outcome]", champion: "Sequence[Outcome]"
) -> dict[str, dg.MarkdownMetadataValue]:
    """Calibration of both and by field, what was taken for what, what sureness costs, errors."""
    from ledgergraph.benchmarks.reading import ERRORS, mistaken
    from ledgergraph.benchmarks.routes import costs, counts_by_risk

    if not challenger:
        return {}
    counts: dict[str, list[Outcome]] = {}
    for one in challenger:
        counts.setdefault(one.field, []).append(one)
    most = sorted(counts, key=lambda name: (-len(counts[name]), name))[:SHOWN]
    both = {"champion": champion, "challenger": challenger}
    curves = {name: _said(own, name) for name, own in both.items()}
    fields = {name: _said(counts[name], "challenger") for name in most}
    errors = {kind: sum(one.error == kind for one in challenger) for kind in ERRORS}
    return {
        "calibration": calibration(curves),
        "calibration by field": calibration(fields),
        "read as": confusion(mistaken(challenger), "stated", "read as", last="not read"),
        "cost against confidence": trade(
            {name: costs(counts_by_risk(own)) for name, own in both.items()},
            "share of documents that people see",
            "share wrong of the others",
        ),
        "errors": bars({kind: count for kind, count in errors.items() if count}, "Errors by kind"),
    }


def _said(found: "Sequence[Outcome]", who: str) -> tuple[Any, Mapping[str, Any]]:
    right = np.array([one.right for one in found], dtype=np.float64)
    return right, {who: np.array([one.confidence for one in found])}


def learned_by(folder: Path) -> frozenset[str]:
    """The marks of the vendors that a reader in a folder learned from."""
    path = folder / LEARNED
    return (
        frozenset(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else frozenset()
    )
