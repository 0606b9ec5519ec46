"""Differences planted between page and XML of hybrids, and how many of them are found."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
from ledgers import public_data
from sections import BENCHMARKS, Section, skipped

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation import degraded
from ledgergraph.corpora.degradation.presets import preset_named
from ledgergraph.corpora.rendering import documents
from ledgergraph.corpora.rendering.making import HYBRID, MadeDocument
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.hybrids import embedded_invoice
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import readings_of
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.extractions.engines import Recogniser, engine_named
from ledgergraph.extractions.readers.learned import ReaderModel, load
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.reading import extractions_of, transcripts_of
from ledgergraph.extractions.rules import disagreements
from ledgergraph.extractions.rules.hybrids import CONFIDENT
from ledgergraph.extractions.rules.printed import Printed
from ledgergraph.extractions.transcripts import transcribe, words_from_table
from ledgergraph.identity import document_id_of
from ledgergraph.models.packaged import folder_of
from ledgergraph.money import plain

SEEDS = (9021, 9022, 9023)
"""Made companies that nothing learns from."""
PAPERS = 30
"""Of each of them, as PDFs with their XML inside."""
SCANS, SCANNED_AS, DPI = 10, "scan", 150
"""Papers of one page of each that are scanned too, and how."""
SEEN_TO_DIFFER = ("_499", "_503", "_504", "_504new")
"""Endings of the real hybrids whose page and XML differ as they are: nothing is planted there."""
LIMITS = Limits()
IBAN = "DE02120300000000202051"
PARTY, VAT_ID = "Zeta Holding und Vertrieb Ltd", "DE811569869"


@dataclass(frozen=True)
class Both:
    """What the XML of one invoice states, what its page does, and all that is printed."""

    name: str
    xml: Sequence[Reading]
    page: Sequence[Reading]
    printed: Printed

    @property
    def differing(self) -> set[str]:
        """The fields that are reported to differ."""
        found = disagreements(self.xml, self.page, self.printed)
        return {str(one.field) for one in found}


Change = Callable[[Mapping[str, str], random.Random], Mapping[str, str]]
"""Header fields, changed as somebody would change them together; empty where that cannot be."""


def _scaled(*names: str, more: Decimal = Decimal("1.1")) -> Change:
    def change(header: Mapping[str, str], dice: random.Random) -> Mapping[str, str]:
        found = {name: Decimal(header[name]) for name in names if name in header}
        if not any(found.values()):
            return {}
        return {name: plain(round(value * more, 2)) for name, value in found.items()}

    return change


def _taxed(header: Mapping[str, str], dice: random.Random) -> Mapping[str, str]:
    """More tax, and a gross total and amount due that follow."""
    tax = Decimal(header.get("totals.tax", "0"))
    if not tax:
        return {}
    more = round(tax / 5, 2)
    names = ("totals.tax", "totals.gross", "totals.due")
    return {name: plain(Decimal(header[name]) + more) for name in names if name in header}


def _later(name: str) -> Change:
    def change(header: Mapping[str, str], dice: random.Random) -> Mapping[str, str]:
        if name not in header:
            return {}
        day = date.fromisoformat(header[name]) + timedelta(dice.randrange(31, 60))
        return {name: day.isoformat()}

    return change


def _renumbered(header: Mapping[str, str], dice: random.Random) -> Mapping[str, str]:
    """Another number of the same form: each digit of its last half is another one."""
    number = header.get("number", "")
    half = len(number) // 2
    other = [str((int(one) + dice.randrange(1, 10)) % 10) if one.isdecimal() else one
             for one in number[half:]]  # fmt: skip
    return {"number": number[:half] + "".join(other)}


def _other(**fields: str) -> Change:
    named = {name.replace("_", ".", 1): value for name, value in fields.items()}

    def change(header: Mapping[str, str], dice: random.Random) -> Mapping[str, str]:
        return {name: value for name, value in named.items() if name in header}

    return change


TOTALS = ("totals.lines", "totals.net", "totals.tax", "totals.gross", "totals.due")
KINDS: Mapping[str, Change] = {
    "all amounts, a tenth more": _scaled(*TOTALS),
    "gross total alone": _scaled("totals.gross", "totals.due", more=Decimal("1.25")),
    "tax, and what follows": _taxed,
    "account": _other(seller_iban=IBAN),
    "day of issue": _later("issue_date"),
    "day when due": _later("due_date"),
    "number": _renumbered,
    "seller, with its VAT id": _other(seller_name=PARTY, seller_vat_id=VAT_ID),
    "seller's VAT id": _other(seller_vat_id=VAT_ID),
    "buyer": _other(buyer_name=PARTY),
}
"""What is planted in the header of the XML."""
LINE, NEW_LINE = "amount of a line", "a line more"


def planted(both: Both, kind: str, dice: random.Random) -> tuple[Both, set[str]]:
    """An invoice with a difference planted, and the fields one of which must be reported."""
    if kind in KINDS:
        header = {one.field: one.value for one in both.xml if one.line is None}
        changed = {name: value for name, value in KINDS[kind](header, dice).items()
                   if value != header[name]}  # fmt: skip
        xml = [
            replace(one, value=changed[one.field])
            if one.line is None and one.field in changed else one
            for one in both.xml
        ]  # fmt: skip
        return replace(both, xml=xml), set(changed)
    lines = sorted({one.line for one in both.xml if one.line is not None})
    if not lines:
        return both, set()
    chosen = dice.choice(lines)
    if kind == LINE:
        xml = [
            replace(one, value=plain(round(Decimal(one.value) * Decimal("1.3") + 7, 2)))
            if one.line == chosen and one.field == "net" else one
            for one in both.xml
        ]  # fmt: skip
        return replace(both, xml=xml), {"net"}
    like = next(one for one in both.xml if one.line == chosen)
    new = [
        replace(like, line=len(lines), field=name, value=value)
        for name, value in (("description", "Koordinationspauschale Zusatzaufwand"),
                            ("net", "713.19"))
    ]  # fmt: skip
    return replace(both, xml=[*both.xml, *new]), {"description", "net"}


def why_missed(both: Both, expected: Iterable[str]) -> str:
    """Why a planted difference stays quiet."""
    names = set(expected)
    read = [one for one in both.page if one.field in names]
    if not read:
        return "not read from the page"
    if all(one.confidence < CONFIDENT for one in read):
        return "read without confidence"
    return "other"


def hybrid_differences() -> list[Section]:
    """Planted differences found, by what differs, in PDFs with text and in scans."""
    title = "Planted differences between page and XML"
    sets: dict[str, Sequence[Both]] = {"made PDFs": made_pdfs(), "made scans": made_scans()}
    if public_data() is None:
        sections = skipped(BENCHMARKS, title + ", real hybrids")
    else:
        sections, sets = [], {"real PDFs": real_pdfs(), **sets}
    counted = {name: _counted(documents) for name, documents in sets.items()}
    rows = []
    for kind in (*KINDS, LINE, NEW_LINE):
        row: list[object] = [kind]
        for counts in counted.values():
            of = sum(counts[kind, how] for how in HOW)
            row.append(f"{counts[kind, FOUND]} of {of}" if of else "-")
            row.append(counts[kind, "read without confidence"])
        rows.append(row)
    last: list[object] = ["all"]
    for counts in counted.values():
        last.append(f"{_summed(counts, (FOUND,))} of {_summed(counts, HOW)}")
        last.append(_summed(counts, ("read without confidence",)))
    rows.append(last)
    quiet = "; ".join(
        f"{name}: {sum(1 for one in documents if one.differing)} of {len(documents)}"
        for name, documents in sets.items()
    )
    sentence = (
        "One thing is changed in the XML of a hybrid whose page says the same; a difference is "
        "found if one of the changed fields is reported. Beside it: how many were missed as the "
        "page was not read with confidence, by the packaged reader. Reported where nothing was "
        f"planted: {quiet}. Scans are the same papers, of one page, through the preset "
        f"{SCANNED_AS!r} and RapidOCR."
    )
    columns = ["planted"]
    for name in sets:
        columns += [name, "missed for confidence"]
    return [*sections, Section(BENCHMARKS, title, sentence, columns, rows)]


FOUND = "found"
HOW = (FOUND, "not read from the page", "read without confidence", "other")


def _summed(counts: Counter[tuple[str, str]], how: Iterable[str]) -> int:
    return sum(n for (_, one), n in counts.items() if one in how)


def _counted(documents: Sequence[Both]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for number, both in enumerate(documents):
        for kind in (*KINDS, LINE, NEW_LINE):
            changed, expected = planted(both, kind, random.Random(number))
            if expected:
                is_found = bool(changed.differing & expected)
                counts[kind, FOUND if is_found else why_missed(changed, expected)] += 1
    return counts


@cache
def _model() -> ReaderModel:
    return load(folder_of("reader"))


def _both(name: str, pdf: bytes) -> Both:
    embedded = embedded_invoice(pdf, LIMITS)
    assert embedded is not None, name
    text = transcribe(name, pdf, LIMITS)
    page = read_page(name, text.pages, text.words, _model())
    xml = read_einvoice(name, embedded.format, embedded.xml)
    return Both(name, xml, page.readings, Printed([one.text for one in text.words]))


def real_pdfs() -> list[Both]:
    """The real hybrids whose page says what their XML does."""
    folder = public_data()
    assert folder is not None
    paths = [path for path in sorted(folder.rglob("*.pdf"))
             if not path.stem.endswith(SEEN_TO_DIFFER)]  # fmt: skip
    return [_both(path.name, path.read_bytes()) for path in paths]


@cache
def _hybrids(seed: int) -> tuple[MadeDocument, ...]:
    papers = make_company(seed, invoices=300, months=8).papers[:PAPERS]
    return tuple(one for one in documents(papers, media=(HYBRID,)) if one.medium == HYBRID)


def made_pdfs() -> list[Both]:
    """Made hybrids, which say the same twice."""
    return [
        _both(f"{seed}-{number}", one.data)
        for seed in SEEDS
        for number, one in enumerate(_hybrids(seed))
    ]


def made_scans() -> list[Both]:
    """Some of them as scans of their pages say, beside the XML of the file that was printed."""
    scans: dict[str, tuple[bytes, Sequence[Reading]]] = {}
    for seed in SEEDS:
        single = [one for one in _hybrids(seed) if len(one.annotation.pages) == 1]
        for number, one in enumerate(single[:SCANS]):
            (picture,) = pages_of(one.data, DPI)
            preset = preset_named(SCANNED_AS)
            _, data = degraded(one.annotation, np.asarray(picture), preset, seed)
            embedded = embedded_invoice(one.data, LIMITS)
            assert embedded is not None
            xml = read_einvoice(one.name, embedded.format, embedded.xml)
            scans[f"{seed}-{number}.jpg"] = data, xml
    return _recognised(scans)


def _recognised(scans: Mapping[str, tuple[bytes, Sequence[Reading]]]) -> list[Both]:
    engine = engine_named("rapidocr")
    recogniser = Recogniser(engine.name, lambda pictures: map(engine.recognise, pictures))
    blobs: dict[str, bytes] = {document_id_of(data): data for data, _ in scans.values()}
    entries = [Entry(name, document_id_of(data), len(data)) for name, (data, _) in scans.items()]
    papers, _ = examine(entries, blobs.__getitem__, LIMITS)
    pages, words, _ = transcripts_of(papers, blobs.__getitem__, LIMITS, recogniser)
    fields, _, _ = extractions_of(papers, pages, words, blobs.__getitem__, LIMITS, (), _model())
    page: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings_of(fields):
        page[reading.document_id].append(reading)
    printed = words_from_table(words)
    found = []
    for name, (data, xml) in scans.items():
        own = document_id_of(data)
        texts = [one.text for one in printed.get(own, [])]
        found.append(Both(name, xml, page[own], Printed(texts, is_recognised=True)))
    return found
