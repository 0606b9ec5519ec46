"""What is usual in a country: names of people, telephone numbers, words of its tills.

Belongs here: what papers of all families draw by country beside the catalogue of companies
(tills.yaml). Not here: what they print of it (sheets, tills), how they write it (printing,
till_printing).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ledgergraph.corpora.catalogue import FIRST_NAMES, LANGUAGE_OF, SURNAMES


@cache
def stated(name: str) -> Mapping[str, Any]:
    """A table of this folder."""
    import yaml

    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def filled(pattern: str, rng: np.random.Generator) -> str:
    """A pattern of tills.yaml with digits and letters drawn."""
    draws = rng.random(len(pattern))
    letters = []
    for sign, draw in zip(pattern, draws, strict=True):
        match sign:
            case "#":
                sign = str(int(draw * 10))
            case "@":
                sign = str(1 + int(draw * 9))
            case "~":
                sign = str(2 + int(draw * 8))
            case "^":
                sign = "ABCDEFGHJKLMNPRSTUVW"[int(draw * 20)]
        letters.append(sign)
    return "".join(letters)


def one_of(rng: np.random.Generator, choices: Sequence[Any]) -> Any:
    """One of several, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def phone(country: str, rng: np.random.Generator) -> str:
    """A telephone number as it is dialled and written there."""
    return filled(one_of(rng, stated("tills.yaml")["countries"][country]["phones"]), rng)


def first_names(country: str) -> Sequence[str]:
    """First names of a country; where none are known, of one that speaks its language."""
    return _names("first_names", FIRST_NAMES, country)


def surnames(country: str) -> Sequence[str]:
    """Surnames of a country; where none are known, of one that speaks its language."""
    return _names("surnames", SURNAMES, country)


def _names(key: str, usual: Mapping[str, Sequence[str]], country: str) -> Sequence[str]:
    table = stated("tills.yaml")
    if own := table[key].get(country) or usual.get(country):
        names: Sequence[str] = own
        return names
    language = table["countries"][country]["language"]
    return next(usual[code] for code, spoken in LANGUAGE_OF.items() if spoken == language)


@cache
def till_words(language: str, country: str) -> Mapping[str, Any]:
    """The words of tills of a language, those of the country where it has its own."""
    table = stated("tills.yaml")
    return {**table["languages"][language], **table["own_words"].get(country, {})}
