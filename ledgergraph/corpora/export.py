"""A synthetic company as files: what an inbox receives, and apart from it the truth."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ledgergraph.corpora.company import Company
from ledgergraph.corpora.rendering import paper_truth, render
from ledgergraph.money import plain


def write_ledger(
    company: Company, folder: Path, truth_folder: Path | None, papers: int = 200
) -> None:
    """Write the ledger tables that have rows as CSV, and some invoices as PDF in `papers/`.

    With a truth folder, `truth.csv`, `duplicates.csv`, `look_alikes.csv`, `cases.csv`
    (everything planted, and what resembles it) and `papers.jsonl` (what each page
    states, by field) go there, never beside the tables. Files that exist are replaced;
    the same company gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in company.tables.items():
        if not table.num_rows:  # a file without a row would be a rejection
            continue
        write_csv(folder / f"{name}.csv", table.column_names, rows_of(table))
    chosen = company.papers[:papers]
    if chosen:
        (folder / "papers").mkdir(exist_ok=True)
    for invoice_id, page in render(chosen, embedded=company.embedded):
        (folder / "papers" / f"{invoice_id}.pdf").write_bytes(page)
    if truth_folder is None:
        return
    truth_folder.mkdir(parents=True, exist_ok=True)
    for name in ("truth", "duplicates", "look_alikes", "cases"):
        table = getattr(company, name)
        write_csv(truth_folder / f"{name}.csv", table.column_names, rows_of(table))
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in paper_truth(chosen)]
    (truth_folder / "papers.jsonl").write_text("".join(lines), encoding="utf-8")


def rows_of(table: pa.Table) -> Iterable[list[str]]:
    """Rows as ERPs write them: ISO dates, plain decimals, empty for null, 1 and 0 for bool."""
    columns = [[written(value) for value in column.to_pylist()] for column in table.columns]
    return (list(row) for row in zip(*columns, strict=True))


def written(value: Any) -> str:
    """One cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def write_csv(path: Path, names: Sequence[str], rows: Iterable[list[str]]) -> None:
    """A CSV file in UTF-8 with a header, commas, and line ends that do not depend on the system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
