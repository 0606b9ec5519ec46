"""Trees that choose among candidates, and how sure they are of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ledgergraph.errors import StaleInput
from ledgergraph.models import ranking, tagging
from ledgergraph.models.ranking import Choices, RankingSettings

FEW = RankingSettings(rounds=30, smallest_leaf=5, folds=3)
CHOICES, EACH = 240, 5


def choices(seed: int = 0) -> Choices:
    """Choices among five rows of which the one with the largest first column is mostly right."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(CHOICES, EACH, 2))
    best = (matrix[:, :, 0] + 0.4 * rng.normal(size=(CHOICES, EACH))).argmax(axis=1)
    target = np.zeros((CHOICES, EACH))
    target[np.arange(CHOICES), best] = 1.0
    rows = CHOICES * EACH
    number = np.repeat(np.arange(CHOICES), EACH)
    kind = np.where(number % 4 == 0, "size small", "size")
    return Choices(
        ("one", "two"), matrix.reshape(rows, 2), target.reshape(rows), number,
        np.array(["all"] * rows), kind, number // 6,
    )  # fmt: skip


def test_the_surest_choices_are_right_more_often_and_as_often_as_is_said() -> None:
    known = choices()
    model, unseen = ranking.fit(known, {}, FEW, seed=1)
    pairs = [
        (model.probability("size", scores), bool(known.target[place]))
        for place, scores in ranking.best_of(known.choice, unseen)
    ]
    pairs.sort(reverse=True)
    right = [one for _, one in pairs]
    assert np.mean(right[:60]) > np.mean(right[-60:]) + 0.2
    assert abs(np.mean([sure for sure, _ in pairs]) - np.mean(right)) < 0.05


def test_what_was_seen_badly_is_believed_less_as_far_as_its_letters_were_wrong() -> None:
    known = choices()
    rng = np.random.default_rng(3)
    clear = rng.choice([0.6, 0.98], size=len(known.target))
    legible = rng.random(len(clear)) < np.where(clear < 0.9, 0.5, 0.95)
    right = {at: bool(known.target[at]) and bool(legible[at]) for at in range(len(clear))}
    model, unseen = ranking.fit(replace(known, clear=clear), right, FEW, seed=1)
    for seen, least, most in ((0.6, 0.35, 0.65), (0.98, 0.85, 1.0)):
        share = model.probability("size", [9.0, -9.0], seen) / model.probability(
            "size", [9.0, -9.0]
        )
        assert least < share < most
    pairs = [
        (model.probability("size", scores, float(clear[place])), right[place])
        for place, scores in ranking.best_of(known.choice, unseen)
    ]
    assert abs(np.mean([sure for sure, _ in pairs]) - np.mean([one for _, one in pairs])) < 0.05


def test_a_model_says_the_same_from_a_folder(tmp_path: Path) -> None:
    known = replace(choices(), clear=np.full(CHOICES * EACH, 0.8))
    model, _ = ranking.fit(known, {}, FEW, seed=1)
    model.save(tmp_path)
    again = ranking.load(tmp_path)
    assert again.names == model.names
    assert again.kinds == {"size"}
    assert np.array_equal(again.scores("all", known.matrix), model.scores("all", known.matrix))
    assert again.probability("size small", [2.0, 0.1], 0.7) == model.probability(
        "size small", [2.0, 0.1], 0.7
    )


def test_the_same_examples_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ranking.fit(choices(), {}, FEW, seed=1)[0].save(tmp_path / name)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two


def test_a_rival_takes_away_from_how_sure_a_choice_is() -> None:
    assert ranking.sureness([3.0]) >= ranking.sureness([3.0, -4.0]) > ranking.sureness([3.0, 2.9])


def test_a_folder_without_a_file_says_which_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StaleInput, match=r"curves\.json.*make models"):
        ranking.load(tmp_path)
    with pytest.raises(StaleInput, match=r"tagger"):
        tagging.load(tmp_path)


def test_a_tagger_tells_items_by_their_marks_and_is_the_same_from_a_folder(tmp_path: Path) -> None:
    marks = [["street", f"no {at}"] for at in range(20)] + [
        ["firm", f"no {at}"] for at in range(20)
    ]
    tagged = tagging.Tagged(marks, np.array([0] * 20 + [2] * 20), np.arange(40))
    tagger = tagging.fit(tagged, classes=3)
    said = tagger.predict([["street", "never seen"], ["firm"]])
    assert said.shape == (2, 3)
    assert said[0, 0] > 0.8
    assert said[1, 2] > 0.8
    tagger.save(tmp_path)
    assert np.array_equal(
        tagging.load(tmp_path).predict([["street"]]), tagger.predict([["street"]])
    )
