"""Parties: who a vendor is, whose account and address it has, and who only looks like it."""

from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import Account, Draft, Vendor
from ledgergraph.corpora.calendars import working_day
from ledgergraph.corpora.catalogue import LEGAL_FORMS
from ledgergraph.corpora.firm import Firm, one_of, place
from ledgergraph.corpora.identifiers import iban, vat_id
from ledgergraph.corpora.planting.choosing import is_free, of_vendor, pick
from ledgergraph.corpora.planting.duplicates import twins
from ledgergraph.corpora.planting.schemes import SMALL_TRADES, bill, newcomer
from ledgergraph.corpora.trade import FAR
from ledgergraph.corpora.vendors import number_series

CONFUSED = (("rn", "m"), ("m", "rn"), ("l", "I"), ("o", "0"), ("ll", "l"), ("tt", "t"), ("ss", "s"))
"""Letters that are taken for one another."""
A_YEAR = 366


def _established(firm: Firm, rng: np.random.Generator) -> Vendor | None:
    """A vendor of the same country that has billed for a while."""
    drafts = of_vendor(
        firm, rng, 5, lambda d: d.vendor.country == firm.manners.home and d.vendor.is_listed
    )
    return drafts[0].vendor if drafts else None


def _misspelt(rng: np.random.Generator, name: str) -> str:
    """A name that one reads as the other: letters confused, doubled, dropped or swapped."""
    able = [(old, new) for old, new in CONFUSED if old in name[1:]]
    if able and rng.random() < 0.5:
        old, new = one_of(rng, able)
        at = name.index(old, 1)
        return name[:at] + new + name[at + len(old) :]
    at = int(rng.integers(1, max(2, min(len(name.split()[0]) - 1, len(name) - 2))))
    match int(rng.integers(3)):
        case 0:
            return name[:at] + name[at] + name[at:]
        case 1:
            return name[:at] + name[at + 1 :]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def impersonated(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Somebody bills under nearly the name of a known vendor, to an account of its own."""
    known = _established(firm, rng)
    if known is None:
        return []
    fake = newcomer(firm, rng, known.trade, 240)
    home = firm.manners.home
    fake.name, fake.country, fake.language = _misspelt(rng, known.name), home, known.language
    fake.vat_id, fake.is_vat_recorded = vat_id(rng, home), bool(rng.random() < 0.6)
    fake.street, fake.postcode, fake.city = place(rng, home)
    fake.tax_rate, fake.currency, fake.category = known.tax_rate, known.currency, known.category
    fake.items, fake.prices, fake.steps = known.items, list(known.prices), known.steps
    fake.quantity_level, fake.rounding = known.quantity_level, known.rounding
    fake.terms = known.terms
    fake.series = replace(known.series, start=known.series.start + int(rng.integers(50, 900)))
    fake.accounts, fake.prints_iban = [Account(0, iban(rng, home))], True
    return bill(firm, rng, fake, 2, 9)


def namesake(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An honest newcomer with nearly the name of another: family, branch, other legal form."""
    known = _established(firm, rng)
    if known is None:
        return []
    home, vendor = firm.manners.home, newcomer(firm, rng, known.trade, 500)
    form = next((f for f in LEGAL_FORMS[home] if known.name.endswith(f)), "")
    stem = known.name.removesuffix(form).strip()
    other = one_of(rng, [f for f in LEGAL_FORMS[home] if f != form])
    vendor.name, vendor.country, vendor.tax_rate = f"{stem} {other}", home, known.tax_rate
    vendor.vat_id, vendor.language = vat_id(rng, home), known.language
    vendor.accounts = [Account(0, iban(rng, home))]
    vendor.street, vendor.postcode, vendor.city = place(rng, home)
    if rng.random() < 0.5:  # Of one house: the records say so.
        vendor.street, vendor.postcode, vendor.city = known.street, known.postcode, known.city
    vendor.registered_on -= int(rng.integers(0, 900))
    return bill(firm, rng, vendor, 2, 9)


def _early_vendor(firm: Firm, rng: np.random.Generator) -> tuple[Vendor, int] | None:
    """A vendor whose business with us ended early, and the last day of it."""
    if firm.last - firm.first < A_YEAR + 120:
        return None
    vendor = newcomer(firm, rng, one_of(rng, SMALL_TRADES), 100)
    latest = firm.last - A_YEAR - 60
    vendor.registered_on = firm.first - int(rng.integers(100, 1500))
    end = int(rng.integers(firm.first + 30, max(latest, firm.first + 31)))
    vendor.active = (firm.first, end)
    return vendor, end


def _again(
    firm: Firm, rng: np.random.Generator, vendor: Vendor, day: int, most: int
) -> list[Draft]:
    """Some more invoices from a day on, of a vendor that is one of the firm already."""
    vendor.active = (day, min(firm.last, day + 60))
    made = bill(firm, rng, vendor, 1, most)
    firm.vendors.remove(vendor)
    return made


def reactivated(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor silent for more than a year bills again, often to an account just recorded."""
    found = _early_vendor(firm, rng)
    if found is None:
        return []
    vendor, end = found
    earlier = bill(firm, rng, vendor, 3, 8)
    if not earlier:
        return []
    day = int(rng.integers(end + A_YEAR + 10, max(firm.last - 30, end + A_YEAR + 11)))
    if rng.random() < 0.6:
        new = iban(rng, firm.manners.home)
        vendor.accounts.append(
            Account(day - 1, new, day - int(rng.integers(1, 20)), bool(rng.random() < 0.5))
        )
    return _again(firm, rng, vendor, day, 4)


def seasonal(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor that comes once a year, for the same job: a fair, an audit, the gardens."""
    vendor = newcomer(firm, rng, one_of(rng, SMALL_TRADES), 100)
    vendor.registered_on = firm.first - int(rng.integers(100, 1500))
    start = firm.first + int(rng.integers(0, max(1, min(360, firm.last - firm.first - A_YEAR))))
    vendor.active = (start, start + 20)
    made = bill(firm, rng, vendor, 1, 3)
    day = start + A_YEAR
    while day < firm.last - 20 and made:
        made += _again(firm, rng, vendor, day + int(rng.integers(0, 25)), 3)
        day += A_YEAR
    return made


def unknown(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Invoices of a seller that the master never had."""
    vendor = newcomer(firm, rng, one_of(rng, SMALL_TRADES), 90)
    vendor.is_listed, vendor.is_ghost = False, True
    return bill(firm, rng, vendor, 1, 7)


def awaiting(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """The first invoices of a new vendor, which is entered in the master some days later."""
    vendor = newcomer(firm, rng, one_of(rng, SMALL_TRADES), 400)
    made = bill(firm, rng, vendor, 2, 9)
    if not made:
        return []
    made.sort(key=lambda d: d.received)
    entered = made[0].received + int(rng.integers(1, 25))
    vendor.registered_on = working_day(entered, firm.manners.home)
    return [draft for draft in made if draft.received < vendor.registered_on]


def _of_same_house(one: Vendor, other: Vendor) -> bool:
    return (
        one.vat_id == other.vat_id or one.name.split()[0] == other.name.split()[0]
        or (one.street, one.city) == (other.street, other.city)
    )  # fmt: skip


def _steady(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Invoices of a vendor whose account never changed, from some day on."""
    drafts = of_vendor(
        firm, rng, 4,
        lambda d: len(d.vendor.accounts) == 1 and d.vendor.second_iban is None
        and d.vendor.prints_iban and d.iban is None and d.vendor.is_listed,
    )  # fmt: skip
    return drafts[int(rng.integers(1, len(drafts))) :] if drafts else []


def account_of_another(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor is to be paid, from some day on, to the account of another that it has no tie to."""
    drafts = _steady(firm, rng)
    able = [
        v for v in firm.vendors
        if v.is_listed and v.master_iban and not (drafts and _of_same_house(v, drafts[0].vendor))
    ]  # fmt: skip
    if not drafts or not able:
        return []
    hit, other = drafts[: int(rng.integers(1, 5))], one_of(rng, able)
    vendor, day = hit[0].vendor, hit[0].received - int(rng.integers(0, 30))
    if rng.random() < 0.6:
        vendor.accounts.append(Account(FAR, other.master_iban or "", day, bool(rng.random() < 0.7)))
    for draft in hit:
        draft.iban = other.master_iban
    return hit


def account_of_factor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Several vendors sell their claims to one factor, and say so: verified, for good."""
    account, marked = iban(rng, firm.manners.home), []
    for _ in range(int(rng.integers(2, 4))):
        drafts = _steady(firm, rng)
        if not drafts:
            continue
        vendor, day = drafts[0].vendor, drafts[0].issued
        vendor.accounts.append(Account(day, account, day - int(rng.integers(0, 30)), True))
        vendor.master_iban = account
        marked += drafts[:4]
    return marked


def _home_address(vendor: Vendor) -> str:
    return f"{vendor.street}, {vendor.postcode} {vendor.city}"


def of_employee(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A small vendor at an employee's address, with an employee's account, or both."""
    drafts = of_vendor(
        firm, rng, 2,
        lambda d: d.vendor.country == firm.manners.home and d.order is None
        and d.vendor.mode == "adhoc", most=9,
    )  # fmt: skip
    if not drafts:
        return []
    vendor, at = drafts[0].vendor, int(rng.integers(len(firm.employees)))
    person, way = firm.employees[at], rng.random()
    if way < 0.6:
        person = person._replace(address=_home_address(vendor))
    if way > 0.4:
        person = person._replace(iban=vendor.accounts[0].iban)
    if rng.random() < 0.3:
        person = person._replace(name=f"{person.name.split()[0]} {vendor.name.split()[0]}")
    firm.employees[at] = person
    return drafts


def of_neighbour(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor with an employee's surname only, or in a large house where several have offices."""
    drafts = of_vendor(
        firm, rng, 2,
        lambda d: d.vendor.country == firm.manners.home
        and d.vendor.mode in ("adhoc", "hours", "orders"), most=40,
    )  # fmt: skip
    if not drafts:
        return []
    vendor, at = drafts[0].vendor, int(rng.integers(len(firm.employees)))
    person = firm.employees[at]
    if rng.random() < 0.5:
        surname = vendor.name.split()[0]
        firm.employees[at] = person._replace(name=f"{person.name.split()[0]} {surname}")
        return drafts
    firm.employees[at] = person._replace(address=_home_address(vendor))
    for other in [v for v in firm.vendors if v.mode == "adhoc" and v.country == vendor.country][
        :40
    ]:
        if other is not vendor and not other.is_ghost and rng.random() < 0.1:
            other.street, other.postcode, other.city = vendor.street, vendor.postcode, vendor.city
    return drafts


def second_record(firm: Firm, rng: np.random.Generator) -> list[Vendor]:
    """Two records of one party."""
    known = {id(v) for case in firm.cases for v in case.subjects}
    pairs = [pair for pair in twins(firm, rng) if id(pair[1]) not in known]
    return [one_of(rng, pairs)[1]] if pairs else []


def other_branch(firm: Firm, rng: np.random.Generator) -> list[Vendor]:
    """A firm of the same house with a VAT id and an account of its own."""
    known = _established(firm, rng)
    if known is None:
        return []
    vendor = newcomer(firm, rng, known.trade, 500)
    vendor.name = f"{known.name.split()[0]} {vendor.name.split()[-2]} {known.name.split()[-1]}"
    vendor.country, vendor.vat_id = known.country, vat_id(rng, known.country)
    vendor.street, vendor.postcode, vendor.city = known.street, known.postcode, known.city
    vendor.series = number_series(rng, "adhoc", known.trade)
    return [vendor] if bill(firm, rng, vendor, 2, 7) else []


def _recorded(firm: Firm, rng: np.random.Generator) -> Vendor | None:
    draft = pick(
        firm, rng, lambda d: is_free(d) and d.vendor.is_vat_recorded and d.vendor.is_listed
    )
    known = {id(v) for case in firm.cases for v in case.subjects}
    return draft.vendor if draft is not None and id(draft.vendor) not in known else None


def bad_vat_id(firm: Firm, rng: np.random.Generator) -> list[Vendor]:
    """A VAT id whose check digits do not fit: a digit mistyped, or two swapped."""
    vendor = _recorded(firm, rng)
    if vendor is None:
        return []
    own = vendor.vat_id
    places = [at for at, sign in enumerate(own) if sign.isdigit()]
    at = one_of(rng, places)
    digit = (int(own[at]) + int(rng.integers(1, 10))) % 10
    vendor.vat_id = f"{own[:at]}{digit}{own[at + 1 :]}"
    return [vendor]


def odd_vat_id(firm: Firm, rng: np.random.Generator) -> list[Vendor]:
    """A valid VAT id in another spelling: with blanks, dots or small letters."""
    vendor = _recorded(firm, rng)
    if vendor is None:
        return []
    own, sign = vendor.vat_id, one_of(rng, (" ", ".", "-"))
    spelt = (own.lower(), f"{own[:2]}{sign}{own[2:]}", f"{own[:2]} {own[2:5]} {own[5:8]} {own[8:]}")
    vendor.vat_id = one_of(rng, spelt).strip()
    return [vendor]
