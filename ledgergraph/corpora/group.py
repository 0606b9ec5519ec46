"""A group of companies in a streaming pass: as many invoices as one likes, in flat memory.

Each company of the group is a shard: it has its own vendors, habits and ids, is
made from the seed and its place alone, and is given away before the next but one
is made. So the number of workers changes nothing but the time. Belongs here: the
pass. Not here: what a company is (company).
"""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.settings import COMPLETE, CompanySettings

SHARD_INVOICES = 5_000
LEAST = 200
"""A company has no room for habits in fewer invoices."""
IDS = (
    "invoice_id", "other_id", "vendor_id", "contract_id", "order_id", "payment_id", "receipt_id",
    "entity_id", "employee_id", "journal_id", "approver", "user", "object_id", "sales_order_id",
    "reminder_id",
)  # fmt: skip
"""Columns whose values are ids within a company, and begin with its name within a group."""
CASES_APART = 1_000_000_000
"""Cases of a company count from its place times so many, more than any has."""
EVERYBODY = "*"
"""Stands for all approvers, and is no id."""
TRUTH_TABLES = ("truth", "duplicates", "look_alikes", "cases")


@dataclass(frozen=True)
class Shard:
    """One company of a group: its name, its tables, and apart from them the truth about it."""

    name: str
    tables: Mapping[str, pa.Table]
    truth: Mapping[str, pa.Table]


def group(
    seed: int,
    invoices: int,
    workers: int = 1,
    *,
    settings: CompanySettings = COMPLETE,
    shard_invoices: int = SHARD_INVOICES,
    months: int = 24,
) -> Iterator[Shard]:
    """The companies of a group one by one, with about so many invoices in all.

    The same seed and sizes give the same tables in the same order, whatever the
    number of workers; memory is that of so many shards. Ids are unique within the
    group. Raises ValueError for fewer than 200 invoices or no worker.
    """
    if invoices < LEAST or shard_invoices < LEAST or workers < 1:
        raise ValueError("A group needs at least 200 invoices, in all and a shard, and a worker.")
    # Plain mappings travel to other processes.
    plain = replace(settings, weights=dict(settings.weights), cases=dict(settings.cases))
    sizes = shard_sizes(invoices, shard_invoices)
    tasks = [(seed, place, size, months, plain) for place, size in enumerate(sizes)]
    if workers == 1:
        yield from (_shard(*task) for task in tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[Shard]] = deque()
        try:
            for task in tasks:
                if len(waiting) > workers:  # One more than workers: no worker waits for us.
                    yield waiting.popleft().result()
                waiting.append(pool.submit(_shard, *task))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def shard_sizes(invoices: int, most: int) -> list[int]:
    """Invoices of each company: as even as can be, none beyond the most."""
    count = -(-invoices // most)
    low, more = divmod(invoices, count)
    return [low + (place < more) for place in range(count)]


def _shard(seed: int, place: int, invoices: int, months: int, settings: CompanySettings) -> Shard:
    name = f"C{place + 1:05d}"
    own = int(np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0] >> 1)
    company = make_company(own, invoices=max(LEAST, invoices), months=months, settings=settings)
    tables = {**company.tables, **company.others}
    truth = {table: getattr(company, table) for table in TRUTH_TABLES}
    truth["cases"] = _cases_within(truth["cases"], place, name)
    return Shard(
        name,
        {table: _within(rows, name) for table, rows in tables.items()},
        {table: _within(rows, name) for table, rows in truth.items()},
    )


def _within(rows: pa.Table, name: str) -> pa.Table:
    """The rows with ids that begin with the name of their company."""
    for column in IDS:
        if column in rows.column_names:
            values = rows[column]
            named = pc.binary_join_element_wise(name, values, "-")
            kept = pc.if_else(pc.equal(values, EVERYBODY), values, named)
            rows = rows.set_column(rows.schema.get_field_index(column), column, kept)
    return rows


def _cases_within(cases: pa.Table, place: int, name: str) -> pa.Table:
    """The cases numbered within the group, with keys that begin with their company's name."""
    keys = pc.binary_join_element_wise(name, cases["key"], "-")
    numbers = pc.add(cases["case"], pa.scalar(place * CASES_APART, pa.int64()))
    cases = cases.set_column(cases.schema.get_field_index("key"), "key", keys)
    return cases.set_column(cases.schema.get_field_index("case"), "case", numbers)
