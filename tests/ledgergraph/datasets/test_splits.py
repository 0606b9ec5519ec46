"""What is held out is later than what is learned from, and about as much as was asked for."""

from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.datasets.splits import first_held_out, is_held_out

DAYS = st.lists(st.dates(date(2023, 1, 1), date(2025, 12, 31)) | st.none(), max_size=60)


def column(days: list[date | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(days, pa.date32())])


@settings(max_examples=60)
@given(DAYS)
def test_everything_held_out_is_later_than_everything_learned(days: list[date | None]) -> None:
    first = first_held_out(column(days))
    late = is_held_out(column(days), first)
    held = [day for day, out in zip(days, late, strict=True) if out]
    learned = [day for day, out in zip(days, late, strict=True) if not out and day is not None]
    assert None not in held
    assert not held or not learned or min(day for day in held if day) > max(learned)


def test_two_years_are_divided_at_the_first_of_a_month() -> None:
    days: list[date | None] = [date(2024, 1, 1) + timedelta(days=at) for at in range(700)]
    first = first_held_out(column(days))
    assert first is not None
    assert first.day == 1
    assert 0.25 < is_held_out(column(days), first).mean() < 0.35


def test_a_single_month_is_divided_by_days() -> None:
    days: list[date | None] = [date(2024, 5, 1 + at) for at in range(20)]
    assert is_held_out(column(days), first_held_out(column(days))).sum() == 6


def test_without_days_nothing_is_held_out() -> None:
    assert first_held_out(column([None, None])) is None
    assert not is_held_out(column([None]), None).any()
