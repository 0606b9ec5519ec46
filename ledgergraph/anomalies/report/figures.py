"""The numbers of the summary, each with the query that gives it.

The page computes them by running the very query that it shows, so a number and
its query cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.graph.ontology import LABELS

QUERIES: Mapping[str, str] = {
    "files": "select count(*) as files from documents",
    "period": "select min(issue_date) as first_day, max(issue_date) as last_day from nodes_Invoice",
    "judged": (
        "select currency, count(*) as invoices, sum(gross) as gross "
        "from invoice_scores join nodes_Invoice using (invoice_id) group by currency order by all"
    ),
    "severity": (
        "select severity, currency, count(*) as findings, sum(amount_at_risk) as amount_at_risk "
        "from findings where status <> 'dismissed' group by severity, currency order by all"
    ),
    "kinds": (
        "select kind, severity, currency, count(*) as findings, max(score) as score, "
        "sum(amount_at_risk) as amount_at_risk from findings where status <> 'dismissed' "
        "group by kind, severity, currency order by all"
    ),
    "unsure": (
        "select ref->'key'->>'field' as field, count(*) as readings from (select "
        "unnest(cast(evidence as json[])) as ref from findings where kind = 'reading_unsure' "
        "and status = 'open') where ref->>'table' = 'validations' "
        "group by field order by readings desc, field"
    ),
    "formats": (
        "select format, count(*) as files, sum(parts) as documents, sum(pages) as pages, "
        "sum(bytes) as bytes from documents group by format order by all"
    ),
    "papers": (
        "select d.format, q.level, count(*) as documents, avg(q.score) as score "
        "from quality q join documents d using (document_id) "
        "group by d.format, q.level order by all"
    ),
    "bookings": "select count(*) as booked from bookings",
    "rejections": (
        "select reason, count(*) as times, count(distinct name) as files "
        "from rejections group by reason order by times desc, reason"
    ),
    "coverage": (
        "select outcome, count(*) as kinds, sum(findings) as findings "
        "from coverage group by outcome order by all"
    ),
}
"""The queries by the name under which the page shows them."""


@dataclass(frozen=True)
class Figure:
    """Numbers and where they come from."""

    name: str
    sql: str
    rows: list[dict[str, Any]]

    @property
    def command(self) -> str:
        """The command that prints the same numbers."""
        return f'ledgergraph query "{self.sql}"'

    def total(self, column: str) -> int:
        """The sum of a column of counts."""
        return sum(int(row[column] or 0) for row in self.rows)


BOOKS: Mapping[str, str] = {
    label.nodes.name: label.table
    for label in LABELS.values()
    if label.table is not None and label.table in BOOK_TABLES
}
"""The ledger table whose rows a table of the snapshot holds."""


def figures_of(tables: Mapping[str, pa.Table]) -> dict[str, Figure]:
    """Every query whose tables are there, run on them."""
    import duckdb

    queries = {**QUERIES}
    if counts := [_count(name) for name in sorted(tables.keys() & BOOKS.keys())]:
        queries["books"] = " union all ".join(counts) + " order by book"
    if "nodes_Invoice" not in tables:
        queries = {name: sql for name, sql in queries.items() if "nodes_Invoice" not in sql}
    with duckdb.connect() as connection:
        for name, data in tables.items():
            connection.register(name, data)
        found = {}
        for name, sql in queries.items():
            result = connection.execute(sql)
            columns = [described[0] for described in result.description]
            rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
            found[name] = Figure(name, sql, rows)
    return found


def _count(nodes: str) -> str:
    """Counts the rows that documents state; nodes that are only referred to have none."""
    return (
        f"select '{BOOKS[nodes]}' as book, count(*) as records, "  # noqa: S608 - declared names
        f"count(distinct document_id) as files from {nodes} where document_id is not null"
    )
