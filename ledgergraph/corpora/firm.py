"""The company in the making, and how its makers draw from ranges.

Belongs here: what simulation, planting and booking share. Not here: what any of
them does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np

from ledgergraph.corpora.actors import (
    Approver,
    Case,
    Contract,
    Draft,
    Entity,
    Order,
    Payment,
    Vendor,
)  # fmt: skip
from ledgergraph.corpora.catalogue import CITIES, STREETS
from ledgergraph.corpora.settings import CompanySettings, Range

T = TypeVar("T")


class Manners(NamedTuple):
    """The constants of one company, drawn once from the ranges of its settings."""

    home: str
    currency: str
    hardness: float
    foreign_share: float
    amount_level: float
    clerk_noise: float
    late_share: float
    lag_days: float
    receipt_lag_days: float
    bank_change_share: float
    credit_share: float
    occasional_share: float
    young_share: float
    is_limit_on_gross: bool
    has_company_levels: bool


@dataclass(slots=True, eq=False)
class Firm:
    """A company in the making: who it is, whom it deals with, and what came in."""

    seed: int
    settings: CompanySettings
    manners: Manners
    first: int
    last: int
    entities: list[Entity]
    approvers: list[Approver]
    vendors: list[Vendor] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    employees: list["Person"] = field(default_factory=list)
    groups: dict[str, tuple[int, dict[int, list[Draft]]]] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    """The days on which it pays, in order."""
    urgent_share: float = 0.0
    """The share of payments that leave between its runs."""
    material: int = 0
    """Cents from which a bill of the month before is accrued."""
    reach: float | None = None
    """How far the case in the making goes beyond what is allowed, 0 to 1; None without a size."""

    def limited(self, draft: Draft) -> int:
        """The amount of an invoice that an approval limit is about, in cents."""
        return draft.gross if self.manners.is_limit_on_gross else draft.net


class Person(NamedTuple):
    """An employee with a home and an account."""

    employee_id: str
    name: str
    address: str
    iban: str
    phone: str


def within(rng: np.random.Generator, bounds: Range) -> float:
    """A number in a range, evenly."""
    low, high = bounds
    return float(low + (high - low) * rng.random())


def by_magnitude(rng: np.random.Generator, bounds: Range) -> float:
    """A number in a range, evenly in its logarithm."""
    low, high = bounds
    return float(low * (high / low) ** rng.random())


def one_of(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of some options."""
    return options[int(rng.integers(len(options)))]


def place(rng: np.random.Generator, country: str) -> tuple[str, str, str]:
    """Street with number, postcode and city."""
    street, number = one_of(rng, STREETS[country]), int(rng.integers(1, 190))
    postcode, city = one_of(rng, CITIES[country])
    before = country in ("GB", "FR", "US")
    return (f"{number} {street}" if before else f"{street} {number}"), postcode, city
