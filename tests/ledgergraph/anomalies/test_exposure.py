from datetime import date
from decimal import Decimal

import pytest

from ledgergraph.anomalies.exposure import Case, amount_at_risk
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import a_file, a_reading, an_invoice, books, subjects


def at_risk(kind, *numbers, **tables):
    about = subjects(books(**tables))
    return amount_at_risk(kind, Case([about.invoices[f"I-{one}"] for one in numbers]), about)


def test_of_what_was_not_received_the_price_is_at_risk():
    invoice = an_invoice("A", order_id="O", quantity=10, unit_price=7)
    early = {"receipt_id": "1", "order_id": "O", "received_on": date(2026, 3, 1), "quantity": 6}
    late = {"receipt_id": "2", "order_id": "O", "received_on": date(2026, 4, 1), "quantity": 9}
    amount = at_risk(Kind.QTY_ABOVE_RECEIPT, "A", invoices=[invoice], goods_receipts=[early, late])
    assert amount == 4 * 7


def test_above_a_contract_price_counts_what_its_yearly_increase_does_not_allow():
    contract = {
        "contract_id": "C", "unit_price": 100, "escalation_pct": 10, "starts_on": date(2024, 3, 1),
    }  # fmt: skip
    invoice = an_invoice("A", contract_id="C", quantity=2, unit_price=131)
    amount = at_risk(Kind.ESCALATION_EXCEEDED, "A", invoices=[invoice], contracts=[contract])
    assert amount == 2 * (131 - 121)


def test_over_the_usual_counts_from_the_median_of_earlier_invoices():
    rows = [
        an_invoice(name, net=net, days=at)
        for at, (name, net) in enumerate(zip("ABCD", (5, 10, 15, 90), strict=True))
    ]
    assert at_risk(Kind.AMOUNT_OUTLIER, "D", invoices=rows) == 80


def test_credit_notes_lower_what_was_billed_for_an_order():
    order = {"order_id": "O", "line": 1, "quantity": 1, "unit_price": 100}
    rows = [
        an_invoice("A", net=90, order_id="O"),
        an_invoice("B", net=50, order_id="O", type="credit_note", days=1),
        an_invoice("C", net=90, order_id="O", days=2),
    ]
    amount = at_risk(Kind.ORDER_OVERBILLED, "C", invoices=rows, purchase_orders=[order])
    assert amount == 90 - 50 + 90 - 100


def test_tax_kinds_put_the_tax_at_risk():
    assert at_risk(Kind.VAT_RATE_WRONG, "A", invoices=[an_invoice("A", gross="119.00")]) == 19


@pytest.mark.parametrize(
    ("kind", "fields", "amount"),
    [
        (Kind.HYBRID_MISMATCH, ["totals.net"], 20),
        (Kind.HYBRID_MISMATCH, ["seller.iban"], 119),
        (Kind.HYBRID_MISMATCH, ["number"], None),
        (Kind.ARITHMETIC_ERROR, ["totals.gross"], 20),
        (Kind.EINVOICE_MISSING, [], None),
    ],
)
def test_a_paper_puts_its_difference_at_risk_or_all_of_it_where_the_payee_is_in_doubt(
    kind, fields, amount
):
    rows = [
        a_reading("p.pdf", "totals.net", "80"), a_reading("p.pdf", "totals.tax", "19"),
        a_reading("p.pdf", "totals.gross", "119"),
        a_reading("p.pdf", "totals.net", "100", reading="xml", chosen=False),
    ]  # fmt: skip
    about = subjects(files=["p.pdf"], readings=rows)
    case = Case(paper=(a_file("p.pdf"), 0), fields=fields)
    found = amount_at_risk(kind, case, about)
    assert found == (None if amount is None else Decimal(amount))


def test_of_hygiene_nothing_is_at_risk():
    assert at_risk(Kind.EINVOICE_RULE_BROKEN, "A", invoices=[an_invoice("A")]) is None
