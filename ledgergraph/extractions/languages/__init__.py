"""The words of business documents by language, as data: one TOML file a language.

Belongs here: the files, their form in memory, and the guess of a page's language.
Not here: where on a page a word stands and what follows from it (readers).

To teach a reader a word, add it to the file of its language, as it is printed: case,
accents, spaces and punctuation do not matter. To add a language, add a file.
"""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

CODES = ("de", "en", "fr", "es", "it", "pt")
"""Languages with a file, in the order that breaks ties."""
COMMON = "common"
NUMBER_WORDS = frozenset({"n", "no", "nr", "num", "nro", "numero", "number", "nummer"})
"""Ways to write "number": one key for all of them, so that a label is listed once."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word or phrase can mean: a field, a language, and whether it needs more evidence."""

    field: str
    language: str
    is_weak: bool = False


Index = Mapping[str, tuple[Meaning, ...]]
"""Key of a phrase (see `key_of`) to what it can mean."""


@dataclass(frozen=True)
class Lexicon:
    """The words of some languages, looked up by key."""

    languages: tuple[str, ...]
    labels: Index
    headings: Index
    types: Index  # field is the UNTDID 1001 code, or receipt
    receipts: Index  # field is sign, paid, change or rounding
    months: Mapping[str, int]
    units: Mapping[str, str]  # to UN/ECE Recommendation 20 and 21
    decimal: str  # decimal point of the first language
    vat_prefix: str
    longest: int  # characters of the longest key

    @property
    def language(self) -> str:
        """The language that the document is in, ISO 639-1."""
        return self.languages[0]


@dataclass(frozen=True)
class Common:
    """What does not depend on the language."""

    legal_forms: frozenset[str]
    spelled_forms: Mapping[str, str]  # a form written out to the form
    company_words: frozenset[str]
    sum_words: frozenset[str]  # keys that begin the name of a sum of several amounts
    currencies: Mapping[str, str]  # printed form to ISO 4217
    countries: Mapping[str, str]  # key of a name to ISO 3166
    iban_lengths: Mapping[str, int]
    vat_patterns: Mapping[str, str]
    tax_numbers: Mapping[str, Sequence[str]]  # by language, of countries without VAT


@lru_cache(maxsize=65_536)
def key_of(word: str) -> str:
    """A word without case, accents and punctuation; every word for "number" is `nr`."""
    if word.strip(".:") in ("#", "№"):
        return "nr"
    if word == "%":
        return word
    plain = unicodedata.normalize("NFKD", word.casefold())
    key = "".join(one for one in plain if one.isalnum())
    return "nr" if key in NUMBER_WORDS else key


def phrase_key(phrase: str) -> str:
    """The key of several words: their keys without a space; `%` counts only when alone."""
    spaced = phrase.replace("/", " ").replace(":", " ")
    key = "".join(key_of(word) for word in spaced.split())
    return key.replace("%", "") or key


@lru_cache(maxsize=1)
def common() -> Common:
    """The file `common.toml`."""
    raw = file_of(COMMON)
    return Common(
        legal_forms=frozenset(phrase_key(form) for form in raw["legal_forms"]),
        spelled_forms={
            spelt: form for form, many in raw["spelled_forms"].items() for spelt in many
        },
        company_words=frozenset(phrase_key(word) for word in raw["company_words"]),
        sum_words=frozenset(key_of(word) for word in raw["sum_words"]),
        currencies={
            form.casefold(): code for code, forms in raw["currencies"].items() for form in forms
        },
        countries={
            phrase_key(form): code for code, forms in raw["countries"].items() for form in forms
        },
        iban_lengths=raw["iban_lengths"],
        vat_patterns=raw["vat_patterns"],
        tax_numbers=raw["tax_numbers"],
    )


@lru_cache(maxsize=32)
def lexicon(languages: tuple[str, ...]) -> Lexicon:
    """The words of some languages; the first is the document's own and decides conflicts.

    Words for kinds of documents come from all languages: a title alone tells no language.
    """
    files = {code: file_of(code) for code in languages}
    labels = _index(files, "labels")
    headings = _index(files, "headings")
    types = _index({**files, **{code: file_of(code) for code in CODES}}, "types")
    receipts = _index(files, "receipts")
    first = files[languages[0]]
    return Lexicon(
        languages=languages,
        labels=labels,
        headings=headings,
        types=types,
        receipts=receipts,
        months=_inverted(files, "months", int),
        units=_inverted(files, "units", str),
        decimal=first["decimal"],
        vat_prefix=first["vat_prefix"],
        longest=max(len(key) for index in (labels, headings, types, receipts) for key in index),
    )


def lexicon_for(keys: Sequence[str]) -> Lexicon:
    """The lexicon for a document whose words have these keys: its language, then English.

    The language is the one with the most words that only its labels and headings use; a tie goes to
    the earlier of `CODES`. A document without any is read as English.
    """
    typical = _typical()
    hits: Counter[str] = Counter()
    for key, count in Counter(keys).items():
        for code, weight in typical.get(key, ()):
            hits[code] += min(count, 3) * weight
    best = max(CODES, key=lambda code: (hits[code], code == "en", -CODES.index(code)))
    return lexicon((best, "en") if best != "en" else ("en",))


@lru_cache(maxsize=1)
def _typical() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Words of labels to the languages that use them; what fewer share weighs more."""
    users: dict[str, list[str]] = {}
    for code in CODES:
        raw = file_of(code)
        groups = ("labels", "types", "headings")
        phrases = [p for group in groups for many in raw[group].values() for p in many]
        split = (word for phrase in phrases for word in phrase.replace("/", " ").split())
        for key in {key_of(word) for word in split}:
            if len(key) > 2:
                users.setdefault(key, []).append(code)
    weight = {1: 3, 2: 1}
    return {
        key: tuple((code, weight[len(codes)]) for code in codes)
        for key, codes in users.items()
        if len(codes) in weight
    }


@lru_cache(maxsize=8)
def file_of(name: str) -> Mapping[str, Any]:
    """The file of a language, or what all share, as it stands."""
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _index(files: Mapping[str, Mapping[str, Any]], group: str) -> Index:
    found: dict[str, list[Meaning]] = {}
    for code, raw in files.items():
        for field, phrases in raw[group].items():
            for key, is_weak in _keys(phrases):
                known = found.setdefault(key, [])
                if known and known[0].language != code:
                    continue  # the document's own language has its meaning already
                if all(one.field != field for one in known):
                    known.append(Meaning(field, code, is_weak))
    return {key: tuple(meanings) for key, meanings in found.items()}


def _keys(phrases: Iterable[str]) -> Iterable[tuple[str, bool]]:
    for phrase in phrases:
        key = phrase_key(phrase.rstrip("?"))
        if key:
            yield key, phrase.endswith("?")


def _inverted(files: Mapping[str, Mapping[str, Any]], group: str, kind: type) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for raw in files.values():
        for value, forms in raw[group].items():
            for form in forms:
                found.setdefault(phrase_key(form), kind(value))
    return found
