"""Names that are the same."""

import pytest

from ledgergraph.extractions.names import name_key, spelling_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Müller GmbH & Co. KG", "muller"),
        ("Acme S.p.A.", "acme"),
        ("S.A.", "sa"),  # a name that is nothing but a form stays
        ("Bauer Aktiengesellschaft", "bauer"),
        ("Bauer Gesellschaft mit beschränkter Haftung", "bauer"),
        ("", None),
        (None, None),
    ],
)
def test_legal_forms_case_and_accents_do_not_count(name, key):
    assert name_key(name) == key


def test_the_spelling_of_a_legal_form_does_not_count_and_the_form_does():
    assert spelling_key("Bauer & Co. Aktiengesellschaft") == spelling_key("BAUER UND CO AG")
    assert spelling_key("Bauer GmbH") != spelling_key("Bauer AG")
