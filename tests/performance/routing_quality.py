"""Routes of documents: how many go fast, how many of those are wrong, and what it costs.

    .venv/bin/python tests/performance/routing_quality.py

counts anew how often documents of some risk are wrong, on other seeds than the benchmark's:
what the fast route allows follows from it. To be done after the reader was trained anew.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import pyarrow as pa
from ledgers import LIMITS, read_files
from sections import BENCHMARKS, Row, Section
from stopwatch import ROOT

from ledgergraph.anomalies.review import Queue, review_queue
from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.corpora.degradation.made import degraded_documents
from ledgergraph.corpora.degradation.presets import preset_named
from ledgergraph.corpora.rendering import MadeDocument, documents
from ledgergraph.corpora.synthetic import Order, papers_of_order
from ledgergraph.datasets.matching import is_same
from ledgergraph.extractions.engines import Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.pictures import scans_of_image
from ledgergraph.extractions.quality import adds_up, quality, unsure_in
from ledgergraph.extractions.retries import SMALLER, _clearer, _larger, persistent
from ledgergraph.extractions.routing import (
    FAST,
    FULL,
    RECOGNISED,
    STANDARD,
    TEXT,
    Counted,
    Routes,
    risk_allowed,
    risk_of,
)
from ledgergraph.extractions.rules import validate
from ledgergraph.extractions.rules.document import parts_of
from ledgergraph.extractions.rules.values import DECISIVE
from ledgergraph.extractions.vendor_memory import History, VendorMemory, traits_of
from ledgergraph.graph.ontology import LABELS
from ledgergraph.graph.schemas import DUPLICATES

SEED, COUNTED_ON = 9601, 9501
COUNTED_PRINTED, COUNTED_SCANNED = 1_200, 110
PRINTED, SCANNED = 240, 10
"""Invoices that are read as printed, and first pages that go through each preset."""
PRESETS = ("scan", "fax", "photo")
RISKS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2)
ROUTES = (FAST, STANDARD, FULL)
ENGINE, JPEG = "rapidocr", b"\xff\xd8"
EVERY_WAY = (_larger, _clearer, SMALLER[0][1])


class Clean(VendorMemory):
    """Every vendor sent documents of every layout before, and nothing had to be corrected."""

    def past(self, vendors: Iterable[str], layout: str) -> History:
        """As if ten had come."""
        return History(10, 0)


CLEAN = Clean({}, {("any", "any"): History(10, 0)})


class Routed(NamedTuple):
    """One document: its route, its decisive fields, those that are wrong, its risk, its facts."""

    route: str
    fields: int
    wrong: int
    risk: float
    may_be_fast: bool


@dataclass
class Outcome:
    """Documents with their routes, questions on their fields, and those if all were full."""

    documents: list[Routed]
    asked: int
    asked_by_full: int


@dataclass
class Timed:
    """An engine that remembers what it saw, and how many CPU seconds each look took."""

    known: dict[tuple[int, bytes], tuple[Sight, float]]
    seconds: float = 0.0

    def sights(self, pictures: Iterable[Picture]) -> Iterator[Sight]:
        """What is seen; each look counts as what it took the first time."""
        for one in pictures:
            key = one.width, one.rgb
            if key not in self.known:
                start = time.process_time()
                sight = engine_named(ENGINE).recognise(one)
                self.known[key] = sight, time.process_time() - start
            sight, took = self.known[key]
            self.seconds += took
            yield sight


def routes() -> list[Section]:
    """Shares, errors and cost by route, and errors against the risk that is tolerated."""
    rows: list[Row] = []
    every: dict[str, Outcome] = {}
    printed = _made(SEED, PRINTED)
    start = time.process_time()
    every["as printed"] = _routed({one.name: one.data for one in printed}, printed, None)
    seconds = (time.process_time() - start) / len(printed)
    rows.append(_row("as printed", every["as printed"], seconds, seconds))
    for preset in PRESETS:
        files = _scanned(printed, preset, SCANNED)
        known: dict[tuple[int, bytes], tuple[Sight, float]] = {}
        once, by_full = Timed(known), Timed(known)
        every[preset] = _routed(files, printed, _recogniser(once))
        for one in _pictures(files):
            list(_tried(by_full, one))
        costs = once.seconds / len(files), by_full.seconds / len(files)
        rows.append(_row(preset, every[preset], *costs))
    text = every.pop("as printed").documents
    recognised = [one for own in every.values() for one in own.documents]
    return [_of_routes(rows), _of_risks({TEXT: text, RECOGNISED: recognised})]


def _of_routes(rows: Sequence[Row]) -> Section:
    sentence = (
        f"{PRINTED} made invoices of seed {SEED} in six languages and all layouts as PDF, and the "
        f"first {SCANNED} of one page through each preset, with {ENGINE}. Every vendor is taken "
        "to have sent documents of the layout before of which nothing had to be corrected; "
        "without that none of them would be fast. Wrong: a decisive field "
        f"({', '.join(DECISIVE)}) that differs from what was printed or was not read. Questions "
        "are what people are asked of fields. By full, all decisive fields of each document are "
        "asked and each picture is looked at in all ways; CPU seconds are those of looking at "
        "pictures, of text those of reading. Saved are CPU seconds and questions."
    )
    columns = (
        "pages", "documents", *ROUTES, *(f"wrong fields, {one}" for one in ROUTES),
        "CPU s", "by full", "saved", "questions", "by full", "saved",
    )  # fmt: skip
    return Section(BENCHMARKS, "Routes", sentence, columns, rows)


def _of_risks(able: Mapping[str, Sequence[Routed]]) -> Section:
    rows: list[Row] = []
    for seen, routed in able.items():
        for most in RISKS:
            one = _counted(routed, most)
            share = one.documents / len(routed)
            own, likely = one.wrong / max(one.documents, 1), one.share(len(RISKS))
            numbers = (share, one.documents, one.wrong, own, likely, 1 - share)
            rows.append((seen, f"{most:g}", *numbers))
    tolerated = Routes().fast_risk
    sentence = (
        "All documents of the table before. Fast could be what is sure of each "
        "decisive field, adds up and breaks no rule; the risk is one less the product of the "
        "confidences of its decisive fields. Wrong: a document with a wrong decisive field; "
        f"likely at most: 19 in 20 times for all {len(RISKS)} risks together. With the default, "
        f"{tolerated:g} tolerated, risks up to {risk_allowed(tolerated, TEXT):g} go fast on pages "
        f"of text, up to {risk_allowed(tolerated, RECOGNISED):g} on recognised ones (0: none), by "
        "what was counted on other seeds."
    )
    columns = ("pages", "risk", "fast", "documents", "wrong", "share wrong", "likely at most",
               "not fast")  # fmt: skip
    return Section(BENCHMARKS, "Cost against confidence", sentence, columns, rows)


def _counted(able: Sequence[Routed], most: float) -> Counted:
    fast = [one for one in able if one.may_be_fast and one.risk <= most]
    return Counted(most, len(fast), sum(one.wrong > 0 for one in fast))


def _tried(engine: Timed, picture: Picture) -> Iterator[Sight]:
    """Every look at a picture that retries know, as if it were poor."""
    for way in (lambda one: one, *EVERY_WAY):
        yield from engine.sights([way(picture)])


def _pictures(files: Mapping[str, bytes]) -> Iterator[Picture]:
    for name, data in files.items():
        for one in scans_of_image(name, data, "jpeg" if data[:2] == JPEG else "png", LIMITS):
            if one.picture is not None:
                yield one.picture


def _recogniser(engine: Timed) -> Recogniser:
    return persistent(Recogniser(ENGINE, engine.sights))


def _scanned(made: Iterable[MadeDocument], preset: str, most: int) -> dict[str, bytes]:
    """The first pictures of papers of one page, by name."""
    able = [one for one in made if len(one.annotation.pages) == 1][:most]
    return {
        one.name: next(iter(degraded_documents([one], [preset_named(preset)], SEED)))[1]
        for one in able
    }


def _made(seed: int, most: int) -> Sequence[MadeDocument]:
    papers = papers_of_order(Order(6 * most, [seed]))
    chosen = (one for one in papers if one.type == "invoice")
    return list(documents(islice(chosen, most), ("pdf",)))


def _routed(
    files: Mapping[str, bytes], made: Sequence[MadeDocument], recogniser: Recogniser | None
) -> Outcome:
    """Every document that was read, with its route, and what people would be asked."""
    read = read_files(files, recogniser)
    broken = validate(read.extractions, read.words, read.documents, (), read.pages)
    traits = traits_of(read.extractions, read.pages, read.words)
    judged = quality(read.extractions, broken, read.pages, traits, CLEAN)
    names = dict(zip(*(read.documents[one].to_pylist() for one in ("document_id", "name")),
                     strict=True))  # fmt: skip
    truths = {
        one.name: {field.field: field.value for field in one.annotation.fields
                   if field.line is None and field.field in DECISIVE}
        for one in made
    }  # fmt: skip
    severe = Counter(row["document_id"] for row in broken.to_pylist() if row["severity"] != "info")
    chosen = {row["document_id"]: row["route"] for row in judged.to_pylist()}
    found = []
    for part in parts_of(read.extractions):
        if part.part or names[part.document_id] not in truths:
            continue
        truth = truths[names[part.document_id]]
        wrong = sum(
            name not in part.header or not is_same(name, part.header[name].value, value)
            for name, value in truth.items()
        )
        risk = risk_of([one.confidence for name in DECISIVE if (one := part.header.get(name))])
        may = adds_up(part) and not unsure_in(part) and not severe[part.document_id]
        found.append(Routed(chosen[part.document_id], len(truth), wrong, risk, may))
    asked = _asked(read.extractions, judged)
    all_full = judged.set_column(
        judged.schema.get_field_index("route"), "route", pa.array([FULL] * judged.num_rows)
    )
    return Outcome(found, asked, _asked(read.extractions, all_full))


def _asked(fields: pa.Table, judged: pa.Table) -> int:
    """How many questions on fields people get."""
    papers = [
        {"key": f"{row['document_id']}#{row['part']}", "document_id": row["document_id"],
         "part": row["part"]}
        for row in judged.to_pylist()
    ]  # fmt: skip
    every = Queue(length=100_000, random_share=0.0)
    nothing = FINDINGS.rows([]), DUPLICATES.rows([])
    nodes = LABELS["Invoice"].nodes.rows(papers)
    return int(review_queue(*nothing, fields, nodes, [], every, judged).num_rows)


def count_anew() -> None:
    """Count how often documents of some risk are wrong, and keep it."""
    made = _made(COUNTED_ON, COUNTED_PRINTED)
    text = _routed({one.name: one.data for one in made}, made, None).documents
    engine = Timed({})
    recognised: list[Routed] = []
    for preset in PRESETS:
        files = _scanned(made, preset, COUNTED_SCANNED)
        recognised += _routed(files, made, _recogniser(engine)).documents
    lists = (
        f'"{seen}": [\n' + ",\n".join(json.dumps(_counted(found, one)) for one in RISKS) + "\n]"
        for seen, found in ((TEXT, text), (RECOGNISED, recognised))
    )
    place = ROOT / "ledgergraph" / "extractions" / "route_risks.json"
    place.write_text("{\n" + ",\n".join(lists) + "\n}\n", encoding="utf-8")


def _row(title: str, outcome: Outcome, seconds: float, by_full: float) -> Row:
    found = outcome.documents
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        own = counts[one.route]
        own[:] = [own[0] + 1, own[1] + one.wrong, own[2] + one.fields]
    shares = (counts[name][0] / max(len(found), 1) for name in ROUTES)
    wrong = (f"{counts[name][1]} of {counts[name][2]}" for name in ROUTES)
    asked, of_all = outcome.asked / len(found), outcome.asked_by_full / len(found)
    return (
        title, len(found), *shares, *wrong,
        f"{seconds:.2f}", f"{by_full:.2f}", f"{1 - seconds / by_full:.0%}",
        f"{asked:.1f}", f"{of_all:.1f}", f"{1 - asked / of_all:.0%}",
    )  # fmt: skip


if __name__ == "__main__":
    count_anew()
