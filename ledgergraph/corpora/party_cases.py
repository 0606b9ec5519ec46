"""Companies as masters and papers state them, with who is truly who.

Belongs here: what makes one company look like two (typing and reading errors, a changed
legal form, a move, a buyer's name) and two look like one (a shared name, sisters of a
group, neighbours, a shared account). Not here: who is held for whom (graph.parties).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from ledgergraph.corpora.catalogue import CATEGORIES, LEGAL_FORMS, SURNAMES
from ledgergraph.corpora.firm import one_of, place
from ledgergraph.corpora.identifiers import iban, vat_id
from ledgergraph.corpora.register_numbers import as_written, register_number
from ledgergraph.corpora.text_noise import misread
from ledgergraph.corpora.vendors import vendor_name


class Case(StrEnum):
    """Why one statement of a company differs from another, or another company resembles it."""

    PLAIN = "plain"
    TYPO = "typing error"
    OCR = "misread"
    LEGAL_FORM = "changed legal form"
    MOVED = "moved"
    ACQUIRED = "acquired"
    ONE_NAME = "two of one name"
    SISTER = "sister company"
    NEIGHBOUR = "neighbour"
    SHARED_ACCOUNT = "shared account"


DIFFERENT = frozenset({Case.ONE_NAME, Case.SISTER, Case.NEIGHBOUR, Case.SHARED_ACCOUNT})
"""Cases that are another company than the one that they resemble."""


@dataclass(frozen=True)
class Stated:
    """A company as one record states it; `company` is the truth, `like` what it was made from."""

    key: str
    company: str
    like: str
    case: Case
    name: str
    vat_id: str | None
    iban: str | None
    address: str | None
    country: str
    register: str | None = None


SYLLABLES = ("ba", "ber", "cor", "da", "del", "en", "fi", "gar", "hol", "ko", "lan", "ma", "mer",
             "no", "or", "pel", "qui", "ra", "ros", "sta", "ta", "tec", "ul", "va", "ven", "wi",
             "zan", "zi")  # fmt: skip


@dataclass(frozen=True)
class Habits:
    """How often what is stated, and how often cases are other companies: shares in [0, 1]."""

    vat_id: float = 0.45
    iban: float = 0.5
    address: float = 0.75
    register: float = 0.3
    different: float = 0.15
    blur: float = 3.0
    """The strength of misreadings (corpora.text_noise)."""
    countries: tuple[str, ...] = tuple(LEGAL_FORMS)


def party_cases(companies: int, seed: int, habits: Habits | None = None) -> list[Stated]:
    """Statements of so many companies and of those that resemble them; the same for a seed.

    Each company is stated once as it is, and one to three times by a case; whatever a
    record could state it states as often as `habits` say.
    """
    habits = habits or Habits()
    rng = np.random.default_rng([seed, companies])
    registered = _Registered(np.random.default_rng([seed, companies, 1]))
    found: list[Stated] = []
    for number in range(companies):
        own = _company(rng, f"C{number:06d}", habits)
        found.append(own)
        for variant in range(int(rng.integers(1, 4))):
            is_other = rng.random() < habits.different
            case = one_of(rng, [one for one in Case if (one in DIFFERENT) == is_other])
            stated = replace(own, key=f"{own.key}-{variant}", case=case)
            if is_other:
                stated = replace(_stranger(rng, stated, habits), company=stated.key)
            found.append(CHANGES[case](rng, stated, habits))
    numbered = [registered.stated(one, habits) for one in found]
    return [_as_stated(rng, one, habits) for one in numbered]


def _company(rng: np.random.Generator, key: str, habits: Habits) -> Stated:
    country = one_of(rng, habits.countries)
    return Stated(
        key, key, key, Case.PLAIN, _name(rng, country), vat_id(rng, country), iban(rng, country),
        _address(rng, country), country,
    )  # fmt: skip


def _name(rng: np.random.Generator, country: str) -> str:
    """A trade name, mostly with a made word for the surname: few share it by chance."""
    name = vendor_name(rng, country, one_of(rng, tuple(CATEGORIES)))
    for surname in SURNAMES[country]:
        if rng.random() < 0.9:
            word = "".join(one_of(rng, SYLLABLES) for _ in range(int(rng.integers(2, 5))))
            name = re.sub(rf"\b{surname}\b", word.capitalize(), name)
    return name


def _address(rng: np.random.Generator, country: str) -> str:
    street, postcode, city = place(rng, country)
    return f"{street}, {postcode} {city}"


def _stranger(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """Another company of the same country."""
    own = replace(habits, countries=(one.country,))
    return replace(_company(rng, one.key, own), like=one.like, case=one.case, name=one.name,
                   address=one.address, iban=one.iban, vat_id=vat_id(rng, one.country))  # fmt: skip


Change = Callable[[np.random.Generator, Stated, Habits], Stated]


def _plain(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """The same in capitals, or without its legal form."""
    bare = _without_form(one)
    return replace(one, name=one_of(rng, (one.name, one.name.upper(), bare)))


def _typo(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    name = one.name
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.integers(1, len(name) - 1))
        letter = "abcdefghijklmnoprstuvwz"[int(rng.integers(23))]
        name = one_of(rng, (
            name[:at] + name[at + 1 :], name[:at] + letter + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
        ))  # fmt: skip
    return replace(one, name=name)


def _ocr(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    def read(text: str | None) -> str | None:
        return misread(text, rng, habits.blur) if text else None

    return replace(one, name=read(one.name) or one.name, address=read(one.address),
                   vat_id=read(one.vat_id), iban=read(one.iban))  # fmt: skip


def _legal_form(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    bare = _without_form(one)
    forms = [form for form in LEGAL_FORMS[one.country] if f"{bare} {form}" != one.name]
    return replace(one, name=f"{bare} {one_of(rng, forms)}")


def _moved(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    account = iban(rng, one.country) if rng.random() < 0.2 else one.iban
    return replace(one, address=_address(rng, one.country), iban=account)


def _acquired(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """The buyer's name before or after its own, and often the buyer's bank."""
    buyer = one_of(rng, SURNAMES[one.country])
    bare = _without_form(one)
    name = one_of(rng, (f"{buyer} {one.name}", f"{bare} ({buyer} Group)", f"{buyer} {bare}"))
    return replace(one, name=name, iban=iban(rng, one.country) if rng.random() < 0.5 else one.iban)


def _one_name(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    named = _legal_form(rng, one, habits) if rng.random() < 0.5 else one
    return replace(named, address=_address(rng, one.country), iban=iban(rng, one.country))


def _sister(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """A company of the same group: its name says a place or a trade of its own."""
    bare, form = _without_form(one), one_of(rng, LEGAL_FORMS[one.country])
    part = one_of(rng, ("Nord", "Süd", "Holding", "Service", "Immobilien", "2", "International"))
    address = one.address if rng.random() < 0.5 else _address(rng, one.country)
    return replace(one, name=f"{bare} {part} {form}", address=address, iban=iban(rng, one.country))


def _neighbour(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """Another company in the same house; sometimes of the same trade or surname."""
    name = _name(rng, one.country)
    return replace(one, name=name, iban=iban(rng, one.country))


def _shared_account(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """Another company elsewhere that is paid on the same account: a mark of fraud."""
    name = _name(rng, one.country)
    return replace(one, name=name, address=_address(rng, one.country))


class _Registered:
    """Gives companies their numbers in commercial registers, by chances of its own.

    Who moves to another court, or changes from a partnership to a corporation, is registered
    anew in Germany; elsewhere numbers stay for life.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, self._numbers = rng, dict[str, str | None]()

    def stated(self, one: Stated, habits: Habits) -> Stated:
        """The statement with the number, if this record states it."""
        rng = self._rng
        if one.company not in self._numbers:
            self._numbers[one.company] = register_number(rng, one.country, one.vat_id)
        number, is_stated = self._numbers[one.company], rng.random() < habits.register
        anew = {Case.MOVED: 0.6, Case.LEGAL_FORM: 0.4}.get(one.case, 0.0)
        if one.country == "DE" and rng.random() < anew:
            number = register_number(rng, one.country)
        if number is None or not is_stated:
            return one
        written = as_written(rng, number)
        if one.case is Case.OCR:
            written = misread(written, rng, habits.blur)
        return replace(one, register=written)


CHANGES: Mapping[Case, Change] = {
    Case.PLAIN: _plain,
    Case.TYPO: _typo,
    Case.OCR: _ocr,
    Case.LEGAL_FORM: _legal_form,
    Case.MOVED: _moved,
    Case.ACQUIRED: _acquired,
    Case.ONE_NAME: _one_name,
    Case.SISTER: _sister,
    Case.NEIGHBOUR: _neighbour,
    Case.SHARED_ACCOUNT: _shared_account,
}


def _without_form(one: Stated) -> str:
    forms = sorted(LEGAL_FORMS[one.country], key=len, reverse=True)
    form = next((form for form in forms if one.name.endswith(" " + form)), "")
    return one.name.removesuffix(form).strip()


def _as_stated(rng: np.random.Generator, one: Stated, habits: Habits) -> Stated:
    """What the record states of it."""
    has_vat_id, has_iban, has_address = rng.random(3) < (habits.vat_id, habits.iban, habits.address)
    return replace(
        one,
        vat_id=one.vat_id if has_vat_id else None,
        iban=one.iban if has_iban else None,
        address=one.address if has_address else None,
    )
