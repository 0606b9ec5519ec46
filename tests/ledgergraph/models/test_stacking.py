"""A stack of models: it trusts each as far as it was right, and is read back as it was."""

from pathlib import Path

import numpy as np
import pytest

from ledgergraph.errors import StaleInput
from ledgergraph.models.metrics import average_precision
from ledgergraph.models.stacking import fit, folds_of, load

RNG = np.random.default_rng(5)
TRUTH = (RNG.random(4_000) < 0.2).astype(float)


def said(skill: float) -> "np.typing.NDArray[np.float64]":
    score = skill * (TRUTH - 0.5) + RNG.normal(size=len(TRUTH))
    chance: np.typing.NDArray[np.float64] = 1 / (1 + np.exp(-score))
    return chance


MODELS = {"good": said(2.0), "other": said(1.5), "noise": said(0.0)}


def test_two_that_err_apart_are_better_together() -> None:
    stack = fit(MODELS, TRUTH)
    alone = max(average_precision(one, TRUTH) for one in MODELS.values())
    assert average_precision(stack.predict(MODELS), TRUTH) > alone + 0.03
    assert stack.weights["good"] > stack.weights["other"] > abs(stack.weights["noise"])


def test_it_says_the_same_from_a_folder(tmp_path: Path) -> None:
    stack = fit(MODELS, TRUTH)
    stack.save(tmp_path)
    assert load(tmp_path) == stack
    with pytest.raises(StaleInput, match="holds no stack"):
        load(tmp_path / "elsewhere")


def test_every_group_is_left_out_once() -> None:
    for groups, folds in ((7, 3), (2, 5)):
        left_out = np.concatenate(folds_of(groups, folds))
        assert sorted(left_out.tolist()) == list(range(groups))
