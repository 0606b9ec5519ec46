"""What a vendor's habits decide: which of two days an ambiguous date means.

Belongs here: 03/04/2024 of a vendor that writes the month first, where neither another date of
the paper nor the order of issue and due date tells. Not here: the memory (`vendor_memory`).
What a paper says by itself is never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ledgergraph.evidence import Reading, Word
from ledgergraph.extractions.fields import Form, form_of
from ledgergraph.extractions.languages import key_of, lexicon_for
from ledgergraph.extractions.readers.conventions import country_of, told_order
from ledgergraph.extractions.readers.page import Alternative, PageReading
from ledgergraph.extractions.readers.recognisers import style_of
from ledgergraph.extractions.retries import ARITHMETIC
from ledgergraph.extractions.vendor_memory import (
    DATE_ORDER,
    DAY_FIRST,
    MONTH_FIRST,
    Habit,
    VendorMemory,
    orders_of,
    vendors_in,
)

HABIT = "habit"
"""Behind the reader of a date: the vendor's habit gave its order."""


def with_habits(page: PageReading, words: Sequence[Word], memory: VendorMemory) -> PageReading:
    """A reading whose ambiguous dates are in the order that their vendor usually writes.

    What gave way becomes a candidate.
    """
    doubtful = {id(one): days for one in page.readings if (days := _days(one))}
    if not doubtful or not is_untold(words):
        return page
    changed: dict[int, Reading] = {}
    candidates = list(page.candidates)
    for part in {one.part for one in page.readings}:
        own = [one for one in page.readings if one.part == part]
        dates = {one.field: doubtful[id(one)] for one in own if id(one) in doubtful}
        possible = [order for order in (DAY_FIRST, MONTH_FIRST) if _is_in_order(own, dates, order)]
        stated = {one.field: one.value for one in own if one.line is None}
        habit = memory.usual(vendors_in(stated), DATE_ORDER)
        if len(possible) == 1:  # the days tell by themselves
            habit, why = Habit(possible[0], "", 1, 1.0), ARITHMETIC
        else:
            why = HABIT
        if not possible or habit is None:
            continue
        for one in own:
            days = doubtful.get(id(one))
            if days and days[habit.value] != one.value:
                changed[id(one)] = replace(
                    one, value=days[habit.value], reader=f"{one.reader} {why}",
                    confidence=round(min(one.confidence, habit.share), 4),
                )  # fmt: skip
                candidates = _with_candidate(candidates, one, days[habit.value])
    return PageReading([changed.get(id(one), one) for one in page.readings], candidates)


def _with_candidate(
    candidates: Sequence[Alternative], before: Reading, value: str
) -> list[Alternative]:
    """Candidates with the reading that gave way to a value: in its place, or the last of all."""
    kept, place, ranks = list[Alternative](), 0, [0]
    for one in candidates:
        is_alike = one.reading.line is None and (
            (one.reading.part, one.reading.field) == (before.part, before.field)
        )
        ranks.append(one.rank if is_alike else 0)
        if is_alike and one.reading.value == value:
            place = place or one.rank
        else:
            kept.append(one)
    return [*kept, Alternative(before, place or max(ranks) + 1)]


def is_untold(words: Sequence[Word]) -> bool:
    """Whether nothing on a paper tells if it writes the day or the month first."""
    texts = [word.text for word in words]
    lexicon = lexicon_for([key_of(text) for text in texts])
    style, text = style_of(texts, lexicon), " ".join(texts)
    return style.decimal == "." and told_order(text, style, lexicon, country_of(text)) is None


def _days(one: Reading) -> Mapping[str, str] | None:
    """Both days that a date can mean, by order; null if it can mean one."""
    if one.line is not None or form_of(one.field) is not Form.DATE:
        return None
    days = orders_of(one.raw)
    is_open = days is not None and len(set(days.values())) == 2 and one.value in days.values()
    return days if is_open else None


def _is_in_order(
    own: Sequence[Reading], dates: Mapping[str, Mapping[str, str]], order: str
) -> bool:
    """Whether, with dates in an order, none is due before it was issued."""
    values = {one.field: one.value for one in own if one.line is None}
    values |= {name: days[order] for name, days in dates.items()}
    issue, due = values.get("issue_date"), values.get("due_date")
    return issue is None or due is None or issue <= due
