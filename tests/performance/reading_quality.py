"""How much of a document is read right: XML, pages of real hybrids, pages of a made company."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ledgers import ReadFolder, files_of, public_data, read_files, written_company
from matching import CONFIDENT, Count, Tally, Value
from sections import BENCHMARKS, PERFORMANCE, Row, Section, skipped
from stopwatch import LEDGERGRAPH, ran

from ledgergraph.benchmarks.reader_lessons import vendor_mark
from ledgergraph.benchmarks.reading import LEARNED
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import paper_truth
from ledgergraph.datasets.matching import NEAR, is_printed, is_same, likeness
from ledgergraph.extractions.languages import lexicon
from ledgergraph.extractions.names import name_key
from ledgergraph.extractions.readers.recognisers import Style, dates_in
from ledgergraph.extractions.rules import validate
from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.issues import Kind
from ledgergraph.models.calibration import expected_calibration_error
from ledgergraph.models.packaged import card, folder_of

HEADER = (
    "number", "issue_date", "due_date", "currency", "seller.name", "seller.vat_id", "seller.iban",
    "buyer.name", "buyer.vat_id", "order_reference", "totals.net", "totals.tax", "totals.gross",
)  # fmt: skip
"""Fields of the header that the truth of the real documents states."""
SEEN = {
    "MustangGnuaccountingBeispielRE-20140519_499.pdf",
    "MustangGnuaccountingBeispielRE-20150613_503.pdf",
    "MustangGnuaccountingBeispielRE-20151008_504.pdf",
    "MustangGnuaccountingBeispielRE-20151008_504new.pdf",
}
"""Real hybrids whose page and XML differ: each was looked at by eye."""
SEEDS = (9002, 9004, 9005, 9006, 9010, 9011)
"""Made companies: one for each language in which most of its papers are printed."""
INVOICES, PAPERS = 800, 40
"""How many invoices each of them has in its books, and how many of these on paper too."""
LAYOUT = "letterhead"
"""Of these papers; part `layout_fields` looks at the others."""
COLUMNS = ("field", "right", "of", "share", "wrong", "not read", "confident", "of these wrong")

Read = dict[str | tuple[int, str], Value]
"""Value and confidence by field, or by line and field."""


def xml_fields() -> list[Section]:
    """Fields of XML invoices, alone and inside PDFs, against the truth."""
    title = "Fields of e-invoices, from their XML"
    if public_data() is None:
        return skipped(BENCHMARKS, title)
    truth, read = _stated(), _by_name(_real(), "xml")
    tally = Tally()
    for name, facts in truth.items():
        _count(tally, read.get(name, {}), facts)
    sentence = (
        f"{len(truth)} real documents (ZUGFeRD 1 and 2, Factur-X, XRechnung, CII, UBL, FatturaPA), "
        "each field as its XML states it."
    )
    rows = [(name, count.right, count.of, count.right / count.of)
            for name, count in tally.fields.items()]  # fmt: skip
    total = tally.all
    rows += [
        ("all header fields", total.right, total.of, total.right / total.of),
        ("line items", tally.items_right, tally.items_of, tally.items_f1),
    ]
    return [
        Section(BENCHMARKS, title, sentence, ("field", "right", "of", "share (items: F1)"), rows)
    ]


def page_fields() -> list[Section]:
    """What the pages of real hybrids were read as, against their XML."""
    title = "Fields of real invoices, from their pages"
    if public_data() is None:
        return skipped(BENCHMARKS, title)
    truth = {name: facts for name, facts in _stated().items() if facts.get("hybrid")}
    read = _by_name(_real(), "page")
    tally, agreeing = Tally(), Tally()
    for name, facts in truth.items():
        for one in (tally,) if name in SEEN else (tally, agreeing):
            _count(one, read.get(name, {}), facts)
    sentence = (
        f"The words of {len(truth)} real hybrid invoices, read as if they had no XML, against "
        f"their XML. Confident is from {CONFIDENT} on. The page of {len(SEEN)} of them says "
        f"another thing than the XML: the last row is without them. {_items(tally)}"
    )
    rows = [*_field_rows(tally), _row("all, where page and XML agree", agreeing.all)]
    return [Section(BENCHMARKS, title, sentence, COLUMNS, rows)]


def paper_fields() -> list[Section]:
    """What the printed pages of made companies were read as, against what was printed."""
    tally, by_language = Tally(), dict[str, Tally]()
    for _, papers, read in map(_made, SEEDS):
        found = _by_name(read, "page")
        truth: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in paper_truth(papers):
            truth[row["invoice_id"]].append(row)
        for paper in papers:
            facts = _as_facts(truth[paper.invoice_id])
            for one in (tally, by_language.setdefault(paper.language, Tally())):
                _count(one, found.get(f"{paper.invoice_id}.pdf", {}), facts, tuple(facts))
    sentence = (
        f"{len(SEEDS) * PAPERS} papers of {len(SEEDS)} made companies, one layout, six languages, "
        f"against what was printed. {_items(tally)}"
    )
    languages = [
        (name, one.all.right, one.all.of, one.all.right / one.all.of, one.items_f1)
        for name, one in sorted(by_language.items())
    ]
    return [
        Section(BENCHMARKS, "Fields of made invoices, from their pages", sentence, COLUMNS,
                _field_rows(tally)),
        Section(BENCHMARKS, "The same by language", "Header fields, and F1 of line items.",
                ("language", "right", "of", "share", "items F1"), languages),
    ]  # fmt: skip


def receipts() -> list[Section]:
    """Scanned receipts through the command: what was read of them, and how long it took."""
    folder = public_data()
    scans = folder.parent / "sroie" / "dev" if folder else None
    if scans is None or not scans.is_dir():
        title = "Scanned receipts"
        return [*skipped(BENCHMARKS, title), *skipped(PERFORMANCE, title)]
    with TemporaryDirectory() as place:
        home = str(Path(place) / "home")
        first = ran([LEDGERGRAPH, "run", "--inbox", str(scans / "img"), "--home", home])
        query = (
            "select name, field, value, raw, confidence from extractions "
            "join documents using (document_id) where chosen and line is null"
        )
        asked = ran([LEDGERGRAPH, "query", query, "--home", home, "--format", "json"])
    read: dict[str, Read] = defaultdict(dict)
    raws: dict[tuple[str, str], str] = {}
    for row in json.loads(asked.output):
        read[Path(row["name"]).stem][row["field"]] = (row["value"], row["confidence"])
        raws[Path(row["name"]).stem, row["field"]] = row["raw"]
    tally, complete, strict = Tally(), 0, 0
    sure: list[tuple[float, bool]] = []
    alike, by_vendor = 0, {True: [0, 0], False: [0, 0]}
    truths = sorted((scans / "key").glob("*.json"))
    for path in truths:
        stated = json.loads(path.read_text(encoding="utf-8"))
        facts = _receipt_facts(stated)
        _count(tally, read.get(path.stem, {}), facts, tuple(facts))
        for name, fact in facts.items():
            value, confidence = read.get(path.stem, {}).get(name, (None, 0.0))
            is_right = is_same(name, value, fact)
            sure.append((confidence, is_right))
            alike += is_right or (value is not None and likeness(value, fact) >= NEAR)
            counted = by_vendor[_is_known_vendor(stated["company"])]
            counted[0], counted[1] = counted[0] + is_right, counted[1] + 1
            printed = stated[PRINTED[name]]
            strict += is_printed(raws.get((path.stem, name)), printed)
        found = read.get(path.stem, {})
        complete += all(name in found and is_same(name, found[name][0], fact)
                        for name, fact in facts.items())  # fmt: skip
    count = len(truths)
    words = (
        f"{count} photographs of shop receipts (SROIE), recognised and read; letters and digits "
        f"must agree. All four facts are right on {complete}. {_trust(sure)} As printed, letter "
        f"by letter, are {strict / max(len(sure), 1):.3f}; alike to 95 % "
        f"{alike / max(len(sure), 1):.3f}. "
        f"Of vendors that the reader learned from {_of(by_vendor[True])}, of others "
        f"{_of(by_vendor[False])}."
    )
    took = (
        f"The same {count} receipts through the command `run`, report included, on all cores. "
        "Asked for are six minutes."
    )
    speed = [(first.wall, first.cpu, first.cpu / count, 60 * count / first.wall,
              first.peak, first.peak_together)]  # fmt: skip
    columns = ("wall s", "CPU s", "CPU s a receipt", "receipts a minute", "peak MiB",
               "together, MiB")  # fmt: skip
    return [
        Section(BENCHMARKS, "Fields of scanned receipts", words, COLUMNS, _field_rows(tally)),
        Section(PERFORMANCE, "Scanned receipts", took, columns, speed),
    ]


def _of(counted: Sequence[int]) -> str:
    right, of = counted
    return f"{right / of:.3f} of {of}" if of else "none"


@cache
def _known_vendors() -> frozenset[str]:
    return frozenset(json.loads((folder_of("reader") / LEARNED).read_text(encoding="utf-8")))


def _is_known_vendor(company: str) -> bool:
    """Whether the packaged reader learned from receipts of a company."""
    return vendor_mark(name_key(company)) in _known_vendors()


PRINTED = {"seller.name": "company", "seller.address": "address", "issue_date": "date",
           "totals.gross": "total"}  # fmt: skip
"""Our fields, and the labels of the receipts."""


def _trust(sure: Sequence[tuple[float, bool]]) -> str:
    """How far confidence can be trusted, as a sentence."""
    confidence, right = (np.array(one, dtype=np.float64) for one in zip(*sure, strict=True))
    surest = right[np.argsort(-confidence, kind="stable")][: int(0.8 * len(right))]
    return (
        f"Of the surest 80 % of the values {surest.mean():.3f} are right; the error of the "
        f"confidence (10 bins) is {expected_calibration_error(confidence, right):.3f}."
    )


def reader() -> list[Section]:
    """The packaged reader beside the rules, as its card states it."""
    known = card("reader")
    facts = known.examples
    sentence = (
        f"The packaged reader learned from {facts['documents']:,} documents, {facts['labelled']:,} "
        "of them of labelled receipts (sroie/train, once with the words of its labels and once "
        "recognised), the others made. Made ones of other seeds judge it beside the rules alone; "
        "what is called `vendors unseen` are its own documents by folds of vendors, with trees "
        "and curves that did not see them. Right: letters and digits agree."
    )
    columns = ("on", "by", "fields", "right", "as printed", "alike (95 %)", "surest 80 %",
               "error of confidence", "all four")  # fmt: skip
    names = ("items", "accuracy", "strict", "fuzzy", "surest", "calibration_error", "all_four")
    rows = [(one["on"], one["scorer"], *(one.get(name) for name in names))
            for one in known.comparison]  # fmt: skip
    by_field = [(name, *(one[key] for key in names[:-1]))
                for name, one in sorted(known.metrics.items())]  # fmt: skip
    return [
        Section(BENCHMARKS, "The learned reader", sentence, columns, rows),
        Section(BENCHMARKS, "The learned reader by field", "Vendors unseen, all documents.",
                ("field", *columns[2:-1]), by_field),
    ]  # fmt: skip


def _receipt_facts(stated: Mapping[str, str]) -> dict[str, str]:
    """The truth of one receipt by the names of our fields."""
    style = Style(".", False, lexicon(("en",)).months)
    days = dates_in(stated.get("date", ""), style)
    total = re.sub(r"[^0-9.]", "", stated.get("total", ""))
    facts = {
        "seller.name": stated.get("company"),
        "seller.address": stated.get("address"),
        "issue_date": days[0].value.isoformat() if days else None,
        "totals.gross": total,
    }
    return {name: fact for name, fact in facts.items() if fact}


def bookings() -> list[Section]:
    """Whether each paper of some made companies was joined to its row in the books."""
    outcomes = Counter({one: 0 for one in (RIGHT, COPY, OTHER, NONE)})
    booked = 0
    for company, papers, read in map(_made, SEEDS):
        snapshot = snapshot_of(read.records, read.documents)
        pairs = match_bookings(snapshot, resolve_parties(snapshot))
        name_of = _names(read)
        joined = {
            Path(name_of[paper_id.partition("#")[0]]).stem: booked_id
            for paper_id, booked_id in zip(
                pairs["paper_id"].to_pylist(), pairs["booked_id"].to_pylist(), strict=True
            )
        }
        exact = {
            frozenset((row["invoice_id"], row["other_id"]))
            for row in company.duplicates.to_pylist()
            if row["kind"] == Kind.DUP_EXACT.value
        }
        outcomes.update(_outcome(one.invoice_id, joined, exact) for one in papers)
        booked += company.tables["invoices"].num_rows
    sentence = (
        f"{len(SEEDS) * PAPERS} papers of {len(SEEDS)} made companies with {booked:,} booked "
        "invoices; each paper has one row. Which of two rows that are exact copies nobody can tell."
    )
    rows = [(name, count, count / outcomes.total()) for name, count in outcomes.items()]
    return [Section(BENCHMARKS, "Papers and their rows in the books", sentence,
                    ("paper is joined to", "papers", "share"), rows)]  # fmt: skip


RIGHT, COPY, OTHER, NONE = "its row", "an exact copy of its row", "another row", "no row"


def _outcome(own: str, joined: Mapping[str, str], exact: Collection[frozenset[str]]) -> str:
    if own not in joined:
        return NONE
    if joined[own] == own:
        return RIGHT
    return COPY if frozenset((own, joined[own])) in exact else OTHER


def hybrid_mismatches() -> list[Section]:
    """The differences between page and XML of real hybrids that would become findings."""
    title = "Differences between page and XML of real hybrids"
    if public_data() is None:
        return skipped(BENCHMARKS, title)
    real = _real()
    broken = validate(real.extractions, real.words)
    kind = pc.equal(broken["kind"], pa.scalar(Kind.HYBRID_MISMATCH.value))
    named = _names(real)
    fields: dict[str, list[str]] = defaultdict(list)
    for row in broken.filter(kind).to_pylist():
        name = Path(named[row["document_id"]]).name
        fields[name].append(
            row["field"] + ("" if row["line"] is None else f" (line {row['line']})")
        )
    reported = set(fields)
    hybrids = sum(one == "hybrid" for one in real.documents["format"].to_pylist())
    sentence = (
        f"Of {hybrids} hybrids {len(reported)} are reported. {len(SEEN)} were seen by eye to "
        f"differ: {len(reported & SEEN)} of them are reported, and {len(reported - SEEN)} others."
    )
    rows = [(name, ", ".join(sorted(set(fields[name]))), "yes" if name in SEEN else "not looked at")
            for name in sorted(reported)]  # fmt: skip
    rows += [(name, "not reported", "yes") for name in sorted(SEEN - reported)]
    return [Section(BENCHMARKS, title, sentence, ("document", "fields", "seen to differ"), rows)]


@cache
def _real() -> ReadFolder:
    """The real documents, read; their names are unique without folders."""
    folder = public_data()
    assert folder is not None
    return read_files({path.name: path.read_bytes() for path in sorted(folder.rglob("*"))
                       if path.suffix.lower() in (".pdf", ".xml")})  # fmt: skip


def _stated() -> dict[str, Mapping[str, Any]]:
    """The truth of the real documents that are invoices, by file name."""
    folder = public_data()
    assert folder is not None
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return {Path(name).name: facts for name, facts in truth.items() if facts.get("number")}


@cache
def _made(seed: int) -> tuple[Company, Sequence[Paper], ReadFolder]:
    """A made company with its papers, and its files as they were read."""
    made = make_company(seed, invoices=INVOICES)
    papers = tuple(replace(one, layout=LAYOUT) for one in made.papers)
    company = replace(made, papers=papers, embedded={})
    with written_company(company, PAPERS) as folder:
        files = files_of(folder / "inbox")
    return company, company.papers[:PAPERS], read_files(
        {Path(name).name: data for name, data in files.items()}
    )  # fmt: skip


def _names(read: ReadFolder) -> dict[str, str]:
    """File names by document."""
    ids, names = (read.documents[name].to_pylist() for name in ("document_id", "name"))
    return dict(zip(ids, names, strict=True))


def _by_name(read: ReadFolder, reading: str) -> dict[str, Read]:
    """What one reading gives for the first part of each document, by file name."""
    named = _names(read)
    found: dict[str, Read] = defaultdict(dict)
    fields = read.extractions.filter(
        pc.and_(pc.equal(read.extractions["reading"], pa.scalar(reading)),
                pc.equal(read.extractions["part"], pa.scalar(0, pa.int32())))
    )  # fmt: skip
    for row in fields.select(["document_id", "line", "field", "value", "confidence"]).to_pylist():
        key = row["field"] if row["line"] is None else (row["line"], row["field"])
        found[named[row["document_id"]]][key] = row["value"], row["confidence"]
    return found


def _count(
    tally: Tally, read: Read, facts: Mapping[str, Any], header: Iterable[str] = HEADER
) -> None:
    for name in header:
        if name != "lines" and facts.get(name) is not None:
            tally.header(name, read.get(name), facts[name])
    lines: dict[int, dict[str, str | None]] = defaultdict(dict)
    for key, (value, _) in read.items():
        if isinstance(key, tuple):
            lines[key[0]][key[1]] = value
    tally.lines(lines.values(), facts.get("lines", ()))


def _as_facts(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The truth of one paper: header fields by name, and `lines`."""
    facts: dict[str, Any] = {}
    lines: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row["line"] is None:
            facts[row["field"]] = row["value"]
        else:
            lines[row["line"]][row["field"]] = row["value"]
    return facts | {"lines": [lines[number] for number in sorted(lines)]}


def _items(tally: Tally) -> str:
    return (
        f"Line items: F1 {tally.items_f1:.3f} ({tally.items_right} right of {tally.items_read} "
        f"read and {tally.items_of} true)."
    )


def _field_rows(tally: Tally) -> list[Row]:
    by_name = [_row(name, one) for name, one in sorted(tally.fields.items())]
    return [*by_name, _row("all header fields", tally.all)]


def _row(name: str, one: Count) -> Row:
    return (
        name, one.right, one.of, one.right / one.of, one.wrong, one.of - one.right - one.wrong,
        one.confident, one.confident_wrong / one.confident if one.confident else None,
    )  # fmt: skip
