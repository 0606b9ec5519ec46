"""When two names are the same, with their legal form and without it.

The legal forms themselves are data (languages/common.toml).
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from ledgergraph.extractions.languages import common, key_of, phrase_key

AND = re.compile(r"(?:^|(?<= ))(?:&|und|and|et|y|e|en)(?= |$)")
LONGEST_FORM = 4
"""Words of the longest legal form."""


def plain_words(text: str) -> str:
    """A text without case, accents and signs other than `&`; words apart by one space."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return re.sub(r"[^\w&]+|_", " ", bare).strip()


def compact(text: str) -> str:
    """A text without all that is no letter, digit or underscore."""
    return re.sub(r"\W", "", text)


def spelling_key(name: str) -> str:
    """A name with its legal form in one spelling and without `and`.

    `Bauer & Co. Aktiengesellschaft` and `BAUER UND CO AG` are one, `Bauer GmbH` is another.
    """
    forms, pattern = _spelled_forms()
    words = pattern.sub(lambda match: forms[match[1]], plain_words(name))
    return compact(AND.sub(" ", words))


@lru_cache(maxsize=65_536)
def name_key(name: str | None) -> str | None:
    """A name without case, accents, punctuation and legal form: `Müller & Co. KG` is `muller`.

    Null where nothing is left to compare.
    """
    words = [key for word in re.split(r"[\s,;/&+()\-]+", name or "") if (key := key_of(word))]
    forms, kept, at = _all_forms(), words[:1], 1
    while at < len(words):
        sizes = range(LONGEST_FORM, 0, -1)
        length = next((size for size in sizes if "".join(words[at : at + size]) in forms), 0)
        if not length:
            kept.append(words[at])
        at += length or 1
    return " ".join(kept) or None


@lru_cache(maxsize=1)
def _spelled_forms() -> tuple[Mapping[str, str], re.Pattern[str]]:
    """Legal forms written out, in plain words, each with the form that it is."""
    forms = {plain_words(spelt): form for spelt, form in common().spelled_forms.items()}
    return forms, re.compile(r"\b(" + "|".join(sorted(forms, key=len, reverse=True)) + r")\b")


@lru_cache(maxsize=1)
def _all_forms() -> frozenset[str]:
    return common().legal_forms | {phrase_key(spelt) for spelt in common().spelled_forms}
