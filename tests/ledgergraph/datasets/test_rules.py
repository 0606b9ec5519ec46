"""What fires, what stays quiet, and what cannot be tested."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.corpora.company import Company
from ledgergraph.datasets import rules
from ledgergraph.datasets.features import table_of
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.rules import RULES, fires
from ledgergraph.datasets.standing import standing
from ledgergraph.graph.frames import Ledger
from ledgergraph.issues import Kind

Row = dict[str, Any]
Make = Callable[..., Ledger]
Invoice = Callable[..., Row]
DAY = date(2024, 1, 1)


def kinds(ledger: Ledger) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in fires(table_of(ledger)).to_pylist():
        found.setdefault(row["invoice_id"], set()).add(row["kind"])
    return found


def test_the_same_claim_twice_fires_and_its_reversal_does_not(
    ledger: Make, invoice: Invoice
) -> None:
    twice = [invoice("R-9", 0, net="314.15"), invoice("R-9", 5, net="314.15")]
    credit = invoice("R-9", 3, net="314.15", type="credit_note")
    assert kinds(ledger(invoices=twice))["0005-R-9"] >= {"dup_exact"}
    assert kinds(ledger(invoices=[*twice, credit])).get("0005-R-9", set()) == set()


def test_numbers_that_begin_anew_each_january_are_no_duplicates(
    ledger: Make, invoice: Invoice
) -> None:
    rents = [invoice(f"{n % 12 + 1:03d}", n * 30, net="1500.00") for n in range(30)]
    fired = set().union(*kinds(ledger(invoices=rents)).values())
    assert "dup_exact" not in fired


def test_a_duplicate_says_how_far_it_lies_from_the_one_with_its_number(
    ledger: Make, invoice: Invoice
) -> None:
    rows = [invoice("R-9", 0, net="314.15"), invoice("R-17", 40, net="314.15"),
            invoice("R-9", 44, net="314.15")]  # fmt: skip
    fired = fires(table_of(ledger(invoices=rows))).to_pylist()
    (said,) = (row["sentence"] for row in fired if row["kind"] == "dup_exact")
    assert "44 days apart" in said


def test_ten_times_the_ordered_quantity_is_a_slip_and_a_part_of_it_is_none(
    ledger: Make, invoice: Invoice
) -> None:
    order = {"order_id": "O1", "line": 1, "ordered_on": DAY, "quantity": "12", "unit_price": "10"}
    for quantity, fired in (("120", True), ("12", False), ("1.2", False), ("24", False)):
        bill = invoice("R-1", 5, order_id="O1", quantity=quantity, unit_price="10",
                       net=str(float(quantity) * 10))  # fmt: skip
        found = kinds(ledger(invoices=[bill], purchase_orders=[order])).get("0005-R-1", set())
        assert ("unit_or_currency_slip" in found) is fired, quantity


def test_the_usual_price_in_an_unusual_currency_is_a_slip(ledger: Make, invoice: Invoice) -> None:
    rows = [invoice(f"R-{n}", n * 20, unit_price="10", quantity="7") for n in range(6)]
    for currency, fired in (("EUR", False), ("USD", True)):
        last = invoice("R-9", 130, unit_price="10", quantity="7", currency=currency)
        found = kinds(ledger(invoices=[*rows, last])).get("0130-R-9", set())
        assert ("unit_or_currency_slip" in found) is fired


def test_a_price_that_rises_with_its_category_is_a_weaker_sign(
    ledger: Make, invoice: Invoice
) -> None:
    vendors = [{"vendor_id": f"V{n}", "category": "energy"} for n in range(1, 5)]

    def strength(peers_rise: float) -> float:
        rows = [
            invoice(f"{v}-{n}", n * 14 + v, vendor_id=f"V{v}", quantity="3", net=f"{100 + n}.00",
                    unit_price=f"{10 * (1.02 if v == 4 else peers_rise) ** n:.4f}")
            for n in range(9)
            for v in range(1, 5)
        ]  # fmt: skip
        fired = fires(table_of(ledger(invoices=rows, vendors=vendors))).to_pylist()
        return max(
            float(row["strength"]) for row in fired
            if row["kind"] == "price_drift" and row["invoice_id"][5] == "4"
        )  # fmt: skip

    assert strength(1.0) > 0.6
    assert strength(1.02) == 0.5


def test_one_paper_under_two_vendors_has_one_date_or_one_number(
    ledger: Make, invoice: Invoice
) -> None:
    vendors = [{"vendor_id": f"V{n}", "name": "Acme GmbH", "vat_id": "DE136695976"} for n in (1, 2)]
    first = invoice("RE-1007", 0, net="812.40")
    for number, day, fired in (("RE-1007", 9, True), ("RE-1008", 0, True), ("RE-1008", 9, False)):
        again = invoice(number, day, net="812.40", vendor_id="V2", invoice_id="again")
        found = kinds(ledger(invoices=[first, again], vendors=vendors)).get("again", set())
        assert ("dup_cross_vendor" in found) is fired, (number, day)


def test_two_parts_must_exceed_the_limit_by_more_than_three(ledger: Make, invoice: Invoice) -> None:
    limits = [{"approver": "U1", "max_amount": "1000", "currency": "EUR"}]
    for count, net, fired in ((2, "560", False), (2, "900", True), (3, "560", True)):
        old = [invoice(f"A-{n}", n * 45, net=f"{80 + n}", approver="U1") for n in range(4)]
        parts = [invoice(f"R-{n}", 200 + n, net=f"{net}.{n}0", approver="U1") for n in range(count)]
        found = kinds(ledger(invoices=[*old, *parts], approval_limits=limits))
        assert any("split_under_limit" in of for of in found.values()) is fired, (count, net)


def test_a_monthly_rent_is_no_duplicate(ledger: Make, invoice: Invoice) -> None:
    rents = [invoice(f"M{n:02d}-24", n * 30, net="1500.00") for n in range(10)]
    fired = set().union(*kinds(ledger(invoices=rents)).values())
    assert not {kind for kind in fired if kind.startswith("dup")}


def test_two_sites_with_numbers_of_their_own_are_no_duplicates(
    ledger: Make, invoice: Invoice
) -> None:
    rows = [
        invoice(f"A-{2 * n + site}", n * 14, net="99.50", entity_id=f"E{site}")
        for n in range(8)
        for site in (1, 2)
    ]
    fired = set().union(*kinds(ledger(invoices=rows)).values())
    assert "dup_exact" not in fired
    assert "dup_cross_entity" not in fired


def test_a_contract_within_its_tolerance_stays_quiet(ledger: Make, invoice: Invoice) -> None:
    contract = {"contract_id": "C1", "value": "1000.00", "tolerance_pct": "5", "starts_on": DAY}
    for net, fired in (("1040.00", False), ("1060.00", True)):
        made = ledger(invoices=[invoice("R-1", 1, net=net, contract_id="C1")],
                      contracts=[contract])  # fmt: skip
        assert ("over_contract_value" in kinds(made).get("0001-R-1", set())) is fired


def test_a_verified_change_of_account_stays_quiet(ledger: Make, invoice: Invoice) -> None:
    new = "DE02120300000000202051"
    for verified, fired in ((True, False), (False, True)):
        change = {"vendor_id": "V1", "changed_on": DAY + timedelta(days=1), "iban": new,
                  "verified": verified}  # fmt: skip
        made = ledger(invoices=[invoice("R-1", 3, iban=new)], bank_changes=[change],
                      vendors=[{"vendor_id": "V1", "iban": new}])  # fmt: skip
        found = kinds(made).get("0003-R-1", set())
        assert ("bank_changed_before_invoice" in found) is fired


def test_every_rule_is_of_a_kind_of_its_own() -> None:
    assert len({rule.kind for rule in RULES}) == len(RULES) >= 12


def test_sentences_hold_values_and_strengths_lie_in_the_unit_interval(made: Ledger) -> None:
    fired = fires(table_of(made))
    assert fired.num_rows > 20
    for row in fired.to_pylist():
        assert 0 <= row["strength"] <= 1
        assert "{" not in row["sentence"]
        assert "nan" not in row["sentence"]


def test_rules_find_what_was_planted(company: Company, made: Ledger) -> None:
    """Of the planted kinds that rest on one comparison, most are named by their rule."""
    fired = kinds(made)
    sure = {"over_contract_value", "outside_contract_term", "price_above_order", "dup_exact",
            "over_approval_limit"}  # fmt: skip
    planted = [
        (row["invoice_id"], set((row["kinds"] or "").split("|")) & sure)
        for row in company.truth.to_pylist()
        if row["is_issue"] and row["scored"]
    ]
    cases = [(key, of) for key, of in planted if of]
    named = sum(bool(of & fired.get(key, set())) for key, of in cases)
    assert named >= 0.8 * len(cases) > 0


def test_a_kind_without_its_tables_is_not_testable(company: Company) -> None:
    some = {name: company.tables[name].slice(0, 50) for name in ("invoices", "vendors")}
    missing = rules.testable(snapshot_of_books(some))
    assert missing[Kind.DUP_EXACT] == []
    assert "contracts" in missing[Kind.OVER_CONTRACT_VALUE]
    assert missing[Kind.HYBRID_MISMATCH] == ["documents:hybrid"]
    assert set(missing) == set(Kind)


def test_nothing_fires_on_nothing(ledger: Make) -> None:
    assert fires(pa.table({"invoice_id": pa.array([], pa.string())})).num_rows == 0


def test_different_amounts_below_one_limit_pile_up_and_a_list_price_does_not(
    ledger: Make, invoice: Invoice
) -> None:
    limits = [{"approver": "U1", "max_amount": "1000", "currency": "EUR"}]
    others = [invoice(f"A-{n}", n * 9, net=f"{100 + 37 * n}", approver="U1") for n in range(6)]
    for nets, fired in (("951 962 987 993", True), ("975 975 975 975", False),
                        ("951 962 1040 1110", False)):  # fmt: skip
        near = [
            invoice(f"B-{n}", 90 + 20 * n, net=net, approver="U1")
            for n, net in enumerate(nets.split())
        ]
        found = kinds(ledger(invoices=[*others, *near], approval_limits=limits))
        assert ("just_below_limit" in found.get("0150-B-3", set())) is fired, nets


def test_a_second_signature_compensates_for_both_hands(ledger: Make, invoice: Invoice) -> None:
    limits = [
        {"approver": f"U{n}", "max_amount": f"{size}", "currency": "EUR"}
        for n, size in ((1, 9000), (2, 9000), (3, 10))
    ]
    made = {"object": "order", "object_id": "O1", "action": "create", "user": "U1"}
    signed = {"object": "invoice", "object_id": "0009-R-1", "action": "approve"}
    for other, fired in ((None, True), ("U2", False), ("U3", True)):
        given = [made, {**signed, "user": "U1"}, *([{**signed, "user": other}] if other else [])]
        found = kinds(ledger(invoices=[invoice("R-1", 9, order_id="O1", approver="U1")],
                             approvals=given, approval_limits=limits))  # fmt: skip
        assert ("segregation_of_duties" in found.get("0009-R-1", set())) is fired, other


def test_one_bill_too_many_fires_and_a_late_one_does_not(ledger: Make, invoice: Invoice) -> None:
    rents = [invoice(f"M-{n}", n * 30, net="1500.00") for n in range(8)]
    extra = invoice("M-9", 7 * 30 + 12, net="1500.00")
    late = invoice("M-5", 7 * 30 - 6, net="1500.00")
    without_one = [row for row in rents if row["number"] != "M-6"]
    assert "recurring_missed_or_extra" in kinds(ledger(invoices=[*rents, extra]))["0222-M-9"]
    found = kinds(ledger(invoices=[*without_one, late]))
    assert not any("recurring_missed_or_extra" in of for of in found.values())


def test_tax_of_another_country_fires_and_that_of_a_registration_here_does_not(
    ledger: Make, invoice: Invoice
) -> None:
    vendors = [{"vendor_id": "V1", "country": "DE"}, {"vendor_id": "V2", "country": "FR"}]
    own = [invoice(f"R-{n}", n * 5, tax_rate="19") for n in range(24)]
    for rate, fired in (("20", True), ("19", False), ("0", False)):
        last = invoice("F-1", 130, vendor_id="V2", tax_rate=rate)
        found = kinds(ledger(invoices=[*own, last], vendors=vendors)).get("0130-F-1", set())
        assert ("vat_on_reverse_charge" in found) is fired, rate


def test_an_account_that_was_always_anothers_fires_and_a_factors_does_not(
    ledger: Make, invoice: Invoice
) -> None:
    own, other = "DE02120300000000202051", "DE02500105170137075030"
    vendors = [{"vendor_id": "V1", "name": "Adler GmbH"}, {"vendor_id": "V2", "name": "Bach KG"}]
    rows = [invoice(f"A-{n}", n * 9, iban=own) for n in range(5)]
    moved = {"vendor_id": "V2", "changed_on": DAY, "iban": other, "verified": True}
    for changes, fired in (([], True), ([moved], False)):
        rows_of_other = [invoice(f"B-{n}", n * 9, vendor_id="V2", iban=other) for n in range(5)]
        last = invoice("A-9", 60, iban=other)
        made = ledger(invoices=[*rows, *rows_of_other, last], vendors=vendors,
                      bank_changes=changes)  # fmt: skip
        assert ("iban_shared" in kinds(made).get("0060-A-9", set())) is fired


def test_what_came_later_clears_what_was_said_on_arrival(ledger: Make, invoice: Invoice) -> None:
    vendors = [{"vendor_id": "V1", "registered_on": DAY}]
    orders = [
        {"order_id": f"O{n}", "line": 1, "vendor_id": "V1", "ordered_on": DAY, "quantity": "5",
         "unit_price": "20"}
        for n in range(13)
    ]  # fmt: skip
    rows = [
        invoice(f"R-{n}", 30 + n, order_id=f"O{n}", quantity="5", unit_price="20")
        for n in range(13)
    ]
    receipts = [
        {"receipt_id": f"G{n}", "order_id": f"O{n}", "line": 1, "received_on": DAY, "quantity": "5"}
        for n in range(12)
    ]
    late = {"receipt_id": "G12", "order_id": "O12", "line": 1, "quantity": "5",
            "received_on": DAY + timedelta(days=60)}  # fmt: skip
    for came, fired in (([], True), ([late], False)):
        made = ledger(invoices=rows, vendors=vendors, purchase_orders=orders,
                      goods_receipts=[*receipts, *came])  # fmt: skip
        found = fires(table_of(made))
        assert "no_receipt" in found["kind"].to_pylist()
        assert ("no_receipt" in standing(found, made)["kind"].to_pylist()) is fired


@pytest.mark.parametrize("count", range(7))
def test_what_clears_a_rule_is_asked_of_ledgers_of_any_size(
    ledger: Make, invoice: Invoice, count: int
) -> None:
    made = ledger(invoices=[invoice(f"R-{day}", day, net="314.15") for day in range(count)])
    found = fires(table_of(made))
    assert standing(found, made).num_rows <= found.num_rows
