import pytest

from ledgergraph.extractions.rules.identifiers import is_vat_id


@pytest.mark.parametrize("vat_id", ["DE136695976", "FR83404833048", "ATU13585627", "XI110305878"])
def test_a_well_formed_vat_id_passes(vat_id):
    assert is_vat_id(vat_id) is True


@pytest.mark.parametrize("vat_id", ["DE136695970", "IT01234567890", "DE1366959", "CZ123"])
def test_wrong_digits_or_a_wrong_length_do_not_pass(vat_id):
    assert is_vat_id(vat_id) is False


@pytest.mark.parametrize("vat_id", ["CZ12345678", "LV32345678901", "CHE123456788", "NO1234"])
def test_where_digits_are_not_certain_nothing_is_said(vat_id):
    assert is_vat_id(vat_id) is None
