import numpy as np

from ledgergraph.benchmarks.promotion import KEEP, PROMOTE, Gate, Paired, compared, decide
from ledgergraph.models.metrics import average_precision

QUICK = Gate(rounds=200)


def paired(champion_noise, challenger_noise, items=600, seed=1):
    rng = np.random.default_rng(seed)
    target = (rng.random(items) < 0.15).astype(float)
    return Paired(
        target,
        target + rng.normal(0, champion_noise, items),
        target + rng.normal(0, challenger_noise, items),
    )


def test_a_clearly_better_challenger_is_promoted_with_its_figures():
    decision = decide(paired(1.0, 0.4), {}, seed=1, gate=QUICK)
    assert decision.action == PROMOTE
    assert decision.is_due
    assert decision.numbers["low"] > 0
    assert f"{decision.numbers['challenger']:.3f} against" in decision.reason


def test_the_same_model_is_never_promoted():
    same = paired(0.6, 0.6)
    twin = Paired(same.target, same.champion, same.champion)
    decision = decide(twin, {"other habits": twin}, seed=1, gate=QUICK)
    assert decision.action == KEEP
    assert not decision.is_due


def test_chance_alone_is_rarely_promoted():
    decisions = [decide(paired(0.6, 0.6, seed=seed), {}, seed=1, gate=QUICK) for seed in range(40)]
    assert sum(one.is_due for one in decisions) <= 4


def test_a_challenger_that_is_worse_on_a_protected_slice_is_kept_out():
    decision = decide(paired(1.0, 0.4), {"credit notes": paired(0.4, 1.0)}, seed=1, gate=QUICK)
    assert decision.action == KEEP
    assert "Worse on credit notes" in decision.reason


def test_a_slice_without_a_positive_item_tells_nothing():
    nothing = Paired(np.zeros(5), np.zeros(5), np.ones(5))
    assert decide(paired(1.0, 0.4), {"empty": nothing}, seed=1, gate=QUICK).is_due


def test_too_few_positive_items_decide_nothing():
    few = Paired(np.eye(1, 100)[0], np.zeros(100), np.eye(1, 100)[0])
    decision = decide(few, {}, seed=1, gate=QUICK)
    assert not decision.is_due
    assert "1 of 100" in decision.reason


def test_the_same_items_and_seed_give_the_same_interval():
    items = paired(0.8, 0.5)
    first, second = (
        compared(items, average_precision, seed=3, rounds=50, level=0.9) for _ in range(2)
    )
    assert first == second
    assert first.low <= first.value <= first.high
