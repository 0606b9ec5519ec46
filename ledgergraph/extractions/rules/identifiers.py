"""Rules on identifiers: check digits of VAT ids and accounts (python-stdnum)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from stdnum import get_cc_module, iban
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from ledgergraph.extractions.rules.countries import EU
from ledgergraph.extractions.rules.document import Breach, DocumentRule, Part
from ledgergraph.issues import Kind, Severity

PREFIXES = {"EL": "GR", "XI": "GB"}
"""Countries (ISO 3166) of VAT prefixes that are not their own code."""
WITHOUT_CERTAIN_DIGITS = frozenset({"BG", "CZ", "LV"})
"""Countries that also give natural persons ids whose digits check in another way or not at all:
there only length and form are held against an id."""


@lru_cache(maxsize=128)
def _checker(country: str) -> Any:
    """The module of python-stdnum that knows a country's VAT ids, or None."""
    return get_cc_module(country.lower(), "vat")


def country_of_vat_id(vat_id: str) -> str | None:
    """The country (ISO 3166) that the prefix of a VAT id names, or None."""
    prefix = vat_id[:2].upper()
    return PREFIXES.get(prefix, prefix) if prefix.isalpha() and len(vat_id) > 4 else None


@lru_cache(maxsize=10_000)
def is_vat_id(vat_id: str) -> bool | None:
    """Whether a VAT id of the EU or the United Kingdom is well-formed; None for any other.

    Elsewhere the id goes by several forms (CHE-…MWST, CHE-…): there is nothing to hold it to.
    None too where only the digits are wrong and they are not certain.
    """
    country = country_of_vat_id(vat_id)
    if vat_id[:2].upper() not in EU | {"GB"} or country is None:
        return None
    found = {_outcome(candidate, country) for candidate in (vat_id, vat_id[2:])}
    return True if True in found else None if None in found else False


def _outcome(candidate: str, country: str) -> bool | None:
    try:
        _checker(country).validate(candidate)
    except (InvalidChecksum, InvalidComponent):
        return None if country in WITHOUT_CERTAIN_DIGITS else False
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=10_000)
def is_iban(account: str) -> bool:
    """Whether an account is an IBAN of its country's length and form with right check digits."""
    try:
        iban.validate(account, check_country=False)
    except ValidationError:
        return False
    return True


def _looks_like_iban(account: str) -> bool:
    return len(account) > 14 and account[:2].isalpha() and account[2:4].isdigit()


def _vat_ids(part: Part) -> Iterator[Breach]:
    for name, who in (("seller.vat_id", "seller"), ("buyer.vat_id", "buyer")):
        value = part.text(name)
        if value and is_vat_id(value) is False:
            yield Breach(name, None, f"the {who}'s, ending in {value[-4:]}, does not pass")


def _account(part: Part) -> Iterator[Breach]:
    value = part.text("seller.iban")
    if value and _looks_like_iban(value) and not is_iban(value):
        yield Breach("seller.iban", None, f"the account ending in {value[-4:]} does not pass")


RULES = (
    DocumentRule(
        "vat_id_check_digits", Kind.VAT_ID_INVALID, Severity.MEDIUM,
        "A VAT id passes the check of its country",
        ("seller.vat_id", "buyer.vat_id"), _vat_ids,
    ),
    DocumentRule(
        "iban_check_digits", Kind.EINVOICE_RULE_BROKEN, Severity.MEDIUM,
        "An IBAN passes its check digits (ISO 13616; XRechnung, BR-DE-19)",
        ("seller.iban",), _account,
    ),
)  # fmt: skip
"""The rules of this module."""
