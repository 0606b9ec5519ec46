"""Labels: the share of fields that find their words, and what degrading pages costs."""

import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from ledgers import public_data
from sections import BENCHMARKS, PERFORMANCE, Row, Section, skipped
from stopwatch import MEBIBYTE, timed

from ledgergraph.corpora.alignment import aligned, folded
from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation import degraded, only_page
from ledgergraph.corpora.degradation.presets import own_presets
from ledgergraph.corpora.entities import OUTSIDE
from ledgergraph.corpora.rendering import documents
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.text_noise import variants
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.engines import Sight, engine_named
from ledgergraph.extractions.pictures import recognised_page, scans_of_image

SEEDS = (9002, 9004, 9005, 9006, 9010, 9011)
"""Made companies: one for each language in which most of its papers are printed."""
PAPERS = 2
"""First pages of papers of each."""
DPI = 150
RECEIPTS = 20
NOISED = 3


@dataclass
class Share:
    """How many fields found their words, and on how many tokens labels stand."""

    documents: int = 0
    fields: int = 0
    found: int = 0
    tokens: int = 0
    labelled: int = 0
    exact: int = 0
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, truth: Annotation, pages: Sequence[Any], words: Sequence[Any]) -> None:
        """Count one document: fields that the truth places nowhere are no one's to find."""
        found = aligned(truth, pages, words)
        self.documents += 1
        for one, own in zip(truth.fields, found.fields, strict=True):
            if one.words:
                self.fields += 1
                self.found += bool(own.tokens)
                self.missed[one.field] += not own.tokens
                printed = "".join(truth.words[at].text for at in one.words)
                read = "".join(words[at].text for at in own.tokens)
                self.exact += folded(printed) == folded(read)
        self.tokens += len(words)
        self.labelled += sum(label != OUTSIDE for label in found.labels)

    def row(self, name: str) -> Row:
        """The figures."""
        worst = ", ".join(f"{one} {count}" for one, count in self.missed.most_common(3) if count)
        of = max(self.fields, 1)
        return (name, self.documents, self.fields, self.found / of, self.exact / of,
                self.labelled / max(self.tokens, 1), worst or "-")  # fmt: skip


COLUMNS = (
    "words of",
    "documents",
    "fields",
    "found",
    "words alike",
    "tokens with a label",
    "most often missed",
)


def alignment() -> list[Section]:
    """Shares of fields that find their words: made pages by preset, and real receipts."""
    pages = list(_pages())
    rows: list[Row] = []
    for name, words in (("text layer", _own), ("text layer, places unknown", _unplaced)):
        share = Share()
        for truth, _ in pages:
            words(share, truth)
        rows.append(share.row(name))
    share = Share()
    for one in variants((truth for truth, _ in pages), NOISED, 1):
        original = next(truth for truth, _ in pages if truth.annotation_id == one.derived_from)
        share.add(original, one.pages, one.words)
    rows.append(share.row("text noise, three variants each"))
    for preset in own_presets().values():
        share = Share()
        for number, (truth, picture) in enumerate(pages):
            found, data = degraded(truth, picture, preset, number)
            share.add(found, *_recognised(found, data))
        rows.append(share.row(f"RapidOCR, preset {preset.name}"))
    sentence = (
        f"{len(pages)} first pages of made papers in six languages and many layouts at {DPI} dpi, "
        "and scanned receipts (SROIE). Of the fields that stand on the page, the share that finds "
        "its words among what the engine read, and the share whose words are then alike (letters "
        "that engines take for digits apart). With places unknown, fields are looked for by what "
        "they say alone, and words are alike if they are those in the truth's places."
    )
    return [
        Section(BENCHMARKS, "Labels that find their words", sentence, COLUMNS,
                [*rows, *_receipts()])
    ]  # fmt: skip


def degradation() -> list[Section]:
    """CPU seconds of a page by preset, and the size of its file."""
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    pages = list(_pages())
    rows: list[Row] = []
    for preset in own_presets().values():
        spent, size = [], 0
        for number, (truth, picture) in enumerate(pages):
            (_, data), took = timed(partial(degraded, truth, picture, preset, number))
            spent.append(took.cpu)
            size += len(data)
        rows.append((preset.name, len(pages), sum(spent) / len(spent), max(spent),
                     size / len(pages) / 1024))  # fmt: skip
    noised, took = timed(lambda: list(variants((truth for truth, _ in pages), 20, 1)))
    rows.append(("text noise", len(noised), took.cpu / len(noised), None, None))
    cv2.setNumThreads(threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    sentence = (
        f"A4 at {DPI} dpi on one core: each page through its preset and into its file, with its "
        f"annotation. The process held at most {peak:.0f} MiB"
        f"{'' if sys.platform == 'linux' else ' (as the system counts)'}."
    )
    columns = ("preset", "pages", "CPU s a page", "slowest", "KiB a file")
    return [Section(PERFORMANCE, "Degrading pages", sentence, columns, rows)]


def _pages() -> Iterator[tuple[Annotation, Any]]:
    """First pages with their pictures, of every language."""
    for seed in SEEDS:
        papers = make_company(seed, invoices=200, months=6).papers
        for one in documents(papers[:PAPERS]):
            picture = next(pages_of(one.data, DPI))
            yield only_page(one.annotation, 0), np.asarray(picture.convert("RGB"))


def _own(share: Share, truth: Annotation) -> None:
    share.add(truth, truth.pages, truth.words)


def _unplaced(share: Share, truth: Annotation) -> None:
    """Count what is found by its text, of the fields that stand on the page."""
    stated = tuple(replace(one, words=()) for one in truth.fields)
    found = aligned(replace(truth, fields=stated), truth.pages, truth.words)
    share.documents += 1
    for one, own in zip(truth.fields, found.fields, strict=True):
        if one.words:
            share.fields += 1
            share.found += bool(own.tokens)
            share.exact += own.tokens == one.words
            share.missed[one.field] += not own.tokens
    share.tokens += len(truth.words)
    share.labelled += sum(label != OUTSIDE for label in found.labels)


def _recognised(truth: Annotation, data: bytes) -> tuple[list[Page], list[Word]]:
    """What the engine reads of a file."""
    engine = engine_named("rapidocr")
    pages, words = [], []
    format_ = (truth.media_type or "").removeprefix("image/")
    for scan in scans_of_image(truth.document_id or "", data, format_, Limits()):
        sight = engine.recognise(scan.picture) if scan.picture else Sight()
        page, of_page = recognised_page(scan, sight, engine.name)
        pages.append(page)
        words += of_page
    return pages, words


def _receipts() -> list[Row]:
    """SROIE by its own boxes, placed by its loader or by text alone, and as the engine reads it."""
    folder = public_data()
    scans = folder.parent / "sroie" / "train" if folder else None
    if scans is None or not scans.is_dir():
        return [("SROIE", skipped(BENCHMARKS, "SROIE")[0].sentence, *[None] * 5)]
    from ledgergraph.corpora.loaders import load
    from ledgergraph.corpora.loaders.items import Taking

    kept: dict[str, bytes] = {}
    truths = [
        one
        for one in load("sroie", scans, Taking(keep=lambda data: _kept(kept, data)))
        if isinstance(one, Annotation)
    ]
    own, text, read = Share(), Share(), Share()
    for truth in truths:
        # A fact that the boxes do not state is the data set's fault, and reported by its loader.
        own.add(truth, truth.pages, truth.words)
        _unplaced(text, truth)
    for truth in truths[:RECEIPTS]:
        read.add(truth, *_recognised(truth, kept[truth.document_id or ""]))
    return [
        own.row("SROIE, own boxes"), text.row("SROIE, own boxes, places unknown"),
        read.row("SROIE, RapidOCR"),
    ]  # fmt: skip


def _kept(kept: dict[str, bytes], data: bytes) -> None:
    from ledgergraph.identity import document_id_of

    kept[document_id_of(data)] = data
