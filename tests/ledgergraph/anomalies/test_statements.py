"""Each kind states what the records show, in numbers, and nothing where they do not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledgergraph.anomalies.statements import STATEMENTS
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import FIRST_DAY, an_invoice, books, subjects

HERE, THERE = "DE02120300000000202051", "LT601010012345678901"


def stated(kind, *invoices, measures=None, **tables):
    """What a kind states of the last of some invoices."""
    about = subjects(books(invoices=invoices, **tables))
    invoice = about.invoices[invoices[-1]["invoice_id"]]
    return STATEMENTS[kind](invoice, about, measures or {})


def on(days):
    return FIRST_DAY + timedelta(days=days)


def a_contract(**more):
    return {"contract_id": "C1", "vendor_id": "V1", "currency": "EUR", **more}


def an_order(**more):
    return {"order_id": "O1", "line": 1, "vendor_id": "V1", "currency": "EUR", **more}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_nothing_is_stated_that_no_record_shows(kind):
    assert stated(kind, {"invoice_id": "bare"}) is None


def test_what_exceeds_a_contract_is_told_with_its_value():
    bill = [an_invoice(name, gross="119.00", contract_id="C1") for name in "AB"]
    contract = a_contract(value=150)
    assert stated(Kind.OVER_CONTRACT_VALUE, *bill, contracts=[contract]) == (
        "With it 200.00 EUR net is billed under contract C1, 50.00 EUR (33 %) above its value of "
        "150.00 EUR."
    )
    assert stated(Kind.OVER_CONTRACT_VALUE, *bill, contracts=[a_contract(value=250)]) is None


def test_what_was_billed_in_another_currency_is_not_told_against_a_contract():
    other = an_invoice("A", gross="238.00", contract_id="C1", currency="GBP")
    bill = an_invoice("B", gross="238.00", contract_id="C1", days=3)
    contract = a_contract(value=150)
    assert stated(Kind.OVER_CONTRACT_VALUE, other, bill, contracts=[contract]) == (
        "With it 200.00 EUR net is billed under contract C1, 50.00 EUR (33 %) above its value of "
        "150.00 EUR."
    )


def test_an_amount_in_another_currency_is_not_held_against_a_contract():
    bill = an_invoice("A", contract_id="C1", currency="GBP")
    assert stated(Kind.OVER_CONTRACT_VALUE, bill, contracts=[a_contract(value=1)]) is None


def test_a_service_outside_its_contract_is_told_with_both_dates():
    contract = a_contract(starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 31))
    late = an_invoice(
        "A", contract_id="C1", period_start=date(2026, 2, 1), period_end=date(2026, 2, 28)
    )
    assert stated(Kind.OUTSIDE_CONTRACT_TERM, late, contracts=[contract]) == (
        "The service from 1 February 2026 to 28 February 2026 begins 1 day after contract C1 "
        "ended (31 January 2026)."
    )
    renewed = {"contract_id": "C1", "amended_on": date(2026, 1, 5), "ends_on": date(2026, 12, 31)}
    assert (
        stated(
            Kind.OUTSIDE_CONTRACT_TERM, late, contracts=[contract], contract_amendments=[renewed]
        )
        is None
    )


def test_a_price_is_told_against_the_one_agreed_with_its_increases():
    bill = an_invoice("A", contract_id="C1", unit_price=Decimal("12.40"))
    contract = a_contract(unit_price=10, escalation_pct=10, starts_on=date(2025, 1, 1))
    assert stated(Kind.PRICE_ABOVE_CONTRACT, bill, contracts=[contract]) == (
        "The unit price of 12.40 EUR is 13 % above the 11.00 EUR that contract C1 agrees "
        "(10.00 EUR raised by 10 % a year)."
    )
    assert stated(Kind.PRICE_ABOVE_ORDER, {**bill, "order_id": "O1"},
                  purchase_orders=[an_order(unit_price=10), an_order(line=2, unit_price=12)]) == (
        "The unit price of 12.40 EUR is 3.3 % above the 12.00 EUR of order O1."
    )  # fmt: skip


def test_quantities_are_told_against_what_was_ordered_and_received_by_then():
    bills = [an_invoice(name, order_id="O1", quantity=6) for name in "AB"]
    order = an_order(quantity=10, unit_price=1)
    receipts = [
        {"receipt_id": str(at), "order_id": "O1", "line": 1, "received_on": on(at), "quantity": 5}
        for at in (1, 40)
    ]
    assert stated(Kind.ORDER_OVERBILLED, *bills, purchase_orders=[order]) == (
        "With it a quantity of 12 is billed for order O1, 20 % above the 10 ordered."
    )
    assert stated(Kind.QTY_ABOVE_RECEIPT, *bills, goods_receipts=receipts) == (
        "With it a quantity of 12 is billed for order O1, of which 5 had been received by "
        "4 March 2026."
    )
    assert stated(Kind.NO_RECEIPT, *bills, goods_receipts=receipts) is None
    assert stated(Kind.NO_RECEIPT, *bills, measures={"no_receipt_unusual": 0.9}) == (
        "Nothing had been received for order O1 by 4 March 2026, while 90 % of the vendor's "
        "earlier orders had a receipt by then."
    )


def test_an_order_is_late_only_if_all_of_its_lines_are():
    bill = an_invoice("A", order_id="O1")
    lines = [an_order(ordered_on=on(5)), an_order(line=2, ordered_on=on(9))]
    assert stated(Kind.ORDER_AFTER_INVOICE, bill, purchase_orders=lines) == (
        "Order O1 is dated 7 March 2026, 5 days after the invoice."
    )
    early = an_order(line=3, ordered_on=on(0))
    assert stated(Kind.ORDER_AFTER_INVOICE, bill, purchase_orders=[*lines, early]) is None


def test_a_changed_account_is_told_with_its_day_unless_it_was_verified():
    bill = an_invoice("A", days=10, iban=THERE)
    change = {"vendor_id": "V1", "changed_on": on(9), "iban": "LT60 1010 0123 4567 8901"}
    assert stated(Kind.BANK_CHANGED_BEFORE_INVOICE, bill, bank_changes=[change]) == (
        "It is to be paid to the account ending in 8901, recorded for the vendor on 11 March 2026 "
        "and not verified; the invoice came 3 days later."
    )
    verified = {**change, "verified": True}
    later = {**change, "changed_on": on(90)}
    for other in (verified, later):
        assert stated(Kind.BANK_CHANGED_BEFORE_INVOICE, bill, bank_changes=[other]) is None


def test_an_account_that_the_books_do_not_name_is_told_with_what_went_there_before():
    vendors = [{"vendor_id": "V1", "iban": HERE}]
    bills = [an_invoice(str(at), days=at) for at in range(3)]
    new = an_invoice("new", days=9, iban=THERE)
    again = an_invoice("again", days=19, iban=THERE)
    named = "It is to be paid to the account ending in 8901, which the books do not name " \
            "(the vendor's record names the account ending in 2051); "  # fmt: skip
    assert stated(Kind.IBAN_NOT_OF_VENDOR, *bills, new, vendors=vendors) == (
        f"{named}none of the vendor's 3 earlier invoices goes there."
    )
    assert stated(Kind.IBAN_NOT_OF_VENDOR, *bills, new, again, vendors=vendors) == (
        f"{named}1 of the vendor's 4 earlier invoices goes there, the first of 13 March 2026."
    )
    assert stated(Kind.IBAN_NOT_OF_VENDOR, *bills, vendors=vendors) is None
    recorded = {"account_recorded": 1.0}
    assert stated(Kind.IBAN_NOT_OF_VENDOR, *bills, new, vendors=vendors, measures=recorded) is None


def test_who_shares_an_account_is_named():
    vendors = [{"vendor_id": f"V{at}", "name": f"Vendor {at}", "iban": HERE} for at in range(1, 6)]
    assert stated(Kind.IBAN_SHARED, an_invoice("A"), vendors=vendors) == (
        "Its account, ending in 2051, is also that of Vendor 2 (V2), Vendor 3 (V3), Vendor 4 (V4) "
        "and 1 more."
    )
    assert stated(Kind.IBAN_SHARED, an_invoice("A"), vendors=vendors[:1]) is None


def test_an_amount_is_told_against_the_limit_of_who_approved_it():
    bill = an_invoice("A", gross="1190.00", approver="U1")
    limits = [{"approver": "U1", "max_amount": 800, "currency": "EUR"}]
    assert stated(Kind.OVER_APPROVAL_LIMIT, bill, approval_limits=limits) == (
        "It was approved by U1, whose limit is 800.00 EUR; its net of 1,000.00 EUR is 25 % above."
    )
    second = {"object": "invoice", "object_id": "I-A", "user": "U2", "action": "approve"}
    limits += [{"approver": "U2", "max_amount": 5000, "currency": "EUR"}]
    signed = {"approval_limits": limits, "approvals": [second]}
    assert stated(Kind.OVER_APPROVAL_LIMIT, bill, **signed) is None


def test_the_parts_of_a_purchase_are_told_with_their_sum_and_the_limit():
    bill = an_invoice("A", approver="U1")
    limits = [{"approver": "U1", "max_amount": 1000, "currency": "EUR"}]
    parts = {"parts_count": 3.0, "parts_sum": 0.30103}
    said = stated(Kind.SPLIT_UNDER_LIMIT, bill, approval_limits=limits, measures=parts)
    assert said == (
        "It is one of 3 invoices to E1 within 14 days that U1 approved, each within the limit of "
        "1,000.00 EUR; together they come to 2,000.00 EUR."
    )


def test_a_slip_is_told_by_its_price_or_its_currency():
    bill = an_invoice("A", order_id="O1", unit_price=120)
    assert stated(Kind.UNIT_OR_CURRENCY_SLIP, bill, purchase_orders=[an_order(unit_price=12)]) == (
        "The unit price of 120.00 EUR is 10 times the 12.00 EUR of order O1."
    )
    earlier = [an_invoice(str(at), days=at) for at in range(3)]
    abroad = an_invoice("new", days=9, currency="USD")
    assert stated(Kind.UNIT_OR_CURRENCY_SLIP, *earlier, abroad) == (
        "It is in USD, and none of the vendor's 3 earlier invoices is."
    )


def test_a_slip_of_the_quantity_is_told_by_what_was_ordered():
    bill = an_invoice("A", order_id="O1", unit_price=12, quantity=100)
    said = stated(
        Kind.UNIT_OR_CURRENCY_SLIP,
        bill,
        measures={"order_quantity_slip": 1.0},
        purchase_orders=[an_order(unit_price=12)],
    )
    assert said == "The quantity of 100 is 10 times the 10 ordered or received."


def test_a_creeping_price_is_told_beside_its_peers():
    creep = {"item_creep": 0.0414, "item_creep_steps": 6.0}
    for beyond, said in ((0.0202, "rose by 5 % (median)"), (0.05, "did not rise")):
        measures = {**creep, "item_creep_to_peers": beyond}
        assert stated(Kind.PRICE_DRIFT, an_invoice("A"), measures=measures) == (
            "Over the last ten invoices for the item its price rose by 10 % in 6 steps; those of "
            f"other vendors of its category {said}."
        )


def test_a_series_is_told_in_amounts():
    bill = an_invoice("A", gross="500.00", unit_price=15)
    high = {"amount_to_median": 0.69897, "amount_to_largest": 0.09691}
    assert stated(Kind.AMOUNT_OUTLIER, bill, measures=high) == (
        "It is 5 times the median of the vendor, 100.00 EUR, and 25 % above its largest until "
        "then, 400.00 EUR."
    )
    assert stated(Kind.INFLATED_PRICE, bill, measures={"price_to_median": 0.17609}) == (
        "The unit price of 15.00 EUR is 50 % above the 10.00 EUR that is the median of the "
        "vendor's earlier ones."
    )
    crept = {"item_creep": 0.0792, "item_creep_steps": 4.0}
    assert stated(Kind.PRICE_DRIFT, bill, measures=crept) == (
        "Over the last ten invoices for the item its price rose by 20 % in 4 steps."
    )
