"""The report as one HTML page: no script, nothing loaded, equal data gives equal bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

from ledgergraph.anomalies.findings import reasons_of
from ledgergraph.anomalies.report.data import ReportData, ranked
from ledgergraph.anomalies.report.exhibits import Exhibits, exhibits_of
from ledgergraph.anomalies.report.figures import Figure, figures_of
from ledgergraph.anomalies.subjects import Row, Subjects, rows_of
from ledgergraph.anomalies.verdicts import DISMISSED, OPEN
from ledgergraph.anomalies.wording import (
    counted,
    day,
    field_words,
    listed,
    lower_first,
    money,
    printable,
    shown,
)
from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import BadInput
from ledgergraph.issues import Facts, Kind, Severity

EFFECTS: Mapping[Severity, str] = {
    Severity.CRITICAL: "Money can leave to the wrong party.",
    Severity.HIGH: "A likely loss, or a breach of law or of a control.",
    Severity.MEDIUM: "An error that can be recovered.",
    Severity.LOW: "A matter of hygiene.",
    Severity.INFO: "For the trend only.",
}
"""What a severity means, in the words of the report."""

FORMATS: Mapping[str, str] = {
    "pdf": "PDF", "hybrid": "PDF with embedded invoice XML", "cii": "CII XML", "ubl": "UBL XML",
    "fatturapa": "FatturaPA XML", "csv": "Ledger table, CSV", "parquet": "Ledger table, Parquet",
    "png": "PNG image", "jpeg": "JPEG image", "tiff": "TIFF image",
    "mail": "Mail with attachments", "zip": "ZIP archive",
}  # fmt: skip

OPENING = '<script type="application/json" id="provenance">'
CLOSING = "</script>"


@dataclass(frozen=True)
class Weight:
    """A reason as it is shown; `width` in percent of a bar, null where nothing weighed it."""

    sentence: str
    width: float | None
    note: str


@dataclass(frozen=True)
class Entry:
    """A finding as it is shown."""

    rank: int
    row: Row
    kind: Kind
    weights: tuple[Weight, ...]
    exhibits: Exhibits
    condition: str

    @property
    def facts(self) -> Facts:
        """What is known of the kind."""
        return self.kind.facts

    @property
    def severity(self) -> str:
        """The severity of this finding; that of its kind may be another."""
        return str(self.row["severity"])

    @property
    def effect(self) -> str:
        """What it could cost, in words."""
        return EFFECTS[Severity(self.severity)]


def render(report: ReportData) -> bytes:
    """The report as HTML in UTF-8."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "money": money,
        "amount": _amount,
        "day": day,
        "shown": shown,
        "printable": printable,
    }
    here = files("ledgergraph.anomalies.report")
    template = environment.from_string((here / "page.html").read_text("utf-8"))
    style = (here / "style.css").read_text("utf-8")
    return template.render(style=style, **_shown(report)).encode()


def provenance_of(page: bytes) -> dict[str, Any]:
    """What a report says it was made from: ledger, layout, manifests, models, versions.

    Raises BadInput if the bytes are not a report of Ledgergraph.
    """
    text = page.decode("utf-8", "replace")
    _, opened, rest = text.partition(OPENING)
    stated, closed, _ = rest.partition(CLOSING)
    if not opened or not closed:
        raise BadInput(
            "not_a_report",
            "The file names no tables that it was made from: it is not a report of Ledgergraph, "
            "or was changed. Give the HTML file that `ledgergraph run` wrote.",
        )
    found: dict[str, Any] = json.loads(stated)
    return found


def _shown(report: ReportData) -> dict[str, Any]:
    """Everything that the template names."""
    subjects = report.subjects
    figures = figures_of(report.tables)
    found = ranked(report.findings)
    rows = [row for row in found if row["kind"] != Kind.READING_UNSURE]
    unsure = [row for row in found if row["kind"] == Kind.READING_UNSURE and row["status"] == OPEN]
    entries = [
        _entry(rank, row, report, subjects)
        for rank, row in enumerate(rows[: report.layout.findings_shown], start=1)
    ]
    listed_rows = rows[: report.layout.findings_listed]
    rejections = rows_of(report.rejections)
    return {
        "ledger": printable(report.ledger),
        "period": _period(figures.get("period")),
        "lede": _lede(report, figures, rows, unsure),
        "unsure": _unsure(figures["unsure"], unsure),
        "figures": figures,
        "sources": [
            figures[name] for name in ("files", "judged", "severity", "period") if name in figures
        ],
        "currencies": _currencies(figures["severity"]),
        "severities": _by_severity(figures["severity"]),
        "kinds": _by_kind(figures["kinds"]),
        "formats": [{**row, "name": FORMATS.get(row["format"], row["format"])} for row in
                    figures["formats"].rows],
        "entries": entries,
        "index": [_line(rank, row) for rank, row in enumerate(listed_rows, start=1)],
        "finding_count": len(rows),
        "rejections": rejections[: report.layout.rejections_listed],
        "rejection_count": len(rejections),
        "strangers": _strangers(report),
        "coverage": _coverage(report),
        "manifests": sorted(report.manifests, key=lambda one: (one.asset, one.partition)),
        "whole": WHOLE,
        "models": sorted(report.models, key=lambda one: one.role),
        "versions": dict(sorted(report.versions.items())),
        "provenance": _provenance(report),
        "opening": OPENING,
        "closing": CLOSING,
    }  # fmt: skip


def _strangers(report: ReportData) -> list[dict[str, Any]]:
    """The files with columns that were not understood, by name."""
    names = dict(
        zip(*(report.documents[one].to_pylist() for one in ("document_id", "name")), strict=True)
    )
    rows = [
        {"name": names.get(one.document_id, one.document_id), **asdict(one)}
        for one in report.strangers
    ]
    return sorted(rows, key=lambda row: row["name"])


def _amount(amount: Decimal | None, currency: str) -> str:
    """An amount where its currency stands in the heading."""
    return money(amount, currency).removesuffix(f" {currency}")


def _period(figure: Figure | None) -> str:
    if figure is None or not figure.rows or figure.rows[0]["first_day"] is None:
        return ""
    first, last = figure.rows[0]["first_day"], figure.rows[0]["last_day"]
    return f"Invoices issued from {day(first)} to {day(last)}"


def _unsure(figure: Figure, rows: Sequence[Row]) -> str:
    """The readings that a person should confirm, counted by field; empty if there are none."""
    if not rows:
        return ""
    counts = [f"{field_words(row['field'] or 'other')} {row['readings']:,}" for row in figure.rows]
    papers = counted(len(rows), "paper has", "papers have")
    return (
        f"{papers} readings that are too unsure to judge by, by field: {', '.join(counts)}. "
        "The CSV file beside this page lists them with their files."
    )


def _lede(
    report: ReportData,
    figures: Mapping[str, Figure],
    rows: Sequence[Row],
    unsure: Sequence[Row],
) -> str:
    """The report in three sentences."""
    judged = figures["judged"].rows if "judged" in figures else []
    judged = sorted(judged, key=lambda row: (-row["invoices"], row["currency"] or ""))
    amounts = [money(row["gross"], row["currency"]) for row in judged if row["gross"] is not None]
    count = sum(row["invoices"] for row in judged)
    read = counted(report.documents.num_rows, "file was", "files were")
    said = f"{read} read. {counted(count, 'invoice was', 'invoices were')} judged"
    said += f", over {listed(amounts)}" if amounts else ""
    kept = [row for row in rows if row["status"] != DISMISSED]
    critical = sum(row["severity"] == Severity.CRITICAL for row in kept)
    found = counted(len(kept), "finding is", "findings are")
    confirm = f", and {counted(len(unsure), 'paper')} to be confirmed" if unsure else ""
    past = len(rows) - len(kept)
    dismissed = f" {counted(past, 'finding was', 'findings were')} dismissed." if past else ""
    return f"{said}. {found} reported, {critical:,} of them critical{confirm}.{dismissed}"


def _currencies(figure: Figure) -> list[str]:
    """The currencies with an amount at risk, the most findings first."""
    counts: dict[str, int] = {}
    for row in figure.rows:
        if row["currency"] is not None:
            counts[row["currency"]] = counts.get(row["currency"], 0) + row["findings"]
    return sorted(counts, key=lambda currency: (-counts[currency], currency))


def _by_severity(figure: Figure) -> list[dict[str, Any]]:
    severities = sorted(Severity, key=lambda one: -one.rank)
    return [
        {
            "severity": severity.value,
            "effect": EFFECTS[severity],
            **_summed([row for row in figure.rows if row["severity"] == severity.value]),
        }
        for severity in severities
    ]


def _by_kind(figure: Figure) -> list[dict[str, Any]]:
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in figure.rows:
        kinds.setdefault((row["severity"], row["kind"]), []).append(row)
    order = sorted(kinds, key=lambda one: (-Severity(one[0]).rank, -len(kinds[one]), one[1]))
    return [
        {"severity": severity, "kind": Kind(kind), **_summed(kinds[severity, kind])}
        for severity, kind in order
    ]


def _summed(rows: Sequence[Row]) -> dict[str, Any]:
    amounts: dict[str, Decimal] = {}
    for row in rows:
        if row["currency"] is not None and row["amount_at_risk"] is not None:
            before = amounts.get(row["currency"], Decimal(0))
            amounts[row["currency"]] = before + row["amount_at_risk"]
    return {"findings": sum(row["findings"] for row in rows), "amounts": amounts}


def _entry(rank: int, row: Row, report: ReportData, subjects: Subjects) -> Entry:
    return Entry(
        rank,
        row,
        Kind(row["kind"]),
        tuple(_weight(reason, row["kind"]) for reason in reasons_of(row)),
        exhibits_of(row, subjects, report.content, report.layout),
        row["sentence"],
    )


def _weight(reason: Mapping[str, Any], finding_kind: str) -> Weight:
    share, kind, records = (reason.get(name) for name in ("share", "kind", "records"))
    notes = [f"{share * 100:.0f} % of the weight"] if share is not None else []
    notes += [f"from {counted(records, 'record')}"] if records else []
    notes += (
        [f"sign of {lower_first(Kind(kind).label)}"] if kind not in (None, finding_kind) else []
    )
    width = None if share is None else round(share * 100, 1)
    return Weight(reason["sentence"], width, ", ".join(notes))


def _line(rank: int, row: Row) -> dict[str, Any]:
    return {"rank": rank, "row": row, "kind": Kind(row["kind"])}


def _coverage(report: ReportData) -> dict[str, list[dict[str, Any]]]:
    """Kinds by outcome; those tested without a finding apart."""
    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("clean", "tested", "not_testable", "switched_off", "not_implemented")
    }
    for row in rows_of(report.coverage):
        outcome = "clean" if row["outcome"] == "tested" and not row["findings"] else row["outcome"]
        found[outcome].append({**row, "kind": Kind(row["kind"])})
    return found


def _provenance(report: ReportData) -> str:
    stated = {
        "ledger": report.ledger,
        "layout": asdict(report.layout),
        "manifests": [
            {"asset": one.asset, "partition": one.partition, "version": one.version}
            for one in sorted(report.manifests, key=lambda one: (one.asset, one.partition))
        ],
        "models": [{"role": one.role, "version": one.version} for one in report.models],
        "versions": dict(report.versions),
    }
    # In a script element only `<` could end it; JSON may write it as an escape.
    return json.dumps(stated, sort_keys=True, ensure_ascii=True).replace("<", "\\u003c")
