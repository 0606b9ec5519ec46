"""How well papers that come again are told from the other bills of the same vendors."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from statistics import median

import numpy as np
import pyarrow as pa
from sections import BENCHMARKS, Row, Section

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation import degraded, only_page
from ledgergraph.corpora.degradation.presets import preset_named
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering.making import PDF, document_of
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.rendering.typesetting import Press, press
from ledgergraph.corpora.settings import COMPLETE
from ledgergraph.corpora.text_noise import noised
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import FINGERPRINTS
from ledgergraph.extractions.fingerprinting import fingerprints_of
from ledgergraph.graph.rereads import LEAST_PROBABILITY, likenesses

SEEDS = (9001, 9002)
VENDORS, BILLS = 12, 6
WAYS = ("scan", "photo", "fax")
DPI = 110


def rereads() -> list[Section]:
    """Papers that were scanned again, beside their vendors' other bills."""
    rows = [_judged(seed) for seed in SEEDS]
    sentence = (
        f"{VENDORS} vendors of a made company, {BILLS} bills each of one layout: every paper as a "
        f"printed PDF, and two of three as pictures too, {', '.join(WAYS)} by turns, with words "
        "as an engine misreads them. Found: papers of one page, of all such pairs; wrong: pairs "
        f"of two pages called one, of all that vendors have. Probability {LEAST_PROBABILITY:g} "
        "or more. Likeness: medians of rare figures in common, and of bits between the pictures."
    )
    columns = ("seed", "papers", "pairs of one page", "found", "other pairs", "wrong",
               "likeness of one page", "of others compared")  # fmt: skip
    return [Section(BENCHMARKS, "Papers read again", sentence, columns, rows)]


def _judged(seed: int) -> Row:
    table, page_of, vendor_of = fingerprinted(seed)
    truth = {pair for pair in combinations(sorted(page_of), 2)
             if page_of[pair[0]] == page_of[pair[1]]}  # fmt: skip
    others = sum(
        page_of[one] != page_of[two] and vendor_of[one] == vendor_of[two]
        for one, two in combinations(sorted(page_of), 2)
    )
    compared = {(one, two): alike for one, two, alike in likenesses(table)}
    called = {pair for pair, alike in compared.items() if alike.probability >= LEAST_PROBABILITY}
    shown = []
    for is_one in (True, False):
        own = [alike for pair, alike in compared.items() if (pair in truth) == is_one]
        bits = [alike.bits for alike in own if alike.bits is not None]
        shown.append(f"{median(one.rare for one in own):.0f}, {median(bits):.0f} bits")
    return (seed, len(page_of), len(truth), len(called & truth) / len(truth), others,
            len(called - truth), *shown)  # fmt: skip


def fingerprinted(seed: int) -> tuple[pa.Table, dict[str, str], dict[str, str]]:
    """Fingerprints of papers and their scans; the page and the vendor of each document."""
    page_of: dict[str, str] = {}
    vendor_of: dict[str, str] = {}
    tables = []
    with press() as running:
        for at, paper in enumerate(_bills(seed)):
            for truth, data, format_ in _ways(running, paper, at):
                document = f"{truth.annotation_id}"
                page_of[document], vendor_of[document] = paper.invoice_id, paper.seller.name
                tables.append(_fingerprint(document, data, format_, truth))
    return FINGERPRINTS.conform(pa.concat_tables(tables)), page_of, vendor_of


def _bills(seed: int) -> Iterator[Paper]:
    company = make_company(seed, invoices=2500, settings=COMPLETE)
    own: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper in company.papers:
        if paper.type == "invoice" and paper.buyer and paper.number:
            own[paper.seller.name].append(paper)
    regular = [bills for _, bills in sorted(own.items()) if len(bills) >= BILLS]
    for bills in regular[:VENDORS]:
        yield from bills[:BILLS]


def _ways(running: Press, paper: Paper, at: int) -> Iterator[tuple[Annotation, bytes, str]]:
    """The paper as printed, and two of three as they come again."""
    (made,) = document_of(running, paper, PDF)
    first = only_page(made.annotation, 0)
    yield first, made.data, "pdf"
    picture = next(iter(pages_of(made.data, DPI, 1)))
    shown = np.asarray(picture.convert("RGB"))
    for turn in range(2 if at % 3 else 0):
        preset = preset_named(WAYS[(at + turn) % len(WAYS)])
        scan, data = degraded(first, shown, preset, at)
        yield noised(scan, at, turn), data, preset.format


def _fingerprint(document: str, data: bytes, format_: str, truth: Annotation) -> pa.Table:
    documents = pa.table({"document_id": [document], "format": [format_]})
    words = pa.table(
        {"document_id": [document] * len(truth.words), "text": [one.text for one in truth.words]}
    )
    return fingerprints_of(documents, words, lambda _: data, Limits())
