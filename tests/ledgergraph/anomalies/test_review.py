from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.anomalies.review import REVIEW_QUEUE, Queue, review_queue
from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY
from ledgergraph.extractions.vendor_hints import Hint
from ledgergraph.feedback.events import event_of
from ledgergraph.graph.ontology import LABELS
from ledgergraph.graph.schemas import DUPLICATES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_finding(name, score=0.5, amount="100", currency="EUR"):
    return {"finding_id": name, "kind": "dup_exact", "subject": f"of {name}", "score": score,
            "amount_at_risk": None if amount is None else Decimal(amount), "currency": currency,
            "sentence": "It came twice."}  # fmt: skip


def an_invoice(key, gross="100", currency="EUR", **more):
    return {"key": key, "gross": Decimal(gross), "currency": currency, **more}


def a_field(confidence, field="number", **more):
    return {"document_id": "d", "part": 0, "reading": "page", "field": field, "value": "7",
            "confidence": confidence, "chosen": True, **more}  # fmt: skip


def asked(findings=(), pairs=(), fields=(), invoices=(), answered=(), **limits):
    table = review_queue(
        FINDINGS.rows(findings),
        DUPLICATES.rows(pairs),
        EXTRACTIONS.rows(fields),
        LABELS["Invoice"].nodes.rows(invoices),
        answered,
        Queue(**limits),
    )
    assert table.schema == REVIEW_QUEUE.schema
    return table.to_pylist()


def said(**stated):
    return event_of({"verdict": "approval", **stated}, NOON, "ann")


def names(rows):
    return [row["finding_id"] or row["field"] or row["subject_id"] for row in rows]


def test_the_most_uncertain_money_is_asked_first():
    rows = asked([a_finding("sure", 0.99), a_finding("unsure"), a_finding("dear", 0.9, "5000")])
    assert names(rows) == ["dear", "unsure"]
    assert [row["rank"] for row in rows] == [1, 2]


@given(
    scores=st.lists(st.floats(0.05, 0.95), min_size=8, max_size=8),
    amounts=st.lists(st.integers(1, 10**6), min_size=8, max_size=8),
    factor=st.sampled_from(["0.01", "7.5", "160", "25000"]),
    is_billed=st.booleans(),
)
def test_the_unit_of_a_currency_changes_no_order(scores, amounts, factor, is_billed):
    def order(factor):
        units = {"EUR": Decimal(1), "JPY": Decimal(factor)}
        findings, invoices = [], []
        for number, (score, amount) in enumerate(zip(scores, amounts, strict=True)):
            currency = ["EUR", "JPY"][number % 2]
            worth = {"amount": amount * units[currency], "currency": currency}
            findings.append(a_finding(f"f{number}", round(score, 3), **worth))
            gross = {"gross": 3 * worth["amount"], "currency": currency}
            invoices.append(an_invoice(f"of f{number}", **gross))
        return names(asked(findings, invoices=invoices if is_billed else ()))

    assert order(factor) == order("1")


def test_of_two_currencies_what_is_more_in_its_own_is_asked_first():
    usual = [an_invoice(f"e{n}", "2000", currency="EUR") for n in range(5)]
    usual += [an_invoice(f"j{n}", "320000", currency="JPY") for n in range(5)]
    findings = [
        a_finding("yen", amount="900000", currency="JPY"),
        a_finding("euro", amount="400000", currency="EUR"),
        a_finding("nothing", amount=None),
    ]
    assert names(asked(findings, invoices=usual, random_share=0.0)) == ["euro", "yen", "nothing"]


def test_what_was_answered_is_not_asked_again():
    findings = [a_finding("f"), a_finding("g")]
    rows = asked(findings, answered=[said(target="finding", finding_id="f")])
    assert names(rows) == ["g"]


def test_a_pair_is_answered_in_either_order():
    pair = {"invoice_id": "B", "other_id": "A", "probability": 0.5, "kind": "dup_exact"}
    assert names(asked(pairs=[pair])) == ["A"]
    assert asked(pairs=[pair], answered=[said(target="pair", subject_id="B", other_id="A")]) == []


def test_a_field_is_asked_where_it_counts_and_was_read_without_certainty():
    fields = [
        a_field(0.4),
        a_field(0.99, field="currency"),
        a_field(0.4, field="due_date", chosen=False),
        a_field(0.4, field="issue_date", reading="xml"),
    ]
    invoices = [an_invoice("i", document_id="d", part=0)]
    (row,) = asked(fields=fields, invoices=invoices, random_share=0.0)
    assert (row["field"], row["amount"]) == ("number", Decimal(100))
    field = {"target": "field", "document_id": "d", "field": "number"}
    assert asked(fields=fields[:1], answered=[said(**field)]) == []


def test_every_fourth_question_is_an_invoice_that_nothing_is_said_about():
    findings = [a_finding(f"f{n}") for n in range(30)]
    invoices = [an_invoice(f"i{n}") for n in range(30)] + [an_invoice("of f1")]
    rows = asked(findings, invoices=invoices, length=20)
    drawn = [row["drawn"] for row in rows]
    assert drawn == (["queue"] * 3 + ["random"]) * 5
    assert "of f1" not in {row["subject_id"] for row in rows if row["drawn"] == "random"}


def test_the_same_invoices_are_drawn_each_time():
    invoices = [an_invoice(f"i{n}") for n in range(30)]
    assert asked(invoices=invoices, length=5) == asked(invoices=invoices[::-1], length=5)


def test_a_paper_of_a_row_is_asked_as_the_row():
    assert asked(invoices=[an_invoice("paper", booked_as="row")]) == []


def a_route(route):
    return QUALITY.rows([{"document_id": "d", "part": 0, "route": route}])


def of_route(route, *fields, hints=()):
    table = review_queue(
        FINDINGS.rows([]), DUPLICATES.rows([]), EXTRACTIONS.rows(fields),
        LABELS["Invoice"].nodes.rows([an_invoice("i", document_id="d", part=0)]),
        [], Queue(random_share=0), a_route(route), hints,
    )  # fmt: skip
    return {row["field"]: row["question"] for row in table.to_pylist() if row["field"]}


def test_the_route_says_how_much_is_asked_of_a_document():
    fields = [a_field(0.85), a_field(0.99, "totals.gross"), a_field(0.99, "seller.name")]
    assert of_route("fast", *fields) == {}
    assert set(of_route("standard", *fields)) == {"number"}
    assert set(of_route("full", *fields)) == {
        "number", "totals.gross", "seller.name", "issue_date"  # which was not read at all
    }  # fmt: skip


def test_what_its_vendor_does_otherwise_is_asked_on_any_route_and_says_so():
    hint = Hint("d", 0, "number", False, "This vendor's number usually reads INV-2024-0001.")
    [question] = of_route("fast", a_field(0.99), hints=[hint]).values()
    assert question == f"Does the document say number 7? {hint.sentence}"
    absent = hint._replace(field="seller.iban", is_missing=True)
    assert "seller.iban" in of_route("fast", a_field(0.99), hints=[absent])
