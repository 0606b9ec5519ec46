"""The first labels of a company: what a classifier stacked on scores makes of them, if anything.

Made companies of habits kept apart, whose reviewers judge some invoices of the earlier
months, half from the queue and half by chance; the later months say what each scorer is
worth. Nothing here was chosen on these companies.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import lightgbm
import numpy as np
import pyarrow as pa
from loop_quality import EARLY, REVIEWERS
from sections import BENCHMARKS, Row, Section
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ledgergraph.anomalies import unusual
from ledgergraph.anomalies.findings import Budget
from ledgergraph.benchmarks.challengers import (
    ROLES,
    challenger,
    labelled_rows,
    made_rows,
    tolerated,
    without_tolerated,
)
from ledgergraph.benchmarks.champions import described
from ledgergraph.corpora.reviewers import Reviewer, Shown, issues_here, judgements, sampled
from ledgergraph.corpora.settings import SHIFTED
from ledgergraph.corpora.training import INVOICES, SEEDS, made_ledger, training_ledgers
from ledgergraph.datasets.labels import judged_invoices
from ledgergraph.datasets.rules import fires
from ledgergraph.models.contract import Floats, matrix_of
from ledgergraph.models.metrics import average_precision
from ledgergraph.models.packaged import champion

COMPANIES, SIZE, COUNTS = (9311, 9312, 9313), 6_000, (50, 100, 200)
ROLE, RISK = ROLES["compliance"], champion("compliance")
STACKED = {
    "objective": "binary", "num_leaves": 4, "min_data_in_leaf": 5, "learning_rate": 0.05,
    "feature_fraction": 0.3, "lambda_l2": 5.0, "num_threads": 1, "seed": 1,
    "deterministic": True, "verbosity": -1,
}  # fmt: skip
"""Shallow trees, as few labels allow; 150 of them."""


@dataclass(frozen=True)
class Case:
    """One company: its invoices with features, its truth, and which months are late."""

    features: pa.Table
    truth: pa.Table

    @cached_property
    def ids(self) -> list[str]:
        """The invoices in the order of all figures here."""
        return [str(one) for one in self.features["invoice_id"].to_pylist()]

    @cached_property
    def is_late(self) -> "np.typing.NDArray[np.bool_]":
        """Which invoices lie in the months that are judged."""
        days = np.array(self.features["as_of"].to_pylist(), dtype="datetime64[D]")
        late: np.typing.NDArray[np.bool_] = days >= np.sort(days)[int(EARLY * len(days))]
        return late

    @cached_property
    def risk(self) -> Floats:
        """What the packaged model says."""
        return RISK.predict(self.features)

    @cached_property
    def scores(self) -> Floats:
        """Log odds of the risk, of how unusual, and each detector's rank."""
        found = unusual.fitted(self.features)
        ranks = [found.ranks[name] for name in sorted(found.ranks)]
        anomaly = unusual.anomaly_score(self.features, found.model)
        return np.column_stack([log_odds(self.risk), log_odds(anomaly), *ranks])

    @cached_property
    def fired(self) -> Floats:
        """One column a kind: 1 where its rule fires."""
        rows = fires(self.features).to_pylist()
        kinds = sorted({row["kind"] for row in rows})
        place = {one: at for at, one in enumerate(self.ids)}
        flags = np.zeros((len(self.ids), len(kinds)))
        for row in rows:
            flags[place[row["invoice_id"]], kinds.index(row["kind"])] = 1.0
        return flags

    @cached_property
    def shown(self) -> Shown:
        """The findings that a reviewer sees: rules on invoices that are risky enough."""
        risk = dict(zip(self.ids, self.risk.tolist(), strict=True))
        found: dict[str, list[tuple[str, str]]] = {}
        for row in fires(self.features).to_pylist():
            if risk[row["invoice_id"]] >= Budget.least_risk_with_rule:
                name = f"{row['invoice_id']}-{row['kind']}"
                found.setdefault(row["invoice_id"], []).append((name, row["kind"]))
        return found


def few_labels() -> list[Section]:
    """Average precision on later months by labels and by what learned from them."""
    made, _ = made_rows(("training", described(one)) for one in training_ledgers(SEEDS, INVOICES))
    cases = [described(made_ledger(seed, SIZE, SHIFTED)) for seed in COMPANIES]
    known = [Case(one.features, one.truth) for one in cases]
    names = [name for name, one in REVIEWERS.items() if not one.is_blind]
    rows: list[Row] = []
    for name in names:
        for count in COUNTS:
            found = [judged(case, REVIEWERS[name], count, made) for case in known]
            means = [float(np.mean([one[scorer] for one in found])) for scorer in found[0]]
            rows.append((name, count, *means))
    scorers = ("the risk that counts", "challenger", "stacked: scores, logistic",
               "stacked: scores and features, trees", "risk moved by rules")  # fmt: skip
    sentence = (
        f"Average precision on the later fifth of {len(COMPANIES)} companies of {SIZE:,} invoices "
        f"with other habits (seeds {COMPANIES[0]} to {COMPANIES[-1]}), mean. The challenger "
        "learned from made ledgers and all labels, the stacked ones from the labels alone, the "
        "last adds to the risk what labels say of each kind of rule that fired."
    )
    return [Section(BENCHMARKS, "The first labels of people", sentence,
                    ("reviewer", "labels", *scorers), rows)]  # fmt: skip


def judged(case: Case, reviewer: Reviewer, count: int, made: pa.Table) -> Mapping[str, float]:
    """Average precision of each scorer after so many reviews of one company."""
    right = issues_here(case.truth, reviewer.tolerated)
    early = ~case.is_late
    ids = [one for one, is_early in zip(case.ids, early, strict=True) if is_early]
    asked = sampled(ids, case.risk[early], count, reviewer.seed)
    labels, _ = judged_invoices(judgements(case.truth, case.shown, asked, reviewer))
    own = labelled_rows(case.features, labels)
    target = np.array([float(bool(right.get(one))) for one in case.ids])
    tested = case.is_late & np.array([one in right for one in case.ids])
    named = dict(zip(labels["invoice_id"].to_pylist(), labels["kinds"].to_pylist(), strict=True))
    return {
        name: average_precision(score[tested], target[tested])
        for name, score in scored(case, own, named, made)
    }


def scored(
    case: Case, own: pa.Table, named: Mapping[str, str], made: pa.Table
) -> Iterator[tuple[str, Floats]]:
    """What each scorer says of all invoices after it learned from the labels in `own`."""
    yield "risk", case.risk
    kinds = tolerated(own, named, RISK.predict(own))
    # One fold: calibration moves no rank.
    trees = replace(ROLE.trees, folds=1)
    model = challenger(ROLE, without_tolerated(made, kinds), own, trees, 1.0, seed=1)
    yield "challenger", model.predict(case.features)

    place = {one: at for at, one in enumerate(case.ids)}
    rows = np.array([place[one] for one in own["invoice_id"].to_pylist()])
    outcome = np.array(own["is_issue"].to_pylist(), dtype=np.float64)
    scaled = StandardScaler().fit(case.scores[rows]).transform(case.scores)
    logistic = LogisticRegression(max_iter=1000).fit(scaled[rows], outcome)
    yield "logistic", logistic.predict_proba(scaled)[:, 1]
    both = np.hstack([matrix_of(case.features, ROLE.columns), case.scores])
    grown = lightgbm.train(STACKED, lightgbm.Dataset(both[rows], outcome), 150)
    yield "trees", np.asarray(grown.predict(both, num_threads=1))
    start = log_odds(case.risk)
    yield "rules", start + moved(case.fired[rows], start[rows], outcome)(case.fired)


def moved(flags: Floats, start: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    """Logistic regression on flags that begins at log odds, each weight held near zero (L2 1)."""
    columns = np.hstack([flags, np.ones((len(flags), 1))])
    weights = np.zeros(columns.shape[1])
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-np.clip(start + columns @ weights, -30, 30)))
        gradient = columns.T @ (outcome - p) - weights
        hessian = (columns.T * (p * (1 - p))) @ columns + np.eye(len(weights))
        weights = weights + np.clip(np.linalg.solve(hessian, gradient), -2, 2)
    return lambda of: np.hstack([of, np.ones((len(of), 1))]) @ weights


def log_odds(probability: Floats) -> Floats:
    """Log odds of probabilities, none beyond a million to one."""
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(held / (1 - held))
    return odds
