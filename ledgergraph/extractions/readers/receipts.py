"""Receipts: a shop's name and address at the top, a date anywhere, a total before what was paid.

Belongs here: telling a receipt, and its four facts by their place. Not here: labelled
fields, which are read on receipts as on any other page (header, totals). What is found
here stands beside what the other parts find; which counts, the evidence says.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import common
from ledgergraph.extractions.readers.addresses import (
    CONTACT,
    has_legal_form,
    is_name,
    is_postal,
    plain_name,
)
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of
from ledgergraph.extractions.readers.labels import Sheet
from ledgergraph.extractions.readers.layout import Cell, Line, Token, cell_of, text_of
from ledgergraph.extractions.readers.recognisers import FoundNumber, dates_in, numbers_in
from ledgergraph.money import plain

SIGNS = 2
"""A page with so many different words of receipts, and no buyer named, is one."""
TOP_LINES = 14
"""Lines at the top among which name and address of the shop stand."""
NAME_LINES = 6
"""And its name is among the first of them."""
ADDRESS_LINES = 6
REGISTRATION = re.compile(r"^\W*(?:[A-Z]{0,3}\d[\d /-]{4,}(?:-? ?[A-Z])?)\W*$|^\(.*\d.*\)$")
"""A line that is the number of a company in a register, and nothing else."""
BELOW_TOP = ("other", "vat_id", "number", "issue_date", "gross", "net")
"""Labels of what follows name and address; a weak one (`No. 12, High Street`) may be part of it."""
TELEPHONE = re.compile(r"^\W*(?:\+|\d)[\d\s()./+-]{6,}$")
TIME = re.compile(r"\b\d{1,2} ?[:.] ?\d{2}(?: ?[:.] ?\d{2})?\b")
OPEN = 0.5
"""What the other day counts that a date can mean, as a share of the more usual one."""
GLUED_TIME = re.compile(r"(\d{1,4}[/.-]\d{1,2}[/.-]\d{4}|[A-Za-z]{3}-?\d{4})(?=\d{1,2}:\d{2})")
"""A date that recognition has joined to the time behind it."""


def is_receipt(sheet: Sheet) -> bool:
    """Whether a document looks like a receipt, by its words; it names no buyer."""
    return bool(sheet.lines) and not names_buyer(sheet) and len(signs_of(sheet)) >= SIGNS


def names_buyer(sheet: Sheet) -> bool:
    """Whether a label says who the buyer is."""
    return any(hit.is_whole or hit.has_colon for hit in sheet.of("buyer"))


def signs_of(sheet: Sheet) -> set[str]:
    """The different words of receipts on a page, by their keys."""
    return {
        "".join(token.key for token in sheet.lines[hit.line].cells[hit.cell].tokens[
            hit.first : hit.last + 1])
        for hit in sheet.signs
        if hit.means("sign", "change")
    }  # fmt: skip


def receipt_candidates(sheet: Sheet) -> Iterator[Candidate]:
    """Candidates for seller's name and address, date and total of a receipt."""
    yield from _seller(sheet)
    yield from _dates(sheet)
    yield from _totals(sheet)


def payment_lines(sheet: Sheet) -> frozenset[int]:
    """The lines that say what was given and given back; they add up, and are no totals."""
    totals = {hit.line for hit in sheet.of("gross", "net", "due", "tax")}
    paid = {hit.line for hit in sheet.signs if hit.at_start and hit.means("paid", "change")}
    return frozenset(paid - totals)


def _seller(sheet: Sheet) -> Iterator[Candidate]:
    top = [_whole(line) for line in sheet.layout.page_lines(sheet.lines[0].page)[:TOP_LINES]]
    scored = [(_likeness(sheet, cell, at), -at) for at, cell in enumerate(top[:NAME_LINES])]
    if not scored or max(scored)[0] <= 0:
        return
    evidence, minus = max(scored)
    first = last = -minus
    if first and _is_tail(top[first]) and _likeness(sheet, top[first - 1], first - 1) > 0:
        first -= 1
    if last + 1 < len(top) and _goes_on(top[last], top[last + 1]):
        last += 1
    name = top[first : last + 1]
    raw = " ".join(cell.text.strip(" ,;") for cell in name)
    value = plain_name(raw).rpartition(": ")[2]  # "Owned by: …"
    box = Box.around([cell.box for cell in name])
    yield Candidate("seller.name", value, raw, name[0].page, box, min(evidence, 0.92))
    address = list(_address(sheet, top[last + 1 :]))
    if address:
        raw = " ".join(cell.text for cell in address)
        value = ", ".join(cell.text.strip(" ,;.") for cell in address)
        sure = 0.85 if any(map(_has_town, address)) else 0.6
        box = Box.around([cell.box for cell in address])
        yield Candidate("seller.address", value, raw, address[0].page, box, sure)


def _whole(line: Line) -> Cell:
    """A line as one cell: the top of a receipt has no columns."""
    return cell_of(line.page, line.number, [token for cell in line.cells for token in cell.tokens])


def _likeness(sheet: Sheet, cell: Cell, at: int) -> float:
    """How much a line at the top looks like the name of a company; 0 for what cannot be one."""
    bare = _without_number(cell)
    if (
        not is_name(bare.tokens)
        or len(bare.text) < 4
        or _ends_top(sheet, cell)
        or REGISTRATION.match(cell.text)
    ):
        return 0.0
    if _is_like_address(cell):
        return 0.0
    words = {token.key for token in bare.tokens}
    known = common().company_words
    has_word = bool(words & known) or any(key.endswith(tuple(known)) for key in words if key)
    evidence = 0.62 - 0.05 * at
    if has_legal_form(bare):
        evidence += 0.3
    elif has_word:
        evidence += 0.2
    return evidence if not bare.text.islower() else 0.5 * evidence  # as handwriting is read


def _without_number(cell: Cell) -> Cell:
    """A name without the number of its company behind it."""
    length = len(plain_name(cell.text))
    tokens = list(cell.tokens)
    while len(tokens) > 1 and len(text_of(tokens)) > length:
        tokens.pop()
    return cell_of(cell.page, cell.line, tokens)


def _is_tail(cell: Cell) -> bool:
    """Whether a line is little more than a legal form: the end of a name that begins above."""
    if not has_legal_form(_without_number(cell)):
        return False
    forms = common().legal_forms
    words = [token.key for token in _without_number(cell).tokens if token.key]
    own = [
        word
        for at, word in enumerate(words)
        if not any("".join(pair) in forms for pair in (words[at : at + 2], words[at - 1 : at + 1]))
        and word not in forms
        and len(word) > 1
    ]
    return len(own) <= 1


def _goes_on(first: Cell, second: Cell) -> bool:
    """Whether the name of a company ends on the next line, with its legal form."""
    if has_legal_form(_without_number(first)) or _is_like_address(second):
        return False
    return has_legal_form(_without_number(second)) and len(second.tokens) <= 4


def _is_like_address(cell: Cell) -> bool:
    return is_postal(cell) or ("," in cell.text and any(map(str.isdigit, cell.text)))


def _has_town(cell: Cell) -> bool:
    return is_postal(cell) or bool(re.search(r"\b\d{5}\b", cell.text))


def _ends_top(sheet: Sheet, cell: Cell) -> bool:
    """Whether a line belongs to what follows name and address: telephone, title, date, labels."""
    text = cell.text
    if CONTACT.search(text) or TELEPHONE.match(text) or dates_in(text, sheet.style):
        return True
    own = [hit for hit in sheet.by_line.get(cell.line, ()) if hit.at_start]
    if any(hit.weight_of(name) == 1.0 for hit in own for name in BELOW_TOP):
        return True
    return any(hit.line == cell.line and hit.at_start for hit in sheet.types)


def _address(sheet: Sheet, lines: Sequence[Cell]) -> Iterator[Cell]:
    """The lines of an address: from the first that looks like one to what is no part of it."""
    found: list[Cell] = []
    has_town = False
    for cell in lines:
        ends = _ends_top(sheet, cell)
        is_far = bool(found) and cell.box.y0 - found[-1].box.y1 > 1.5 * cell.box.height
        if found and (ends or is_far or len(found) == ADDRESS_LINES):
            break
        if ends or REGISTRATION.match(cell.text):
            continue
        digits = any(map(str.isdigit, cell.text))
        if not found and not (digits or "," in cell.text):
            continue
        if has_town and digits and not cell.text.startswith("("):
            break
        found.append(cell)
        has_town = has_town or _has_town(cell)
    yield from found


def _dates(sheet: Sheet) -> Iterator[Candidate]:
    """All dates, likelier beside their label or a time, at the top or the bottom."""
    labelled = {hit.line for hit in sheet.of("issue_date")}
    for line in sheet.lines:
        tokens = [token for cell in line.cells for token in cell.tokens]
        text = GLUED_TIME.sub(r"\1 ", text_of(tokens))
        for found in dates_in(text, sheet.style)[:2]:
            evidence = 0.6
            evidence += 0.2 if line.number in labelled else 0.0
            evidence += 0.1 if TIME.search(text[found.end :]) else 0.0
            evidence *= 1.0 if found.is_certain else 0.95
            printed = text[found.start : found.end]
            own = [token for token in tokens if _shares(token.text, printed)] or tokens
            yield candidate_of("issue_date", found.value.isoformat(), own, line.page, evidence)
            if found.other is not None:
                other = found.other.isoformat()
                yield candidate_of("issue_date", other, own, line.page, OPEN * evidence)


def _shares(text: str, printed: str) -> bool:
    return any(piece in text for piece in printed.split()) or text in printed.split()


def _totals(sheet: Sheet) -> Iterator[Candidate]:
    """Amounts beside a word for the total, and what they were rounded to.

    What was paid less the change confirms one.
    """
    amounts = list(_amounts(sheet))
    times = Counter(number.value for _, _, number in amounts)
    stated: dict[int, tuple[Amount, float]] = {}
    for hit in sheet.of("gross", "due"):
        weight = max(hit.weight_of("gross"), hit.weight_of("due"))
        for one in _beside(sheet, hit.line, hit.cell, hit.last, amounts):
            if one[2].value > 0:
                stated[one[0].number] = one, weight
    paid, change = _valued(sheet, amounts, "paid"), _valued(sheet, amounts, "change")
    due = {one - other for one in paid for other in change} | paid
    rounded = _rounded(sheet, [one for one, _ in stated.values()], amounts)
    for one in rounded:
        stated.setdefault(one[0].number, (one, 1.0))
    final = {one[2].value for one in rounded}
    for (line, tokens, number), weight in stated.values():
        value = number.value
        is_last = not any(at > line.number for at, ((_, _, other), _) in stated.items()
                          if other.value == value)  # fmt: skip
        evidence = 0.45 + 0.2 * weight + 0.2 * (value in due or value in final)
        evidence *= 0.6 if final and value not in final else 1.0
        evidence += 0.05 * min(times[value] - 1, 2) + 0.05 * is_last
        yield candidate_of("totals.gross", plain(value), tokens, line.page, min(evidence, 0.95))


def _rounded(
    sheet: Sheet, stated: Sequence["Amount"], amounts: Sequence["Amount"]
) -> list["Amount"]:
    """The amounts that a total became by rounding, as printed below it."""
    found = []
    for hit in sheet.signs:
        if not hit.means("rounding"):
            continue
        for _, _, by in _beside(sheet, hit.line, hit.cell, hit.last, amounts):
            totals = {one[2].value for one in stated if one[0].number < hit.line}
            found += [
                one
                for one in amounts
                if hit.line < one[0].number <= hit.line + 2
                and by.value
                and {one[2].value - by.value, one[2].value + by.value} & totals
            ]
    return found


Amount = tuple[Line, Sequence[Token], FoundNumber]


def _amounts(sheet: Sheet) -> Iterator[Amount]:
    """All amounts with cents."""
    for line in sheet.lines:
        for cell in line.cells:
            for number in numbers_in([token.text for token in cell.tokens], sheet.style):
                if number.decimals == 2 and not number.is_percent:
                    yield line, cell.tokens[number.first : number.last + 1], number


def _beside(
    sheet: Sheet, line: int, cell: int, last: int, amounts: Sequence[Amount]
) -> Iterator[Amount]:
    """The last amount on the line of a label, behind it."""
    edge = sheet.lines[line].cells[cell].tokens[last].box.x1
    right = [one for one in amounts if one[0].number == line and one[1][0].box.x0 >= edge - 2]
    yield from right[-1:]


def _valued(sheet: Sheet, amounts: Sequence[Amount], label: str) -> set[Decimal]:
    return {
        abs(number.value)
        for hit in sheet.signs
        if hit.means(label)
        for _, _, number in _beside(sheet, hit.line, hit.cell, hit.last, amounts)
    }
