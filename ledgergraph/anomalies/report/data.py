"""What a report is made from. Nothing else goes in: no clock, no settings of a machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS, INVOICE_SCORES
from ledgergraph.anomalies.subjects import Row, Subjects, rows_of
from ledgergraph.anomalies.verdicts import DISMISSED
from ledgergraph.artifacts import Manifest
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.extractions.columns import Strangers
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY
from ledgergraph.graph.ontology import LABELS
from ledgergraph.graph.schemas import BOOKINGS
from ledgergraph.issues import Severity


@dataclass(frozen=True)
class ModelUsed:
    """A model whose scores are in the report: its role, version (hash) and where it came from.

    `card` is what its model card says in few words: label and value, as shown.
    """

    role: str
    version: str
    origin: str
    card: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How much the page shows. The CSV file always holds every finding."""

    findings_shown: int = 40
    findings_listed: int = 500
    strips_per_finding: int = 6
    rows_per_table: int = 10
    rejections_listed: int = 200
    strip_width_px: int = 940


@dataclass(frozen=True)
class ReportData:
    """The tables and versions that a report is made from.

    `records` are tables of `books` by name as the snapshot has them, `extractions`
    at least the readings that findings refer to, `manifests` those that the tables
    were read from.
    `strangers` are files of the books with columns that were not understood.
    `content` gives the bytes of a document by its id, null where they are not at
    hand: its page is then not shown.
    """

    ledger: str
    records: Mapping[str, pa.Table] = field(default_factory=dict)
    documents: pa.Table = field(default_factory=DOCUMENTS.empty)
    rejections: pa.Table = field(default_factory=REJECTIONS.empty)
    strangers: Sequence[Strangers] = ()
    quality: pa.Table = field(default_factory=QUALITY.empty)
    extractions: pa.Table = field(default_factory=EXTRACTIONS.empty)
    bookings: pa.Table = field(default_factory=BOOKINGS.empty)
    pages: pa.Table = field(default_factory=PAGES.empty)
    invoice_scores: pa.Table = field(default_factory=INVOICE_SCORES.empty)
    findings: pa.Table = field(default_factory=FINDINGS.empty)
    coverage: pa.Table = field(default_factory=COVERAGE.empty)
    line_matches: pa.Table = field(default_factory=LINE_MATCHES.empty)
    manifests: Sequence[Manifest] = ()
    models: Sequence[ModelUsed] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[str], bytes | None] = lambda document_id: None
    layout: Layout = Layout()

    @property
    def subjects(self) -> Subjects:
        """The records and readings that the findings speak of."""
        return Subjects(
            self.records,
            self.documents,
            self.extractions,
            self.bookings,
            self.pages,
            self.line_matches,
        )

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Every table by the name under which `ledgergraph query` knows it.

        The books are those of the snapshot: each row once, however often it came.
        """
        return {
            **{nodes_name(name): data for name, data in self.records.items()},
            "documents": self.documents,
            "rejections": self.rejections,
            "quality": self.quality,
            "extractions": self.extractions,
            "bookings": self.bookings,
            "invoice_scores": self.invoice_scores,
            "findings": self.findings,
            "coverage": self.coverage,
            "line_matches": self.line_matches,
        }


def nodes_name(book: str) -> str:
    """The table of the snapshot that holds the rows of a ledger table."""
    return next(label.nodes.name for label in LABELS.values() if label.table == book)


def ranked(findings: pa.Table) -> list[Row]:
    """Findings as a reader should meet them: what is grave and likely to be right comes first.

    By score times the rank of the severity (4 for critical to 0 for info), then
    amount at risk. By severity alone, guesses at something grave came before
    certain losses: of the first 30 findings on made ledgers .70 were right, now .91.
    What a person dismissed comes last.
    """
    return sorted(
        rows_of(findings),
        key=lambda row: (
            row["status"] == DISMISSED,
            -row["score"] * Severity(row["severity"]).rank,
            -(row["amount_at_risk"] or 0),
            row["finding_id"],
        ),
    )
