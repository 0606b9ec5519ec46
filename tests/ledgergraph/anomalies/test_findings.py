import json
from dataclasses import replace
from decimal import Decimal

import pytest

from ledgergraph.anomalies.findings import Budget, Scope, findings_of, reasons_of, refs_of
from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import (
    EVERYTHING,
    ASign,
    a_file,
    a_pair,
    a_reading,
    a_rule,
    a_score,
    a_violation,
    a_weight,
    an_invoice,
    books,
    of_xml,
    signs,
    subjects,
)


def findings(given, about, scope=EVERYTHING, budget=None):
    table, _ = findings_of(given, about, scope, budget)
    return table.to_pylist()


def kinds(rows):
    return sorted(row["kind"] for row in rows)


OF_VENDORS = {
    "registered_at_first": ASign("days to its first invoice", "days", (Kind.GHOST_VENDOR,)),
    "address_parties": ASign("vendors at its address", "count", (Kind.GHOST_VENDOR,)),
    "unit_step_share": ASign("numbers by one", "share", (Kind.SEQUENTIAL_NUMBERS,)),
    "tax_rate": ASign("tax rate stated", "percent"),
}
TWICE = books(
    invoices=[
        an_invoice("R-1007", gross="4200.00"),
        an_invoice("R-1070", gross="4200.00", days=9),
    ]
)


def test_a_pair_says_what_the_two_have_in_common():
    pair = signs(duplicates=[a_pair("R-1070", "R-1007", Kind.DUP_RENUMBERED)])
    [found] = findings(pair, subjects(TWICE))
    assert found["sentence"] == (
        "Invoice R-1070 of Acme GmbH (11 March 2026) bills 4,200.00 EUR; "
        "invoice R-1007, issued 9 days earlier, bills the same."
    )
    assert (found["subject"], found["subject_table"]) == ("I-R-1070", "invoices")
    assert found["score"] == 0.9


def test_two_papers_with_one_number_are_told_apart_by_their_files():
    rows = [
        an_invoice("R-1", invoice_id=name, document_id=a_file(f"{name}.pdf"), days=days)
        for days, name in enumerate(("first", "second"))
    ]
    pair = {**a_pair("", ""), "invoice_id": "second", "other_id": "first"}
    files = ["first.pdf", "second.pdf"]
    [found] = findings(signs(duplicates=[pair]), subjects(books(invoices=rows), files=files))
    assert found["sentence"] == (
        "Invoice R-1 of Acme GmbH (3 March 2026) in second.pdf bills 119.00 EUR; invoice R-1 in "
        "first.pdf, issued 1 day earlier, bills the same under the same number."
    )


def test_of_a_pair_the_later_invoice_is_at_risk():
    [found] = findings(signs(duplicates=[a_pair("R-1070", "R-1007")]), subjects(TWICE))
    assert (found["amount_at_risk"], found["currency"]) == (Decimal("4200.0000"), "EUR")


def test_an_unlikely_pair_is_no_finding():
    pair = signs(duplicates=[a_pair("R-1070", "R-1007", probability=0.3)])
    assert findings(pair, subjects(TWICE)) == []
    assert findings(pair, subjects(TWICE), budget=Budget(least_duplicate=0.2))


def test_the_parts_of_a_split_claim_are_one_finding():
    about = subjects(
        books(
            invoices=[
                an_invoice("A", gross="300.00"),
                an_invoice("B", gross="100.00", days=5),
                an_invoice("C", gross="200.00", days=6),
            ]
        )
    )
    parts = [a_pair("B", "A", Kind.DUP_SPLIT), a_pair("C", "A", Kind.DUP_SPLIT)]
    [found] = findings(signs(duplicates=parts), about)
    assert found["amount_at_risk"] == 300
    assert found["sentence"] == (
        "Invoice B (7 March 2026) and Invoice C (8 March 2026) together bill 300.00 EUR, "
        "after invoice A of Acme GmbH (2 March 2026) billed 300.00 EUR."
    )


def test_a_whole_that_comes_after_its_parts_is_what_is_at_risk():
    about = subjects(
        books(
            invoices=[
                an_invoice("B", gross="100.00"),
                an_invoice("C", gross="200.00", days=1),
                an_invoice("A", gross="300.00", days=5),
            ]
        )
    )
    parts = [a_pair("A", "B", Kind.DUP_SPLIT), a_pair("A", "C", Kind.DUP_SPLIT)]
    [found] = findings(signs(duplicates=parts), about)
    assert (found["subject"], found["amount_at_risk"]) == ("I-A", 300)
    assert "after invoice B" in found["sentence"]


def test_a_duplicate_absorbs_the_bound_that_it_exceeds():
    given = signs(
        duplicates=[a_pair("R-1070", "R-1007")],
        fired=[a_rule("R-1070", Kind.AMOUNT_OUTLIER), a_rule("R-1070", Kind.DUP_EXACT)],
        scores=[a_score("R-1070", 0.95)],
    )
    [found] = findings(given, subjects(TWICE))
    assert found["kind"] == Kind.DUP_EXACT
    assert Kind.AMOUNT_OUTLIER in {reason.get("kind") for reason in reasons_of(found)}


def test_another_event_on_the_same_invoice_stays_a_finding_of_its_own():
    given = signs(
        duplicates=[a_pair("R-1070", "R-1007")],
        fired=[a_rule("R-1070", Kind.BANK_CHANGED_BEFORE_INVOICE)],
    )
    found = findings(given, subjects(TWICE))
    assert kinds(found) == [Kind.BANK_CHANGED_BEFORE_INVOICE, Kind.DUP_EXACT]


def test_a_weak_sign_alone_is_no_finding_and_adds_to_another():
    weak = a_rule("R-1070", Kind.ROUND_AMOUNTS, sentence="All amounts are round.")
    assert findings(signs(fired=[weak]), subjects(TWICE)) == []
    both = signs(fired=[weak, a_rule("R-1070", Kind.OVER_APPROVAL_LIMIT)])
    [found] = findings(both, subjects(TWICE))
    assert found["kind"] == Kind.OVER_APPROVAL_LIMIT
    assert "All amounts are round." in [reason["sentence"] for reason in reasons_of(found)]


def test_a_rule_that_the_model_finds_unlikely_is_no_finding():
    rule = [a_rule("R-1070", Kind.NO_RECEIPT)]
    assert findings(signs(fired=rule, scores=[a_score("R-1070", 0.01)]), subjects(TWICE)) == []
    [found] = findings(signs(fired=rule, scores=[a_score("R-1070", 0.7)]), subjects(TWICE))
    assert found["score"] == 0.7


def test_a_rule_is_no_finding_on_an_invoice_that_is_risky_for_another_reason():
    def found(registered, stepped):
        given = signs(
            fired=[a_rule("R-1070", Kind.GHOST_VENDOR)],
            scores=[a_score("R-1070", 0.4)],
            contributions=[
                a_weight("R-1070", "registered_at_first", registered, value=12.0),
                a_weight("R-1070", "tax_rate", stepped, value=19.0),
            ],
            features=OF_VENDORS,
        )
        return findings(given, subjects(TWICE))

    assert kinds(found(registered=5.0, stepped=5.0)) == [Kind.GHOST_VENDOR]
    assert found(registered=0.1, stepped=5.0) == []


def test_without_a_model_a_rule_speaks_by_its_strength():
    [found] = findings(signs(fired=[a_rule("R-1070", Kind.NO_RECEIPT, 0.6)]), subjects(TWICE))
    assert found["score"] == 0.6


def test_a_risk_without_a_rule_takes_the_kind_of_what_weighs_most():
    given = signs(
        scores=[a_score("R-1070", 0.8)],
        contributions=[
            a_weight("R-1070", "unit_step_share", 1.0, value=0.9),
            a_weight("R-1070", "registered_at_first", 2.0, value=12.0),
            a_weight("R-1070", "address_parties", 1.5, value=2.0),
            a_weight("R-1070", "tax_rate", 0.5, value=19.0),
        ],
        features=OF_VENDORS,
    )
    [found] = findings(given, subjects(TWICE))
    assert found["kind"] == Kind.GHOST_VENDOR
    assert found["sentence"].endswith(
        "over 4,200.00 EUR: the vendor was registered 12 days before its first invoice; "
        "2 other vendors have the vendor's address."
    )
    told = [(reason["sentence"], reason["share"]) for reason in reasons_of(found)]
    assert told[0] == ("The vendor was registered 12 days before its first invoice.", 0.4)
    assert told[-1] == ("Tax rate stated: 19 %.", 0.1)


def test_a_value_that_is_no_sign_gives_no_kind():
    given = signs(
        scores=[a_score("R-1070", 0.8)],
        contributions=[
            a_weight("R-1070", "registered_at_first", 9.0, value=2000.0),
            a_weight("R-1070", "unit_step_share", 1.0, value=0.9),
            a_weight("R-1070", "address_parties", 1.0, value=float("nan")),
        ],
        features=OF_VENDORS,
    )
    [found] = findings(given, subjects(TWICE))
    assert found["kind"] == Kind.SEQUENTIAL_NUMBERS
    assert [one["value"] for one in reasons_of(found)] == [0.9, 2000.0]


def test_a_kind_that_the_records_do_not_show_is_not_stated():
    features = {"account_seen": ASign("Seen", "log10", (Kind.IBAN_NOT_OF_VENDOR,))}
    given = signs(
        scores=[a_score("R-1070", 0.8)],
        contributions=[a_weight("R-1070", "account_seen", 1.0, value=0.0)],
        features=features,
    )
    paid_before = {
        **TWICE,
        **books(vendors=[{"vendor_id": "V1", "iban": "DE02120300000000202051"}]),
    }
    assert findings(given, subjects(paid_before)) == []


def test_a_low_risk_without_a_rule_is_no_finding():
    given = signs(
        scores=[a_score("R-1070", 0.4)],
        contributions=[a_weight("R-1070", "unit_step_share", 1.0, value=0.9)],
        features=OF_VENDORS,
    )
    assert findings(given, subjects(TWICE)) == []


def test_invoices_over_one_contract_are_one_event_with_the_excess_at_risk():
    rows = [
        an_invoice(name, gross="119.00", days=day, contract_id="C1")
        for day, name in enumerate("ABC")
    ]
    records = books(
        invoices=rows,
        contracts=[{"contract_id": "C1", "vendor_id": "V1", "value": 150, "currency": "EUR"}],
    )
    fired = [a_rule(name, Kind.OVER_CONTRACT_VALUE) for name in "BC"]
    [found] = findings(signs(fired=fired), subjects(records))
    assert (found["subject_table"], found["subject"]) == ("contracts", "C1")
    assert found["amount_at_risk"] == 150
    assert found["sentence"].endswith(
        ": with it 300.00 EUR net is billed under contract C1, 150.00 EUR (100 %) above its "
        "value of 150.00 EUR. The finding covers 2 invoices, the first is invoice B (3 March 2026)."
    )


def test_an_amendment_in_force_lowers_what_exceeds_a_contract():
    records = books(
        invoices=[an_invoice("A", gross="119.00", days=30, contract_id="C1")],
        contracts=[{"contract_id": "C1", "vendor_id": "V1", "value": 50}],
        contract_amendments=[
            {"contract_id": "C1", "amended_on": an_invoice("x", days=9)["issue_date"], "value": 90},
            {"contract_id": "C1", "amended_on": an_invoice("x", days=99)["issue_date"], "value": 9},
        ],
    )
    [found] = findings(signs(fired=[a_rule("A", Kind.OVER_CONTRACT_VALUE)]), subjects(records))
    assert found["amount_at_risk"] == 10


def test_a_price_above_the_order_puts_the_excess_times_the_quantity_at_risk():
    invoice = an_invoice("A", order_id="O1", quantity=10, unit_price=12)
    order = {"order_id": "O1", "line": 1, "quantity": 10, "unit_price": 10}
    about = subjects(books(invoices=[invoice], purchase_orders=[order]))
    [found] = findings(signs(fired=[a_rule("A", Kind.PRICE_ABOVE_ORDER)]), about)
    assert found["amount_at_risk"] == 20


MISMATCH = [
    a_reading("paper.pdf", "totals.gross", "119.00", chosen=False),
    of_xml("paper.pdf", "totals.gross", "199.00"),
]


def test_a_mismatch_is_as_sure_as_its_page_was_read_and_absorbs_the_arithmetic():
    given = signs(
        validations=[
            a_violation("paper.pdf", Kind.HYBRID_MISMATCH, "totals.gross"),
            a_violation("paper.pdf", Kind.ARITHMETIC_ERROR, "totals.tax"),
        ]
    )
    [found] = findings(given, subjects(files=["paper.pdf"], readings=MISMATCH))
    assert (found["kind"], found["score"]) == (Kind.HYBRID_MISMATCH, 0.97)
    assert (found["subject_table"], found["subject"]) == ("documents", a_file("paper.pdf"))
    assert found["amount_at_risk"] == 80


def test_a_fact_of_xml_alone_is_certain():
    given = signs(validations=[a_violation("paper.pdf", Kind.ARITHMETIC_ERROR, "totals.gross")])
    about = subjects(files=["paper.pdf"], readings=MISMATCH[1:])
    assert findings(given, about)[0]["score"] == 1.0


def test_a_field_that_was_read_without_confidence_mutes_the_rules_about_it():
    unsure = a_violation("paper.pdf", Kind.READING_UNSURE, "totals.gross")
    readings = [a_reading("paper.pdf", "totals.gross", "119.00", confidence=0.4)]
    rules = [a_rule("P", Kind.OUTSIDE_CONTRACT_TERM), a_rule("P", Kind.DUP_EXACT)]
    given = signs(validations=[unsure], fired=rules)
    paper = an_invoice("P", document_id=a_file("paper.pdf"))
    on_paper = subjects(books(invoices=[paper]), files=["paper.pdf"], readings=readings)
    assert kinds(findings(given, on_paper)) == [Kind.OUTSIDE_CONTRACT_TERM, Kind.READING_UNSURE]
    booked = books(invoices=[an_invoice("P"), {**paper, "invoice_id": "paper"}])
    about = subjects(booked, files=["paper.pdf"], readings=readings, bookings=[("paper", "I-P")])
    assert len(findings(given, about)) == 3


def test_of_a_booked_paper_only_readings_that_decide_a_finding_are_to_be_confirmed():
    unsure = a_violation("paper.pdf", Kind.READING_UNSURE, "totals.gross")
    readings = [a_reading("paper.pdf", "totals.gross", "119.00", confidence=0.4)]
    paper = an_invoice("P", document_id=a_file("paper.pdf"), invoice_id="paper")
    about = subjects(
        books(invoices=[an_invoice("P"), paper]),
        files=["paper.pdf"],
        readings=readings,
        bookings=[("paper", "I-P")],
    )
    other = a_rule("P", Kind.OUTSIDE_CONTRACT_TERM)
    assert findings(signs(validations=[unsure]), about) == []
    given = signs(validations=[unsure], fired=[other])
    assert kinds(findings(given, about)) == [Kind.OUTSIDE_CONTRACT_TERM]
    given = signs(validations=[unsure], fired=[a_rule("P", Kind.DUP_EXACT)])
    assert kinds(findings(given, about)) == [Kind.DUP_EXACT, Kind.READING_UNSURE]


def test_one_wrong_value_of_a_seller_on_several_papers_is_one_finding():
    names = ["a.pdf", "b.pdf", "c.pdf"]
    ids = ["DE1", "DE1", "DE2"]
    given = signs(
        validations=[a_violation(name, Kind.VAT_ID_INVALID, "seller.vat_id") for name in names]
    )
    readings = [
        of_xml(name, "seller.vat_id", value) for name, value in zip(names, ids, strict=True)
    ]
    found = findings(given, subjects(files=names, readings=readings))
    assert len(found) == 2
    [several] = [row for row in found if "other paper" in row["sentence"]]
    assert several["sentence"].endswith(
        "The same stands on 1 other paper, the first is a.pdf."
    ) or (several["sentence"].endswith("The same stands on 1 other paper, the first is b.pdf."))
    later = findings(
        signs(validations=given.validations.to_pylist()[:1]),
        subjects(files=names, readings=readings),
    )
    assert later[0]["finding_id"] in {row["finding_id"] for row in found}


def test_an_unsure_reading_is_as_sure_as_it_is_low():
    unsure = a_violation("paper.pdf", Kind.READING_UNSURE, "totals.gross")
    readings = [a_reading("paper.pdf", "totals.gross", "119.00", confidence=0.4)]
    about = subjects(files=["paper.pdf"], readings=readings)
    assert findings(signs(validations=[unsure]), about)[0]["score"] == pytest.approx(0.6)


def test_a_paper_and_the_row_that_it_is_booked_as_are_one_invoice():
    paper = an_invoice("P", document_id=a_file("paper.pdf"), invoice_id="paper")
    records = books(invoices=[an_invoice("P"), paper])
    about = subjects(
        records,
        files=["paper.pdf"],
        readings=[a_reading("paper.pdf", "totals.gross", "119.00")],
        bookings=[("paper", "I-P")],
    )
    [found] = findings(signs(fired=[a_rule("P", Kind.OVER_APPROVAL_LIMIT)]), about)
    assert {ref.table for ref in refs_of(found)} >= {"invoices", "extractions"}
    assert set(about.invoices) == {"I-P"}


def test_what_a_reason_was_computed_from_is_evidence_up_to_a_bound():
    invoices = [an_invoice(str(number), days=number) for number in range(30)]
    records = books(invoices=invoices)
    ids = records["invoices"]["record_id"].to_pylist()
    given = signs(
        fired=[a_rule("29", Kind.OVER_APPROVAL_LIMIT)],
        witnesses=lambda invoice_id, feature: ids,
    )
    [found] = findings(given, subjects(records), budget=Budget(witnesses=7))
    assert reasons_of(found)[0]["records"] == 30
    assert len(refs_of(found)) == 8


def test_the_same_signs_in_another_order_give_the_same_findings():
    rules = [
        a_rule("R-1070", Kind.BANK_CHANGED_BEFORE_INVOICE),
        a_rule("R-1007", Kind.BANK_CHANGED_BEFORE_INVOICE),
        a_rule("R-1007", Kind.NO_RECEIPT),
    ]
    there, _ = findings_of(signs(fired=rules), subjects(TWICE), EVERYTHING)
    back, _ = findings_of(signs(fired=rules[::-1]), subjects(TWICE), EVERYTHING)
    assert FINDINGS.to_parquet(there) == FINDINGS.to_parquet(back)


@pytest.mark.parametrize("kind", list(Kind))
def test_any_kind_can_be_found_on_an_invoice_that_no_other_table_explains(kind):
    bare = books(invoices=[{"invoice_id": "I-A"}])
    for found in findings(signs(fired=[a_rule("A", kind)]), subjects(bare)):
        assert found["amount_at_risk"] is None or found["amount_at_risk"] >= 0
        assert json.loads(found["evidence"])


def test_a_kind_that_is_switched_off_is_not_looked_for_and_hides_no_other():
    off = replace(EVERYTHING, off={Kind.DUP_EXACT})
    given = signs(duplicates=[a_pair("R-1070", "R-1007")],
                  fired=[a_rule("R-1007", Kind.NO_RECEIPT)])  # fmt: skip
    found, coverage = findings_of(given, subjects(TWICE), off)
    assert set(found["kind"].to_pylist()) == {"no_receipt"}
    outcome = dict(zip(coverage["kind"].to_pylist(), coverage["outcome"].to_pylist(), strict=True))
    assert outcome["dup_exact"] == "switched_off"


def test_every_kind_is_accounted_for():
    scope = Scope(
        implemented={Kind.DUP_EXACT, Kind.NO_RECEIPT, Kind.IBAN_SHARED},
        missing={Kind.NO_RECEIPT: ["goods_receipts"], Kind.BID_ROTATION: ["bids"]},
    )
    given = signs(duplicates=[a_pair("R-1070", "R-1007")])
    _, coverage = findings_of(given, subjects(TWICE), scope)
    rows = {row["kind"]: row for row in coverage.to_pylist()}
    assert set(rows) == {kind.value for kind in Kind}
    assert (rows["dup_exact"]["outcome"], rows["dup_exact"]["findings"]) == ("tested", 1)
    assert (rows["iban_shared"]["outcome"], rows["iban_shared"]["findings"]) == ("tested", 0)
    assert (rows["no_receipt"]["outcome"], rows["no_receipt"]["missing"]) == (
        "not_testable",
        "goods_receipts",
    )
    assert rows["bid_rotation"]["outcome"] == "not_implemented"
    assert rows["bid_rotation"]["findings"] is None
