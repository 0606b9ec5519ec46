"""Rules on tax: rates that exist, tax across borders, and where a structured invoice is due."""

import re
from collections.abc import Iterator
from decimal import Decimal

from ledgergraph.extractions.rules.countries import EU, STRUCTURED_SINCE, rates_on
from ledgergraph.extractions.rules.document import Breach, DocumentRule, Part, number_in
from ledgergraph.extractions.rules.identifiers import country_of_vat_id
from ledgergraph.issues import Kind, Severity
from ledgergraph.money import plain

COUNTRY_AT_END = re.compile(r", ([A-Z]{2})$")


def _country(part: Part, who: str) -> str | None:
    vat_id = part.text(f"{who}.vat_id")
    country = country_of_vat_id(vat_id) if vat_id else None
    at_end = COUNTRY_AT_END.search(part.text(f"{who}.address") or "")
    return country or (at_end[1] if at_end else None)


def seller_country(part: Part) -> str | None:
    """The seller's country (ISO 3166), by its VAT id, else its address; None if neither tells."""
    return _country(part, "seller")


def buyer_country(part: Part) -> str | None:
    """The buyer's country (ISO 3166), by its VAT id, else its address; None if neither tells."""
    return _country(part, "buyer")


def _rate_exists(part: Part) -> Iterator[Breach]:
    """A rate of the buyer's country passes as well: the place of supply may be there."""
    day, country = part.day("period_end") or part.day("issue_date"), seller_country(part)
    if day is None or country is None:
        return
    known = rates_on(country, day)
    if not known:
        return
    allowed = known | rates_on(buyer_country(part) or "", day) | {Decimal(0)}
    issued = part.day("issue_date")
    allowed |= rates_on(country, issued) if issued else frozenset()
    for number, line in part.lines.items():
        rate = number_in(line, "tax_rate")
        if rate is not None and rate not in allowed:
            yield Breach("tax_rate", number, f"{plain(rate)} % was no rate of {country} on {day}")


def _tax_across_borders(part: Part) -> Iterator[Breach]:
    seller, buyer = part.text("seller.vat_id"), part.text("buyer.vat_id")
    tax = part.amount("totals.tax")
    if not seller or not buyer or not tax or not {seller[:2], buyer[:2]} <= EU:
        return
    if country_of_vat_id(seller) != country_of_vat_id(buyer):
        yield Breach(
            "totals.tax", None,
            f"tax is charged by a seller in {seller[:2]} to a business in {buyer[:2]}",
        )  # fmt: skip


def _structured_invoice_missing(part: Part) -> Iterator[Breach]:
    country, issued = seller_country(part), part.day("issue_date")
    if part.is_structured or country is None or issued is None or not part.text("buyer.vat_id"):
        return
    since = STRUCTURED_SINCE.get(country)
    if since and issued >= since and buyer_country(part) == country:
        yield Breach(None, None, f"in {country} since {since}, and there is only a picture")


RULES = (
    DocumentRule(
        "vat_rate_exists", Kind.VAT_RATE_WRONG, Severity.MEDIUM,
        "A VAT rate is in force in the seller's country on the day",
        ("tax_rate", "issue_date", "period_end", "seller.vat_id"), _rate_exists,
    ),
    DocumentRule(
        "no_tax_across_borders", Kind.VAT_ON_REVERSE_CHARGE, Severity.MEDIUM,
        "Between businesses of two EU countries the recipient owes the tax "
        "(VAT Directive, Art. 138 and 196)",
        ("totals.tax", "seller.vat_id", "buyer.vat_id"), _tax_across_borders,
    ),
    DocumentRule(
        "structured_invoice", Kind.EINVOICE_MISSING, Severity.LOW,
        "Businesses of one country exchange structured invoices where the law says so",
        ("seller.vat_id", "buyer.vat_id", "issue_date"), _structured_invoice_missing,
    ),
)  # fmt: skip
"""The rules of this module."""
