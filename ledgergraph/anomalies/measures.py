"""How the value of a feature is told that is no sign by itself: the measure and its value.

Features keep logarithms and flags because models like them; their sentences say of
what they are, and a person is told the thing itself. Not here: what a value is a
sign of (phrases).
"""

import math
import re
from collections.abc import Callable, Mapping

from ledgergraph.anomalies.wording import counted, percent

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOG_OF_COUNT = re.compile(r", log10\(1 \+ (n|days)\)$")
"""How the sentence of a feature ends that holds the logarithm of a count or of days."""
LOGARITHM = re.compile(r",? log10( with its sign)?$|\blog (?=amount|days|gap|price)|^log of ")
"""What else the sentence of a feature says of logarithms."""
OF_A_RATIO = re.compile(r"\b(over|less|misses|slope)\b")
"""Words of a sentence whose logarithm is one thing over another."""


def named_measure(sentence: str) -> str:
    """What a feature measures, as a heading: without its logarithm."""
    clear = LOGARITHM.sub("", LOG_OF_COUNT.sub("", sentence.rstrip(".")))
    return clear[:1].upper() + clear[1:]


def measured(value: float | None, unit: str, sentence: str = "") -> str:
    """A value of a feature as a person would say it: `4 days`, `12 %`, `2.5 times`, `yes`.

    Logarithms are undone; the sentence says of what they are.
    """
    if value is None or math.isnan(value):
        return "unknown"
    if unit == "log10":
        return _undone(value, sentence)
    if unit == "difference":
        return _times(10**value) if "log" in sentence else f"{value:+,.3g}"
    return SAID[unit](value) if unit in SAID else _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


SAID: Mapping[str, Callable[[float], str]] = {
    "flag": lambda value: "yes" if value else "no",
    "share": percent,
    "percent": lambda value: f"{value:.3g} %",
    "days": lambda value: f"{'−' if round(value) < 0 else ''}{counted(abs(round(value)), 'day')}",
    "weekday": lambda value: WEEKDAYS[int(value) % 7],
    "points": lambda value: f"{value:+.3g} points",
    "deviations": lambda value: f"{abs(value):.1f} spreads {'above' if value > 0 else 'below'}",
}  # fmt: skip
"""How a value is said, by the unit of its feature; other units are numbers."""


MOST = 15.0
"""The largest logarithm that is undone."""


def _undone(value: float, sentence: str) -> str:
    """What a logarithm is of; what is beyond all books is no number worth saying."""
    if value > MOST:
        return "beyond measure"
    if found := LOG_OF_COUNT.search(sentence):
        number = round(10**value - 1)
        return counted(number, "day") if found[1] == "days" else f"{number:,}"
    if "with its sign" in sentence:
        return f"{math.copysign(10 ** abs(value) - 1, value):+,.0f}"
    if "rise of" in sentence:
        return percent(10**value - 1)
    return _times(10**value) if OF_A_RATIO.search(sentence) else f"{10**value:,.3g}"


def _times(ratio: float) -> str:
    return f"{ratio:,.3g} times"
