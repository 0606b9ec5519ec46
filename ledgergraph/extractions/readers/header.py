"""Header fields that a label names: number, dates, references, period, currency, type, accounts.

Each function offers candidates with evidence; which one is taken, and how sure that is,
is decided in `page` and `confidence`. Sums are in `totals`, names and addresses in `parties`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ledgergraph.extractions.languages import common
from ledgergraph.extractions.readers.candidates import Candidate, candidate_of, ranked
from ledgergraph.extractions.readers.conventions import SHARED, Country, resolved, shared_sign
from ledgergraph.extractions.readers.kinds import INVOICE_CODES, kind_candidates
from ledgergraph.extractions.readers.labels import Hit, Place, Sheet, further, places
from ledgergraph.extractions.readers.layout import Cell, Line, Token, text_of
from ledgergraph.extractions.readers.recognisers import FoundDate, dates_in, vat_id_at

REFERENCES = {
    "order_reference": "order_reference",
    "contract_reference": "contract_reference",
    "preceding_invoice": "preceding_invoice",
    "number": "number",
}
"""Label to field, for identifiers that stand beside their label."""
NUMBER_SIGN = re.compile(r"^(?:[Nn][°º]|#|№)(?=\w)")
"""A sign for "number" in front of an identifier."""
MAX_IDENTIFIER_TOKENS = 5
OPEN = 0.75
"""What a date, or a sign of a currency, counts that can mean two things; the other counts this
share of it again."""
UNLIKELY = 0.2
"""What each other currency of a sign counts that several share, where nothing tells which."""
UNPRINTED = 0.45
"""What the currency of the seller's country counts where no other is printed."""
NEAR = 14
"""A date this many characters into a label's value still belongs to the label."""


def header_candidates(
    sheet: Sheet, table: frozenset[int], inside: dict[int, str]
) -> Iterator[Candidate]:
    """Candidates of all labelled header fields.

    `table` are the lines of the item table, `inside` the party whose details a line belongs
    to: the bare label `Nr.` there is the party's number, not the document's.
    """
    titles = [hit for hit in sheet.types if hit.line not in table and _is_title(sheet, hit)]
    if any(hit.meanings[0].field in INVOICE_CODES for hit in titles):
        titles = [hit for hit in titles if hit.meanings[0].field in INVOICE_CODES]
    yield from kind_candidates(sheet, table)
    yield from _identifiers(sheet, titles, table, inside)
    issued = list(_issue_dates(sheet, titles, table))
    yield from issued
    best = ranked(issued)
    yield from _due_dates(sheet, table, best[0].value if best else None)
    yield from _periods(sheet, table)
    yield from _currencies(sheet)


def _is_title(sheet: Sheet, hit: Hit) -> bool:
    """Whether a word for a document starts a cell of the first page, and is no label there."""
    if not hit.at_start or sheet.lines[hit.line].page != sheet.lines[0].page:
        return False
    if hit.has_colon and not hit.is_whole:
        return False
    return not any(
        label.has_colon and label.first <= hit.first and not label.means("number", "issue_date")
        for label in sheet.hits_in(hit.line, hit.cell)
    )


def _after(line: Line, hit: Hit) -> list[Token]:
    """All tokens of a line after a hit."""
    rest = list(line.cells[hit.cell].tokens[hit.last + 1 :])
    for cell in line.cells[hit.cell + 1 :]:
        rest.extend(cell.tokens)
    return rest


def _identifiers(
    sheet: Sheet, titles: Sequence[Hit], table: frozenset[int], inside: dict[int, str]
) -> Iterator[Candidate]:
    for hit in sheet.of(*REFERENCES):
        if hit.line in table:
            continue
        for label, name in REFERENCES.items():
            weight = hit.weight_of(label)
            if not weight or (name == "number" and weight < 1.0 and hit.line in inside):
                continue
            for place in places(sheet, hit):
                found = _identifier(place.tokens)
                if found:
                    evidence = 0.96 * weight * place.trust
                    yield candidate_of(name, text_of(found), found, place.page, evidence)
    for hit in titles:
        line = sheet.lines[hit.line]
        found = _identifier(_after(line, hit))
        if found and not _names_other(sheet, hit, found):
            yield candidate_of("number", text_of(found), found, line.page, 0.88)


def _names_other(sheet: Sheet, title: Hit, found: Sequence[Token]) -> bool:
    """Whether the identifier after a title is that of something else: `Rechnung Kunde 4711`."""
    for hit in sheet.by_line.get(title.line, ()):
        between = title.box.x1 <= hit.box.x0 + 1 and hit.box.x1 <= found[0].box.x0 + 1
        if between and not hit.means("number"):
            return True
    return False


def _identifier(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of the identifier that a value starts with; empty if it starts with none."""
    start = 0
    while start < len(tokens) and _is_filler(tokens[start]):
        start += 1
    if start == len(tokens):
        return []
    found = [_bare(tokens[start])]
    for token in tokens[start + 1 : start + MAX_IDENTIFIER_TOKENS]:
        if not _joins(found, token):
            break
        found.append(token)
    found = _without_date(found)
    return _trimmed(found) if _is_identifier(found) else []


def _without_date(tokens: list[Token]) -> list[Token]:
    """An identifier without the date that stands behind it, after a stroke: `R-17 / 05.03.2024`."""
    for number, token in enumerate(tokens[1:], start=1):
        rest = text_of(tokens[number:]).lstrip("/-– ")
        if token.text in ("/", "-", "–") and _plain_date(rest.rstrip(".,;:")):
            return tokens[:number]
    return tokens


def _bare(token: Token) -> Token:
    """A token without a sign for "number" in front: `n°5620` is 5620."""
    text = NUMBER_SIGN.sub("", token.text)
    return Token(text, token.key, token.box, token.is_glued)


def _is_filler(token: Token) -> bool:
    in_brackets = token.text.startswith("(") and token.text.endswith(")")
    return not token.key or token.key == "nr" or in_brackets


def _joins(found: Sequence[Token], token: Token) -> bool:
    """Whether a token goes on with the identifier before it."""
    before = found[-1]
    close = token.box.x0 - before.box.x1 < 0.8 * token.box.height
    if token.is_glued:
        return not before.text.endswith(":")
    if not close or before.text[-1:] in ",;:":
        return False
    if token.text[:1] in "/-–" or before.text[-1:] in "/-–":
        return any(map(str.isdigit, token.text)) or token.text in "/-–"
    is_prefix = len(found) == 1 and before.text.isalpha() and before.text.isupper()
    return is_prefix and len(before.text) <= 4 and token.text[:1].isdigit()


def _is_identifier(tokens: Sequence[Token]) -> bool:
    text = text_of(tokens).strip(".,;:")
    digits = sum(map(str.isdigit, text))
    if not digits or len(text) > 40 or text.endswith("%"):
        return False
    if "@" in text or "www." in text or _plain_date(text):
        return False
    vat_id = vat_id_at(text)
    return vat_id is None or vat_id.end < len(text)


def _plain_date(text: str) -> bool:
    parts = text.replace("/", ".").split(".")
    return (
        len(parts) == 3
        and all(part.isdigit() and len(part) <= 4 for part in parts)
        and int(parts[1]) <= 31
        and {len(parts[0]), len(parts[2])} in ({2}, {2, 4}, {1, 4}, {1, 2})
    )


def _trimmed(tokens: list[Token]) -> list[Token]:
    """The tokens without punctuation at the end of the last."""
    last = tokens[-1]
    text = last.text.rstrip(".,;:")
    return [*tokens[:-1], Token(text, last.key, last.box, last.is_glued)]


def _date_of(
    sheet: Sheet, tokens: Sequence[Token], near: int = NEAR
) -> tuple[FoundDate, list[Token]] | None:
    """The first date in some tokens, if it starts near their start."""
    for found in dates_in(text_of(tokens), sheet.style):
        if found.start <= near:
            return found, _tokens_between(tokens, found.start, found.end)
    return None


def _tokens_between(tokens: Sequence[Token], start: int, end: int) -> list[Token]:
    chosen = []
    position = 0
    for number, token in enumerate(tokens):
        position += 0 if token.is_glued or number == 0 else 1
        if position < end and position + len(token.text) > start:
            chosen.append(token)
        position += len(token.text)
    return chosen


def _issue_dates(sheet: Sheet, titles: Sequence[Hit], table: frozenset[int]) -> Iterator[Candidate]:
    yield from _labelled_dates(sheet, "issue_date", table)
    for hit in titles:
        line = sheet.lines[hit.line]
        found = _date_of(sheet, _after(line, hit), near=60)
        if found is not None and not _names_other(sheet, hit, found[1]):
            yield from _dated("issue_date", found, line.page, 0.88)
    yield from _bare_dates(sheet, table)


def _labelled_dates(sheet: Sheet, name: str, table: frozenset[int]) -> Iterator[Candidate]:
    for hit in sheet.of(name):
        if hit.line in table:
            continue
        for place in places(sheet, hit):
            found = _date_of(sheet, place.tokens)
            if found is None and (more := further(sheet, place)) is not None:
                found = _date_of(sheet, more.tokens)
            if found is not None:
                evidence = 0.96 * hit.weight_of(name) * place.trust
                yield from _dated(name, found, place.page, evidence)
                break


def _dated(
    name: str, found: tuple[FoundDate, list[Token]], page: int, evidence: float
) -> Iterator[Candidate]:
    """A date for a field; where nothing tells its order, both days that it can mean."""
    day, tokens = found
    evidence *= 1.0 if day.is_certain else OPEN
    yield candidate_of(name, day.value.isoformat(), tokens, page, evidence)
    if day.other is not None:
        yield candidate_of(name, day.other.isoformat(), tokens, page, OPEN * evidence)


def _bare_dates(sheet: Sheet, table: frozenset[int]) -> Iterator[Candidate]:
    """Dates without a label in the upper part of the first page: `Berlin, den 5. März 2024`."""
    for line in sheet.layout.page_lines(sheet.lines[0].page) if sheet.lines else ():
        if line.box.y0 > 0.5 * sheet.layout.height_of(line.page) or line.number in table:
            continue
        for number, cell in enumerate(line.cells):
            if sheet.hits_in(line.number, number) or _is_labelled(sheet, line, number):
                continue
            found = _date_of(sheet, cell.tokens, near=30)
            if found is not None:
                share = (found[0].end - found[0].start) / len(cell.text)
                evidence = 0.4 if share > 0.4 else 0.15
                yield from _dated("issue_date", found, line.page, evidence)


def _is_labelled(sheet: Sheet, line: Line, number: int) -> bool:
    """Whether the cell just left of a cell is a label without a value of its own."""
    return any(
        hit.cell == number - 1 and hit.is_whole for hit in sheet.by_line.get(line.number, ())
    )


def _due_dates(sheet: Sheet, table: frozenset[int], issued: str | None) -> Iterator[Candidate]:
    for one in _labelled_dates(sheet, "due_date", table):
        early = issued is not None and one.value < issued
        yield Candidate(
            one.field, one.value, one.raw, one.page, one.box, one.evidence * (0.3 if early else 1.0)
        )


def _periods(sheet: Sheet, table: frozenset[int]) -> Iterator[Candidate]:
    for hit in sheet.of("period"):
        if hit.line in table:
            continue
        for place in places(sheet, hit):
            days, tokens = _days_of(sheet, place)
            if len(days) >= 2 and days[0].value <= days[1].value:
                for name, day in zip(("period_start", "period_end"), days, strict=False):
                    own = _tokens_between(tokens, day.start, day.end)
                    evidence = 0.95 * hit.weight_of("period") * place.trust
                    yield from _dated(name, (day, own), place.page, evidence)
                break


def _days_of(sheet: Sheet, place: Place) -> tuple[Sequence[FoundDate], Sequence[Token]]:
    """The two days of a period, which may go on in the next lines."""
    for _ in range(3):
        days = dates_in(text_of(place.tokens), sheet.style)
        more = further(sheet, place) if len(days) < 2 else None
        if more is None:
            break
        place = more
    return days, place.tokens


def _currencies(sheet: Sheet) -> Iterator[Candidate]:
    codes = common().currencies
    for hit in sheet.of("currency"):
        for place in places(sheet, hit):
            for token in place.tokens[:3]:
                code = codes.get(token.text.strip("().,;").casefold())
                if code is not None:
                    yield candidate_of("currency", code, [token], place.page, 0.97)
    yield from _counted_currencies(sheet)


def _counted_currencies(sheet: Sheet) -> Iterator[Candidate]:
    """Currencies by how often they are printed; a shared sign means what the page tells.

    Where no currency is printed, the money of the seller's country stands for it.
    """
    seen: dict[str, tuple[Token, int]] = {}
    counts: Counter[str] = Counter()
    shared: dict[str, set[str]] = {}
    for line in sheet.lines:
        for cell in line.cells:
            for code, token in _printed_currencies(sheet, cell):
                counts[code] += 1
                seen.setdefault(code, (token, line.page))
                if (sign := shared_sign(token.text)) is not None:
                    shared.setdefault(code, set()).add(sign)
                else:
                    shared.setdefault(code, set()).add(code)
    total = sum(counts.values())
    for code, count in counts.items():
        token, page = seen[code]
        evidence = 0.9 * count / total if count > 1 else 0.6 * count / total
        sign = next(iter(shared[code])) if len(shared[code]) == 1 else code
        if sign not in SHARED:
            yield candidate_of("currency", code, [token], page, evidence)
            continue
        meant = resolved(sign, list(counts.keys() - {code}), sheet.country)
        if meant is not None:
            yield candidate_of("currency", meant, [token], page, evidence)
            continue
        yield candidate_of("currency", code, [token], page, OPEN * evidence)
        for other in sorted(SHARED[sign] - {code}):
            yield candidate_of("currency", other, [token], page, UNLIKELY * evidence)
    if not counts and sheet.country is not None:
        yield from _unprinted(sheet, sheet.country)


def _unprinted(sheet: Sheet, country: Country) -> Iterator[Candidate]:
    """The currency of a country, standing where the page tells the country."""
    for line in sheet.lines:
        for cell in line.cells:
            if country.sign in cell.text:
                yield candidate_of("currency", country.currency, cell.tokens, line.page, UNPRINTED)
                return


def _is_of_money(cell: Cell, at: int) -> bool:
    """Whether a word for money is no part of another name, such as that of Euro pallets."""
    after = cell.tokens[at + 1 : at + 2]
    return not after or not after[0].text.isalpha()


def _printed_currencies(sheet: Sheet, cell: Cell) -> Iterator[tuple[str, Token]]:
    codes = common().currencies
    for at, token in enumerate(cell.tokens):
        text = token.text.strip("().,;:[]/")
        code = codes.get(text.casefold())
        if code is None:
            continue
        is_sign = len(text) == 1 or text.endswith("$") or text.casefold() in SHARED
        if is_sign or text.isupper() or (text.istitle() and _is_of_money(cell, at)):
            yield code, token
    for number in sheet.numbers(cell):
        is_sum = number.decimals > 0 and number.first == number.last  # `RM-6644` names goods
        if number.currency is not None and is_sum:
            yield number.currency, cell.tokens[number.first]
