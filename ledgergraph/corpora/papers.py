"""What stands on a paper's pages: enough to print it, and the truth of what was printed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ledgergraph.corpora.actors import Draft, Entity, Vendor, cents_of, tax_of
from ledgergraph.corpora.calendars import working_day, working_day_before
from ledgergraph.corpora.catalogue import LANGUAGES

CENT, NOTHING = Decimal("0.01"), Decimal(0)
BILLS = ("invoice", "credit_note")
"""Types of papers that are invoices in the sense of EN 16931."""


@dataclass(frozen=True)
class PaperParty:
    """A seller or buyer as printed; `street` carries the house number."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str | None


@dataclass(frozen=True)
class PaperAllowance:
    """A discount, or a charge, on a line or on the whole; `amount` is positive.

    `reason` is a key of the labels; `percent` and `base` are null where it is a plain amount.
    """

    amount: Decimal
    reason: str
    tax_rate: Decimal
    percent: Decimal | None = None
    base: Decimal | None = None
    is_charge: bool = False


@dataclass(frozen=True)
class PaperTax:
    """One rate in percent with its base and tax."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True)
class PaperLine:
    """One printed line; `unit` is a code of UN/ECE Rec 20, prices and amounts are before tax.

    `net` is after the line's own allowance. `details` are further lines below the description:
    pairs of a key of the labels and its value. A line without a rate has its paper's.
    """

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    delivered_on: date | None = None
    tax_rate: Decimal | None = None
    allowance: PaperAllowance | None = None
    article: str | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reminded:
    """The invoice that a reminder is about; `level` 1 is friendly, 3 the last."""

    level: int
    issue_date: date
    due_date: date


@dataclass(frozen=True)
class Till:
    """A shop as its receipts show it, beside its name, and how the sale was paid.

    `place` is the unit or the centre that stands before the street; `payment` is a key of the
    words of tills; prices are before tax where `is_exclusive`.
    """

    trade: str
    brand: str | None = None
    place: str | None = None
    registration: str | None = None
    phone: str | None = None
    fax: str | None = None
    site: str | None = None
    payment: str = "cash"
    is_exclusive: bool = False


@dataclass(frozen=True)
class Paper:
    """A paper as its sender prints it, in its language; an invoice agrees with its row.

    `tax_rate` is the one of lines that name none. `taxes` are given where there are several
    rates. `look` is the vendor's and decides how all of its papers look; `layout` overrides
    which one. `paid` is what a till took and `at` the time on its receipt; prices on a receipt
    of a till contain the tax. A reminder asks for the invoice in `preceding_invoice`, issued and
    due on the days of `reminded`: `gross` is what is open of it, its fee an allowance. `title`
    is what the paper is headed as, where that is not the usual word for its type.
    """

    invoice_id: str
    language: str
    type: str
    number: str
    issue_date: date
    due_date: date | None
    period_start: date | None
    period_end: date | None
    currency: str
    order_reference: str | None
    contract_reference: str | None
    preceding_invoice: str | None
    seller: PaperParty
    buyer: PaperParty | None
    iban: str | None
    lines: tuple[PaperLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    tax_rate: Decimal
    look: int
    allowances: tuple[PaperAllowance, ...] = ()
    taxes: tuple[PaperTax, ...] = ()
    prepaid: Decimal = NOTHING
    delivered_on: date | None = None
    at: str | None = None
    paid: Decimal | None = None
    layout: str | None = None
    rounding: Decimal = NOTHING
    till: Till | None = None
    reminded: Reminded | None = None
    title: str | None = None

    @property
    def breakdown(self) -> tuple[PaperTax, ...]:
        """The tax by rate."""
        return self.taxes or (PaperTax(self.tax_rate, self.net, self.tax),)

    @property
    def lines_total(self) -> Decimal:
        """The sum of the lines, before what is taken off or charged on the whole."""
        return sum((line.net for line in self.lines), NOTHING)

    @property
    def is_abroad(self) -> bool:
        """Whether seller and buyer are of two countries."""
        return self.buyer is not None and self.seller.country != self.buyer.country


def sender_of(paper: Paper) -> PaperParty:
    """Whose letterhead it is: the buyer's on an order, else the seller's."""
    return paper.buyer if paper.type == "purchase_order" and paper.buyer else paper.seller


def rounded(amount: Decimal) -> Decimal:
    """To the cent, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def taxes_of(
    lines: Sequence[PaperLine], allowances: Sequence[PaperAllowance], rate: Decimal
) -> tuple[PaperTax, ...]:
    """The tax by rate, the highest first (EN 16931, BG-23); `rate` is of lines that name none."""
    bases: dict[Decimal, Decimal] = {}
    for line in lines:
        own = rate if line.tax_rate is None else line.tax_rate
        bases[own] = bases.get(own, NOTHING) + line.net
    for one in allowances:
        signed = one.amount if one.is_charge else -one.amount
        bases[one.tax_rate] = bases.get(one.tax_rate, NOTHING) + signed
    return tuple(
        PaperTax(own, bases[own], rounded(bases[own] * own / 100))
        for own in sorted(bases, reverse=True)
    )


def positive(paper: Paper) -> Paper:
    """A credit note with the amounts that it gives back, as EN 16931 wants type 381 to state."""
    if paper.type != "credit_note" or paper.net >= 0:
        return paper
    return replace(
        paper, net=-paper.net, tax=-paper.tax, gross=-paper.gross,
        lines=tuple(_turned(line) for line in paper.lines),
        taxes=tuple(replace(one, base=-one.base, tax=-one.tax) for one in paper.taxes),
    )  # fmt: skip


def _turned(line: PaperLine) -> PaperLine:
    is_returned = line.quantity < 0
    return replace(
        line, net=-line.net, quantity=-line.quantity if is_returned else line.quantity,
        unit_price=line.unit_price if is_returned else -line.unit_price,
    )  # fmt: skip


def paper_of(draft: Draft) -> Paper:
    """The page that belongs to an invoice with its ids."""
    vendor, net = draft.vendor, draft.net
    tax = tax_of(net, draft.tax_rate)
    language = LANGUAGES.index(vendor.language)
    period = draft.period or (None, None)
    due = draft.due
    return Paper(
        invoice_id=draft.invoice_id, language=vendor.language, type=draft.type,
        number=draft.number or "", issue_date=date.fromordinal(draft.issued),
        due_date=None if due is None else date.fromordinal(due),
        period_start=date.fromordinal(period[0]) if period[0] else None,
        period_end=date.fromordinal(period[1]) if period[1] else None,
        currency=draft.currency or vendor.currency,
        order_reference=draft.order.order_id if draft.order else None,
        contract_reference=draft.contract.contract_id if draft.contract else None,
        preceding_invoice=draft.preceding.number if draft.preceding else None,
        seller=_seller(vendor), buyer=_buyer(draft.entity),
        iban=(draft.iban or vendor.iban_on(draft.issued)) if vendor.prints_iban else None,
        lines=tuple(
            PaperLine(
                vendor.items[line.item].names[language], Decimal(line.quantity) / 1000,
                vendor.items[line.item].unit, Decimal(line.price) / 10_000,
                Decimal(cents_of(line.quantity, line.price)) / 100, delivered,
            )
            for line, delivered in zip(draft.lines, _deliveries(draft), strict=True)
        ),
        net=Decimal(net) / 100, tax=Decimal(tax) / 100, gross=Decimal(net + tax) / 100,
        tax_rate=Decimal(draft.tax_rate) / 100, look=vendor.seed % 997_003,
    )  # fmt: skip


def _deliveries(draft: Draft) -> list[date | None]:
    """Days of delivery where one item is on several lines, evenly over the time that is billed."""
    count, vendor = len(draft.lines), draft.vendor
    if count == 1 or len({line.item for line in draft.lines}) > 1:
        return [None] * count
    start, end = draft.period or (draft.issued - 7 * count, draft.issued - 1)
    step = max(1, (end - start) // count)
    latest = working_day_before(end, vendor.country)
    days = (working_day(start + step * place, vendor.country) for place in range(count))
    return [date.fromordinal(min(latest, day)) for day in days]


def _seller(vendor: Vendor) -> PaperParty:
    return PaperParty(
        vendor.name, vendor.street, vendor.postcode, vendor.city, vendor.country, vendor.vat_id
    )


def _buyer(entity: Entity) -> PaperParty:
    return PaperParty(
        entity.name, entity.street, entity.postcode, entity.city, entity.country, entity.vat_id
    )
