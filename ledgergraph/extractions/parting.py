"""Several invoices in one file: where one ends and the next begins.

Belongs here: which pages of a document belong together, by what each of them says on
its own, and the readings of each part. Not here: how a page is read (readers), and parts
that a format itself has (einvoices).

To tear one invoice apart is worse than to leave two together: a page begins another one only
if it says so itself (a number of its own beside a title or a first page, and a date or total), if
what came before is complete (it has a total), and if what it begins comes to a total too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledgergraph.evidence import Page, Reading, Word
from ledgergraph.extractions.readers.learned import Chooser
from ledgergraph.extractions.readers.page import PageReading, read_page
from ledgergraph.extractions.rules.document import RECEIPT
from ledgergraph.identity import number_key

MOST_PAGES = 500
"""Longer documents are contracts or catalogues, and stay whole."""
SURE = 0.5
"""A page is taken at its word from this confidence on."""
TOTALS = ("totals.gross", "totals.due")
COUNTED = re.compile(
    r"(?<!\w)(?:page|seite|blatt|pag|pág|página|pagina|s)\b[.:]?\s*(?:n[.°º]\s*)?"
    r"(\d{1,3})\s*(?:(?:of|von|de|di|sur|aus|da)\b|/)\s*(\d{1,3})(?!\w)",
    re.IGNORECASE,
)
"""A page that counts itself: `Page 2 of 3`, `Seite 1/2`."""


@dataclass(frozen=True)
class _Alone:
    """What one page says on its own."""

    page: Page
    text: str
    fields: dict[str, str]
    place: int | None
    """Its place among the pages of its invoice, from 1, where it counts itself."""

    @property
    def number(self) -> str | None:
        """Its number, as numbers compare."""
        return number_key(self.fields.get("number"))

    @property
    def is_complete(self) -> bool:
        """Whether it comes to a total."""
        return any(name in self.fields for name in TOTALS)

    @property
    def is_receipt(self) -> bool:
        """Whether it is a receipt with its day and total, which need not have a number."""
        return self.fields.get("type") == RECEIPT and "issue_date" in self.fields


def read_parts(
    document_id: str,
    pages: Sequence[Page],
    words: Sequence[Word],
    model: Chooser | None = None,
) -> PageReading:
    """The fields that a document's pages state, part by part; mostly there is one part."""
    groups = page_groups(document_id, pages, words)
    if len(groups) == 1:
        return read_page(document_id, pages, words, model)
    found = PageReading([], [])
    for part, group in enumerate(groups):
        numbers = {page.page for page in group}
        own = [one for one in words if one.page in numbers]
        read = read_page(document_id, group, own, model)
        found.readings.extend(replace(one, part=part) for one in read.readings)
        found.candidates.extend(
            replace(one, reading=replace(one.reading, part=part)) for one in read.candidates
        )
    return found


def page_groups(document_id: str, pages: Sequence[Page], words: Sequence[Word]) -> list[list[Page]]:
    """The pages of each business document in a file, in order; all in one where in doubt."""
    if not 1 < len(pages) <= MOST_PAGES:
        return [list(pages)]
    groups: list[list[_Alone]] = []
    for one in _alone(document_id, pages, words):
        if not groups or _begins(one, groups[-1]):
            groups.append([one])
        else:
            groups[-1].append(one)
    whole: list[list[_Alone]] = []
    for group in groups:
        if whole and not any(one.is_complete for one in group):
            whole[-1] += group
        else:
            whole.append(group)
    return [[one.page for one in group] for group in whole]


def _begins(one: _Alone, before: Sequence[_Alone]) -> bool:
    """Whether a page begins another document than the pages before it."""
    if (one.place or 1) > 1 or not any(page.is_complete for page in before):
        return False
    if one.is_receipt and all(page.is_receipt or not page.fields for page in before):
        return _is_another_purchase(one, before)
    known = {page.number for page in before} - {None}
    is_dated = "issue_date" in one.fields or one.is_complete  # a day may be read unsurely
    if one.number is None or not known or one.number in known or not is_dated:
        return False
    if one.place != 1 and "type" not in one.fields:
        return False
    return not any(_names(one, page) or _names(page, one) for page in before)


def _is_another_purchase(one: _Alone, before: Sequence[_Alone]) -> bool:
    """Not so a slip of the card that paid for the receipt before it, or its second half."""
    if not one.is_complete:
        return False
    return all(
        any(one.fields.get(name) != page.fields.get(name) for name in ("issue_date", TOTALS[0]))
        for page in before
        if page.fields
    )


def _names(one: _Alone, other: _Alone) -> bool:
    """Whether a page names the number of another: it continues or corrects that one."""
    stated = other.fields.get("number")
    return stated is not None and re.search(
        rf"(?<!\w){re.escape(stated)}(?!\w)", one.text
    ) is not None  # fmt: skip


def _alone(document_id: str, pages: Sequence[Page], words: Sequence[Word]) -> Iterator[_Alone]:
    by_page: dict[int, list[Word]] = {}
    for word in words:
        by_page.setdefault(word.page, []).append(word)
    for page in pages:
        own = by_page.get(page.page, [])
        text = " ".join(word.text for word in own)
        counted = COUNTED.search(text)
        place = int(counted[1]) if counted and int(counted[1]) <= int(counted[2]) else None
        read = read_page(document_id, [page], own).readings if own else []
        yield _Alone(page, text, _header(read), place)


def _header(readings: Sequence[Reading]) -> dict[str, str]:
    return {one.field: one.value for one in readings if one.line is None and one.confidence >= SURE}
