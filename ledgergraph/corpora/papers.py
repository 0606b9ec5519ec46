"""What stands on an invoice's page: enough to print it, and the truth of what was printed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgergraph.corpora.actors import Draft, Entity, Vendor, cents_of, tax_of
from ledgergraph.corpora.catalogue import LANGUAGES


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
class PaperLine:
    """One printed line; `unit` is a code of UN/ECE Rec 20, prices and amounts are before tax."""

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    delivered_on: date | None = None


@dataclass(frozen=True)
class Paper:
    """An invoice as its vendor prints it, in the vendor's language; it agrees with its row."""

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
    buyer: PaperParty
    iban: str | None
    lines: tuple[PaperLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    tax_rate: Decimal
    look: int


def paper_of(draft: Draft) -> Paper:
    """The page that belongs to an invoice with its ids."""
    vendor, net = draft.vendor, draft.net
    tax = tax_of(net, vendor.tax_rate)
    language = LANGUAGES.index(vendor.language)
    period = draft.period or (None, None)
    terms = vendor.terms
    is_due = terms is not None and draft.type == "invoice"
    return Paper(
        invoice_id=draft.invoice_id, language=vendor.language, type=draft.type,
        number=draft.number or "", issue_date=date.fromordinal(draft.issued),
        due_date=date.fromordinal(draft.issued + (terms or 0)) if is_due else None,
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
        tax_rate=Decimal(vendor.tax_rate) / 100, look=vendor.seed % 997,
    )  # fmt: skip


def _deliveries(draft: Draft) -> list[date | None]:
    """Days of delivery where one item is on several lines, evenly over the time that is billed."""
    count = len(draft.lines)
    if count == 1 or len({line.item for line in draft.lines}) > 1:
        return [None] * count
    start, end = draft.period or (draft.issued - 7 * count, draft.issued - 1)
    step = max(1, (end - start) // count)
    return [date.fromordinal(min(end, start + step * place)) for place in range(count)]


def _seller(vendor: Vendor) -> PaperParty:
    return PaperParty(
        vendor.name, vendor.street, vendor.postcode, vendor.city, vendor.country, vendor.vat_id
    )


def _buyer(entity: Entity) -> PaperParty:
    return PaperParty(
        entity.name, entity.street, entity.postcode, entity.city, entity.country, entity.vat_id
    )
