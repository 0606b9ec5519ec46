"""How well kinds of documents are told, on made papers: as printed, and through presets and OCR."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pyarrow.compute as pc
from ledgers import read_files
from sections import BENCHMARKS, Row, Section

from ledgergraph.books import DOCUMENT_TYPES
from ledgergraph.corpora.degradation.made import degraded_documents
from ledgergraph.corpora.degradation.presets import preset_named
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import MadeDocument, documents
from ledgergraph.corpora.synthetic import Order, papers_of_order
from ledgergraph.extractions.engines import Recogniser, engine_named

SEED, LOOKED_AT = 9301, 4_000
OF_TYPE, OF_SUBTYPE = 36, 24
SCANNED = 12
"""Papers of each kind that go through each preset, their first pages."""
PRESETS = ("scan", "fax", "photo")
TYPES = ("invoice", "credit_note", "receipt", "purchase_order", "sales_order", "goods_receipt",
         "reminder")  # fmt: skip
SUBTYPES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "384": {
        "de": ("Rechnungskorrektur", "Stornorechnung"), "en": ("Corrected invoice",),
        "fr": ("Facture rectificative",), "es": ("Factura rectificativa",),
        "it": ("Fattura rettificativa",), "pt": ("Fatura retificativa",),
    },
    "386": {
        "de": ("Anzahlungsrechnung", "Vorauszahlungsrechnung"), "en": ("Prepayment invoice",),
        "fr": ("Facture d’acompte",), "es": ("Factura de anticipo",),
        "it": ("Fattura di acconto",), "pt": ("Fatura de adiantamento",),
    },
    "389": {
        "de": ("Selbst ausgestellte Rechnung", "Gutschrift im Gutschriftsverfahren"),
        "en": ("Self-billed invoice",), "fr": ("Autofacture", "Autofacturation"),
        "es": ("Autofactura",), "it": ("Autofattura",), "pt": ("Autofatura", "Autofaturação"),
    },
}  # fmt: skip
"""Titles of invoices of a kind by language, by code of UNTDID 1001; spelt as vendors do."""
NOTES = frozenset({"Rechnungskorrektur", "Factura rectificativa"})
"""Titles of credit notes that name a correction by law: 384 is as right as 381."""
NONE = "none"


def types() -> list[Section]:
    """The share of papers whose kind was told, by kind, printed and scanned."""
    papers = _papers()
    rows, wrong = [], Counter[tuple[str, str]]()
    printed = list(documents((paper for _, paper in papers), ("pdf",)))
    kinds = {paper.invoice_id: kind for kind, paper in papers}
    truths = {one.name: (kinds[one.annotation.name.removesuffix(".pdf")], one) for one in printed}
    found = _told({name: one.data for name, (_, one) in truths.items()}, None)
    rows.append(_row("as printed", truths, found, wrong))
    few: Counter[str] = Counter()
    chosen = []
    for kind, one in truths.values():
        few[kind] += 1
        if few[kind] <= SCANNED:
            chosen.append((kind, one))
    for preset in PRESETS:
        scans = dict(_scanned(chosen, preset))
        found = _told({name: data for name, (_, _, data) in scans.items()}, _recogniser())
        truths_of = {name: (kind, one) for name, (kind, one, _) in scans.items()}
        rows.append(_row(f"preset {preset}, recognised", truths_of, found, wrong))
    sentence = (
        f"Up to {OF_TYPE} made papers of each type and {OF_SUBTYPE} invoices of each subtype in "
        f"six languages and all layouts; of each {SCANNED} first pages through three presets and "
        "RapidOCR. A credit note that is headed as a correction may be read as either. No "
        "contracts and statements are made, so none are measured."
    )
    columns = ("pages", "right", "of", "share", *TYPES, *(f"{code}" for code in SUBTYPES))
    return [
        Section(BENCHMARKS, "Kinds of documents", sentence, columns, rows),
        Section(
            BENCHMARKS, "Kinds that were taken for others", "All pages of the table before.",
            ("is", "was read as", "pages"), [(*pair, count) for pair, count in wrong.most_common()],
        ),
    ]  # fmt: skip


def _papers() -> list[tuple[str, Paper]]:
    """Papers with their kind: a type, or the code of a subtype."""
    chosen: list[tuple[str, Paper]] = []
    counts: Counter[str] = Counter()
    for paper in papers_of_order(Order(LOOKED_AT, [SEED])):
        if counts[paper.type] < OF_TYPE:
            counts[paper.type] += 1
            chosen.append((paper.type, paper))
        elif paper.type == "invoice" and paper.buyer is not None:
            code = min(SUBTYPES, key=lambda one: (counts[one], one))
            if counts[code] < OF_SUBTYPE:
                titles = SUBTYPES[code][paper.language]
                counts[code] += 1
                name = f"{paper.invoice_id}-{code}"
                title = titles[counts[code] % len(titles)]
                chosen.append((code, replace(paper, invoice_id=name, title=title)))
        if sum(counts.values()) == OF_TYPE * len(TYPES) + OF_SUBTYPE * len(SUBTYPES):
            break
    return chosen


def _scanned(
    chosen: Iterable[tuple[str, MadeDocument]], preset: str
) -> Iterator[tuple[str, tuple[str, MadeDocument, bytes]]]:
    for kind, one in chosen:
        _, data = next(iter(degraded_documents([one], [preset_named(preset)], SEED)))
        yield f"{one.name}.{preset}", (kind, one, data)


def _told(files: Mapping[str, bytes], recogniser: Recogniser | None) -> Mapping[str, str]:
    """The type that was read of each file: its code, or word."""
    read = read_files(files, recogniser)
    names = dict(zip(*(read.documents[one].to_pylist() for one in ("document_id", "name")),
                     strict=True))  # fmt: skip
    kinds = read.extractions.filter(pc.equal(read.extractions["field"], "type"))
    first = pc.equal(kinds["part"], 0)
    return {names[row["document_id"]]: row["value"] for row in kinds.filter(first).to_pylist()}


def _row(
    title: str,
    truths: Mapping[str, tuple[str, MadeDocument]],
    found: Mapping[str, str],
    wrong: Counter[tuple[str, str]],
) -> Row:
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for name, (kind, one) in truths.items():
        code = found.get(name, NONE)
        of[kind] += 1
        raw = next((field.raw for field in one.annotation.fields if field.field == "type"), "")
        is_either = kind == "credit_note" and raw in NOTES and code == "384"
        if is_either or code == kind or DOCUMENT_TYPES.get(code, code) == kind:
            right[kind] += 1
        else:
            wrong[kind, code] += 1
    shares = (right[kind] / of[kind] if of[kind] else None for kind in (*TYPES, *SUBTYPES))
    return (title, right.total(), of.total(), right.total() / of.total(), *shares)


@cache
def _recogniser() -> Recogniser:
    engine = engine_named("rapidocr")
    return Recogniser(engine.name, lambda pictures: map(engine.recognise, pictures))
