"""Working days: no weekends, and none of a country's national days off (calendars.yaml).

Belongs here: on which days people of a country work. Not here: what they do on them
(trade, booking). Days are ordinals of `datetime.date`.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml
from dateutil.easter import easter  # type: ignore[import-untyped]

TABLE = "calendars.yaml"


@cache
def holidays(country: str, year: int) -> frozenset[int]:
    """The days off of a country in a year, where they are taken; KeyError for one without data."""
    rules = _rules()[country]
    days = {date.fromisoformat(f"{year}-{written}").toordinal() for written in rules["fixed"]}
    sunday = easter(year).toordinal()
    days |= {sunday + after for after in rules.get("easter", ())}
    days |= {_weekday_of(year, *rule) for rule in rules.get("weekdays", ())}
    moved = rules.get("moved")
    for day in sorted(days) if moved else ():
        if _weekday(day) >= 5:
            days.remove(day)
            days.add(_moved(day, days, is_nearest=moved == "nearest"))
    return frozenset(days)


def is_working(day: int, country: str) -> bool:
    """Whether people of a country work on a day."""
    return _weekday(day) < 5 and day not in holidays(country, date.fromordinal(day).year)


def working_day(day: int, country: str) -> int:
    """The day itself if people of a country work on it, else the next one on which they do."""
    while not is_working(day, country):
        day += 1
    return day


def working_day_before(day: int, country: str) -> int:
    """The day itself if people of a country work on it, else the last one on which they did."""
    while not is_working(day, country):
        day -= 1
    return day


@cache
def _rules() -> Mapping[str, Mapping[str, Any]]:
    text = resources.files("ledgergraph.corpora").joinpath(TABLE).read_text(encoding="utf-8")
    rules: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return rules


def _weekday(day: int) -> int:
    return (day - 1) % 7


def _weekday_of(year: int, month: int, weekday: int, which: int) -> int:
    """The first, second ... of a weekday in a month; from the end where `which` is below zero."""
    if which > 0:
        first = date(year, month, 1).toordinal()
        return first + (weekday - _weekday(first)) % 7 + 7 * (which - 1)
    last = date(year + month // 12, month % 12 + 1, 1).toordinal() - 1
    return last - (_weekday(last) - weekday) % 7 + 7 * (which + 1)


def _moved(day: int, taken: set[int], *, is_nearest: bool) -> int:
    if is_nearest:
        return day - 1 if _weekday(day) == 5 else day + 1
    while _weekday(day) >= 5 or day in taken:
        day += 1
    return day
