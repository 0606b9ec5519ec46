from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.feedback.events import event_of
from ledgergraph.feedback.retraining import (
    Counts,
    Thresholds,
    candidate_types,
    counts_of,
    retraining_due,
)

NOW = datetime(2026, 3, 15, 2, tzinfo=UTC)


def event(number=0, **stated):
    return event_of({"comment": f"{number}", **stated}, NOW, "ann")


def due(labels=0, errors=0, days=0.0, **limits):
    last = NOW - timedelta(days=days)
    return retraining_due("compliance", Counts(labels, errors), last, NOW, Thresholds(**limits))


def test_what_is_not_due_says_how_far_it_is():
    decision = due(labels=37)
    assert not decision.is_due
    assert decision.reason == "compliance: 37 of 500 labels"


def test_enough_labels_are_a_reason():
    assert not due(labels=499).is_due
    assert due(labels=500).is_due


def test_errors_are_a_reason_only_over_enough_labels():
    assert not due(labels=99, errors=99).is_due
    assert not due(labels=100, errors=10).is_due
    decision = due(labels=100, errors=11)
    assert decision.is_due
    assert "11 of 100 labels" in decision.reason


def test_days_are_a_reason_only_with_a_label():
    assert not due(labels=0, days=400).is_due
    assert not due(labels=1, days=13.9).is_due
    assert due(labels=1, days=14).is_due


def test_a_role_that_never_learned_here_waits_for_days_from_its_first_label():
    def due_after(days, labels=1):
        first = NOW - timedelta(days=days)
        return retraining_due("reader", Counts(labels), None, NOW, first_said_at=first)

    assert not due_after(13.9).is_due
    assert due_after(14).is_due
    assert "14 days since the first was said" in due_after(14).reason
    assert not due_after(400, labels=0).is_due
    assert not retraining_due("reader", Counts(1), None, NOW).is_due


@given(
    labels=st.integers(0, 1000), more=st.integers(0, 1000), days=st.floats(0, 100),
    errors=st.integers(0, 1000),
)  # fmt: skip
def test_more_right_labels_of_the_same_error_rate_never_make_it_less_due(
    labels, more, days, errors
):
    errors = min(errors, labels)
    if due(labels, errors, days).is_due and labels >= 500:
        assert due(labels + more, errors, days).is_due


def test_every_event_counts_for_one_role():
    events = [
        event(1, target="finding", finding_id="f", verdict="rejection"),
        event(2, target="invoice", subject_id="i", verdict="approval"),
        event(3, target="pair", subject_id="a", other_id="b", verdict="approval"),
        event(4, target="field", document_id="d", field="number", verdict="correction", value="1"),
        event(5, target="product", verdict="approval"),
    ]
    assert counts_of("compliance", events) == Counts(2, 1)
    assert counts_of("duplicate", events) == Counts(1, 0)
    assert counts_of("reader", events) == Counts(1, 1)


def test_a_document_type_is_a_candidate_at_enough_corrections_and_errors():
    stated = {"target": "field", "document_id": "d", "field": "number"}
    wrong = [event(n, verdict="correction", value=f"{n}", **stated) for n in range(5)]
    right = [event(n, verdict="approval", **stated) for n in range(95)]
    few = Thresholds(type_corrections=5)
    assert candidate_types([*wrong, *right], {"d": "receipt"}, few)["receipt"].is_due
    assert not candidate_types([*wrong[1:], *right], {"d": "receipt"}, few)["receipt"].is_due
    rare = [*wrong, *right, *[event(n, verdict="approval", **stated) for n in range(95, 120)]]
    assert not candidate_types(rare, {"d": "receipt"}, few)["receipt"].is_due
    assert candidate_types(wrong, {}, few) == {}
