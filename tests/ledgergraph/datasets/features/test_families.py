"""What single features say, family by family, on a few rows each."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

Row = dict[str, Any]
Values = Callable[..., dict[str, float]]
Invoice = Callable[..., Row]
DAY = date(2024, 1, 1)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_what_is_billed_in_another_currency_uses_up_none_of_a_contract(
    values: Values, invoice: Invoice
) -> None:
    contract = {"contract_id": "C1", "value": "1000.00", "currency": "EUR", "starts_on": DAY}
    rows = [
        invoice("R-1", 0, net="400.00", contract_id="C1"),
        invoice("R-2", 5, net="900.00", contract_id="C1", currency="USD"),
        invoice("R-3", 6, net="300.00", contract_id="C1", currency="USD", type="credit_note"),
        invoice("R-4", 20, net="500.00", contract_id="C1"),
    ]
    assert values(invoices=rows, contracts=[contract])["contract_use"] == pytest.approx(0.9)


@pytest.mark.parametrize(("day", "value"), [(49, "100.00"), (50, "400.00"), (60, "150.00")])
def test_an_amendment_is_in_force_from_its_day_until_the_next_one(
    values: Values, invoice: Invoice, day: int, value: str
) -> None:
    contract = {"contract_id": "C1", "value": "100.00", "starts_on": DAY}
    changes = [
        {"contract_id": "C1", "amended_on": after(50), "value": "400.00"},
        {"contract_id": "C1", "amended_on": after(55), "ends_on": after(900)},  # the term alone
        {"contract_id": "C1", "amended_on": after(60), "value": "150.00"},
    ]
    found = values(invoices=[invoice("R-1", day, net="120.00", contract_id="C1")],
                   contracts=[contract], contract_amendments=changes)  # fmt: skip
    assert found["contract_use"] == pytest.approx(120 / float(value))


def test_a_ceiling_counts_over_years_and_up_to_its_tolerance(
    values: Values, invoice: Invoice
) -> None:
    contract = {"contract_id": "C1", "value": "1000.00", "tolerance_pct": "5", "starts_on": DAY}
    rows = [invoice(f"R-{at}", 200 * at, net="262.50", contract_id="C1") for at in range(4)]
    assert values(invoices=rows, contracts=[contract])["contract_excess"] == pytest.approx(0.0)
    more = [*rows, invoice("R-9", 900, net="1.00", contract_id="C1")]
    assert values(invoices=more, contracts=[contract])["contract_excess"] == pytest.approx(0.001)


def test_credit_notes_make_room_under_a_contract(values: Values, invoice: Invoice) -> None:
    contract = {"contract_id": "C1", "vendor_id": "V1", "value": "1000.00", "starts_on": DAY}
    rows = [
        invoice("R-1", 0, net="700.00", contract_id="C1"),
        invoice("R-2", 10, net="300.00", contract_id="C1", type="credit_note"),
        invoice("R-3", 20, net="500.00", contract_id="C1"),
    ]
    assert values(invoices=rows, contracts=[contract])["contract_use"] == pytest.approx(0.9)


def test_an_amendment_counts_from_its_day(values: Values, invoice: Invoice) -> None:
    contract = {"contract_id": "C1", "value": "100.00", "starts_on": DAY, "ends_on": after(30)}
    change = {"contract_id": "C1", "amended_on": after(50), "value": "400.00", "ends_on": after(90)}
    for day, use, outside in ((40, 2.0, 10.0), (60, 0.5, 0.0)):
        found = values(
            invoices=[invoice("R-1", day, net="200.00", contract_id="C1")],
            contracts=[contract], contract_amendments=[change],
        )  # fmt: skip
        assert found["contract_use"] == pytest.approx(use)
        assert found["days_outside"] == outside


def test_the_service_period_decides_on_the_term(values: Values, invoice: Invoice) -> None:
    contract = {"contract_id": "C1", "starts_on": DAY, "ends_on": after(90)}
    late = invoice("R-1", 120, contract_id="C1", period_start=after(60), period_end=after(89))
    assert values(invoices=[late], contracts=[contract])["days_outside"] == 0
    assert (
        values(invoices=[invoice("R-1", 120, contract_id="C1")], contracts=[contract])[
            "days_outside"
        ]
        == 30
    )


def test_a_yearly_increase_is_allowed_from_its_anniversary(
    values: Values, invoice: Invoice
) -> None:
    contract = {"contract_id": "C1", "starts_on": DAY, "unit_price": "10", "escalation_pct": "5"}
    dear = {"contract_id": "C1", "unit_price": "10.5", "quantity": "10", "net": "105.00"}
    early = values(invoices=[invoice("R-1", 300, **dear)], contracts=[contract])
    later = values(invoices=[invoice("R-1", 400, **dear)], contracts=[contract])
    assert early["price_excess"] == pytest.approx(0.05)
    assert later["price_excess"] == pytest.approx(0.0)


def test_an_order_in_another_currency_is_not_compared(values: Values, invoice: Invoice) -> None:
    contract = {"contract_id": "C1", "value": "10.00", "currency": "USD"}
    found = values(invoices=[invoice("R-1", 1, contract_id="C1")], contracts=[contract])
    assert found["contract_use"] != found["contract_use"]


def test_what_was_not_received_is_short(values: Values, invoice: Invoice) -> None:
    order = {"order_id": "O1", "line": 1, "vendor_id": "V1", "ordered_on": DAY,
             "quantity": "10", "unit_price": "10"}  # fmt: skip
    came = [
        {"receipt_id": "G1", "order_id": "O1", "line": 1, "received_on": after(5), "quantity": "6"},
        {"receipt_id": "G2", "order_id": "O1", "line": 1, "received_on": after(9), "quantity": "4"},
    ]
    bill = {"order_id": "O1", "quantity": "10", "unit_price": "10", "net": "100.00"}
    early = values(
        invoices=[invoice("R-1", 7, **bill)], purchase_orders=[order], goods_receipts=came
    )
    later = values(
        invoices=[invoice("R-1", 9, **bill)], purchase_orders=[order], goods_receipts=came
    )
    assert early["receipt_short"] == pytest.approx(0.4)
    assert later["receipt_short"] == 0
    assert later["order_use"] == pytest.approx(1.0)


@pytest.mark.parametrize("written", ["4", "-4"])
def test_a_credit_note_makes_room_in_its_order_whichever_sign_it_has(
    written: str, values: Values, invoice: Invoice
) -> None:
    order = {"order_id": "O1", "line": 1, "ordered_on": DAY, "quantity": "10", "unit_price": "10"}
    rows = [
        invoice("R-1", 1, order_id="O1", quantity="10"),
        invoice("G-1", 2, order_id="O1", quantity=written, net=f"{written}0", type="credit_note"),
        invoice("R-2", 3, order_id="O1", quantity="4", net="40.00"),
    ]
    found = values(invoices=rows, purchase_orders=[order])
    assert found["order_quantity_use"] == pytest.approx(1.0)
    assert values(invoices=rows[:2], purchase_orders=[order])["order_quantity_use"] == (
        pytest.approx(0.6)
    )


def test_an_order_written_later_was_unknown(values: Values, invoice: Invoice) -> None:
    order = {"order_id": "O1", "line": 1, "ordered_on": after(9), "quantity": "1"}
    found = values(invoices=[invoice("R-1", 7, order_id="O1")], purchase_orders=[order])
    assert found["order_unknown"] == 1


def test_an_account_of_nobody_is_foreign_until_it_was_used(
    values: Values, invoice: Invoice
) -> None:
    vendor = {"vendor_id": "V1", "iban": "DE02 1203 0000 0000 2020 51"}
    own, new = "DE02120300000000202051", "LT601010012345678901"
    rows = [invoice("R-1", 0, iban=own), invoice("R-2", 30, iban=new)]
    first = values(invoices=rows, vendors=[vendor])
    again = values(invoices=[*rows, invoice("R-3", 60, iban=new)], vendors=[vendor])
    assert (first["account_foreign"], first["account_new"]) == (1, 1)
    assert first["account_moved_abroad"] == 1
    assert (again["account_foreign"], again["account_new"]) == (0, 0)


def test_the_masters_account_of_today_was_unknown_before_its_change(
    values: Values, invoice: Invoice
) -> None:
    old, new = "DE02120300000000202051", "FR1420041010050500013M02606"
    vendor = {"vendor_id": "V1", "iban": new}
    change = {"vendor_id": "V1", "changed_on": after(20), "iban": new, "verified": False}
    before = values(invoices=[invoice("R-1", 10, iban=old)], vendors=[vendor],
                    bank_changes=[change])  # fmt: skip
    behind = values(invoices=[invoice("R-1", 25, iban=new)], vendors=[vendor],
                    bank_changes=[change])  # fmt: skip
    assert before["account_of_master"] != before["account_of_master"]
    assert behind["account_of_master"] == 1
    assert behind["days_since_own_change"] == 5
    assert behind["change_verified"] == 0


def test_a_second_signature_with_authority_suffices(values: Values, invoice: Invoice) -> None:
    limits = [{"approver": "U1", "max_amount": "500", "currency": "EUR"},
              {"approver": "U2", "max_amount": "5000", "currency": "EUR"}]  # fmt: skip
    bill = invoice("R-1", 0, net="1000.00", approver="U1")
    signed = {"object": "invoice", "object_id": bill["invoice_id"], "action": "approve",
              "user": "U2"}  # fmt: skip
    alone = values(invoices=[bill], approval_limits=limits)
    both = values(invoices=[bill], approval_limits=limits, approvals=[signed])
    assert alone["authority_use"] > 0 > both["authority_use"]


def test_parts_below_a_limit_are_summed(values: Values, invoice: Invoice) -> None:
    limits = [{"approver": "U1", "max_amount": "1000", "currency": "EUR"}]
    parts = [invoice(f"R-{n}", n, net="900.00", approver="U1") for n in range(3)]
    found = values(invoices=parts, approval_limits=limits)
    assert found["parts_count"] == 3
    assert 10 ** found["parts_sum"] == pytest.approx(2.7)


def test_the_same_claim_under_a_near_number_has_a_twin(values: Values, invoice: Invoice) -> None:
    rows = [invoice("RE-1007", 0, net="812.40"), invoice("RE-1O07", 9, net="812.40")]
    found = values(invoices=rows)
    assert found["twin_exact"] == 1  # the letter is cleaned to a digit
    assert found["twin_days"] == 9


def test_parts_that_add_up_to_an_earlier_invoice_are_seen(values: Values, invoice: Invoice) -> None:
    rows = [
        invoice("R-77", 0, net="1000.00"), invoice("R-77a", 20, net="400.00"),
        invoice("R-77b", 22, net="600.00"),
    ]  # fmt: skip
    assert values(invoices=rows)["split_sum"] == 1


def test_numbers_that_run_on_by_one_are_counted(values: Values, invoice: Invoice) -> None:
    found = values(invoices=[invoice(f"2024/{n}", n * 20) for n in range(1, 7)])
    assert found["unit_step_share"] == 1
    assert found["number_gap"] == 0


def test_a_creeping_price_shows_its_rise_and_its_steps(values: Values, invoice: Invoice) -> None:
    rows = [
        invoice(f"R-{n}", n * 10, unit_price=f"{10 * 1.01**n:.4f}", quantity="1") for n in range(10)
    ]
    found = values(invoices=rows)
    assert 10 ** found["item_creep"] == pytest.approx(1.01**9, rel=1e-3)
    assert found["item_creep_steps"] == 9
    assert found["item_largest_step"] < 0.2


def test_a_vendor_at_an_employees_address_is_told(values: Values, invoice: Invoice) -> None:
    vendor = {"vendor_id": "V1", "name": "Schmidt GmbH", "address": "Am Markt 1, 50667 Köln"}
    person = {"employee_id": "P1", "name": "Eva Klein", "address": "Am Markt 1, 50667 Köln"}
    found = values(invoices=[invoice()], vendors=[vendor], employees=[person])
    assert found["employee_address"] == 1
    assert found["employee_name"] == 0
