"""Boosted trees that choose among candidates, and say how sure the choice is.

A choice is a group of rows (candidates) of which at most a few are right. Trees score each
row; the highest is chosen; an isotonic curve for each kind of choice, fitted on choices of
groups that the trees did not see, says how often a choice of such a score is right: also
where none of the candidates is. Of what had to be recognised a second curve says how often
what was chosen rightly, and was seen so clearly, has all its letters right; the product of
both is how sure one may be. Nothing here knows what is chosen.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ledgergraph.errors import StaleInput
from ledgergraph.models.boosting import BoostingSettings
from ledgergraph.models.contract import Floats, Ints

ALGORITHM = "lightgbm choices"
CURVES = "curves.json"
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Choices:
    """Rows to learn from, those of one choice together.

    `matrix` (rows, columns) in the order of `names`, NaN where unknown; `target` 1 where the
    row is right; `weight` how much it counts; `choice` numbers the choices; `head` names the
    trees that score the row and `kind` the curve that its choice is judged by, the narrower
    behind the wider one (`size small`); `group` says which choices belong together (one
    vendor, say); `clear` how clearly what the row offers was seen, in [0, 1], 1 where it did
    not have to be recognised.
    """

    names: tuple[str, ...]
    matrix: Floats
    target: Floats
    choice: Ints
    head: Texts
    kind: Texts
    group: Ints
    weight: Floats | None = None
    clear: Floats | None = None

    def where(self, rows: "npt.NDArray[np.bool_]") -> "Choices":
        """Some of the rows."""
        return Choices(
            self.names, self.matrix[rows], self.target[rows], self.choice[rows], self.head[rows],
            self.kind[rows], self.group[rows], None if self.weight is None else self.weight[rows],
            None if self.clear is None else self.clear[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class RankingSettings(BoostingSettings):
    """How trees are grown that choose: fewer and smaller ones, not smoothed."""

    rounds: int = 200
    leaves: int = 15
    smallest_leaf: int = 10
    columns: float = 0.5
    path_smoothing: float = 0.0


@dataclass(frozen=True)
class Curve:
    """A rising curve through points: what a score is worth as a probability."""

    scores: tuple[float, ...] = (-10.0, 10.0)
    probabilities: tuple[float, ...] = (0.01, 0.99)

    def at(self, score: float) -> float:
        """The probability at a score."""
        return float(np.interp(score, self.scores, self.probabilities))


@dataclass(frozen=True)
class Curves:
    """By kind: how often a choice is right, and how often letters seen so clearly all are."""

    choice: Mapping[str, Curve]
    letters: Mapping[str, Curve]

    def at(self, kind: str, scores: Sequence[float], clear: float = 1.0) -> float:
        """How likely the row of the highest of a choice's scores is right, in [0, 1].

        `clear` is how clearly that row was seen, in [0, 1]; 1 where nothing was recognised.
        """
        chosen = curve_for(self.choice, kind).at(sureness(scores))
        if clear >= 1 or not self.letters:
            return chosen
        return chosen * curve_for(self.letters, kind).at(clear)


class RankingTrees:
    """Fitted trees by head, and curves by kind."""

    def __init__(self, names: tuple[str, ...], texts: Mapping[str, str], curves: Curves) -> None:
        import lightgbm

        self.names, self._texts, self._curves = names, dict(texts), curves
        self._boosters = {one: lightgbm.Booster(model_str=text) for one, text in texts.items()}

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of choices that it learned enough of to say how sure it is."""
        return frozenset(kind for kind in self._curves.choice if kind and " " not in kind)

    @property
    def heads(self) -> frozenset[str]:
        """The heads that it has trees for."""
        return frozenset(self._boosters)

    def scores(self, head: str, matrix: Floats) -> Floats:
        """Log odds that each row is right, by the trees of a head."""
        found = self._boosters[head].predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float64)

    def probability(self, kind: str, scores: Sequence[float], clear: float = 1.0) -> float:
        """How likely the row of the highest of a choice's scores is right (`Curves.at`)."""
        return self._curves.at(kind, scores, clear)

    def gains(self) -> dict[str, float]:
        """The share of each column in all that the splits of all heads gained, in [0, 1]."""
        gained = np.sum([one.feature_importance("gain") for one in self._boosters.values()], axis=0)
        shares = np.asarray(gained, dtype=np.float64) / max(float(np.sum(gained)), 1e-12)
        return dict(zip(self.names, shares.tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Write the trees of each head and the curves into a folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for head, text in self._texts.items():
            (folder / f"trees_{head}.txt").write_text(text, encoding="utf-8")
        facts = {
            "names": list(self.names), "heads": sorted(self._texts),
            **{name: {kind: asdict(one) for kind, one in sorted(found.items())}
               for name, found in (("curves", self._curves.choice),
                                   ("letters", self._curves.letters))},
        }  # fmt: skip
        (folder / CURVES).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def load(folder: Path) -> RankingTrees:
    """The model of a folder. Raises StaleInput if a file of it is missing."""
    path = folder / CURVES
    if not path.is_file():
        raise StaleInput(f"{folder.name} holds no {CURVES}. Make it again with `make models`.")
    facts = json.loads(path.read_text(encoding="utf-8"))
    texts = {}
    for head in facts["heads"]:
        trees = folder / f"trees_{head}.txt"
        if not trees.is_file():
            raise StaleInput(f"{folder.name} holds no {trees.name}. Make it again.")
        texts[head] = trees.read_text(encoding="utf-8")
    choice, letters = (
        {kind: Curve(tuple(one["scores"]), tuple(one["probabilities"]))
         for kind, one in facts.get(name, {}).items()}
        for name in ("curves", "letters")
    )  # fmt: skip
    return RankingTrees(tuple(facts["names"]), texts, Curves(choice, letters))


def sureness(scores: Sequence[float]) -> float:
    """One number for how clear a choice is: the best score, less where the second is near it."""
    ordered = sorted(scores, reverse=True)
    best = ordered[0]
    if len(ordered) == 1:
        return best
    return float(best - np.log1p(np.exp(min(ordered[1] - best + 1.0, 20.0))))


def fit(
    choices: Choices, right: Mapping[int, bool], settings: RankingSettings, seed: int,
    joined: Callable[[Floats], Floats] = lambda scores: scores,
) -> tuple[RankingTrees, Floats]:  # fmt: skip
    """Trees on all rows, with curves from groups unseen; and the score of each row when unseen.

    `right` says of each row's place whether choosing it is right, which may be stricter than
    `target`: by default the target. `joined` makes of the trees' scores those that are chosen
    by, where what is chosen for one thing tells of another.
    """
    unseen = joined(unseen_scores(choices, settings, seed))
    texts = {
        head: grown(choices.where(choices.head == head), settings, seed)
        for head in sorted(set(choices.head.tolist()))
    }
    return RankingTrees(choices.names, texts, curves_of(choices, unseen, right)), unseen


def unseen_scores(choices: Choices, settings: RankingSettings, seed: int) -> Floats:
    """Scores of the rows of each fold of groups, by trees of the other folds."""
    import lightgbm

    scores = np.full(len(choices.target), np.nan)
    fold = folds_of(choices.group, settings.folds, seed)
    for head in sorted(set(choices.head.tolist())):
        of_head = choices.head == head
        for one in range(settings.folds):
            inside = of_head & (fold == one)
            outside = of_head & (fold != one)
            if not inside.any() or len(np.unique(choices.target[outside])) < 2:
                continue
            booster = lightgbm.Booster(model_str=grown(choices.where(outside), settings, seed))
            scores[inside] = booster.predict(choices.matrix[inside], raw_score=True, num_threads=1)
    return scores


def folds_of(group: Ints, folds: int, seed: int) -> Ints:
    """A fold for each row, the same for all rows of a group."""
    names, place = np.unique(group, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray((order % folds)[place], dtype=np.int64)


def grown(choices: Choices, settings: RankingSettings, seed: int) -> str:
    """Trees that tell right rows from others, as text."""
    import lightgbm

    parameters = dict(settings.parameters(seed))
    data = lightgbm.Dataset(
        choices.matrix, choices.target, weight=choices.weight,
        feature_name=list(choices.names), params=parameters, free_raw_data=True,
    )  # fmt: skip
    booster = lightgbm.train(parameters, data, num_boost_round=settings.rounds)
    return str(booster.model_to_string(importance_type="gain"))


def best_of(choice: Ints, scores: Floats) -> Iterator[tuple[int, list[float]]]:
    """Of each choice the place of its best row, and all of its scores; rows unscored are none."""
    known = np.flatnonzero(~np.isnan(scores))
    order = known[np.lexsort((-scores[known], choice[known]))]
    starts = np.flatnonzero(np.diff(choice[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        yield int(order[start]), scores[order[start:end]].tolist()


def curve_for(curves: Mapping[str, Curve], kind: str) -> Curve:
    """The curve of a kind, else that of the next wider one, at last that of all."""
    return next(curves[one] for one in widening(kind) if one in curves)


def widening(kind: str) -> Iterator[str]:
    """A kind and the wider ones, the last of all: `size small red`, `size small`, `size`, ``."""
    words = kind.split(" ")
    for length in range(len(words), 0, -1):
        yield " ".join(words[:length])
    yield ""


LEAST = 40
"""A kind with fewer choices shares the curve of all."""
STEPS = 24
"""Points of a curve at most."""


def curves_of(choices: Choices, scores: Floats, right: Mapping[int, bool]) -> Curves:
    """Curves for each kind with enough choices, and those of all under the empty name.

    What had to be recognised counts as a right choice where it is the target, and its letters
    are counted apart.
    """
    chosen: Pairs = {}
    letters: Pairs = {}
    for place, own in best_of(choices.choice, scores):
        kind, clear = str(choices.kind[place]), 1.0
        is_target = bool(choices.target[place])
        is_right = right.get(place, is_target)
        if choices.clear is not None:
            clear = float(choices.clear[place])
        if clear >= 1:
            _count(chosen, kind, sureness(own), is_right)
            continue
        _count(chosen, kind, sureness(own), is_target)
        if is_target:
            _count(letters, kind, clear, is_right)
    return Curves(_fitted(chosen), _fitted(letters))


Pairs = dict[str, list[tuple[float, bool]]]


def _count(pairs: Pairs, kind: str, score: float, is_right: bool) -> None:
    for wider in widening(kind):
        pairs.setdefault(wider, []).append((score, is_right))


def _fitted(pairs: Pairs) -> dict[str, Curve]:
    return {
        kind: curve_of([s for s, _ in found], [r for _, r in found])
        for kind, found in pairs.items()
        if not kind or len(found) >= LEAST
    }


def curve_of(scores: Sequence[float], right: Sequence[bool]) -> Curve:
    """The rising curve that fits best (isotonic regression), through the middle of its steps."""
    from sklearn.isotonic import IsotonicRegression

    score, outcome = np.asarray(scores), np.asarray(right, dtype=np.float64)
    mean = float(outcome.mean())
    # Two made-up choices, one right at the top and one wrong at the bottom, keep the ends open.
    order = np.argsort(score, kind="stable")
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(score[order], outcome[order])
    points: list[tuple[float, float]] = []
    starts = np.flatnonzero(np.diff(fitted, prepend=-1.0))
    for start, end in zip(starts, [*starts[1:], len(fitted)], strict=True):
        size = end - start
        value = (fitted[start] * size + mean) / (size + 1)
        inside = score[order][start:end]
        points.append((float(np.median(inside)), float(value)))
        if size >= STEPS:  # a long step keeps its width
            points[-1:] = [
                (float(np.quantile(inside, 0.02)), float(value)),
                (float(np.quantile(inside, 0.98)), float(value) + 1e-4),
            ]
    xs = np.maximum.accumulate([x for x, _ in points])
    ys = np.maximum.accumulate([min(max(y, 0.01), 0.995) for _, y in points])
    return Curve(tuple(np.round(xs, 4).tolist()), tuple(np.round(ys, 5).tolist()))
