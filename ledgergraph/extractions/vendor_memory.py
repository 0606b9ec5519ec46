"""Vendor memory: what the earlier documents of a vendor had in common, and how well they were read.

Belongs here: the traits of one document, the habits that those of many documents make, and the
look-up of a vendor. Not here: what follows from a habit for a date (`vendor_dates`), for a reviewer
(`vendor_hints`) and for a route (`routing`).

A trait is learned from what was read surely or said by a person; a person's word counts as
much as several readings. A vendor goes by its VAT id and by the spelling of its name, so that
a scan without the one is known by the other. What invoices have in common is told of invoices
alone: credit notes, orders and receipts have numbers and places of their own.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.evidence import Box, Reading, Word
from ledgergraph.extractions.choosing import readings_of, same_value
from ledgergraph.extractions.fields import day_of
from ledgergraph.extractions.names import compact, spelling_key
from ledgergraph.extractions.readers.kinds import INVOICE
from ledgergraph.extractions.readers.recognisers import NUMERIC_DATE
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.extractions.rules.values import DECISIVE
from ledgergraph.extractions.transcripts import pages_from_table, words_from_table
from ledgergraph.tables import TEXT, Table

VENDOR_TRAITS = Table(
    "vendor_traits",
    pa.schema(
        {
            "document_id": TEXT,
            "part": pa.int32(),
            "vendor": TEXT,  # by the spelling of its name
            "vendor_vat_id": TEXT,
            "trait": TEXT,  # of other papers than invoices with their type: `number of 381`
            "value": TEXT,
            "example": TEXT,  # as a document states it
            "is_said": pa.bool_(),  # by a person; of a layout: something was corrected
        }
    ),
    key=("document_id", "part", "trait"),
)
VENDOR_HABITS = Table(
    "vendor_habits",
    pa.schema(
        {
            "vendor": TEXT,
            "trait": TEXT,
            "value": TEXT,
            "example": TEXT,
            "documents": pa.int32(),  # that have this value
            "of": pa.int32(),  # that have any
            "share": pa.float64(),  # of it, a person's word counting more
        }
    ),
    key=("vendor", "trait"),
)
VENDOR_HISTORY = Table(
    "vendor_history",
    pa.schema({"vendor": TEXT, "layout": TEXT, "documents": pa.int32(), "corrected": pa.int32()}),
    key=("vendor", "layout"),
)
LAYOUT, TERMS, DATE_ORDER, LABEL, PLACE = "layout", "terms", "date_order", "label:", "place:"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
PLACED = ("number", "issue_date", "totals.gross")
"""Fields whose label and place are remembered."""
SAID = 5
"""How many readings a person's word counts as."""
ENOUGH, USUALLY = 3, 0.8
"""Documents and the share of them that make a habit."""
LONGEST_LABEL = 4
"""Words."""
SAME_LINE, LABEL_GAP = 0.5, 3.0
"""Heights of a value: how far off its middle a word of its line lies, how wide a gap may be."""
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


class Habit(NamedTuple):
    """What a vendor usually does: in so many documents, which are such a share of them."""

    value: str
    example: str
    documents: int
    share: float


class History(NamedTuple):
    """How many documents of a vendor and a layout came, and in how many people corrected what."""

    documents: int
    corrected: int


NEW = History(0, 0)


@dataclass(frozen=True)
class VendorMemory:
    """Habits and history by vendor."""

    habits: Mapping[str, Mapping[str, Habit]]
    history: Mapping[tuple[str, str], History]

    def usual(self, vendors: Iterable[str], trait: str) -> Habit | None:
        """The habit of the first of some names of a vendor that has one (`trait_of` a kind)."""
        for vendor in vendors:
            habit = self.habits.get(vendor, {}).get(trait)
            if habit and habit.documents >= ENOUGH and habit.share >= USUALLY:
                return habit
        return None

    def knows(self, vendors: Iterable[str]) -> bool:
        """Whether a vendor by one of these names sent anything before."""
        return any(vendor in self.habits for vendor in vendors)

    def past(self, vendors: Iterable[str], layout: str) -> History:
        """What became of earlier documents of a vendor that looked like this one."""
        known = (self.history.get((vendor, layout)) for vendor in vendors)
        return next((one for one in known if one), NEW)


NOTHING = VendorMemory({}, {})


def vendors_of(name: str | None, vat_id: str | None) -> list[str]:
    """The names that a vendor goes by, the surest first."""
    keys = []
    if vat_id and (bare := compact(vat_id).upper()):
        keys.append(f"vat:{bare}")
    if name and (spelt := spelling_key(name)):
        keys.append(f"name:{spelt}")
    return keys


def kind_in(stated: Mapping[str, str]) -> str:
    """The type of a paper by its values by field; one that names none counts as an invoice."""
    return stated.get("type") or INVOICE


def trait_of(trait: str, kind: str) -> str:
    """The name of a trait of papers of a type: `number` of invoices, `number of 381` of others."""
    return trait if kind == INVOICE else f"{trait} of {kind}"


def vendors_in(stated: Mapping[str, str]) -> list[str]:
    """The same of values by field."""
    return vendors_of(stated.get("seller.name"), stated.get("seller.vat_id"))


# What one document shows


def traits_of(extractions: pa.Table, pages: pa.Table, words: pa.Table) -> pa.Table:
    """The traits of every part that names its seller: table VENDOR_TRAITS."""
    header = extractions.filter(pc.is_null(extractions["line"]))
    grouped: dict[tuple[str, int], list[tuple[Reading, bool]]] = defaultdict(list)
    for one, chosen in zip(readings_of(header), header["chosen"].to_pylist(), strict=True):
        grouped[one.document_id, one.part].append((one, chosen))
    sizes = {(page.document_id, page.page): (page.width, page.height)
             for own in pages_from_table(pages).values() for page in own}  # fmt: skip
    printed = words_from_table(words)
    rows = (
        row
        for (document_id, _), readings in sorted(grouped.items())
        for row in _traits(readings, printed.get(document_id, ()), sizes)
    )
    return VENDOR_TRAITS.conform(VENDOR_TRAITS.rows(rows))


def _traits(
    readings: Sequence[tuple[Reading, bool]],
    words: Sequence[Word],
    sizes: Mapping[tuple[str, int], tuple[float, float]],
) -> Iterator[Mapping[str, Any]]:
    chosen = {one.field: one for one, counts in readings if counts}
    stated = {name: one.value for name, one in chosen.items()}
    vendors, kind = vendors_in(stated), kind_in(stated)
    by_kind = {key.partition(":")[0]: key for key in vendors}
    if not vendors:
        return
    read = {one.field: one for one, _ in readings if one.reading == "page"}
    printed: dict[str, Reading] = {}
    for one, _ in readings:
        own = chosen.get(one.field)
        if one.reading == "page" and own and same_value(one.field, one.value, own.value):
            printed[one.field] = one
    first = next(iter(chosen.values()))
    about = {
        "document_id": first.document_id, "part": first.part,
        "vendor": by_kind.get("name"), "vendor_vat_id": by_kind.get("vat"),
    }  # fmt: skip
    for trait, value, example, is_said in (
        *_of_kind(_stated_traits(chosen, kind), kind),
        *_date_orders(readings, chosen),
        *_of_kind(_printed_traits(printed, words, sizes), kind),
        (LAYOUT, layout_of(read, sizes), "", _is_corrected(readings)),
    ):
        yield {**about, "trait": trait, "value": value, "example": example, "is_said": is_said}


Trait = tuple[str, str, str, bool]


def _of_kind(traits: Iterable[Trait], kind: str) -> Iterator[Trait]:
    for trait, value, example, is_said in traits:
        yield trait_of(trait, kind), value, example, is_said


def _stated_traits(chosen: Mapping[str, Reading], kind: str) -> Iterator[Trait]:
    for name in ("number", "currency", "seller.iban"):
        one = chosen.get(name)
        if one and one.value and one.confidence >= SURE:
            value = pattern_of(one.value) if name == "number" else one.value
            yield name, value, one.value, one.reading == "feedback"
    issue, due = chosen.get("issue_date"), chosen.get("due_date")
    if kind == INVOICE and issue and due and min(issue.confidence, due.confidence) >= SURE:
        start, end = day_of(issue.value), day_of(due.value)
        if start and end and end >= start:
            said = "feedback" in (issue.reading, due.reading)
            yield TERMS, str((end - start).days), str((end - start).days), said


def _date_orders(
    readings: Iterable[tuple[Reading, bool]], chosen: Mapping[str, Reading]
) -> Iterator[Trait]:
    """Whether the document writes the day or the month first, where that is beyond doubt."""
    found: dict[str, tuple[str, bool]] = {}
    for one, _ in readings:
        own = chosen.get(one.field)
        if one.reading != "page" or own is None or (days := orders_of(one.raw)) is None:
            continue
        is_told = len(days) == 1 or own.reading != "page"
        for order, day in days.items():
            if is_told and day == own.value and len(set(days.values())) == len(days):
                is_said = own.reading == "feedback"
                found[order] = one.raw, is_said or found.get(order, ("", False))[1]
    if len(found) == 1:
        [(order, (raw, is_said))] = found.items()
        yield DATE_ORDER, order, raw, is_said


def orders_of(raw: str) -> dict[str, str] | None:
    """The days (ISO) that a printed date with slashes can mean, by order; null if it has none."""
    match = NUMERIC_DATE.search(raw)
    if match is None or match[2] != "/" or len(match[1]) > 2:
        return None
    first, _, second, year = match.groups()
    full = year if len(year) == 4 else f"20{year}"
    days = {DAY_FIRST: f"{full}-{second:0>2}-{first:0>2}",
            MONTH_FIRST: f"{full}-{first:0>2}-{second:0>2}"}  # fmt: skip
    return {order: day for order, day in days.items() if day_of(day)} or None


def _printed_traits(
    printed: Mapping[str, Reading],
    words: Sequence[Word],
    sizes: Mapping[tuple[str, int], tuple[float, float]],
) -> Iterator[Trait]:
    for name in PLACED:
        one = printed.get(name)
        if one is None or one.confidence < SURE:
            continue
        if place := place_of(one, sizes):
            yield f"{PLACE}{name}", place, place, False
        if one.box and (label := _label(one.box, [w for w in words if w.page == one.page])):
            yield f"{LABEL}{name}", label.casefold(), label, False


def place_of(one: Reading, sizes: Mapping[tuple[str, int], tuple[float, float]]) -> str | None:
    """The ninth of its page where a reading stands: `top right`; null without a box."""
    size = sizes.get((one.document_id, one.page or 0))
    if one.box is None or size is None or min(size) <= 0:
        return None
    across = int(3 * (one.box.x0 + one.box.x1) / 2 / size[0])
    down = int(3 * one.box.middle_y / size[1])
    return f"{ROWS[min(max(down, 0), 2)]} {COLUMNS[min(max(across, 0), 2)]}"


def _label(box: Box, words: Sequence[Word]) -> str:
    """The words right before a value on its line, without a colon; empty where there are none."""
    height = max(box.height, 1e-6)
    before = [word for word in words if abs(word.box.middle_y - box.middle_y) < SAME_LINE * height
              and word.box.x1 <= box.x0 + SAME_LINE * height]  # fmt: skip
    edge, kept = box.x0, list[str]()
    for word in sorted(before, key=lambda one: -one.box.x1)[:LONGEST_LABEL]:
        if kept and edge - word.box.x1 > LABEL_GAP * height:
            break
        kept.append(word.text)
        edge = word.box.x0
    return " ".join(reversed(kept)).strip(" :#.")


def layout_of(
    read: Mapping[str, Reading], sizes: Mapping[tuple[str, int], tuple[float, float]]
) -> str:
    """How a document comes: as XML, text or a picture, and where number and date were read.

    As they were read, right or wrong: a later one that is misread alike is to be known by it.
    """
    if not read:
        return "xml"
    kind = "ocr" if any(one.source.startswith("ocr") for one in read.values()) else "text"
    places = [place_of(read[name], sizes) for name in ("number", "issue_date") if name in read]
    return " | ".join([kind, *(one or "nowhere" for one in places)])


def _is_corrected(readings: Iterable[tuple[Reading, bool]]) -> bool:
    """Whether a person changed a decisive field of what was read."""
    said: dict[str, str] = {}
    read: dict[str, str] = {}
    for one, _ in readings:
        (said if one.reading == "feedback" else read)[one.field] = one.value
    return any(
        name in said and not same_value(name, said[name], read.get(name)) for name in DECISIVE
    )


def pattern_of(number: str) -> str:
    """A number by its form: digits as 0, letters as they are, `INV-2024-0001` is `INV-0-0`."""
    return re.sub(r"\d+", "0", compact_space(number))


def compact_space(text: str) -> str:
    """A text without white space."""
    return re.sub(r"\s", "", text)


# What many documents have in common


def remembered(traits: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Habits and history of every vendor: tables VENDOR_HABITS and VENDOR_HISTORY.

    Of each trait the value counts that has most weight; of several alike the first by letter.
    """
    weights: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    documents: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    examples: dict[tuple[str, str, str], str] = {}
    past: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    columns = ("vendor", "vendor_vat_id", "trait", "value", "example", "is_said")
    for name, vat_id, trait, value, example, is_said in zip(
        *(traits[column].to_pylist() for column in columns), strict=True
    ):
        for vendor in filter(None, (vat_id, name)):
            if trait == LAYOUT:
                past[vendor, value][0] += 1
                past[vendor, value][1] += bool(is_said)
                continue
            key = vendor, trait
            weights[key][value] += SAID if is_said else 1
            documents[key][value] += 1
            examples[*key, value] = max(examples.get((*key, value), ""), example or "")
    habits = []
    for key in sorted(weights):
        value, weight = min(weights[key].items(), key=lambda one: (-one[1], one[0]))
        habits.append({
            "vendor": key[0], "trait": key[1], "value": value,
            "example": examples[*key, value], "documents": documents[key][value],
            "of": documents[key].total(), "share": weight / weights[key].total(),
        })  # fmt: skip
    history = (
        {"vendor": vendor, "layout": layout, "documents": count, "corrected": corrected}
        for (vendor, layout), (count, corrected) in sorted(past.items())
    )
    return (
        VENDOR_HABITS.conform(VENDOR_HABITS.rows(habits)),
        VENDOR_HISTORY.conform(VENDOR_HISTORY.rows(history)),
    )


class _ByVendor(Mapping[str, Mapping[str, Habit]]):
    """The rows of VENDOR_HABITS by vendor, made into objects when a vendor is asked for."""

    def __init__(self, habits: pa.Table) -> None:
        self._habits, self._names = habits, habits["vendor"].combine_chunks()
        self._found = dict[str, Mapping[str, Habit]]()

    def __getitem__(self, vendor: str) -> Mapping[str, Habit]:
        if vendor not in self._found:
            self._found[vendor] = {
                row["trait"]: Habit(
                    row["value"], row["example"] or row["value"], row["documents"], row["share"]
                )
                for row in _rows_of(self._habits, self._names, vendor)
            }
        if not self._found[vendor]:
            raise KeyError(vendor)
        return self._found[vendor]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._habits["vendor"].to_pylist()))

    def __len__(self) -> int:
        return int(pc.count_distinct(self._habits["vendor"]).as_py())


class _ByLayout(Mapping[tuple[str, str], History]):
    """The rows of VENDOR_HISTORY by vendor and layout, likewise."""

    def __init__(self, history: pa.Table) -> None:
        self._history, self._names = history, history["vendor"].combine_chunks()
        self._found = dict[str, dict[str, History]]()

    def __getitem__(self, key: tuple[str, str]) -> History:
        vendor, layout = key
        if vendor not in self._found:
            self._found[vendor] = {
                row["layout"]: History(row["documents"], row["corrected"])
                for row in _rows_of(self._history, self._names, vendor)
            }
        return self._found[vendor][layout]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        names = (self._history[name].to_pylist() for name in ("vendor", "layout"))
        return iter(zip(*names, strict=True))

    def __len__(self) -> int:
        return int(self._history.num_rows)


def _rows_of(table: pa.Table, names: pa.Array, vendor: str) -> list[dict[str, Any]]:
    """The rows of a vendor in a table in the order of its vendors' names, by halving."""
    start = bisect_left(names, vendor, key=_text)
    end = bisect_right(names, vendor, lo=start, key=_text)
    return table.slice(start, end - start).to_pylist() if end > start else []


def _text(one: pa.Scalar) -> str:
    return str(one.as_py())


def memory_of(habits: pa.Table, history: pa.Table) -> VendorMemory:
    """The memory that tables hold, in the order of their keys.

    Only the vendors that are asked for become objects: of 20,000, a batch has a few.
    """
    return VendorMemory(_ByVendor(habits), _ByLayout(history))
