"""Who and what a synthetic company deals with, while it is being made.

Mutable on purpose: simulation and planting change these, and `company` freezes
them into tables. Days are proleptic ordinals, amounts are cents, quantities
thousandths, prices ten-thousandths of the currency: integers throughout.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from ledgergraph.corpora.catalogue import Category, Item
from ledgergraph.issues import Kind

QUANTITY_UNIT = 1_000
PRICE_UNIT = 10_000


def cents_of(quantity: int, price: int) -> int:
    """Net of one line in cents, halves away from zero."""
    product = quantity * price
    half = QUANTITY_UNIT * PRICE_UNIT // 200
    rounded = (abs(product) + half) // (2 * half)
    return rounded if product >= 0 else -rounded


def tax_of(net: int, rate: int) -> int:
    """Tax in cents on a net in cents at a rate in hundredths of a percent."""
    rounded = (abs(net) * rate + 5_000) // 10_000
    return rounded if net >= 0 else -rounded


@dataclass(slots=True, eq=False)
class Entity:
    """A site or company of one's own."""

    entity_id: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str


@dataclass(slots=True, eq=False)
class Approver:
    """Somebody who releases invoices up to a limit in cents."""

    user: str
    limit: int
    level: int


class Account(NamedTuple):
    """A bank account of a vendor, from the first day that invoices name it.

    `logged_on` is the day its change was recorded, None if it never was (or if
    it is the first); `verified` whether somebody called back.
    """

    from_day: int
    iban: str
    logged_on: int | None = None
    verified: bool | None = None


class Step(NamedTuple):
    """A change of all prices of a vendor by a factor, from a day on."""

    from_day: int
    factor: float


@dataclass(slots=True, eq=False)
class NumberSeries:
    """How a vendor numbers: a pattern, a start, and how fast its other customers fill it."""

    pattern: str
    start: int
    others_per_day: float
    restarts_yearly: bool
    customer: str


@dataclass(slots=True, eq=False)
class Vendor:
    """A vendor and its habits."""

    name: str
    vat_id: str
    is_vat_recorded: bool
    country: str
    language: str
    street: str
    postcode: str
    city: str
    registered_on: int
    trade: str
    category: Category
    mode: str
    currency: str
    tax_rate: int
    items: list[Item]
    prices: list[int]
    steps: list[Step]
    noise: float
    cadence_days: int
    per_month: float
    quantity_level: float
    quantity_sigma: float
    season: tuple[float, float]
    rounding: int
    terms: int | None
    lag: float
    late_share: float
    weekend: bool
    series: NumberSeries
    accounts: list[Account]
    prints_iban: bool
    states_period: bool
    entities: list[Entity]
    active: tuple[int, int]
    most_lines: int
    seed: int
    master_iban: str | None = None
    vendor_id: str = ""
    second_iban: str | None = None
    is_ghost: bool = False
    is_listed: bool = True
    created_by: str | None = None

    @property
    def recorded_vat_id(self) -> str | None:
        """The VAT id as the master has it: it is missing from some records."""
        return self.vat_id if self.is_vat_recorded else None

    def iban_on(self, day: int) -> str:
        """The account that an honest invoice of that day names."""
        current = self.accounts[0].iban
        for account in self.accounts[1:]:
            if account.from_day <= day:
                current = account.iban
        return current

    def factor_on(self, day: int) -> float:
        """How far prices have moved since the list was made."""
        factor = 1.0
        for step in self.steps:
            if step.from_day <= day:
                factor *= step.factor
        return factor


@dataclass(slots=True, eq=False)
class Amendment:
    """A change of a contract; what stays as it was is None."""

    day: int
    value: int | None
    ends: int | None


@dataclass(slots=True, eq=False)
class Contract:
    """An agreement with a vendor: `value` in cents or None, `price` of the first item or None."""

    vendor: Vendor
    entity: Entity | None
    starts: int
    ends: int | None
    price: int | None
    escalation: float | None
    tolerance: float | None
    value: int | None = None
    has_value: bool = True
    amendments: list[Amendment] = field(default_factory=list)
    contract_id: str = ""
    is_touched: bool = False

    def end_on(self, day: int) -> int | None:
        """The last day of the term as it stood on a day."""
        end = self.ends
        for amendment in self.amendments:
            if amendment.day <= day and amendment.ends is not None:
                end = amendment.ends
        return end


class Line(NamedTuple):
    """One line of an invoice: the place of the item in its vendor's list, quantity, price."""

    item: int
    quantity: int
    price: int


class OrderLine(NamedTuple):
    """One line of an order; a later `day` than the order's is an approved change of it."""

    item: int
    quantity: int
    price: int
    day: int


class Receipt(NamedTuple):
    """Goods that came in: the day on which it was booked and the order's line, from 1."""

    day: int
    line: int
    quantity: int


@dataclass(slots=True, eq=False)
class Order:
    """A purchase order with what was received for it."""

    vendor: Vendor
    entity: Entity
    day: int
    lines: list[OrderLine]
    receipts: list[Receipt] = field(default_factory=list)
    order_id: str = ""
    is_touched: bool = False
    contract: Contract | None = None
    created_by: str | None = None


@dataclass(slots=True, eq=False)
class Draft:
    """An invoice before it has ids: honest or planted, all become rows in the same way."""

    vendor: Vendor
    entity: Entity
    issued: int
    lag: int
    lines: tuple[Line, ...]
    contract: Contract | None = None
    order: Order | None = None
    period: tuple[int, int] | None = None
    type: str = "invoice"
    preceding: "Draft | None" = None
    approver: Approver | None = None
    is_released_automatically: bool = False
    second_signature: Approver | None = None
    number: str | None = None
    number_as: str | None = None
    iban: str | None = None
    currency: str | None = None
    rate: int | None = None
    terms: int | None = None
    copy_of: "Draft | None" = None
    kinds: set[Kind] = field(default_factory=set)
    resembles: set[Kind] = field(default_factory=set)
    is_original: bool = False
    is_scored: bool = True
    invoice_id: str = ""

    @property
    def received(self) -> int:
        """The day on which it came in."""
        return self.issued + self.lag

    @property
    def net(self) -> int:
        """Cents before tax: the sum of rounded lines (EN 16931 BT-106)."""
        return sum(cents_of(line.quantity, line.price) for line in self.lines)

    @property
    def tax_rate(self) -> int:
        """The rate that it charges, in hundredths of a percent: mostly its vendor's."""
        return self.vendor.tax_rate if self.rate is None else self.rate

    @property
    def gross(self) -> int:
        """Cents with tax."""
        net = self.net
        return net + tax_of(net, self.tax_rate)

    @property
    def due(self) -> int | None:
        """The day on which it says it is due, None where it says none."""
        terms = self.vendor.terms if self.terms is None else self.terms
        return None if terms is None or self.type != "invoice" else self.issued + terms


@dataclass(slots=True, eq=False)
class Payment:
    """Money that left the company for an invoice: the day, and cents (below zero: it came back).

    `iban` is where it went, if not to the account on the invoice.
    """

    day: int
    draft: Draft
    amount: int
    payment_id: str = ""
    is_touched: bool = False
    iban: str | None = None


Subject = Vendor | Draft | Payment | str
"""What a case is about: an actor that gets its id later, or the key of a row."""


class Case(NamedTuple):
    """One planted case, or a look-alike that is not an invoice: its kind and what it is about.

    `difficulty` is 0 for what anybody would see and near 1 for what barely differs
    from what is honest; None for look-alikes.
    """

    kind: Kind
    table: str
    subjects: tuple[Subject, ...]
    difficulty: float | None
    is_look_alike: bool = False
