"""Keys under which two spellings are the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.identity import account_key, number_key, vat_key


@pytest.mark.parametrize("number", ["RE-0O12/a", "re 0012A", "RE.O0l2 A", "00RE-OOIZ-A"])
def test_numbers_are_compared_without_marks_zeros_in_front_and_look_alikes(number):
    assert number_key(number) == "RE0012A"


def test_an_account_is_compared_by_its_letters_and_digits():
    assert account_key("de89 3704-0044.0532 0130 00") == "DE89370400440532013000"


@given(st.sampled_from([number_key, account_key, vat_key]), st.text(max_size=20))
def test_a_key_is_its_own_key_and_nothing_is_null(key, text):
    found = key(text)
    assert found is None or key(found) == found
    assert key(None) is key("-- ") is None


@pytest.mark.parametrize(
    ("vat_id", "key"),
    [
        ("de 123.456.788", "DE123456788"),
        ("CHE-123.456.788 MWST", "CHE123456788"),
        ("DE123456789", None),  # printed in forms
        ("n/a", None),
        (None, None),
    ],
)
def test_vat_ids_are_compared_without_punctuation_and_placeholders(vat_id, key):
    assert vat_key(vat_id) == key
