"""Line items as a task of its own: whole items and single cells, by what makes them hard."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from label_quality import _recognised
from matching import Line, Tally
from reading_quality import _as_facts
from sections import BENCHMARKS, Row, Section

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.degradation import degraded
from ledgergraph.corpora.degradation.presets import own_presets
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import LAYOUTS, documents, paper_truth, render
from ledgergraph.corpora.rendering.looks import RECEIPT
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.synthetic import Order, papers_of_order
from ledgergraph.datasets.matching import is_same, number
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.transcripts import transcribe

SEEDS, OF_SEED = (9031, 9032), 90
"""Made companies, and papers of each: every layout in turn."""
COLUMNS = ("description", "quantity", "unit", "unit_price", "net", "tax_rate",
           "allowances.0.percentage")  # fmt: skip
RECOGNISED, DPI = 5, 150
"""Pages of each preset, and the resolution that they are made at."""


@dataclass
class Cells:
    """How many cells of true items were read right, by column, and the items themselves."""

    items: Tally = field(default_factory=Tally)
    documents: int = 0
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    of: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, read: Sequence[Line], truth: Sequence[Mapping[str, str]]) -> None:
        """Count one document; a true item meets the row of its amount, the best of several."""
        self.documents += 1
        self.items.lines(read, truth)
        left = list(read)
        for line in truth:
            able = [one for one in left if number(one.get("net")) == number(line.get("net"))]
            best = max(able, key=lambda one: _alike(one, line), default=None)
            if best is not None:
                left.remove(best)
            for name in COLUMNS:
                if name in line:
                    self.of[name] += 1
                    self.right[name] += best is not None and is_same(
                        name, best.get(name), line[name]
                    )


def _alike(read: Line, truth: Mapping[str, str]) -> int:
    return sum(is_same(name, read.get(name), value) for name, value in truth.items())


def items() -> list[Section]:
    """Items and cells of varied made invoices, and of pages that an engine recognised."""
    groups: dict[str, Cells] = defaultdict(Cells)
    for paper, pages, words in _printed():
        truth = _as_facts(paper_truth([paper]))["lines"]
        read = _lines(paper.invoice_id, pages, words)
        for name in ("all", *_kinds(paper, len(pages))):
            groups[name].add(read, truth)
    whole = groups["all"]
    rows: list[Row] = [_row(name, one) for name, one in groups.items()]
    cells: list[Row] = [
        (name, whole.right[name], whole.of[name], whole.right[name] / whole.of[name])
        for name in COLUMNS
    ]
    sentence = (
        f"{whole.documents} varied invoices and credit notes of {len(SEEDS)} made companies in "
        "every layout, six languages. An item is right if amount, quantity and description are."
    )
    of_cells = (
        "Cells of the same items, each beside the read row of its amount; where no row has it, "
        "all its cells are missed."
    )
    return [
        Section(BENCHMARKS, "Line items of made invoices", sentence,
                ("what", "documents", "right", "read", "true", "F1"), rows),
        Section(BENCHMARKS, "Cells of line items", of_cells,
                ("column", "right", "of", "share"), cells),
        *_of_pictures(),
    ]  # fmt: skip


def _row(name: str, one: Cells) -> Row:
    tally = one.items
    return (name, one.documents, tally.items_right, tally.items_read, tally.items_of,
            tally.items_f1)  # fmt: skip


def _papers() -> list[Paper]:
    layouts = [name for name, one in LAYOUTS.items() if one.family != RECEIPT]
    bills = [
        paper
        for seed in SEEDS
        for paper in papers_of_order(Order(OF_SEED, [seed]))
        if paper.type in ("invoice", "credit_note")
    ]
    return [replace(one, layout=layouts[at % len(layouts)]) for at, one in enumerate(bills)]


def _printed() -> Iterator[tuple[Paper, Sequence[Page], Sequence[Word]]]:
    papers = _papers()
    for paper, (name, data) in zip(papers, render(papers), strict=True):
        found = transcribe(name, data, Limits())
        yield paper, found.pages, found.words


def _kinds(paper: Paper, pages: int) -> Iterator[str]:
    """What can make the items of a paper hard."""
    yield f"language {paper.language}"
    if pages > 1:
        yield "several pages"
    if paper.type == "credit_note":
        yield "credit notes"
    if len(paper.breakdown) > 1:
        yield "several rates"
    if any(line.allowance for line in paper.lines):
        yield "discounts on lines"
    if paper.allowances:
        yield "discounts and charges on the whole"
    if any(line.details for line in paper.lines):
        yield "descriptions of several lines"


def _lines(name: str, pages: Sequence[Page], words: Sequence[Word]) -> list[Line]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for one in read_page(name, pages, words).readings:
        if one.line is not None:
            found[one.line][one.field] = one.value
    return [found[number] for number in sorted(found)]


def _of_pictures() -> list[Section]:
    """The same of pages that went through a preset and an engine."""
    rows: list[Row] = []
    single = [paper for paper, pages, _ in _printed() if len(pages) == 1]
    chosen = single[:: max(1, len(single) // RECOGNISED)][:RECOGNISED]
    made = [
        (one.annotation, np.asarray(next(pages_of(one.data, DPI)).convert("RGB")))
        for one in documents(chosen)
    ]
    for preset in own_presets().values():
        group = Cells()
        for at, (truth, picture) in enumerate(made):
            shown, data = degraded(truth, picture, preset, at)
            pages, words = _recognised(shown, data)
            group.add(_lines(shown.annotation_id, pages, words), _truth(truth))
        share = sum(group.right.values()) / max(sum(group.of.values()), 1)
        rows.append((preset.name, *_row("", group)[1:], share))
    sentence = (
        f"{len(made)} pages of one page each at {DPI} dpi through each preset and RapidOCR; and "
        "the share of cells."
    )
    columns = ("preset", "documents", "right", "read", "true", "F1", "cells")
    return [Section(BENCHMARKS, "Line items of recognised pages", sentence, columns, rows)]


def _truth(annotation: Annotation) -> list[dict[str, str]]:
    lines: dict[int, dict[str, str]] = defaultdict(dict)
    for one in annotation.fields:
        if one.line is not None:
            lines[one.line].setdefault(one.field, one.value)
    return [lines[number] for number in sorted(lines)]
