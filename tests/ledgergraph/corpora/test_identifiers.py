import numpy as np
import pytest
from stdnum import get_cc_module
from stdnum.iban import is_valid
from stdnum.us import ein, rtn

from ledgergraph.corpora.identifiers import iban, vat_id


@pytest.mark.parametrize("country", ["DE", "FR", "ES", "IT", "PT", "GB", "LT"])
def test_every_account_passes_its_check_digits(country):
    rng = np.random.default_rng(1)
    assert all(is_valid(iban(rng, country)) for _ in range(100))


@pytest.mark.parametrize("country", ["DE", "FR", "ES", "IT", "PT", "GB"])
def test_every_vat_id_passes_its_check_digits(country):
    rng = np.random.default_rng(2)
    checker = get_cc_module(country.lower(), "vat")
    made = [vat_id(rng, country) for _ in range(100)]
    assert all(number.startswith(country) and checker.is_valid(number) for number in made)


def test_the_us_has_routing_numbers_and_employer_numbers():
    rng = np.random.default_rng(4)
    assert all(rtn.is_valid(iban(rng, "US").split()[0]) for _ in range(100))
    assert all(ein.is_valid(vat_id(rng, "US")) for _ in range(100))


def test_an_unknown_country_is_refused_by_name():
    with pytest.raises(ValueError, match="XX"):
        iban(np.random.default_rng(3), "XX")
    with pytest.raises(ValueError, match="XX"):
        vat_id(np.random.default_rng(3), "XX")
