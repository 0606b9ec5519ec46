"""What stands on a page, asked whether a value is among it in any usual way of writing.

Not here: whether a page that says something else is a mismatch (hybrids).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from ledgergraph.extractions.languages import CODES, common, key_of, lexicon
from ledgergraph.extractions.readers.recognisers import Style, dates_in
from ledgergraph.identity import LOOKALIKES
from ledgergraph.money import minor_digits, plain, rounded


@dataclass(frozen=True)
class Printed:
    """The words of a document in reading order, asked whether a value stands among them.

    `is_recognised` says that an engine read them: then what differs from a value by letters
    and digits that look alike, or by the marks in an amount, counts as that value.
    """

    words: Sequence[str]
    is_recognised: bool = False

    @cached_property
    def text(self) -> str:
        """All words, one space apart, with one kind of apostrophe and minus."""
        joined = " ".join(self.words).replace("’", "'").replace("−", "-")
        return re.sub(r"\s+", " ", joined)

    @cached_property
    def compact(self) -> str:
        """All letters and digits, in capitals."""
        return self._bare(self.text)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Its words without case, accents and signs."""
        return frozenset(key for word in self.words for key in map(key_of, re.split(r"\W", word)))

    @cached_property
    def days(self) -> frozenset[date]:
        """Every day that any stretch of the text can mean."""
        months = lexicon(tuple(CODES)).months
        styles = [Style(decimal, first, months) for decimal in ".," for first in (True, False)]
        return frozenset(found.value for style in styles for found in dates_in(self.text, style))

    def _bare(self, text: str) -> str:
        bare = re.sub(r"[\W_]", "", text).upper()
        return bare.translate(LOOKALIKES) if self.is_recognised else bare

    def has_amount(self, amount: Decimal, currency: str | None) -> bool:
        """Whether an amount stands there, whatever its separators, sign and currency."""
        return self._has_number(rounded(abs(amount), currency), minor_digits(currency))

    def has_price(self, price: Decimal, currency: str | None) -> bool:
        """Whether a price stands there, with its own decimals or those of the currency."""
        own = -int(abs(price).normalize().as_tuple().exponent)
        return self.has_amount(price, currency) or self._has_number(abs(price), max(own, 0))

    def _has_number(self, value: Decimal, places: int) -> bool:
        whole, _, cents = f"{value:.{places}f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", "[.,' ]?")
        decimals = rf"(?:[.,] ?{cents})" if cents.strip("0") else rf"(?:[.,] ?(?:{cents}|-+))?"
        pattern = rf"(?<!\d)(?<!\d[.,']){grouped}{decimals if cents else ''}(?!\d)(?![.,]\d)"
        if re.search(pattern, self.text) is not None:
            return True
        return self.is_recognised and (whole + cents).lstrip("0") in self._digits

    @cached_property
    def _digits(self) -> frozenset[str]:
        """The digits of each word, without marks between them."""
        words = (word.upper().translate(LOOKALIKES) for word in self.words)
        return frozenset(re.sub(r"\D", "", word).lstrip("0") for word in words)

    def has_rate(self, rate: Decimal) -> bool:
        """Whether a percentage stands there, with or without decimals."""
        number = re.escape(plain(rate)).replace(r"\.", "[.,]")
        decimals = "0*" if "." in plain(rate) else "(?:[.,]0+)?"
        return re.search(rf"(?<![\d.,]){number}{decimals} ?%", self.text) is not None

    def has_code(self, code: str) -> bool:
        """Whether letters and digits stand there, however they are grouped.

        Not as a part of a longer number: 2024-001 does not stand in 2024-0012.
        """
        bare = self._bare(code)
        if len(bare) <= 4:
            return key_of(re.sub(r"[\W_]", "", code)) in self.keys
        at = self.compact.find(bare)
        while at >= 0:
            if not self._joins[at] and not self._joins[at + len(bare)]:
                return True
            at = self.compact.find(bare, at + 1)
        return False

    @cached_property
    def _joins(self) -> Sequence[bool]:
        """For each place in `compact` whether a digit follows another there without a gap."""
        found: list[bool] = []
        before = ""
        for one in self.text:
            bare = self._bare(one)
            found += [before.isdigit() and bare.isdigit()] * min(len(bare), 1)
            found += [False] * (len(bare) - 1)
            before = bare[-1:]
        return [*found, False]

    def has_words(self, text: str) -> bool:
        """Whether most of the words of a name or text stand there, in any order."""
        words = [key for key in map(key_of, re.split(r"\W+", text)) if len(key) > 2]
        found = sum(word in self.keys or word.upper() in self._letters for word in words)
        return not words or found * 2 > len(words)

    @cached_property
    def _letters(self) -> str:
        return re.sub(r"[\W_]", "", self.text).upper()

    def has_title(self, types: Collection[str]) -> bool:
        """Whether words stand there that head documents of some types (UNTDID 1001)."""
        titles = lexicon(tuple(CODES)).types.items()
        heads = (key for key, meant in titles if any(one.field in types for one in meant))
        return any(key in self._run for key in heads)

    @cached_property
    def _run(self) -> str:
        """Its words as keys, without anything between them."""
        return "".join(map(key_of, self.words))

    def has_currency(self, code: str) -> bool:
        """Whether a currency stands there by its code or a sign of it."""
        forms = [form for form, currency in common().currencies.items() if currency == code]
        lower = self.text.casefold()
        return code in self.text or any(form in lower for form in forms)
