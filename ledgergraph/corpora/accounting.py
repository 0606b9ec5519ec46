"""The journal and the statements of a company as tables, with what was planted on them.

Belongs here: the order of it (entries, what is planted, ids, statements).
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ledgergraph.corpora.actors import Case
from ledgergraph.corpora.catalogue import LEGAL_FORMS, SURNAMES, VAT_RATES
from ledgergraph.corpora.firm import Firm, one_of
from ledgergraph.corpora.planting import MISSES, difficulty, wanted_cases
from ledgergraph.corpora.planting.postings import (
    ENTRY_PLANTERS,
    desk_of,
    in_thousands,
    misstated,
)  # fmt: skip
from ledgergraph.corpora.statements import (
    Entry,
    Figure,
    booked,
    figures,
    journal_table,
    materiality,
    named,
    sales_table,
    statements_table,
)
from ledgergraph.issues import Kind

Found = tuple[Kind, str, "list[Entry] | list[str]", float | None]
"""A case before entries have ids; None for the difficulty of a look-alike."""
CUSTOMERS = 40
T = TypeVar("T")


def account_for(firm: Firm) -> tuple[dict[str, pa.Table], pa.Table]:
    """Tables `journal_lines` and `statements`, and the sales orders; cases join the firm's."""
    rng = np.random.default_rng([firm.seed, 21])
    firm.material = round(materiality(firm))
    home = firm.manners.home
    rate = round(float(VAT_RATES[home]["standard"]) * 100)
    customers = [
        f"{one_of(rng, SURNAMES[home])} {one_of(rng, LEGAL_FORMS[home])}" for _ in range(CUSTOMERS)
    ]
    books = booked(firm, rate, customers)
    desk = desk_of(firm, books)
    found: list[Found] = []
    for place, (kind, (planter, resembler, table)) in enumerate(ENTRY_PLANTERS.items()):
        rng = np.random.default_rng([firm.seed, 22, place])
        made = _repeated(firm, partial(planter, desk, rng), wanted_cases(firm, kind))
        alike = round(len(made) * firm.settings.look_alikes_per_case)
        found += [(kind, table, one, hard) for one, hard in made]
        like = _repeated(firm, partial(resembler, desk, rng), alike)
        found += [(kind, table, one, None) for one, _ in like]
    entries = named(books)
    names = {id(entry): journal_id for journal_id, entry in entries}
    for kind, table, subjects, hard in found:
        keys = tuple(f"{names[id(one)]}|1" if isinstance(one, Entry) else one for one in subjects)
        firm.cases.append(Case(kind, table, keys, hard, hard is None))
    rows = _misstated(firm, list(figures(books)))
    currency = firm.manners.currency
    tables = {
        "statements": statements_table(rows, currency),
        "journal_lines": journal_table(entries, currency),
    }
    return tables, sales_table(firm, books)


def _repeated(firm: Firm, plant: Callable[[], T], wanted: int) -> list[tuple[T, float]]:
    """Cases with their difficulty, so many, as far as there is room."""
    made: list[tuple[T, float]] = []
    for _ in range(wanted + MISSES if wanted else 0):
        firm.reach = None
        if len(made) < wanted and (case := plant()):
            made.append((case, difficulty(firm)))
    return made


def _misstated(firm: Firm, rows: list[Figure]) -> list[Figure]:
    rng = np.random.default_rng([firm.seed, 23])
    wanted = wanted_cases(firm, Kind.STATEMENT_INCONSISTENT)
    taken: set[str] = set()
    alike = round(wanted * firm.settings.look_alikes_per_case)
    for one, _ in _repeated(firm, lambda: in_thousands(firm, rows, rng), alike):
        firm.cases.append(Case(Kind.STATEMENT_INCONSISTENT, "statements", tuple(one), None, True))
        taken |= {"|".join(key.split("|")[:2]) for key in one}
    for one, hard in _repeated(firm, lambda: misstated(firm, rows, rng, taken), wanted):
        firm.cases.append(Case(Kind.STATEMENT_INCONSISTENT, "statements", tuple(one), hard))
    return rows
