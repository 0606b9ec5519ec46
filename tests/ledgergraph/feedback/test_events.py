from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.errors import BadInput
from ledgergraph.feedback.events import (
    Category,
    corrections,
    event_of,
    events_in,
    feedback_table,
    standing,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAIR = {"target": "pair", "subject_id": "B", "other_id": "A", "verdict": "approval"}
FIELD = {
    "target": "field", "document_id": "sha256:1", "field": "totals.gross",
    "verdict": "correction", "value": "12.50",
}  # fmt: skip


def event(stated, hours=0, **changes):
    return event_of({**stated, **changes}, NOON + timedelta(hours=hours), "ann")


def test_stating_the_same_twice_is_one_event():
    table = feedback_table([event(PAIR), event(PAIR, hours=5)])
    assert table.num_rows == 1


def test_a_pair_is_the_same_in_either_order():
    turned = event(PAIR, subject_id="A", other_id="B")
    assert event(PAIR).about == turned.about


def test_a_table_gives_back_its_events():
    general = {"target": "product", "comment": "slow", "verdict": "rejection", "category": "ui"}
    events = [event(PAIR), event(FIELD), event(general)]
    assert sorted(events_in(feedback_table(events)), key=str) == sorted(events, key=str)


def test_the_latest_event_on_a_thing_counts():
    first, second = event(FIELD, value="1.00"), event(FIELD, hours=1, value="2.00")
    assert standing([second, first]) == [second]


def test_a_withdrawal_leaves_nothing_standing():
    assert standing([event(PAIR), event(PAIR, hours=1, verdict="withdrawal")]) == []


def test_what_is_said_after_a_withdrawal_counts_again():
    again = event(PAIR, hours=2, verdict="rejection")
    assert standing([event(PAIR), event(PAIR, hours=1, verdict="withdrawal"), again]) == [again]


def test_a_moment_without_a_zone_is_utc():
    assert event(PAIR, at="2026-03-01T12:00:00").at == NOON
    assert event(PAIR, at="2026-03-01T13:00:00+01:00").at == NOON


def test_the_category_follows_from_the_target():
    assert event(PAIR).category is Category.DUPLICATES
    assert event(FIELD).category is Category.EXTRACTION


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "page"}, "target 'page', must be field, finding"),
        ({"verdict": "yes"}, "verdict 'yes', must be approval"),
        ({"verdict": ""}, "verdict 'nothing'"),
        ({"field": None}, "lacks field"),
        ({"value": None}, "must state a value"),
        ({"verdict": "approval"}, "must state a value"),
        ({"line": "first"}, "line 'first', must be a whole number"),
        ({"at": "yesterday"}, "at 'yesterday', must be ISO 8601"),
        ({"colour": "red"}, "has colour, which no event has"),
        ({"category": "mood"}, "category 'mood', must be general"),
    ],
)
def test_an_event_that_says_too_little_or_too_much_names_the_rule(changes, says):
    with pytest.raises(BadInput, match="The event") as caught:
        event(FIELD, **changes)
    assert says in caught.value.sentence


def test_a_pair_needs_two():
    with pytest.raises(BadInput, match="of A and itself"):
        event(PAIR, subject_id="A")


def test_who_approves_a_corrected_field_approves_the_correction():
    approval = event(FIELD, hours=1, verdict="approval", value=None)
    assert corrections([approval, event(FIELD)]) == [event(FIELD)]


@pytest.mark.parametrize("verdict", ["rejection", "withdrawal"])
def test_a_correction_is_taken_back(verdict):
    assert corrections([event(FIELD), event(FIELD, hours=1, verdict=verdict, value=None)]) == []


@given(
    st.permutations(
        [
            event(FIELD),
            event(FIELD, hours=1, value="2.00"),
            event(FIELD, hours=2, verdict="withdrawal", value=None),
            event(PAIR),
            event(PAIR, hours=1, verdict="rejection"),
            event(FIELD, field="number"),
        ]
    )
)
def test_the_order_in_which_events_come_in_does_not_matter(events):
    assert standing(events) == standing(sorted(events, key=str))
    assert corrections(events) == corrections(sorted(events, key=str))
    assert [one.field for one in corrections(events)] == ["number"]
