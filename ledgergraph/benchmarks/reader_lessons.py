"""The packaged reader: which documents it learns from, how it is judged, and its card.

Belongs here: made papers in numbers and media, receipts with labels of others where they are,
and `make_reader`, which learns from them and writes the model. Not here: how it learns
(reading), rows (datasets.readings). The same documents give the same model.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledgergraph.benchmarks.reading import (
    LEARNED,
    RECEIPT,
    Outcome,
    Recipe,
    all_right,
    by,
    card_of,
    figures,
    fitted,
    outcomes,
    unseen_outcomes,
)
from ledgergraph.corpora import loaders
from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.loaders import Taking
from ledgergraph.corpora.loaders.items import Rejected
from ledgergraph.corpora.synthetic import Order, made_documents, with_variants
from ledgergraph.datasets.readings import Known, all_taught, known_of, read_again
from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.engines import Recogniser
from ledgergraph.identity import sha256_of

RECEIPTS = "sroie"
"""The labelled receipts below LEDGERGRAPH_PUBLIC_DATA; of them only `train` is learned from."""
PAGE_PRESETS, TILL_PRESETS = ("scan", "fax", "photo"), ("scan", "photo", "worn_receipt")


@dataclass(frozen=True)
class Size:
    """How many made documents: pages with text, till receipts, and degraded ones of either."""

    papers: int = 240
    tills: int = 100
    degraded: int = 60
    worn: int = 40


TEST = Size(papers=80, tills=30, degraded=8, worn=16)
"""What the packaged model is judged on, of other seeds."""


def made_lessons(
    size: Size, seeds: Sequence[int], recogniser: Recogniser | None
) -> Iterator[Known]:
    """Made documents with the words that reading gets of their files.

    Pictures are left out where nothing recognises them.
    """
    pages = Order(size.papers, seeds, families=("modern", "classic"))
    tills = Order(size.tills, [seed + 1 for seed in seeds], families=("receipt",))
    for order in (pages, tills):
        yield from read_again(_files(order), Limits(), None)
    if recogniser is None:
        return
    scans = Order(size.degraded, [seed + 2 for seed in seeds], families=("modern", "classic"),
                  presets=PAGE_PRESETS)  # fmt: skip
    worn = Order(size.worn, [seed + 3 for seed in seeds], families=("receipt",),
                 presets=TILL_PRESETS)  # fmt: skip
    for order in (scans, worn):
        pictures = ((one, data) for one, data in _files(order) if one.preset)
        yield from read_again(pictures, Limits(), recogniser)


def _files(order: Order) -> Iterator[tuple[Annotation, bytes]]:
    for one in with_variants(made_documents(order), order):
        if one.data is not None:
            yield one.annotation, one.data


def receipts(folder: Path, recogniser: Recogniser | None) -> Iterator[Known]:
    """Labelled receipts: with the words of their labels, and with those that are recognised."""
    files: dict[str, bytes] = {}

    def keep(data: bytes) -> None:
        files[f"sha256:{sha256_of(data)}"] = data

    found = [
        one
        for one in loaders.load(RECEIPTS, folder, Taking(keep=keep))
        if not isinstance(one, Rejected)
    ]
    for one in found:
        yield known_of(one)
    if recogniser is not None:
        pairs = ((one, files[one.document_id]) for one in found if one.document_id in files)
        yield from read_again(pairs, Limits(), recogniser)


def make_reader(
    folder: Path,
    labelled: Path | None,
    recogniser: Recogniser | None,
    seeds: Sequence[int],
    test_seeds: Sequence[int],
    size: Size | None = None,
    test: Size = TEST,
    recipe: Recipe | None = None,
) -> list[dict[str, Any]]:
    """Learn the packaged reader, judge it, and write it with its card into `folder`/reader.

    `labelled` is the folder of labelled receipts to learn from (their `train`), or null: then
    it learns from made papers alone. Returns the table of the card: the rules and the model on
    made documents of `test_seeds`, and on vendors that trees did not see.
    """
    if overlap := set(seeds) & set(test_seeds):
        raise ValueError(f"Seeds {sorted(overlap)} are both learned from and judged on.")
    chosen = size or Size()
    known = list(made_lessons(chosen, seeds, recogniser))
    if labelled is not None:
        known += receipts(labelled, recogniser)
    judged = list(made_lessons(test, test_seeds, recogniser))
    facts = {"seeds": list(seeds), "test_seeds": list(test_seeds), **asdict(chosen),
             "is_recognised": recogniser is not None}  # fmt: skip
    return learned_from(known, judged, folder / "reader", recipe or Recipe(), seeds[0], facts)


def learned_from(
    known: Sequence[Known], judged: Sequence[Known], place: Path, recipe: Recipe, seed: int,
    facts: Mapping[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """Learn from some documents, judge on others, and write the reader with its card."""
    documents, words = all_taught(known)
    made = fitted(documents, place, recipe, seed, words)
    (place / LEARNED).write_text(json.dumps(seen_by(known)) + "\n", encoding="utf-8")
    unseen = unseen_outcomes(documents, made, seed)
    table = []
    for scorer, model in (("rules", None), ("model", made.model)):
        found = outcomes(judged, model)
        table.append(_row("made, other seeds", scorer, found))
        table += [
            _row(f"{what} {name}", scorer,
                 [one for one in found if one.slices.get(what) == name])
            for what in ("degradation", "language")
            for name in by(found, what)
        ]  # fmt: skip
    for source in sorted({one.slices["source"] for one in unseen}):
        own = [one for one in unseen if one.slices["source"] == source]
        table.append(_row(f"{source}, vendors unseen", "model", own))
    counted = {
        **facts, "documents": len(documents),
        "labelled": sum(one.slices["source"] == RECEIPTS for one in known),
    }  # fmt: skip
    metrics = {name: asdict(one) for name, one in by(unseen, "field").items()}
    card_of(recipe, seed, counted, metrics, table).save(place)
    return table


def seen_by(known: Sequence[Known]) -> list[str]:
    """The vendors of documents as their hashes, shortened: names stay where they are."""
    return sorted({vendor_mark(one.group) for one in known})


def vendor_mark(group: str) -> str:
    """A vendor as a file of a model names it."""
    return sha256_of(group.encode())[:12]


def _row(on: str, scorer: str, found: Sequence[Outcome]) -> dict[str, Any]:
    four = [one for one in found if one.field in RECEIPT]
    return {"on": on, "scorer": scorer, **asdict(figures(found)), "all_four": all_right(four)}
