"""Recognisers: what looks like a date, an amount, an IBAN or a VAT number, wherever it stands.

Pure functions of text. Each find keeps its place in the text, so that its box can be found,
and says how certain its form makes it. What the value is for is decided elsewhere.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from stdnum import iban as iban_checks
from stdnum.eu import vat as vat_checks

from ledgergraph.extractions.languages import Lexicon, common, key_of

FIRST_YEAR, LAST_YEAR = 1970, 2069
"""Years that a business document is dated in; two digits are read within the same span."""

NUMERIC_DATE = re.compile(
    r"(?<![\w.,/-])(\d{4}|\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?![\w/-]|[.,]\d)"
)
DAY_MONTH_YEAR = re.compile(
    r"(?<![\w.,/])(\d{1,2})(?:st|nd|rd|th|er|º|°|ª|\.)?[ \-./]*(?:de |di |of |d')?"
    r"([^\W\d_]{3,10})\.?,?[ \-./]*(?:de |del )?(\d{4}|'?\d{2})(?!\w|[.,]\d)",
    re.IGNORECASE,
)
MONTH_DAY_YEAR = re.compile(
    r"(?<!\w)([^\W\d_]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\w)", re.IGNORECASE
)
NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-−–+])? ?"
    r"(?P<before>[^\W\d_]{2,3}\.?|[€£¥₹₺]|(?:US|AU?|CA?|NZ|HK|S|R|MXN?|Mex)?\$)? ?"
    r"(?P<inner>[-−–])?"
    r"(?P<digits>\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r"(?:[.,][-–—]{1,2})?(?P<minus>[-−–])? ?"
    r"(?P<after>[€$£¥₹₺%]|[^\W\d_]{2,4}\.?)?(?P<close>\))?[*)]?(?:/\S+)?"
)
MINUS = ("-", "−", "–")
PLAIN_GROUP = re.compile(r"[-−]?\d{1,3}")
NEXT_GROUP = re.compile(r"\d{3}(?:,\d{1,4})?")
DECIMAL_SIGN = re.compile(r"(?<!\d)\d{1,3}(?:[.,'’ ]?\d{3})*([.,])\d{2}(?!\d|[.,]\d)")
IBAN_START = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{2})(?=[ A-Z0-9])")
IBAN_REST = re.compile(r"(?: ?[A-Z0-9]){8,32}")


@dataclass(frozen=True, slots=True)
class Style:
    """How a document writes numbers and dates."""

    decimal: str  # "," or "."
    month_first: bool | None  # None: nothing on the pages tells
    months: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text; `other` is the day that it means if day and month stand the other way
    round, where nothing tells that they do not."""

    start: int
    end: int
    value: date
    other: date | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it can mean no other day."""
        return self.other is None


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number in a row of tokens, `first` to `last` inclusive."""

    first: int
    last: int
    value: Decimal
    decimals: int
    raw: str
    currency: str | None = None
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class FoundCode:
    """An identifier in a text, without separators; valid if its check digits hold."""

    start: int
    end: int
    value: str
    is_valid: bool


def style_of(texts: Sequence[str], lexicon: Lexicon) -> Style:
    """How a document writes numbers and dates, as most of its unmistakable ones do."""
    points = commas = day_first = month_first = 0
    for text in texts:
        for match in DECIMAL_SIGN.finditer(text):
            points += match[1] == "."
            commas += match[1] == ","
        if "/" in text:
            for first, sign, second, _ in NUMERIC_DATE.findall(text):
                if sign == "/" and len(first) <= 2:
                    day_first += int(first) > 12
                    month_first += int(second) > 12
    decimal = lexicon.decimal if points == commas else ("." if points > commas else ",")
    told = None if day_first == month_first else month_first > day_first
    return Style(decimal, told, lexicon.months)


def dates_in(text: str, style: Style) -> list[FoundDate]:
    """The dates in a text, from left to right."""
    found: dict[int, FoundDate] = {}
    for match in NUMERIC_DATE.finditer(text):
        if (one := _numeric(match, style)) is not None:
            found[one.start] = one
    if any(letter.isalpha() for letter in text):
        for match in DAY_MONTH_YEAR.finditer(text):
            _add_written(found, match, match[1], match[2], match[3], style)
        for match in MONTH_DAY_YEAR.finditer(text):
            _add_written(found, match, match[2], match[1], match[3], style)
    return [found[start] for start in sorted(found)]


def _add_written(
    found: dict[int, FoundDate], match: re.Match[str], day: str, month: str, year: str,
    style: Style,
) -> None:  # fmt: skip
    number = style.months.get(key_of(month))
    if number is None or any(one.start <= match.start() < one.end for one in found.values()):
        return
    value = _date(year.lstrip("'"), number, int(day))
    if value is not None:
        found[match.start()] = FoundDate(match.start(), match.end(), value)


def _numeric(match: re.Match[str], style: Style) -> FoundDate | None:
    first, sign, second, third = match.groups()
    other = None
    if len(first) == 4:
        value = _date(first, int(second), int(third)) if len(third) <= 2 else None
    else:
        day, month = int(first), int(second)
        if sign == "/" and style.month_first:
            day, month = month, day
        elif sign == "/" and style.month_first is None and style.decimal == "." and day != month:
            other = _date(third, day, month) if day <= 12 else None
        if month > 12 and sign == "/":
            day, month = month, day
        value = _date(third, month, day)
    if value is None:
        return None
    return FoundDate(match.start(), match.end(), value, other)


def _date(year: str, month: int, day: int) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number <= LAST_YEAR - 2000 else 1900
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return None
    try:
        return date(number, month, day)
    except ValueError:
        return None


def parsed_number(digits: str, decimal: str) -> tuple[Decimal, int]:
    """The value of a number as printed and how many decimals it has.

    `decimal` decides where a single separator before three digits can be either.
    """
    bare = digits.replace("'", "").replace("’", "").replace(" ", "")
    dots, commas = bare.count("."), bare.count(",")
    if dots and commas:
        point = "." if bare.rfind(".") > bare.rfind(",") else ","
    elif dots + commas == 1:
        sign = "." if dots else ","
        before, after = bare.split(sign)
        may_group = len(after) == 3 and 1 <= len(before) <= 3 and before != "0"
        point = "" if may_group and sign != decimal else sign
    else:
        point = ""
    whole, _, part = bare.rpartition(point) if point else (bare, "", "")
    whole = whole.replace(".", "").replace(",", "")
    return Decimal(f"{whole or 0}.{part or 0}"), len(part)


def number_of(text: str, style: Style) -> FoundNumber | None:
    """The number that a whole word is, with its sign, currency or percent sign."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    before, after = match["before"], match["after"]
    currencies = common().currencies
    currency = currencies.get((before or "").casefold()) or currencies.get((after or "").casefold())
    if before and currencies.get(before.casefold()) is None:
        return None
    if after and after != "%" and currencies.get(after.casefold()) is None:
        return None
    value, decimals = parsed_number(match["digits"], style.decimal)
    bracketed = bool(match["open"] and match["close"])
    if match["open"] and not (match["close"] and decimals):
        return None
    negative = match["sign"] in MINUS or match["inner"] or match["minus"] or bracketed
    return FoundNumber(0, 0, -value if negative else value, decimals, text, currency, after == "%")


def numbers_in(tokens: Sequence[str], style: Style) -> list[FoundNumber]:
    """The numbers in the words of one cell; one may span several (`1 234,56`, `- 5,00 €`)."""
    found: list[FoundNumber] = []
    index = 0
    while index < len(tokens):
        if not _can_begin(tokens[index]):
            index += 1
            continue
        one = _number_at(tokens, index, style)
        if one is None:
            index += 1
            continue
        found.append(one)
        index = one.last + 1
    return found


@lru_cache(maxsize=65_536)
def _can_begin(token: str) -> bool:
    """Whether a number can begin with a word: it has a digit, or is a sign or a currency."""
    return (
        any(map(str.isdigit, token))
        or token in (*MINUS, "+")
        or token.casefold() in common().currencies
    )


def _number_at(tokens: Sequence[str], first: int, style: Style) -> FoundNumber | None:
    start, is_negative, currency = _before_digits(tokens, first)
    last, text = _grouped(tokens, start, style)
    one = number_of(text, style)
    if one is None:
        return None
    is_percent = one.is_percent
    currency = currency or one.currency
    following = tokens[last + 1] if last + 1 < len(tokens) else ""
    after = common().currencies.get(following.strip("*.,;").casefold())
    if following in ("%", "%)"):
        is_percent, last = True, last + 1
    elif currency is None and after is not None:
        currency, last = after, last + 1
    value = -abs(one.value) if is_negative else one.value
    raw = " ".join(tokens[first : last + 1])
    return FoundNumber(first, last, value, one.decimals, raw, currency, is_percent)


def _before_digits(tokens: Sequence[str], start: int) -> tuple[int, bool, str | None]:
    """Where a number's digits start, behind a sign and a currency that stand apart."""
    is_negative = False
    currency = None
    while start + 1 < len(tokens):
        code = common().currencies.get(tokens[start].casefold())
        if tokens[start] in (*MINUS, "+") and not is_negative:
            is_negative = tokens[start] in MINUS
        elif code is not None and currency is None:
            currency = code
        else:
            break
        start += 1
    return start, is_negative, currency


def _grouped(tokens: Sequence[str], start: int, style: Style) -> tuple[int, str]:
    """The last token of a number whose thousands stand apart, and its text."""
    last, text = start, tokens[start]
    if not PLAIN_GROUP.fullmatch(text) or style.decimal != ",":
        return last, text
    while last + 1 < len(tokens) and NEXT_GROUP.fullmatch(tokens[last + 1].rstrip("€")):
        last += 1
        text += " " + tokens[last]
    if last == start + 1 and "," not in text:
        return start, tokens[start]  # two whole numbers are two numbers
    return last, text


def ibans_in(text: str) -> Iterator[FoundCode]:
    """The IBANs in a text; those whose check digits fail come as they stand, not valid.

    Source: ISO 13616; the length of a country's IBAN decides where it ends.
    """
    for match in IBAN_START.finditer(text):
        rest = IBAN_REST.match(text, match.end())
        if rest is None:
            continue
        end, code = _cut(text, match.start(), rest.end(), common().iban_lengths.get(match[1][:2]))
        if code is not None:
            yield FoundCode(match.start(), end, code, iban_checks.is_valid(code))


def _cut(text: str, start: int, end: int, length: int | None) -> tuple[int, str | None]:
    """The stretch of an IBAN: its country's length, or less where the print is shorter."""
    if length is None:
        return end, None
    count = 0
    for index in range(start, end):
        count += text[index] != " "
        if count == length:
            following = text[index + 1 : index + 2]
            whole = not following.isalnum()
            return index + 1, text[start : index + 1].replace(" ", "") if whole else None
    digits = "".join(group for group in text[start:end].split() if any(map(str.isdigit, group)))
    return end, digits if len(digits) >= min(length, 15) - 3 else None


@lru_cache(maxsize=1)
def _vat_pattern() -> re.Pattern[str]:
    forms = "|".join(f"{code}{form}" for code, form in common().vat_patterns.items())
    return re.compile(rf"(?:{forms}|GR\d{{9}})(?![A-Z0-9])")


@lru_cache(maxsize=32)
def _national_pattern(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"{common().vat_patterns[prefix]}(?![A-Z0-9])")


def vat_id_at(text: str, prefix: str | None = None) -> FoundCode | None:
    """The VAT number that a text starts with, separators apart.

    `prefix` is the country of a number printed without one (`P. IVA 01234567890`): then
    it is added, if the check digits of that country hold.
    """
    compact, ends = _compact(text)
    match = _vat_pattern().match(compact)
    if match is not None:
        return FoundCode(0, ends[match.end() - 1], match[0], vat_checks.is_valid(match[0]))
    if prefix is None:
        return None
    match = _national_pattern(prefix).match(compact)
    if match is None or not vat_checks.is_valid(prefix + match[0]):
        return None
    return FoundCode(0, ends[match.end() - 1], prefix + match[0], True)


def tax_number_at(text: str, language: str) -> FoundCode | None:
    """The tax number that a text starts with, of a country that has no VAT: `36-4613183`."""
    for form in common().tax_numbers.get(language, ()):
        match = re.match(rf"{form}(?!\w|-\d)", text)
        if match is not None:
            return FoundCode(0, match.end(), match[0], is_valid=False)
    return None


def _compact(text: str) -> tuple[str, list[int]]:
    """A text's first letters and digits in capitals, and where each ends in it."""
    letters: list[str] = []
    ends: list[int] = []
    for index, letter in enumerate(text[:40]):
        if letter.isalnum():
            letters.append(letter.upper())
            ends.append(index + 1)
        elif letter not in " .-/" or len(letters) > 20:
            break
        elif letter == " " and len(letters) >= 8 and not text[index + 1 : index + 2].isdigit():
            letters.append(" ")
            ends.append(index + 1)
    return "".join(letters), ends
