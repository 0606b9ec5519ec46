from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.evidence import Box, Reading
from ledgergraph.extractions.choosing import choose, readings_of, same_value, with_corrections
from ledgergraph.extractions.fields import FORMS
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Feedback, event_of


def a_reading(
    field: str = "number", value: str = "R-1", reading: str = "xml", line: int | None = None
) -> Reading:
    box = Box(1, 2, 3, 4) if reading == "page" else None
    page, unit = (0, "pt") if box else (None, None)
    return Reading("sha256:1", 0, reading, line, field, value, value, 0.9, "test", page, box, unit)


def chosen(*readings: Reading) -> dict[tuple[int | None, str], str]:
    rows = choose(readings).to_pylist()
    return {(row["line"], row["field"]): row["reading"] for row in rows if row["chosen"]}


def test_feedback_counts_before_the_xml_and_the_xml_before_the_page():
    page, xml, feedback = (a_reading(reading=name) for name in ("page", "xml", "feedback"))
    assert chosen(page) == {(None, "number"): "page"}
    assert chosen(page, xml) == {(None, "number"): "xml"}
    assert chosen(feedback, page, xml) == {(None, "number"): "feedback"}


def test_a_field_that_only_the_page_states_is_chosen_from_the_page():
    assert chosen(a_reading("number"), a_reading("due_date", "2026-01-01", "page")) == {
        (None, "number"): "xml",
        (None, "due_date"): "page",
    }


def test_lines_of_xml_and_page_are_never_mixed():
    readings = [
        a_reading("net", "1", "xml", 0), a_reading("net", "1", "page", 0),
        a_reading("net", "2", "page", 1), a_reading("quantity", "7", "page", 0),
    ]  # fmt: skip
    assert chosen(*readings) == {(0, "net"): "xml"}


def test_feedback_corrects_one_field_of_a_line_and_leaves_the_others():
    readings = [
        a_reading("net", "1", "page", 0), a_reading("quantity", "2", "page", 0),
        a_reading("net", "3", "feedback", 0),
    ]  # fmt: skip
    assert chosen(*readings) == {(0, "net"): "feedback", (0, "quantity"): "page"}


def test_one_reading_cannot_state_a_field_twice():
    with pytest.raises(TypeError, match="twice"):
        choose([a_reading(value="R-1"), a_reading(value="R-2")])


READINGS = st.lists(
    st.builds(
        a_reading,
        st.sampled_from(["number", "net"]),
        st.text(max_size=3),
        st.sampled_from(["xml", "page", "feedback"]),
        st.one_of(st.none(), st.integers(0, 2)),
    ),
    unique_by=lambda one: (one.reading, one.line, one.field),
)


@given(READINGS)
def test_exactly_one_reading_of_each_header_field_counts_and_at_most_one_of_a_line(readings):
    rows = choose(readings).to_pylist()
    assert len(rows) == len(readings)
    keys = [(row["line"], row["field"]) for row in rows if row["chosen"]]
    assert len(keys) == len(set(keys))
    assert {key for key in keys if key[0] is None} == {
        (None, one.field) for one in readings if one.line is None
    }
    sources = {row["reading"] for row in rows if row["chosen"] and row["line"] is not None}
    assert len(sources - {"feedback"}) <= 1


@given(READINGS)
def test_readings_survive_as_extractions(readings):
    table = choose(readings)
    assert table.schema.equals(EXTRACTIONS.schema)
    assert choose(readings_of(table)).equals(table)
    assert set(readings_of(table)) == set(readings)


@pytest.mark.parametrize(
    ("field", "a", "b"),
    [
        ("totals.gross", "119.00", "119"),
        ("totals.gross", "119.004", "119"),
        ("quantity", "3.0000", "3"),
        ("number", "RE-2026/001", "re 2026 001"),
        ("seller.iban", "DE89 3704 0044", "de8937040044"),
        ("seller.name", "Müller & Söhne Aktiengesellschaft", "MUELLER UND SOEHNE AG"),
        ("seller.name", "Straße GmbH", "STRASSE Gesellschaft mit beschränkter Haftung"),
        ("seller.name", "Acme S.p.A.", "Acme Società per Azioni"),
        ("description", "Café crème, 1 l", "cafe creme 1 l"),
        ("type", "380", "384"),
    ],
)
def test_the_same_value_in_two_spellings_is_the_same(field, a, b):
    assert same_value(field, a, b)
    assert same_value(field, b, a)


@pytest.mark.parametrize(
    ("field", "a", "b"),
    [
        ("totals.gross", "119.00", "119.01"),
        ("unit_price", "3.3333", "3.33"),
        ("issue_date", "2026-01-02", "2026-02-01"),
        ("number", "RE-1", "RE-11"),
        ("type", "380", "381"),
        ("seller.name", "Müller GmbH", "Maler GmbH"),
        ("seller.name", "Bauer AG", "Baur AG"),
    ],
)
def test_different_values_differ(field, a, b):
    assert not same_value(field, a, b)


def test_amounts_compare_in_the_smallest_unit_of_their_currency():
    assert same_value("totals.net", "100.4", "100", "JPY")
    assert not same_value("totals.net", "1.001", "1.002", "KWD")


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=12))
def test_a_value_equals_itself_and_nothing_equals_a_missing_one(field, value):
    assert same_value(field, value, value)
    assert not same_value(field, value, None)


def a_correction(value: str = "R-2", **changes: object) -> Feedback:
    stated = {
        "target": "field", "document_id": "sha256:1", "field": "number",
        "verdict": "correction", "value": value, **changes,
    }  # fmt: skip
    return event_of(stated, datetime(2026, 3, 1, tzinfo=UTC), "ann")


def test_a_correction_is_a_persons_reading_where_that_stands_which_it_corrects():
    page = a_reading(reading="page")
    *_, said = with_corrections([a_reading(), page], [a_correction()])
    assert (said.reading, said.value, said.source, said.confidence) == ("feedback", "R-2", "ann", 1)
    assert (said.page, said.box, said.box_unit) == (page.page, page.box, page.box_unit)
    assert chosen(*with_corrections([a_reading(), page], [a_correction()])) == {
        (None, "number"): "feedback"
    }


def test_a_correction_of_a_line_stands_on_no_line_of_another_source():
    lines = [a_reading("net", "1", "xml", 0), a_reading("net", "2", "page", 0)]
    *_, said = with_corrections(lines, [a_correction("3", field="net", line=0)])
    assert said.box is None
    *_, said = with_corrections(lines[1:], [a_correction("3", field="net", line=0)])
    assert said.box is not None


def test_a_field_that_nobody_read_is_what_a_person_says_without_a_place():
    *_, said = with_corrections([a_reading()], [a_correction("2026-01-01", field="due_date")])
    assert (said.value, said.page, said.box) == ("2026-01-01", None, None)


def test_a_document_of_which_nothing_could_be_read_is_what_people_say_of_it():
    assert len(with_corrections([], [a_correction(), a_correction(part=1)])) == 1


def test_a_correction_of_a_part_that_is_not_there_makes_none():
    assert with_corrections([a_reading()], [a_correction(part=1)]) == [a_reading()]


def test_the_tax_by_rate_of_xml_and_page_is_never_mixed():
    readings = [
        a_reading("taxes.0.rate", "19", "xml"), a_reading("taxes.0.rate", "7", "page"),
        a_reading("taxes.1.rate", "19", "page"), a_reading("charges.0.amount", "5", "page"),
    ]  # fmt: skip
    assert chosen(*readings) == {
        (None, "taxes.0.rate"): "xml",
        (None, "charges.0.amount"): "page",
    }


def test_feedback_adds_to_the_tax_by_rate_of_the_xml():
    readings = [a_reading("taxes.0.rate", "19"), a_reading("taxes.1.rate", "7", "feedback")]
    assert chosen(*readings) == {
        (None, "taxes.0.rate"): "xml",
        (None, "taxes.1.rate"): "feedback",
    }


def test_one_and_piece_and_each_are_the_same_unit_and_a_box_is_another():
    assert same_value("unit", "C62", "H87")
    assert same_value("unit", "EA", "c62")
    assert not same_value("unit", "H87", "XBX")
