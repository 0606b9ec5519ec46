"""The default champions: trained on made ledgers, judged on ledgers of other seeds.

`make_models` writes them with their cards. It is deterministic: the same seeds
give the same files. Not here: how ledgers to learn from are made (corpora.training).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.protocols import LabelledLedger, compliance, duplicate, summary
from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
from ledgergraph.corpora.training import (
    TrainingLedger,
    made_ledger,
    pair_ledgers,
    training_ledgers,
)
from ledgergraph.datasets.features import OWN, PORTABLE, table_of
from ledgergraph.datasets.labelled_pairs import label_pairs, pair_examples, without_easy
from ledgergraph.datasets.labels import examples_of, labels_of, targets
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.rules import fires
from ledgergraph.graph.duplicates import PAIR_FEATURES, candidate_pairs
from ledgergraph.graph.frames import ledger_of
from ledgergraph.models.boosting import ALGORITHM, BoostedTrees, BoostingSettings, fit
from ledgergraph.models.calibration import expected_calibration_error
from ledgergraph.models.combining import either
from ledgergraph.models.contract import Floats, ModelCard

CODE_VERSION = "2"


@dataclass(frozen=True)
class Recipe:
    """How the trees of each role are grown, and those of the baseline."""

    compliance: BoostingSettings
    duplicate: BoostingSettings
    baseline: BoostingSettings


RECIPE = Recipe(
    compliance=BoostingSettings(rounds=400, leaves=24, smallest_leaf=20, columns=0.3, folds=3),
    duplicate=BoostingSettings(rounds=400, leaves=8, smallest_leaf=15, columns=0.5, folds=3),
    baseline=BoostingSettings(rounds=200, folds=1),
)


@dataclass(frozen=True)
class Champions:
    """The models of both roles, and the baselines that they were held against."""

    compliance: BoostedTrees
    duplicate: BoostedTrees
    own_attributes: BoostedTrees
    rule_precision: Mapping[str, float]


def described(made: TrainingLedger) -> LabelledLedger:
    """A ledger with its features and candidate pairs."""
    ledger = ledger_of(snapshot_of_books(made.tables))
    pairs = candidate_pairs(ledger).table(ledger)
    return LabelledLedger(made.name, table_of(ledger), pairs, made.truth, made.duplicates)


def train(ledgers: Sequence[LabelledLedger], seed: int, recipe: Recipe = RECIPE) -> Champions:
    """Models of both roles; calibrated on ledgers that they did not see."""
    labelled = [(one.features, labels_of(one.truth)) for one in ledgers]
    pairs = [(one.pairs, label_pairs(one.pairs, one.duplicates)) for one in ledgers]
    return Champions(
        fit(examples_of(labelled, PORTABLE), recipe.compliance, seed),
        fit(without_easy(pair_examples(pairs), seed), recipe.duplicate, seed),
        fit(examples_of(labelled, OWN), recipe.baseline, seed),
        rule_precision(ledgers),
    )


def rule_precision(ledgers: Sequence[LabelledLedger]) -> Mapping[str, float]:
    """For each kind how often its rule was right, drawn to one in ten by five cases."""
    fired: dict[str, list[float]] = {}
    for ledger in ledgers:
        found = fires(ledger.features)
        outcome = targets(found, labels_of(ledger.truth))
        for kind, value in zip(found["kind"].to_pylist(), outcome.tolist(), strict=True):
            if value == value:
                fired.setdefault(kind, []).append(value)
    return {kind: (sum(v) + 0.5) / (len(v) + 5.0) for kind, v in sorted(fired.items())}


def rules_score(features: pa.Table, precision: Mapping[str, float]) -> Floats:
    """Noisy or of the rules that fire on each invoice, each as good as it was in training."""
    found = fires(features)
    place = {one: at for at, one in enumerate(features["invoice_id"].to_pylist())}
    missed = np.ones(features.num_rows)
    for row in found.select(["invoice_id", "kind", "strength"]).to_pylist():
        missed[place[row["invoice_id"]]] *= 1.0 - precision.get(row["kind"], 0.1)
    return 1.0 - missed


def judged(champions: Champions, ledger: LabelledLedger, seed: int) -> pa.Table:
    """Rows (BENCHMARKS) of both roles on one ledger, beside rules and own attributes."""
    features, pairs = ledger.features, ledger.pairs
    risk = champions.compliance.predict(features)
    of_invoice = best_of_later(features, pairs, champions.duplicate.predict(pairs))
    scores = {
        "rules": rules_score(features, champions.rule_precision),
        "own attributes": champions.own_attributes.predict(features),
        "model": risk,
        "model and duplicates": either(risk, of_invoice),
    }
    of_pairs = duplicate(ledger, matchers(pairs, champions.duplicate), seed)
    return pa.concat_tables([compliance(ledger, scores, seed), of_pairs])


def best_of_later(features: pa.Table, pairs: pa.Table, probability: Floats) -> Floats:
    """For each invoice the highest probability of a pair in which it is the later one; else 0."""
    place = {one: at for at, one in enumerate(features["invoice_id"].to_pylist())}
    best = np.zeros(features.num_rows)
    np.maximum.at(best, [place[one] for one in pairs["invoice_id"].to_pylist()], probability)
    return best


def hand_score(pairs: pa.Table) -> Floats:
    """A matcher without learning: likeness of number and amount, nearness in time."""
    columns = {
        name: np.nan_to_num(pairs[name].to_numpy())
        for name in ("number_similarity", "same_amount", "same_order", "same_entity", "issue_days")
    }
    score: Floats = (
        columns["number_similarity"] + columns["same_amount"] + 0.3 * columns["same_order"]
        + 0.2 * columns["same_entity"] - 0.2 * np.log10(1.0 + columns["issue_days"])
    )  # fmt: skip
    return score


def make_models(
    folder: Path,
    seeds: Sequence[int],
    test_seeds: Sequence[int],
    invoices: int,
    recipe: Recipe = RECIPE,
    ledgers: Iterable[TrainingLedger] | None = None,
) -> list[dict[str, Any]]:
    """Train the champions of both roles, judge them, and write them with their cards.

    `folder` gets one folder per role. Returns the table of the cards: for each
    protocol and scorer the mean metrics on ledgers of `test_seeds`, of the habits
    learned from ("same") and of others kept apart ("other"). `ledgers` are those of
    `seeds` where they were made before; by default they are made here.
    """
    if overlap := set(seeds) & set(test_seeds):
        raise ValueError(f"Seeds {sorted(overlap)} are both learned from and judged on.")
    seed = seeds[0]
    learned = training_ledgers(seeds, invoices) if ledgers is None else ledgers
    champions = train([described(one) for one in learned], seed, recipe)
    table: list[dict[str, Any]] = []
    errors: dict[str, float] = {}
    for habits, settings in _HABITS.items():
        unseen = [described(made_ledger(one, invoices, settings)) for one in test_seeds]
        rows = pa.concat_tables([judged(champions, one, seed) for one in unseen])
        table += [{"habits": habits, **row} for row in summary(rows)]
        errors[habits] = round(_calibration_error(champions.compliance, unseen), 4)
    facts = {"seeds": list(seeds), "test_seeds": list(test_seeds), "invoices": invoices}
    for role, model, trees, names in (
        ("compliance", champions.compliance, recipe.compliance, len(PORTABLE)),
        ("duplicate", champions.duplicate, recipe.duplicate, len(PAIR_FEATURES)),
    ):
        own = [row for row in table if row["protocol"] == role]
        metrics = {row["habits"]: {k: v for k, v in row.items() if k not in _NAMES}
                   for row in own if row["scorer"] == "model"}  # fmt: skip
        if role == "compliance":
            metrics["calibration_error"] = errors
            facts["rule_precision"] = {k: round(v, 4) for k, v in champions.rule_precision.items()}
        model.save(folder / role)
        ModelCard(role, ALGORITHM, asdict(trees), seed, {**facts, "columns": names},
                  CODE_VERSION, metrics, own).save(folder / role)  # fmt: skip
    return table


def make_matcher(
    folder: Path,
    seeds: Sequence[int],
    test_seeds: Sequence[int],
    invoices: int,
    settings: BoostingSettings = RECIPE.duplicate,
) -> list[dict[str, Any]]:
    """Train, judge and write the champion of role `duplicate` alone, as `make_models` does.

    It learns from ledgers with the usual kinds (corpora.training.pair_ledgers), from which it
    tells pairs apart better than from those with every kind.
    """
    if overlap := set(seeds) & set(test_seeds):
        raise ValueError(f"Seeds {sorted(overlap)} are both learned from and judged on.")
    learned = [paired(one) for one in pair_ledgers(seeds, invoices)]
    pairs = [(one.pairs, label_pairs(one.pairs, one.duplicates)) for one in learned]
    model = fit(without_easy(pair_examples(pairs), seeds[0]), settings, seeds[0])
    table: list[dict[str, Any]] = []
    for habits, of_company in _HABITS.items():
        rows = []
        for seed in test_seeds:
            unseen = paired(made_ledger(seed, invoices, of_company))
            rows.append(duplicate(unseen, matchers(unseen.pairs, model), seeds[0]))
        table += [{"habits": habits, **row} for row in summary(pa.concat_tables(rows))]
    metrics = {row["habits"]: {k: v for k, v in row.items() if k not in _NAMES}
               for row in table if row["scorer"] == "model"}  # fmt: skip
    facts = {"seeds": list(seeds), "test_seeds": list(test_seeds), "invoices": invoices,
             "columns": len(PAIR_FEATURES)}  # fmt: skip
    model.save(folder / "duplicate")
    ModelCard("duplicate", ALGORITHM, asdict(settings), seeds[0], facts, CODE_VERSION, metrics,
              table).save(folder / "duplicate")  # fmt: skip
    return table


def paired(made: TrainingLedger) -> LabelledLedger:
    """A ledger with its candidate pairs; of its features it has the invoices alone."""
    ledger = ledger_of(snapshot_of_books(made.tables))
    ids = pa.table({"invoice_id": ledger.invoices["invoice_id"].tolist()})
    pairs = candidate_pairs(ledger).table(ledger)
    return LabelledLedger(made.name, ids, pairs, made.truth, made.duplicates)


def matchers(pairs: pa.Table, model: BoostedTrees) -> dict[str, Floats]:
    """What every matcher says of some pairs."""
    same = np.nan_to_num(pairs["same_number"].to_numpy()) * pairs["same_amount"].to_numpy()
    return {"same number and amount": same, "hand score": hand_score(pairs),
            "model": model.predict(pairs)}  # fmt: skip


_HABITS = {"same": COMPLETE, "other": SHIFTED_COMPLETE}
_NAMES = ("habits", "protocol", "scorer")


def _calibration_error(model: BoostedTrees, ledgers: Sequence[LabelledLedger]) -> float:
    probability, outcome = [], []
    for ledger in ledgers:
        target = targets(ledger.features, labels_of(ledger.truth))
        known = ~np.isnan(target)
        probability.append(model.predict(ledger.features)[known])
        outcome.append(target[known])
    return expected_calibration_error(np.concatenate(probability), np.concatenate(outcome))
