import pytest

from ledgergraph.anomalies.phrases import PHRASES
from ledgergraph.datasets.features import FEATURES

VALUES = (0.0, 0.01, 0.1, 0.4, 0.9, 1.0, 1.2, 3.0, 40.0, 200.0)
BELOW_ZERO = (-30.0, -1.0, -0.6, -0.3)
SIGNED = frozenset({"days", "deviations", "log10", "points"})


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_is_of_a_feature_that_speaks_for_a_kind(name):
    assert FEATURES[name].kinds


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_says_something_plain_wherever_it_is_a_sign(name):
    phrase = PHRASES[name]
    values = VALUES if FEATURES[name].unit not in SIGNED else (*BELOW_ZERO, *VALUES)
    if name == "backed_share":  # a difference of shares
        values = (*BELOW_ZERO, *VALUES)
    told = [phrase.says(value) for value in values if phrase.is_sign(value)]
    assert told, "no value is a sign"
    for clause in told:
        assert not clause[0].isupper()
        assert not clause.endswith(".")
        assert "log" not in clause
        assert "-" not in clause.replace("year-", "")


def test_what_was_seen_often_is_no_sign_of_something_new():
    seen = PHRASES["account_seen"]
    assert seen.is_sign(0.0)
    assert not seen.is_sign(0.9)  # seven earlier invoices


def test_what_hardly_ever_happens_by_chance_is_said_without_its_digits():
    assert "fewer than one in a million" in PHRASES["pile_chance"].says(-4000.0)
    assert "one in 1,000" in PHRASES["pile_chance"].says(-3.0)
    assert "fewer than one in a million" in PHRASES["split_rarity"].says(4000.0)
