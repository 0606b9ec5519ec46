"""How fast papers are made into documents with their truth, on one core, and how they are read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ledgers import read_files
from matching import Tally
from reading_quality import _as_facts, _by_name, _count
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import per_pass

from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import LAYOUTS, MEDIA, documents, paper_truth, render
from ledgergraph.corpora.rendering.looks import RECEIPT
from ledgergraph.corpora.rendering.shops import till_receipts
from ledgergraph.corpora.synthetic import Order, papers_of_order

SEED, PAPERS, OF_LAYOUT = 9003, 120, 8
READ_OF_LAYOUT = 30


def rendering() -> list[Section]:
    """Documents a second by medium and by layout, annotation included."""
    mixed = list(papers_of_order(Order(PAPERS, [SEED])))
    rows = [_row(medium, mixed, medium) for medium in MEDIA]
    plain = [one for one in mixed if one.type == "invoice"][:OF_LAYOUT]
    tills = list(till_receipts(OF_LAYOUT, SEED))
    for name, layout in LAYOUTS.items():
        papers = tills if layout.family == RECEIPT else plain
        rows.append(_row(name, [replace(one, layout=name) for one in papers], "pdf"))
    sentence = (
        f"{PAPERS} papers of all types and languages by medium, {OF_LAYOUT} by layout, each file "
        "with its annotation (words, boxes, fields, cells). CPU seconds of the quickest pass; "
        "pages of a PNG are documents of their own."
    )
    columns = ("what", "documents", "pages", "CPU s", "documents a second")
    return [Section(PERFORMANCE, "Made documents on one core", sentence, columns, rows)]


def _row(name: str, papers: Sequence[Paper], medium: str) -> Row:
    made = list(documents(papers, (medium,)))
    pages = sum(max(1, len(one.annotation.pages)) for one in made)
    seconds = per_pass(lambda: list(documents(papers, (medium,))))
    return (name, len(made), pages, seconds, len(made) / seconds)


def layout_fields() -> list[Section]:
    """What today's reader makes of the layouts, header fields and line items."""
    papers = [one for one in papers_of_order(Order(PAPERS, [SEED])) if one.type == "invoice"]
    rows: list[Row] = []
    for name, layout in LAYOUTS.items():
        if layout.family == RECEIPT:
            continue
        laid = [replace(one, layout=name) for one in papers[:READ_OF_LAYOUT]]
        pages = {f"{number}.pdf": page for number, page in render(laid)}
        found, tally = _by_name(read_files(pages), "page"), Tally()
        truth: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in paper_truth(laid):
            truth[row["invoice_id"]].append(row)
        for one in laid:
            facts = _as_facts(truth[one.invoice_id])
            _count(tally, found.get(f"{one.invoice_id}.pdf", {}), facts, tuple(facts))
        total = tally.all
        rows.append((name, total.right, total.of, total.right / total.of, tally.items_f1))
    sentence = (
        f"{READ_OF_LAYOUT} varied invoices of six languages in each layout of pages, the same in "
        "all: header fields read right, and F1 of line items."
    )
    columns = ("layout", "right", "of", "share", "items F1")
    return [Section(BENCHMARKS, "Fields of made invoices by layout", sentence, columns, rows)]
