"""Labels from what people said: confirmed, dismissed, cleared, and said over again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.datasets.labelled_pairs import judged_pairs
from ledgergraph.datasets.labels import judged_invoices
from ledgergraph.feedback.events import Feedback, event_of
from ledgergraph.graph.duplicates import candidate_pairs
from ledgergraph.graph.frames import Ledger

START = datetime(2026, 3, 1, tzinfo=UTC)
SAID = st.sampled_from(
    [
        ("finding", verdict, name, kind)
        for verdict in ("approval", "rejection", "withdrawal")
        for name, kind in (("f1", "ghost_vendor"), ("f2", "over_contract_value"))
    ]
    + [("invoice", verdict, None, None) for verdict in ("approval", "rejection", "withdrawal")]
)


def events(*said: tuple[str, str, str | None, str | None]) -> list[Feedback]:
    """Events on invoice `a`, one minute after the other."""
    stated = [
        {"target": target, "verdict": verdict, "finding_id": name, "kind": kind,
         "subject_id": "a", "at": START + timedelta(minutes=minute)}
        for minute, (target, verdict, name, kind) in enumerate(said)
    ]  # fmt: skip
    return [event_of(one, START, "ann") for one in stated]


def label(*said: tuple[str, str, str | None, str | None]) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = judged_invoices(events(*said))[0].to_pylist()
    return rows[0] if rows else None


FINDING = ("finding", "approval", "f1", "ghost_vendor")
DISMISSED = ("finding", "rejection", "f1", "ghost_vendor")
OTHER_DISMISSED = ("finding", "rejection", "f2", "over_contract_value")
CLEARED = ("invoice", "approval", None, None)
BAD = ("invoice", "rejection", None, "over_contract_value")


@pytest.mark.parametrize(
    ("said", "is_issue", "kinds"),
    [
        ([FINDING], True, "ghost_vendor"),
        ([DISMISSED], False, ""),
        ([FINDING, OTHER_DISMISSED], True, "ghost_vendor"),
        ([DISMISSED, OTHER_DISMISSED], False, ""),
        ([FINDING, DISMISSED], False, ""),
        ([CLEARED], False, ""),
        ([BAD], True, "over_contract_value"),
        ([FINDING, CLEARED], False, ""),
        ([CLEARED, FINDING], True, "ghost_vendor"),
        ([BAD, FINDING], True, "ghost_vendor|over_contract_value"),
    ],
)
def test_what_is_said_of_an_invoice_makes_its_label(
    said: list[Any], is_issue: bool, kinds: str
) -> None:
    found = label(*said)
    assert found is not None
    assert (found["is_issue"], found["kinds"]) == (is_issue, kinds)


def test_an_amount_above_the_contract_is_a_compliance_issue_for_people_too() -> None:
    found = label(BAD)
    assert found is not None
    assert found["has_compliance_issues"]


def test_what_is_withdrawn_or_names_no_invoice_makes_no_label() -> None:
    assert label(FINDING, ("finding", "withdrawal", "f1", "ghost_vendor")) is None
    about_nothing = event_of(
        {"target": "finding", "verdict": "approval", "finding_id": "f"}, START, "ann"
    )
    labels, used = judged_invoices([about_nothing])
    assert labels.num_rows == 0
    assert used["is_used"].to_pylist() == [False]


@settings(max_examples=40)
@given(st.lists(SAID, max_size=8))
def test_the_last_word_on_an_invoice_or_a_confirmation_always_decides(said: list[Any]) -> None:
    for last, is_issue in ((FINDING, True), (BAD, True), (CLEARED, False)):
        found = label(*said, last)
        assert found is not None
        assert found["is_issue"] is is_issue


@settings(max_examples=40)
@given(st.lists(SAID, max_size=8), st.randoms())
def test_the_order_in_which_events_are_read_does_not_matter(said: list[Any], random: Any) -> None:
    told = events(*said)
    mixed = random.sample(told, len(told))
    for one, two in zip(judged_invoices(told), judged_invoices(mixed), strict=True):
        assert one.equals(two)


def a_pair(one: str, two: str, verdict: str) -> Feedback:
    stated = {"target": "pair", "verdict": verdict, "subject_id": one, "other_id": two}
    return event_of(stated, START, "ann")


def test_judged_pairs_look_like_candidates_and_strangers_are_described_too(made: Ledger) -> None:
    proposed = candidate_pairs(made).table(made)
    first = proposed.to_pylist()[0]
    ids = sorted(made.position)
    columns = (proposed[name].to_pylist() for name in ("invoice_id", "other_id"))
    known = {frozenset(pair) for pair in zip(*columns, strict=True)}
    stranger = next(one for one in ids[1:] if frozenset((ids[0], one)) not in known)
    found, used = judged_pairs(
        [
            a_pair(first["other_id"], first["invoice_id"], "approval"),
            a_pair(ids[0], stranger, "rejection"),
            a_pair(ids[0], "nobody", "rejection"),
        ],
        made,
    )
    rows = {frozenset((row["invoice_id"], row["other_id"])): row for row in found.to_pylist()}
    known_one = rows.pop(frozenset((first["invoice_id"], first["other_id"])))
    assert known_one.pop("is_duplicate") is True
    assert known_one.pop("as_of") is not None
    assert known_one == pytest.approx(first, nan_ok=True)
    assert rows[frozenset((ids[0], stranger))]["is_duplicate"] is False
    assert sorted(used["is_used"].to_pylist()) == [False, True, True]


def test_a_pair_said_over_again_is_as_it_was_said_last(
    ledger: Callable[..., Ledger], invoice: Callable[..., dict[str, Any]]
) -> None:
    made = ledger(invoices=[invoice("R-1", 0), invoice("R-1", 9)])
    one, two = sorted(made.position)
    earlier = a_pair(one, two, "approval")
    later = event_of(
        {"target": "pair", "verdict": "rejection", "subject_id": two, "other_id": one},
        START + timedelta(days=1), "bob",
    )  # fmt: skip
    found, _ = judged_pairs([later, earlier], made)
    assert found["is_duplicate"].to_pylist() == [False]
