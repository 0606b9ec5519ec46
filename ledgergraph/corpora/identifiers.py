"""Identifiers with valid check digits: bank accounts and VAT numbers of seven countries.

Every function is pure in the generator that it is given.
"""

from collections.abc import Callable

import numpy as np
from stdnum.at import uid as at_uid
from stdnum.au import abn
from stdnum.ch import uid as ch_uid
from stdnum.es import ccc, cif
from stdnum.ie import vat as ie_vat
from stdnum.iso7064 import mod_11_10, mod_97_10
from stdnum.luhn import calc_check_digit as luhn
from stdnum.mx import rfc
from stdnum.nz import ird
from stdnum.pt import nif
from stdnum.sg import uen
from stdnum.us import ein, rtn

EIN_PREFIXES = ("12", "20", "27", "36", "45", "52", "63", "74", "82", "95")
"""Some of the campuses of the IRS that give out EINs."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ITALIAN_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip
"""Values of characters at odd places in the Italian control letter (ABI, CIN)."""


def digits(rng: np.random.Generator, count: int, first: int = 0) -> str:
    """Decimal digits, the first of them at least `first`."""
    lowest = first * 10 ** (count - 1)
    return f"{int(rng.integers(lowest, 10**count)):0{count}d}"


def iban(rng: np.random.Generator, country: str) -> str:
    """An account of a country: an IBAN valid by ISO 7064 and by the national check digits.

    The US has none: routing number (ABA, check digit valid) and account number.
    """
    if country == "US":
        routing = f"{int(rng.integers(1, 13)):02d}{digits(rng, 6)}"
        return f"{routing}{rtn.calc_check_digit(routing)} {digits(rng, 10)}"
    bban = _bban(rng, country)
    return f"{country}{mod_97_10.calc_check_digits(bban + country)}{bban}"


def _bban(rng: np.random.Generator, country: str) -> str:
    match country:
        case "DE":
            return digits(rng, 8, first=1) + digits(rng, 10)
        case "FR":
            bank, branch, account = digits(rng, 5, first=1), digits(rng, 5), digits(rng, 11)
            key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
            return f"{bank}{branch}{account}{key:02d}"
        case "ES":
            bank, account = digits(rng, 8), digits(rng, 10)
            return bank + ccc.calc_check_digits(f"{bank}00{account}") + account
        case "IT":
            number = "0" + digits(rng, 4, first=1) + digits(rng, 5) + digits(rng, 12)
            total = sum(
                ITALIAN_ODD[int(c)] if place % 2 == 0 else int(c) for place, c in enumerate(number)
            )
            return LETTERS[total % 26] + number
        case "PT":
            number = digits(rng, 8) + digits(rng, 11)
            return f"{number}{98 - int(number) * 100 % 97:02d}"
        case "GB":
            return "".join(LETTERS[i] for i in rng.integers(0, 26, 4)) + digits(rng, 14)
        case "LT":
            return digits(rng, 16)
    raise ValueError(f"No bank accounts are made for country {country}.")


def vat_id(rng: np.random.Generator, country: str) -> str:
    """A VAT id of a country, country code first, check digits valid; an EIN in the US."""
    match country:
        case "US":
            return ein.format(EIN_PREFIXES[int(rng.integers(len(EIN_PREFIXES)))] + digits(rng, 7))
        case "DE":
            number = digits(rng, 8, first=1)
            return f"DE{number}{mod_11_10.calc_check_digit(number)}"
        case "FR":
            siren = digits(rng, 8, first=3)
            siren += luhn(siren)
            return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
        case "ES":
            number = "B" + digits(rng, 7)
            return f"ES{number}{cif.calc_check_digits(number)[0]}"
        case "IT":
            number = f"{digits(rng, 7)}{int(rng.integers(1, 101)):03d}"
            return f"IT{number}{luhn(number)}"
        case "PT":
            number = "5" + digits(rng, 7)
            return f"PT{number}{nif.calc_check_digit(number)}"
        case "GB":
            number = digits(rng, 7, first=1)
            weighed = sum(
                weight * int(d) for weight, d in zip(range(8, 1, -1), number, strict=True)
            )
            return f"GB{number}{97 - weighed % 97:02d}"
    return _further_tax_id(rng, country)


def _further_tax_id(rng: np.random.Generator, country: str) -> str:
    """The tax number of a country that has shops alone; those of its law have no country code."""
    match country:
        case "AT":
            number = f"U{digits(rng, 7)}"
            return f"AT{number}{at_uid.calc_check_digit(number)}"
        case "BE":
            number = f"0{digits(rng, 7, first=4)}"
            return f"BE{number}{97 - int(number) % 97:02d}"
        case "CH":
            return f"CHE{_with_check(lambda: digits(rng, 8, first=1), ch_uid.calc_check_digit)}"
        case "IE":
            number = digits(rng, 7, first=1)
            return f"IE{number}{ie_vat.calc_check_digit(number)}"
        case "AU":
            number = digits(rng, 9)
            return f"{abn.calc_check_digits(number)}{number}"
        case "NZ":
            return _with_check(
                lambda: str(int(rng.integers(10_000_000, 14_999_999))), ird.calc_check_digit
            )
        case "SG":
            number = f"20{int(rng.integers(0, 24)):02d}{digits(rng, 5)}"
            return f"{number}{uen.calc_local_company_check_digit(number)}"
        case "MX":
            return _rfc(rng)
    raise ValueError(f"No VAT ids are made for country {country}.")


def _with_check(draw: Callable[[], str], check_of: Callable[[str], str]) -> str:
    """A number with its check digit; numbers that would need two digits are not given out."""
    while True:
        number = draw()
        if (check := check_of(number)) != "10":
            return f"{number}{check}"


def _rfc(rng: np.random.Generator) -> str:
    """The number of a Mexican company: letters of its name, the day it was founded, a homonym."""
    letters = "".join("ABCDEFGHLMPRST"[at] for at in rng.integers(0, 14, 3))
    day = f"{int(rng.integers(80, 100)):02d}{int(rng.integers(1, 13)):02d}"
    number = f"{letters}{day}{int(rng.integers(1, 29)):02d}"
    number += "".join("ABCDEFGH123456789"[at] for at in rng.integers(0, 17, 2))
    return f"{number}{rfc.calc_check_digit(number)}"
