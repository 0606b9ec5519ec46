"""Rules on what a document must say: mandatory contents, dates in order, references."""

from collections.abc import Iterator
from datetime import timedelta

from ledgergraph.extractions.rules.countries import (
    SIMPLIFIED_ANYWHERE,
    SIMPLIFIED_UP_TO,
    TAX_NUMBER_SUFFICES,
)
from ledgergraph.extractions.rules.document import Breach, DocumentRule, Part
from ledgergraph.extractions.rules.taxes import seller_country
from ledgergraph.issues import Kind, Severity

MANDATORY = {
    "number": "a number", "issue_date": "a date of issue", "seller.name": "a seller",
    "buyer.name": "a buyer", "totals.gross": "a gross total",
}  # fmt: skip
ALWAYS = ("issue_date", "seller.name", "totals.gross")
"""What a simplified invoice needs as well (Art. 226b)."""
FAR = timedelta(days=730)


def is_simplified(part: Part) -> bool:
    """Whether the amount is so small that a simplified invoice is enough."""
    gross = part.amount("totals.gross")
    limit = SIMPLIFIED_UP_TO.get(seller_country(part) or "", SIMPLIFIED_ANYWHERE)
    return gross is not None and abs(gross) <= limit


def _missing(part: Part) -> Iterator[Breach]:
    needed = ALWAYS if is_simplified(part) else tuple(MANDATORY)
    for name in needed:
        if not part.text(name) and not (name == "totals.gross" and part.text("totals.due")):
            yield Breach(name, None, f"{MANDATORY[name]} is missing")


def _vat_id_missing(part: Part) -> Iterator[Breach]:
    country = seller_country(part)
    is_taxed = bool(part.amount("totals.tax"))
    if not is_taxed or country is None or country in TAX_NUMBER_SUFFICES or is_simplified(part):
        return
    if not part.text("seller.vat_id"):
        yield Breach("seller.vat_id", None, "tax is charged and the seller's VAT id is missing")


def _reference_missing(part: Part) -> Iterator[Breach]:
    if part.type == "credit_note" and not part.text("preceding_invoice"):
        yield Breach("preceding_invoice", None, "it names none")


def _due_before_issue(part: Part) -> Iterator[Breach]:
    issued, due = part.day("issue_date"), part.day("due_date")
    if issued and due and due < issued:
        yield Breach("due_date", None, f"it is due on {due}, issued on {issued}")


def _period_reversed(part: Part) -> Iterator[Breach]:
    start, end = part.day("period_start"), part.day("period_end")
    if start and end and end < start:
        yield Breach("period_end", None, f"it ends on {end}, begins on {start}")


def _issue_far_from_period(part: Part) -> Iterator[Breach]:
    issued = part.day("issue_date")
    start = part.day("period_start") or part.day("period_end")
    end = part.day("period_end") or start
    if not issued or not start or not end:
        return
    if issued > end + FAR or issued < start - FAR:
        yield Breach("issue_date", None, f"issued on {issued}, the period is {start} to {end}")


def _not_an_invoice(part: Part) -> Iterator[Breach]:
    if part.type == "pro_forma":
        yield Breach("type", None, "it calls itself pro forma")


RULES = (
    DocumentRule(
        "mandatory_contents", Kind.MANDATORY_FIELD_MISSING, Severity.LOW,
        "An invoice names its number, date, seller, buyer and total (VAT Directive, Art. 226)",
        (), _missing, needs_all=True,
    ),
    DocumentRule(
        "seller_vat_id", Kind.MANDATORY_FIELD_MISSING, Severity.MEDIUM,
        "A seller that charges tax names its VAT id (VAT Directive, Art. 226 (3))",
        ("totals.tax",), _vat_id_missing,
    ),
    DocumentRule(
        "credit_note_reference", Kind.MANDATORY_FIELD_MISSING, Severity.INFO,
        "A credit note names the invoice that it corrects (VAT Directive, Art. 219)",
        ("type",), _reference_missing, needs_all=True,
    ),
    DocumentRule(
        "due_after_issue", Kind.TERMS_WORSE_THAN_AGREED, Severity.LOW,
        "Nothing is due before it is invoiced",
        ("issue_date", "due_date"), _due_before_issue,
    ),
    DocumentRule(
        "period_in_order", Kind.EINVOICE_RULE_BROKEN, Severity.LOW,
        "A billing period ends on or after the day that it begins (EN 16931, BR-29)",
        ("period_start", "period_end"), _period_reversed,
    ),
    DocumentRule(
        "issued_near_period", Kind.CUTOFF_ERROR, Severity.LOW,
        "An invoice is written within two years of the period that it bills",
        ("issue_date", "period_start", "period_end"), _issue_far_from_period,
    ),
    DocumentRule(
        "is_an_invoice", Kind.NOT_AN_INVOICE, Severity.MEDIUM,
        "Only an invoice is booked as one (UNTDID 1001: 325 is pro forma)",
        ("type",), _not_an_invoice,
    ),
)  # fmt: skip
"""The rules of this module."""
