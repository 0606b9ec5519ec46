"""What can be a name, an address or a date on a receipt where nothing names it.

Belongs here: offering them all, so that the right one is among them. Not here: which one
is (ranking); candidates that rules find (receipts, parties).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.addresses import plain_name
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Line
from ledgergraph.extractions.readers.recognisers import Style, dates_in

TOP_LINES = 16
"""Lines from the top of the first page that are offered."""
NAME_LINES, ADDRESS_LINES = 3, 7
"""A name has at most so many lines, and an address."""
OPENING = re.compile(r"^[^\W\d_][^\d:]{1,24}: *(?=\w)")
"""What names the text behind it, up to its colon: `Owned by: `."""
DETAILS = re.compile(
    r"[\s(,;.-]+(?:tel|fax|phone|hp|h/p|gst|sst|reg|roc|co\.? ?(?:reg|no)|company|vat|tax|ust|"
    r"siret|nif|cif|p\.? ?iva|e-?mail|www|http)\b.*$",
    re.IGNORECASE,
)
"""What is no longer part of a name or an address on the same line: telephone, register, tax."""


@dataclass(frozen=True)
class Span:
    """Lines `first` to `last` (inclusive, of the first page) as one value; `form` is how cut."""

    first: int
    last: int
    text: str
    raw: str
    box: Box
    page: int
    form: int


def top_lines(sheet: Sheet) -> Sequence[Line]:
    """The lines of the first page that may hold name and address of the sender."""
    return sheet.layout.page_lines(sheet.lines[0].page)[:TOP_LINES] if sheet.lines else ()


def name_spans(lines: Sequence[Line]) -> Iterator[Span]:
    """Every stretch of one to three lines near the top, also cut as names are."""
    yield from _spans(lines, NAME_LINES, " ", _as_name)


def address_spans(lines: Sequence[Line]) -> Iterator[Span]:
    """Every stretch of up to seven lines near the top, also cut as addresses are."""
    yield from _spans(lines, ADDRESS_LINES, ", ", _as_address)


Forms = Callable[[Sequence[str], Sequence[Line]], Iterator[tuple[int, Sequence[str]]]]


def _spans(lines: Sequence[Line], most: int, joint: str, forms: Forms) -> Iterator[Span]:
    printed = [line.text.replace("  ", " ").strip() for line in lines]
    for first in range(len(lines)):
        seen: set[str] = set()
        for last in range(first, min(first + most, len(lines))):
            own = lines[first : last + 1]
            box = Box.around([line.box for line in own])
            for form, texts in forms(printed[first : last + 1], own):
                text = joint.join(filter(None, (one.strip(" ,;.") for one in texts)))
                key = f"{last} {text}"
                if len(text) > 2 and key not in seen:
                    seen.add(key)
                    raw = " ".join(filter(None, (one.strip() for one in texts)))
                    yield Span(first, last, text, raw, box, own[0].page, form)


def _as_name(texts: Sequence[str], lines: Sequence[Line]) -> Iterator[tuple[int, Sequence[str]]]:
    yield 0, texts
    bare = [plain_name(one) for one in texts]
    yield 1, bare
    yield 2, [*bare[:-1], DETAILS.sub("", bare[-1])]
    yield 3, [OPENING.sub("", bare[0]), *bare[1:]]
    yield 4, [*bare[:-1], re.sub(r"\s*\(.*$", "", bare[-1])]
    if len(lines) == 1 and len(lines[0].cells) > 1:
        for at, cell in enumerate(lines[0].cells):
            yield 5 + min(at, 1), [plain_name(cell.text)]


def _as_address(texts: Sequence[str], lines: Sequence[Line]) -> Iterator[tuple[int, Sequence[str]]]:
    yield 0, texts
    yield 2, [*texts[:-1], DETAILS.sub("", texts[-1])]
    yield 3, [OPENING.sub("", texts[0]), *texts[1:]]
    if len(lines) == 1 and len(lines[0].cells) > 1:
        for at, cell in enumerate(lines[0].cells):
            yield 5 + min(at, 1), [cell.text]


GLUED = re.compile(
    r"(\d{4}[/.-]\d{2}[/.-]\d{2}|(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?=\d{1,2}:\d{2}|[^\W\d_])"
    r"|((?<=\d-)|(?<=[^\W\d_]))(?=\d{2}[/.]\d{2}[/.]\d{4}(?!\d))"
)
"""Where a date was joined to what stands before or behind it: a time, a word, a number."""
COMPACT = re.compile(
    r"(?<![\w/.-])(?:(20\d\d)([01]\d)([0-3]\d)|([0-3]\d)([01]\d)(20\d\d))(?![\w/.-])"
)
"""A date without signs between year, month and day, either way round."""
LOOSE = re.compile(
    r"(?<![\d/.-])(\d{1,2}) ?[/.~:;, -] ?(\d{1,2}) ?[/.~:;, -] ?(20\d{2}|\d{2})(?![\d/.:-])"
)
"""A date whose signs were misread."""


def days_in(text: str, style: Style) -> Iterator[date]:
    """The dates in a line, also those that recognition joined to their neighbours or cut."""
    spaced = _loosened(text)
    spaced = COMPACT.sub(lambda found: "-".join(filter(None, found.groups())), spaced)
    exact = dates_in(spaced, style)
    yield from (one.value for one in exact)
    if exact:
        return
    for found in LOOSE.finditer(spaced):
        yield from (one.value for one in dates_in("/".join(found.groups()), style))


def printed_day(text: str, value: str, style: Style) -> str | None:
    """The part of a text that states a day (ISO), without what it was joined to; else None."""
    spaced = _loosened(text)
    same = (one for one in dates_in(spaced, style) if one.value.isoformat() == value)
    found = next(same, None)
    return spaced[found.start : found.end] if found else None


def _loosened(text: str) -> str:
    return GLUED.sub(lambda found: f"{found[1] or ''} ", text)
