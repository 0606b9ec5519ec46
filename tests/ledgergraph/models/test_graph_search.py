"""A search of settings: all of the grid, hopeless trials given up, gone on with where it ended."""

from collections.abc import Sequence

from ledgergraph.models.graph_search import (
    GNN_TRIALS,
    RATES,
    WIDTHS,
    Trial,
    chosen,
    is_hopeless,
    searched,
    trial_rows,
)
from ledgergraph.models.graph_training import Epoch, Hopeless

EPOCHS = 6


def learned(width: int, rate: float, is_hopeless: Hopeless) -> Sequence[Epoch]:
    """The wider and the quicker the better, and better with each epoch."""
    history: list[Epoch] = []
    while len(history) < EPOCHS and not is_hopeless(history):
        figure = width / 1_000 + rate * 10 + len(history) / 100
        history.append(Epoch(len(history), 1.0, 1.0, figure, 0.9))
    return history


def test_every_setting_is_tried_and_the_best_is_chosen() -> None:
    trials = list(searched(learned))
    assert [(one.width, one.rate) for one in trials] == [(w, r) for w in WIDTHS for r in RATES]
    assert (chosen(trials).width, chosen(trials).rate) == (128, 0.01)
    rows = GNN_TRIALS.rows(trial_rows("a network", trials)).to_pylist()
    assert [row["width"] for row in rows if row["is_chosen"]] == [128]


def test_hopeless_trials_end_early_and_never_the_best() -> None:
    trials = list(searched(learned))
    given_up = [one for one in trials if one.is_given_up]
    assert given_up
    assert all(len(one.scores) < EPOCHS for one in given_up)
    assert not chosen(trials).is_given_up


def test_a_search_goes_on_after_the_trials_that_are_done() -> None:
    whole = list(searched(learned))
    assert list(searched(learned, whole[:4])) == whole[4:]


def test_of_equal_trials_the_narrowest_is_chosen() -> None:
    trials = [Trial(64, 0.01, [0.5], False), Trial(32, 0.01, [0.5], False)]
    assert chosen(trials).width == 32


def test_nobody_is_given_up_for_a_bad_start_or_beside_one_other() -> None:
    others = [Trial(32, 0.01, [0.5, 0.6, 0.7], False)] * 2
    assert not is_hopeless([0.1, 0.2], others)
    assert not is_hopeless([0.1, 0.2, 0.3], others[:1])
    assert is_hopeless([0.1, 0.2, 0.3], others)
    assert not is_hopeless([0.1, 0.2, 0.8], others)
