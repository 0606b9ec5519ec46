"""Laws of what is counted of a day, and of the limits on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.anomalies.quality.limits import WATCHED, crossed, crossings_in, crossings_table
from ledgergraph.anomalies.quality.measures import (
    BANDS,
    BEFORE,
    LAST,
    LISTED,
    WEEK,
    Batch,
    Counted,
    Period,
    Tally,
    measures_table,
    tally_in,
    tally_of,
    tally_of_events,
)
from ledgergraph.anomalies.quality.page import QualityData, render
from ledgergraph.anomalies.quality.settings import QualityLimits
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.errors import BadSetting
from ledgergraph.extractions.quality import LEVELS, level_of
from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY, VALIDATIONS
from ledgergraph.feedback.events import event_of

UNTIL = datetime(2026, 3, 9, 6, tzinfo=UTC)
PERIOD = Period(UNTIL)
SCORES = {"fast": 0.99, "standard": 0.8, "full": 0.3}


def batch(
    key: str,
    routes: Sequence[str] = (),
    reasons: Sequence[str] = (),
    confidences: Sequence[float] = (),
    has_failed: bool = False,
) -> Batch:
    """A batch of one document for each route, and one that is rejected for each reason."""
    ids = [f"sha256:{key}-{at}" for at in range(len(routes))]
    documents = [{"document_id": one, "name": f"{one}.pdf", "format": "pdf"} for one in ids]
    rejected = [
        {"document_id": f"sha256:{key}-r{at}", "name": f"{key}-r{at}.doc", "reason": reason,
         "sentence": f"It is {reason}. Ask the sender."}
        for at, reason in enumerate(reasons)
    ]  # fmt: skip
    judged = [
        {"document_id": one, "part": 0, "score": SCORES[route], "level": "x", "route": route,
         "route_reason": f"because {route}"}
        for one, route in zip(ids, routes, strict=True)
    ]  # fmt: skip
    fields = [
        {"document_id": f"sha256:{key}", "part": 0, "reading": "page", "line": at,
         "field": "number", "value": "1", "confidence": confidence, "source": "text",
         "chosen": True}
        for at, confidence in enumerate(confidences)
    ]  # fmt: skip
    count = len(routes) + len(reasons)
    return Batch(
        key, count, 0, 0, count, has_failed, DOCUMENTS.rows(documents), REJECTIONS.rows(rejected),
        EXTRACTIONS.rows(fields), VALIDATIONS.empty(), QUALITY.rows(judged),
    )  # fmt: skip


batches = st.builds(
    batch,
    st.uuids().map(str),
    st.lists(st.sampled_from(list(SCORES)), max_size=5),
    st.lists(st.sampled_from(["encrypted", "damaged"]), max_size=5),
    st.lists(st.floats(0, 1), max_size=5),
    st.booleans(),
)


def tally(part: int, whole: int, watched: int = 0) -> Tally:
    """So many of all, of a watched share."""
    one = WATCHED[watched]
    return Tally(Counter({one.part: part, one.whole: whole}))


def days(last: Tally, week: Tally | None = None) -> dict[str, Tally]:
    return {LAST: last, BEFORE: Tally(), WEEK: week or Tally()}


@given(st.lists(batches, max_size=4), st.randoms())
def test_tallies_add_up_in_any_order_and_lose_nothing(found, random):
    together = sum(map(tally_of, found), start=Tally())
    random.shuffle(found)
    assert sum(map(tally_of, found), start=Tally()) == together
    assert together.count("files", "of the inbox") == sum(one.files for one in found)
    assert together.count("documents", "all") == sum(one.documents_listed for one in found)
    assert together.count("documents", "rejected") == sum(together.of("reason").values())
    for measure in ("route", "level"):
        assert sum(together.of(measure).values()) == together.count("documents", "judged")
    fields = sum(one.extractions.num_rows for one in found)
    for measure in ("source", "field"):
        assert sum(sum(together.of(measure, band).values()) for _, band in BANDS) == fields


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_each_field_lies_in_the_band_that_holds_its_confidence(confidences):
    counts = tally_of(batch("a", confidences=confidences))
    ends = [start for start, _ in BANDS[1:]] + [2.0]
    for (start, band), end in zip(BANDS, ends, strict=True):
        held = sum(start <= one < end for one in confidences)
        assert counts.count("source", "text", band) == held


@given(st.timedeltas(timedelta(days=-9), timedelta(days=2)))
def test_an_instant_lies_in_the_last_day_or_in_the_week_before_and_never_in_both(apart):
    at = UNTIL + apart
    names = PERIOD.names(at)
    assert (LAST in names) == (UNTIL - timedelta(hours=24) <= at < UNTIL)
    assert (WEEK in names) == (UNTIL - timedelta(days=8) <= at < UNTIL - timedelta(days=1))
    assert (BEFORE in names) <= (WEEK in names)
    assert not {LAST, WEEK} <= set(names)


@pytest.mark.parametrize("until", ["yesterday", "", "2026-03-09T06:00"])
def test_an_end_without_a_zone_is_refused_with_an_example(until):
    with pytest.raises(BadSetting, match="with its zone: 2026"):
        Period.stated(until)


def test_a_batch_that_is_not_read_counts_as_waiting_or_failed_and_as_nothing_else():
    for has_failed, how in ((False, "waiting"), (True, "failed")):
        counts = tally_of(Batch("a", 3, 1, 1, 3, has_failed)).counts
        assert counts[Counted("unread", how)] == 3
        assert counts[Counted("documents", "all")] == 0


def test_documents_of_a_batch_that_failed_and_came_through_were_healed():
    assert tally_of(batch("a", ["fast"] * 3, has_failed=True)).count("documents", "healed") == 3
    assert tally_of(batch("a", ["fast"] * 3)).count("documents", "healed") == 0


def test_a_document_of_several_parts_counts_once_by_its_worst_part():
    one = batch("a", ["fast"])
    second = one.quality.to_pylist()[0] | {"part": 1, "score": 0.5, "route": "full"}
    two = replace(one, quality=QUALITY.rows([*one.quality.to_pylist(), second]))
    counts = tally_of(two)
    assert counts.of("route") == {"full": 1}
    assert counts.of("level") == {level_of(0.5): 1}


def test_what_a_person_spoke_of_waits_for_nobody():
    one = batch("a", ["full", "full"])
    counts = tally_of(one, reviewed={"sha256:a-0"})
    assert counts.of("review") == {"looked at": 1, "waiting for a person": 1}
    assert [noted.document_id for noted in counts.poorly_read] == ["sha256:a-1"]


def test_rejected_rows_of_a_table_are_no_rejected_documents():
    row = {"document_id": "sha256:a-0", "name": "a.csv", "reason": "bad_value", "sentence": "s"}
    rows = REJECTIONS.rows([{**row, "row": at} for at in range(5)])
    counts = tally_of(replace(batch("a", ["fast"]), rejections=rows))
    assert counts.count("documents", "rejected") == 0
    assert counts.of("row_reason") == {"bad_value": 5}


def test_lists_of_documents_are_bounded_and_counts_are_not():
    many = sum((tally_of(batch(f"{at}", ["full"] * 40)) for at in range(3)), start=Tally())
    assert len(many.poorly_read) == LISTED
    assert many.of("review") == {"waiting for a person": 120}


def test_what_people_said_of_fields_is_counted_by_field():
    said = [
        ("number", "correction", "2"),
        ("number", "approval", None),
        ("number", "rejection", None),
    ]
    events = [
        event_of({"target": "field", "document_id": "sha256:a", "field": field,
                  "verdict": verdict, "value": value}, UNTIL, "ann")
        for field, verdict, value in said
    ]  # fmt: skip
    counts = tally_of_events(events)
    assert counts.count("feedback", "number", "wrong") == 2
    assert counts.count("feedback", "number", "right") == 1


@given(batches)
def test_the_counts_come_back_from_their_table(one):
    counts = tally_of(one)
    table = measures_table({LAST: counts, BEFORE: Tally()})
    assert tally_in(table, LAST).counts == counts.counts
    assert tally_in(table, BEFORE) == Tally()


def test_a_field_is_counted_by_what_it_was_read_from_and_never_by_who_corrected_it():
    one = batch("a", confidences=[0.9] * 4)
    of = [("xml", "xml"), ("page", "text"), ("page", "ocr:rapidocr"), ("feedback", "ann")]
    rows = [
        {**row, "reading": reading, "source": source}
        for row, (reading, source) in zip(one.extractions.to_pylist(), of, strict=True)
    ]
    counts = tally_of(replace(one, extractions=EXTRACTIONS.rows(rows)))
    assert counts.of("source", "0.80 to 0.95") == {"feedback": 1, "ocr": 1, "text": 1, "xml": 1}
    assert counts.count("documents", "recognised") == 1


# Limits


@pytest.mark.parametrize("watched", [0, 1])
def test_a_share_over_its_limit_is_told_with_its_numbers_and_what_to_do(watched):
    limits = QualityLimits()
    allowed = getattr(limits, WATCHED[watched].setting)
    at_limit = round(allowed * 100)
    assert crossed(days(tally(at_limit, 100, watched)), limits) == []
    (one,) = crossed(days(tally(at_limit + 1, 100, watched)), limits)
    assert f"{at_limit + 1} of 100" in one.sentence
    assert f"LEDGERGRAPH_QUALITY_{WATCHED[watched].setting.upper()}" in one.remedy
    assert crossings_in(crossings_table([one])) == [one]


@given(st.integers(0, 19), st.integers(0, 19))
def test_few_documents_cross_no_limit(part, whole):
    assert crossed(days(tally(min(part, whole), whole), tally(1, 5000)), QualityLimits()) == []


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 3000), st.integers(0, 3000))
def test_more_of_the_same_documents_never_uncrosses_a_limit(whole, part, earlier, of_all):
    part, earlier = min(part, whole), min(earlier, of_all)
    week = tally(earlier, of_all)
    is_crossed = bool(crossed(days(tally(part, whole), week), QualityLimits()))
    if is_crossed and part < whole:
        assert crossed(days(tally(part + 1, whole), week), QualityLimits())


def test_twice_the_share_of_the_days_before_is_told_and_their_own_is_not():
    limits, week = QualityLimits(), tally(21, 1400)
    assert crossed(days(tally(3, 200), week), limits) == []
    (one,) = crossed(days(tally(12, 200), week), limits)
    assert one.setting == "times_before"
    assert "1.5%" in one.sentence
    assert "TIMES_BEFORE" in one.remedy


def test_a_rise_that_chance_explains_is_not_told():
    assert crossed(days(tally(1, 20), tally(2, 140)), QualityLimits()) == []


def test_of_days_that_differ_by_chance_alone_hardly_one_is_told():
    import numpy as np

    random = np.random.default_rng(7)
    parts = random.binomial(200, 0.03, 500), random.binomial(1400, 0.03, 500)
    told = sum(
        bool(crossed(days(tally(int(last), 200), tally(int(week), 1400)), QualityLimits()))
        for last, week in zip(*parts, strict=True)
    )
    assert told <= 10


def test_the_alert_counts_the_reasons_and_names_no_file():
    last = tally_of(batch("a", ["fast"] * 20, ["encrypted"] * 6 + ["damaged"] * 2))
    (one,) = crossed(days(last), QualityLimits())
    assert "8 of 28" in one.sentence
    assert "encrypted 6, damaged 2" in one.sentence
    assert ".doc" not in one.sentence


# The page


def data(last: Tally, limits: QualityLimits | None = None) -> QualityData:
    allowed = limits or QualityLimits()
    tallies = days(last)
    return QualityData("Acme", PERIOD, tallies, allowed, crossed(tallies, allowed), [], {"a": "1"})


def test_the_page_names_each_document_its_reason_and_the_way_to_its_fields():
    last = tally_of(batch("a", ["full", "fast"], ["encrypted"], [0.4]))
    page = render(data(last))
    shown = page.decode()
    for one in ("a-r0.doc", "It is encrypted. Ask the sender.", "sha256:a-0.pdf", "because full",
                "No limit was crossed", "document_id like", "8 March 2026, 06:00 UTC"):  # fmt: skip
        assert one in shown, one
    assert page == render(data(last))


def test_the_page_of_a_day_without_documents_says_so():
    shown = render(data(Tally())).decode()
    assert "No file came in." in shown
    assert "No document was refused." in shown


def test_what_a_file_is_called_is_text_on_the_page_and_nothing_else():
    row = {"document_id": "sha256:x", "name": "<script>a.pdf", "reason": "damaged", "sentence": "s"}
    one = replace(batch("a"), rejections=REJECTIONS.rows([row]))
    shown = render(data(tally_of(one))).decode()
    assert "&lt;script&gt;a.pdf" in shown
    assert "<script>" not in shown


def test_the_lowest_level_that_is_watched_is_the_last_one():
    assert WATCHED[1].part == Counted("level", LEVELS[-1][1])
    assert isinstance(measures_table({}), pa.Table)
