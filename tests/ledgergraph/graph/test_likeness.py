"""How likely two descriptions are one company, and which pairs are worth asking about."""

import random
import subprocess
import sys

import pytest

from ledgergraph.benchmarks.party_protocol import by_case, descriptions_of, judged
from ledgergraph.corpora.party_cases import DIFFERENT, Case, Habits, party_cases
from ledgergraph.graph.decisions import UNDECIDED
from ledgergraph.graph.likeness import COMPARED, described, likenesses, open_pairs, parameters
from ledgergraph.graph.parties import JOINED, join

ALPHA = ("Alpenbau Keller GmbH", None, "DE02120300000000202051", "Ringstraße 4, 20095 Hamburg")


def pair(one, other):
    both = [described("a", *one), described("b", *other)]
    return likenesses(both, open_pairs(both)).get(("a", "b"))


def test_a_pair_tells_what_made_its_score():
    found = pair(ALPHA, ("Alpenbau Kelier AG", None, None, "Ringstr. 4, 20095 Hamburg"))
    assert found.score > JOINED[-1]
    assert found.levels == {
        "name": "up to 14 % of the letters differ",
        "legal_form": "different",
        "address": "up to 20 % of the letters differ",
    }
    assert set(found.weights) == set(found.levels)
    assert found.weights["name"] > 0 > found.weights["legal_form"]


def test_a_second_company_of_one_name_elsewhere_is_not_joined():
    other = ("Alpenbau Keller AG", None, "DE88500105173156456462", "Hauptstraße 9, 50667 Köln")
    assert pair(ALPHA, other).score < JOINED[-1]


def test_a_company_that_moved_with_its_account_is_joined():
    moved = (*ALPHA[:3], "Hauptstraße 9, 50667 Köln")
    assert pair(ALPHA, moved).score > JOINED[0]


@pytest.mark.parametrize(
    "other",
    [
        ("Brandt Logistik", None, ALPHA[2], ALPHA[3]),  # a shared account and house alone
        (None, None, ALPHA[2], ALPHA[3]),
    ],
)
def test_no_account_and_no_address_joins_without_a_name(other):
    assert pair(ALPHA, other) is None


def test_what_identifiers_decide_is_not_asked():
    one, other = ("Alpha Bau", "DE811111111"), ("Alpha Bau", "DE822222222")
    assert pair(one, other) is None
    assert pair(one, one) is None


def test_a_word_that_many_share_proposes_nothing():
    many = [described(f"{at:03d}", f"Elektro {chr(97 + at % 26) * 6}{at}") for at in range(60)]
    assert not open_pairs(many)


def test_of_many_with_one_name_each_is_compared_with_the_first():
    many = [described(f"{at:03d}", "Alpenbau Keller", None, f"DE{at:020d}") for at in range(60)]
    assert open_pairs(many[::-1]) == [("000", one.key) for one in many[1:]]


def test_splink_is_imported_only_where_pairs_are_open():
    code = (
        "import sys; from ledgergraph.graph.likeness import likenesses; likenesses([], []); "
        "sys.exit('splink' in sys.modules or 'duckdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scores_are_the_same_in_any_order_and_any_company():
    rows = descriptions_of(party_cases(60, 77))
    pairs = open_pairs(rows)
    before = likenesses(rows, pairs)
    random.Random(1).shuffle(rows)
    assert open_pairs(rows) == pairs
    assert likenesses(rows, pairs[::3]) == {one: before[one] for one in pairs[::3]}


def test_made_companies_come_out_again_with_few_strangers():
    rows = party_cases(400, 505, Habits(different=0.25))
    descriptions = descriptions_of(rows)
    found = likenesses(descriptions, open_pairs(descriptions))
    party = join(descriptions, UNDECIDED, found)
    result = judged({one.key: one.company for one in rows}, party)
    assert result.precision > 0.9
    assert result.recall > 0.85
    cases = by_case(rows, party)
    assert all(cases[case].recall > 0.7 for case in Case if case not in DIFFERENT)
    assert cases[Case.SHARED_ACCOUNT].found == 0


def test_parameters_are_shares_for_every_level():
    known = parameters()
    assert set(known["levels"]) == set(COMPARED)
    levels = [two for several in known["levels"].values() for two in several]
    assert all(0 < share < 1 for two in levels for share in two)
    assert 0 < known["prior"] < 1
