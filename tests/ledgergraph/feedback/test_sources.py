import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.errors import BadInput
from ledgergraph.feedback.events import (
    Target,
    Verdict,
    corrections,
    feedback_table,
    from_json,
    to_json,
)
from ledgergraph.feedback.schemas import FEEDBACK
from ledgergraph.feedback.sources import MOST_BYTES, parse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAIR = {"target": "pair", "subject_id": "A", "other_id": "B", "verdict": "approval"}
FIELD = {
    "target": "field", "document_id": "sha256:1", "field": "totals.gross",
    "verdict": "correction", "value": "12.50",
}  # fmt: skip
BAD = {"target": "pair", "subject_id": "A", "verdict": "approval"}


def parsed(data, check=lambda event: None):
    return parse(data if isinstance(data, bytes) else data.encode(), NOON, "ann", check)


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def as_csv(rows, delimiter=","):
    names = list(dict.fromkeys(name for row in rows for name in row))
    sink = io.StringIO()
    writer = csv.DictWriter(sink, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def task(*results, predictions=(), **annotation):
    return {
        "id": 1,
        "data": {"document_id": "sha256:1", "part": 0},
        "predictions": [{"result": list(predictions)}],
        "annotations": [{
            "completed_by": {"email": "ann@example.com"},
            "updated_at": "2026-02-01T10:00:00.000000Z", "result": list(results), **annotation,
        }],
    }  # fmt: skip


def region(field, text, one="r1"):
    """A rectangle and what was typed for it, as Label Studio's OCR template gives them."""
    box = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": [field]}
    return [
        {"id": one, "from_name": "label", "type": "rectanglelabels", "value": box},
        {"id": one, "from_name": "transcription", "type": "textarea", "value": {"text": [text]}},
    ]


@pytest.mark.parametrize(
    "data",
    [
        lines(PAIR, FIELD),
        json.dumps([PAIR, FIELD]),
        as_csv([PAIR, FIELD]),
        as_csv([PAIR, FIELD], ";"),
        as_csv([PAIR, FIELD], "\t"),
        ("\ufeff" + as_csv([PAIR, FIELD])).encode(),
        as_csv([PAIR, FIELD]).encode("utf-16"),
        lines(PAIR, FIELD).replace("\n", "\r\n\n"),
    ],
)
def test_the_same_rows_are_the_same_events_in_every_form(data):
    found = parsed(data)
    assert found.rejected == ()
    assert found.events == parsed(lines(PAIR, FIELD)).events


def test_a_file_with_bad_lines_gives_its_good_ones():
    found = parsed(lines(PAIR, BAD, FIELD) + "\n{broken\n[1]")
    assert [event.target for event in found.events] == [Target.PAIR, Target.FIELD]
    assert [(one.line, one.reason) for one in found.rejected] == [
        (2, "feedback"), (4, "no_json"), (5, "no_object"),
    ]  # fmt: skip
    assert "lacks other_id" in found.rejected[0].sentence


def test_the_number_of_a_csv_row_is_that_of_its_line():
    text = as_csv([{**PAIR, "comment": "first\nsecond"}, {**BAD, "comment": "third"}])
    (rejected,) = parsed(text).rejected
    assert rejected.line == 4


def test_a_row_that_is_there_twice_counts_once():
    assert len(parsed(lines(PAIR, FIELD, PAIR)).events) == 2


@pytest.mark.parametrize(
    ("stated", "reason", "says"),
    [
        ({"value": ["12.50"]}, "feedback", "a value that is no text"),
        ({"value": True}, "feedback", "a value that is no text"),
        ({"comment": "x" * 10_001}, "feedback", "10,001 characters"),
        ({"comment": "a\x00b"}, "feedback", "control characters"),
        ({"comment": "\ud800"}, "feedback", "control characters"),
        ({"at": "2027-01-01"}, "feedback", "yet to come"),
        ({"feedback_id": "../../heads/x"}, "feedback", "no id"),
        ({"kind": "magic"}, "feedback", "no kind of finding"),
        ({"part": 3_000_000_000}, "feedback", "from 0 to 2,147,483,647"),
        ({"line": "-1"}, "feedback", "from 0 to 2,147,483,647"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "feedback", "must be ISO 8601"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "feedback", "must be ISO 8601"),
    ],
)
def test_what_cannot_be_kept_is_rejected(stated, reason, says):
    found = parsed(lines(PAIR, {**FIELD, **stated}))
    assert len(found.events) == 1
    assert (found.rejected[0].line, found.rejected[0].reason) == (2, reason)
    assert says in found.rejected[0].sentence


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"Dear Sirs,\nthe invoice is wrong.", "unknown_format"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "unknown_format"),
        (b"name,colour\nann,red\n", "unknown_format"),
        (b"[" * 100_000, "no_json"),
        (b'{"part": ' + b"9" * 5000 + b"}", "no_json"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
    ],
)
def test_a_file_of_another_kind_is_one_rejected_line(data, reason):
    found = parsed(data)
    assert found.events == ()
    assert [one.reason for one in found.rejected] == [reason]


@pytest.mark.parametrize("more", [1, 2])
def test_of_a_file_that_is_too_large_only_the_limit_is_told(more):
    (line,) = parsed(b"x" * (MOST_BYTES + more)).rejected
    assert f"more than {MOST_BYTES:,} bytes" in line.sentence
    assert f"{MOST_BYTES + more:,}" not in line.sentence


@given(
    changes=st.lists(
        st.dictionaries(
            st.sampled_from(sorted(FEEDBACK.schema.names)),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
            | st.integers(2**31 - 2, 2**31 + 1)
            | st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat)
            | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
            | st.lists(st.integers(), max_size=2),
            max_size=3,
        ),
        max_size=4,
    )
)  # fmt: skip
def test_whatever_lines_state_is_an_event_that_the_table_holds_or_a_rejected_line(changes):
    found = parsed(lines(*[{**FIELD, **one} for one in changes]) or b"\n")
    assert feedback_table(found.events).num_rows == len(found.events)
    assert len(found.rejected) <= max(len(changes), 1)
    for event in found.events:
        assert from_json(to_json(event)) == event


def test_cells_beyond_the_header_are_told():
    (rejected,) = parsed("target,verdict,comment\nproduct,rejection,slow,and ugly\n").rejected
    assert rejected.reason == "too_many_cells"


def test_two_events_of_one_id_are_one_event_and_a_rejected_line():
    found = parsed(lines({**PAIR, "feedback_id": "a"}, {**FIELD, "feedback_id": "a"}))
    assert len(found.events) == 1
    assert found.rejected[0].reason == "feedback_id"


def numbers(*values):
    """Corrections of one field, one after the other, that state no moment."""
    return lines(*[{**FIELD, "field": "number", "value": value} for value in values])


def test_of_two_lines_on_one_field_the_later_counts():
    for at in range(20):
        found = parsed(numbers(f"A{at}", f"B{at}"))
        assert [one.value for one in corrections(found.events)] == [f"B{at}"]


def test_what_is_said_again_after_something_else_needs_a_moment():
    found = parsed(numbers("A", "B", "A"))
    assert len(found.events) == 2
    assert [(one.line, one.reason) for one in found.rejected] == [(3, "said_before")]
    earlier = parse(numbers("A", "B").encode(), NOON - timedelta(days=1), "ben").events
    again = {**FIELD, "field": "number", "value": "A"}
    (rejected,) = parse(lines(again).encode(), NOON, "ann", known=earlier).rejected
    assert "State `at`" in rejected.sentence
    said = parse(lines({**again, "at": NOON.isoformat()}).encode(), NOON, "ann", known=earlier)
    assert [one.value for one in corrections([*earlier, *said.events])] == ["A"]


def test_what_still_stands_may_be_said_again_as_often_as_one_likes():
    earlier = parse(numbers("A", "B").encode(), NOON - timedelta(days=1), "ben").events
    found = parse(numbers("B", "B").encode(), NOON, "ann", known=earlier)
    assert (found.events, found.rejected) == (earlier[1:], ())


def test_a_file_that_grew_says_nothing_again():
    earlier = parse(numbers("A", "B").encode(), NOON - timedelta(days=1), "ben").events
    for grown, counts in ((("A", "B"), "B"), (("A", "B", "C"), "C"), (("A", "C"), "C")):
        found = parse(numbers(*grown).encode(), NOON, "ann", known=earlier)
        assert found.rejected == ()
        assert [one.value for one in corrections([*earlier, *found.events])] == [counts]


def test_an_id_of_another_file_names_its_event_and_no_other():
    first = {**PAIR, "feedback_id": "1"}
    earlier = parsed(lines(first)).events
    later = NOON + timedelta(days=1)
    same = parse(lines({**first, "at": " "}).encode(), later, "ben", known=earlier)
    assert (same.events, same.rejected) == (earlier, ())
    for change in ({"verdict": "rejection"}, {"author": "ben"}, {"at": later.isoformat()}):
        (rejected,) = parse(
            lines({**first, **change}).encode(), later, "ben", known=earlier
        ).rejected
        assert rejected.reason == "feedback_id"
        assert "unique among all files" in rejected.sentence


def test_what_the_check_refuses_is_rejected():
    def check(event):
        if event.field == "totals.gross":
            raise BadInput("feedback", "No.")

    found = parsed(lines(PAIR, FIELD), check)
    assert len(found.events) == 1
    assert found.rejected[0].sentence == "No."


def test_a_region_with_a_text_corrects_the_field_of_its_label():
    export = [task(*region("totals.gross", "12.50"), *region("lines.2.net", "3.00", "r2"))]
    gross, net = parsed(json.dumps(export)).events
    assert (gross.field, gross.line, gross.value) == ("totals.gross", None, "12.50")
    assert (net.field, net.line, net.value) == ("net", 2, "3.00")
    assert (gross.author, gross.document_id) == ("ann@example.com", "sha256:1")
    assert gross.at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert gross.verdict is Verdict.CORRECTION


def test_a_text_area_beside_the_page_names_the_field_itself():
    area = {"from_name": "seller.name", "type": "textarea", "value": {"text": ["Adler GmbH"]}}
    (event,) = parsed(json.dumps([task(area)])).events
    assert (event.field, event.value) == ("seller.name", "Adler GmbH")


def test_what_was_predicted_and_left_is_approved():
    predicted = [*region("number", "R-1"), *region("totals.gross", "12.00", "r2")]
    export = [task(*region("number", "R-1"), *region("totals.gross", "12.50", "r2"),
                   predictions=predicted)]  # fmt: skip
    number, gross = parsed(json.dumps(export)).events
    assert (number.verdict, number.value) == (Verdict.APPROVAL, None)
    assert gross.verdict is Verdict.CORRECTION


@pytest.mark.parametrize("where", ["prediction", "data"])
def test_an_export_that_numbers_its_predictions_still_says_what_was_left(where):
    drafted = {"f0": {"field": "number", "line": None, "value": "R-1", "words": [3]},
               "f1": {"field": "net", "line": 2, "value": "3.00"}, "f2": "?"}  # fmt: skip
    net = [*region("net", "3.00", "r2"),
           {"id": "r2", "from_name": "line", "type": "number", "value": {"number": 2}}]  # fmt: skip
    one = task(*region("number", "R-1"), *net, *region("due_date", "2026-03-01", "r3"))
    one["predictions"] = [7]  # as Label Studio's own export has them
    if where == "data":
        one["data"]["fields"] = drafted
    else:
        result = [*region("number", "R-1"), *net]
        one["annotations"][0]["prediction"] = {"id": 7, "result": result}
    said = {event.field: event.verdict for event in parsed(json.dumps([one])).events}
    assert said == {"number": Verdict.APPROVAL, "net": Verdict.APPROVAL,
                    "due_date": Verdict.CORRECTION}  # fmt: skip


def test_a_cancelled_annotation_states_nothing():
    export = [task(*region("number", "R-1"), was_cancelled=True)]
    assert parsed(json.dumps(export)).events == ()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"id": 2, "data": {}, "annotations": []}, "no_document"),
        ({"id": 2, "data": {"document_id": "d"}, "annotations": 7}, "no_task"),
        ("text", "no_task"),
    ],
)
def test_a_task_that_is_none_holds_up_no_other(broken, reason):
    found = parsed(json.dumps([broken, task(*region("number", "R-1"))]))
    assert len(found.events) == 1
    assert [(one.line, one.reason) for one in found.rejected] == [(1, reason)]


def test_an_event_is_the_same_after_it_was_stored():
    for event in parsed(lines({**PAIR, "at": NOON.isoformat()}, FIELD)).events:
        assert from_json(to_json(event)) == event


def test_importing_at_another_time_makes_the_same_ids():
    later = parse(lines(PAIR).encode(), NOON + timedelta(days=3), "ben")
    assert later.events[0].feedback_id == parsed(lines(PAIR)).events[0].feedback_id
