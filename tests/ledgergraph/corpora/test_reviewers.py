"""Made reviewers: who errs at a known rate, and who says what comes."""

import numpy as np

from ledgergraph.corpora.reviewers import Reviewer, pair_judgements, sampled
from ledgergraph.feedback.events import Verdict

PAIRS = [(f"i{at}", f"j{at}") for at in range(1000)]
TRUTH = {pair: at % 4 == 0 for at, pair in enumerate(PAIRS)}


def wrong(reviewer: Reviewer) -> float:
    """The share of pairs of which a reviewer says the contrary of what is so."""
    events = pair_judgements(TRUTH, PAIRS, reviewer)
    said = {(one.subject_id, one.other_id): one.verdict is Verdict.APPROVAL for one in events}
    return float(np.mean([said[pair] != is_one for pair, is_one in TRUTH.items()]))


def test_a_reviewer_of_pairs_errs_as_often_as_stated() -> None:
    assert wrong(Reviewer(error_rate=0.0)) == 0
    assert 0.03 < wrong(Reviewer(error_rate=0.05)) < 0.07


def test_one_who_is_blind_says_nothing_of_pairs() -> None:
    assert 0.3 < wrong(Reviewer(is_blind=True, issues=0.3)) < 0.5


def test_a_pair_that_nobody_can_tell_is_passed_over() -> None:
    open_case = {**TRUTH, PAIRS[3]: None}
    assert len(pair_judgements(open_case, PAIRS, Reviewer())) == len(PAIRS) - 1


def test_half_of_what_is_asked_is_the_riskiest_and_none_is_asked_twice() -> None:
    risk = np.linspace(0, 1, len(PAIRS))
    asked = sampled(PAIRS, risk, 100, seed=1)
    assert set(PAIRS[-50:]) <= set(asked)
    assert len(set(asked)) == 100
