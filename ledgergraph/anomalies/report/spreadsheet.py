"""All findings as CSV, for those who go on in a spreadsheet."""

import csv
import io

from ledgergraph.anomalies.report.data import ReportData, ranked
from ledgergraph.anomalies.wording import shown
from ledgergraph.issues import Kind

COLUMNS = (
    "rank", "finding_id", "kind", "severity", "score", "amount_at_risk", "currency",
    "subject_table", "subject", "as_of", "sentence", "criterion", "disproof", "status",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would compute instead of showing."""


def findings_csv(report: ReportData) -> bytes:
    """The findings of a report, ranked, as CSV in UTF-8; equal findings give equal bytes.

    Texts come from documents of strangers: one that a spreadsheet would take for
    a formula gets an apostrophe before it.
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rank, finding in enumerate(ranked(report.findings), start=1):
        criterion = Kind(finding["kind"]).facts.criterion
        row = {**finding, "rank": rank, "criterion": criterion}
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return sink.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + shown(value)
    return shown(value)
