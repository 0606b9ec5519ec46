"""Whether a synthetic company gives its issues away by single rows.

A planted issue is a relation between records. If a model can tell it from the
attributes of the invoice alone, the generator leaks, and every figure measured
on it is too good. Belongs here: that measurement, and nothing that knows how
issues were planted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ledgergraph.issues import Kind

OWN_KINDS = frozenset(
    {
        Kind.ROUND_AMOUNTS, Kind.AMOUNT_OUTLIER, Kind.UNIT_OR_CURRENCY_SLIP,
        Kind.SPLIT_UNDER_LIMIT, Kind.JUST_BELOW_LIMIT,
    }
)  # fmt: skip
"""Kinds that show in single invoices by their nature; all others are relations."""
AMOUNTS = ("net", "tax", "gross", "tax_rate", "quantity", "unit_price", "lines")
DATES = ("issue_date", "received_on", "due_date", "period_start", "period_end")
CATEGORIES = ("type", "vendor_id", "entity_id", "currency", "approver")
"""Whose frequencies count as an invoice's own; that of an account or contract is its history."""
PRESENCE = ("iban", "vat_id", "contract_id", "order_id", "preceding_invoice")
SETTINGS = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20,
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "verbosity": -1,
    "num_threads": 1, "seed": 1, "deterministic": True,
}  # fmt: skip
ROUNDS = 120
MOST_PRECISION, MOST_FOUND = 0.45, 0.5
"""What own attributes may reach: average precision in all, and the share found of a relation."""
ENOUGH_CASES = 30
"""Fewer cases of a kind, or issues in all, say nothing about how many of them are found."""
MOST_LEDGERS = 8
"""So many ledgers are learned from, and so many judged: more say the same and take longer."""


class Seen(NamedTuple):
    """The invoices of one company, and their truth (columns of TRUTH)."""

    invoices: pa.Table
    truth: pa.Table


@dataclass(frozen=True)
class LeakReport:
    """How well own attributes alone find the issues of a company that was not learned from.

    `average_precision` over all judged invoices; `found` is the share of each
    kind's issues above the threshold that 4 % of the honest ones exceed, `cases` how many
    it has.
    """

    average_precision: float
    prevalence: float
    found: Mapping[str, float]
    cases: Mapping[str, int]
    importance: Mapping[str, float]

    @property
    def leaks(self) -> Mapping[str, float]:
        """What is found too well to be a relation: by kind, and `all issues`, each if so.

        Only what has cases enough to tell is judged.
        """
        total = sum(self.cases.values())
        too_much = {
            kind: share for kind, share in self.found.items()
            if kind not in OWN_KINDS and share > MOST_FOUND and self.cases[kind] >= ENOUGH_CASES
        }  # fmt: skip
        if self.average_precision > MOST_PRECISION and total >= ENOUGH_CASES:
            too_much["all issues"] = self.average_precision
        return too_much


def own_attributes(invoices: pa.Table) -> tuple[np.ndarray, list[str]]:
    """What single invoices tell, row by row, shape (invoices, attributes), and the names.

    Amounts and their digits, parts of dates, spans between them, the look of
    the number, and how frequent each category is; nothing relates two rows.
    """
    columns: dict[str, np.ndarray] = {}
    for name in AMOUNTS:
        columns[name] = _floats(invoices[name])
    for name in ("net", "gross"):
        cents = np.round(np.abs(columns[name]) * 100)
        for unit in (100, 1000, 10_000, 100_000):
            columns[f"{name}_modulo_{unit}"] = cents % unit
        columns[f"{name}_first_digits"] = cents / 10 ** np.floor(np.log10(np.maximum(cents, 1)))
    days = {name: _floats(invoices[name].cast(pa.int32())) for name in DATES}
    for name in ("issue_date", "received_on"):
        columns[f"{name}_weekday"] = (days[name] + 3) % 7
        columns[f"{name}_in_month"] = days[name] % 30.4
        columns[f"{name}_in_year"] = days[name] % 365.25
    columns["age"] = days["received_on"] - np.fmin.reduce(days["received_on"])
    for first, second in (
        ("issue_date", "received_on"),
        ("issue_date", "due_date"),
        ("period_end", "issue_date"),
        ("period_start", "period_end"),
    ):
        columns[f"{first}_to_{second}"] = days[second] - days[first]
    numbers = [number or "" for number in invoices["number"].to_pylist()]
    columns["number_length"] = np.array([len(n) for n in numbers], dtype=float)
    columns["number_digits"] = np.array([sum(c.isdigit() for c in n) for n in numbers], dtype=float)
    columns["number_letters"] = np.array(
        [sum(c.isalpha() for c in n) for n in numbers], dtype=float
    )
    columns["number_value"] = np.array(
        [float("".join(filter(str.isdigit, n))[-9:] or 0) for n in numbers]
    )
    for name in CATEGORIES:
        columns[f"{name}_frequency"] = _frequency(invoices[name].to_pylist())
    for name in PRESENCE:
        columns[f"has_{name}"] = invoices[name].is_valid().to_numpy().astype(float)
    countries = [
        [v[:2] if v else "" for v in invoices[name].to_pylist()] for name in ("iban", "vat_id")
    ]
    columns["is_account_abroad"] = np.array(
        [a != b for a, b in zip(*countries, strict=True)], float
    )
    return np.column_stack(list(columns.values())), list(columns)


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _frequency(values: Sequence[str | None]) -> np.ndarray:
    counts: dict[str | None, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return np.array([np.nan if v is None else counts[v] / len(values) for v in values])


def leaks_among(ledgers: Sequence[Seen]) -> LeakReport | None:
    """Every second of some ledgers judged by what the others teach; None for fewer than two."""
    if len(ledgers) < 2:
        return None
    return leaks_between(ledgers[::2][:MOST_LEDGERS], ledgers[1::2][:MOST_LEDGERS])


def leaks_between(train: Sequence[Seen], test: Sequence[Seen]) -> LeakReport:
    """Learn issues from the single invoices of some companies, and measure on others.

    Each company has a threshold of its own: 4 % of its honest invoices exceed it.
    """
    import lightgbm
    from sklearn.metrics import average_precision_score

    pieces = [own_attributes(one.invoices) for one in train]
    names = pieces[0][1]
    data = lightgbm.Dataset(
        np.vstack([values[_judged(one)] for (values, _), one in zip(pieces, train, strict=True)]),
        np.concatenate([_issues(one)[_judged(one)].astype(float) for one in train]),
        feature_name=names,
    )
    booster = lightgbm.train(SETTINGS, data, ROUNDS)
    gains = booster.feature_importance("gain")
    ranked = sorted(zip(names, gains / max(gains.sum(), 1e-9), strict=True), key=lambda r: -r[1])
    found: dict[str, list[bool]] = {}
    all_issues, all_scores = [], []
    for one in test:
        scores = np.asarray(booster.predict(own_attributes(one.invoices)[0]))
        judged, issues = _judged(one), _issues(one)
        threshold = np.quantile(scores[judged & ~issues], 0.96)
        for kinds, score, is_judged in zip(
            one.truth["kinds"].to_pylist(), scores, judged, strict=True
        ):
            for kind in filter(None, (kinds or "").split("|")) if is_judged else ():
                found.setdefault(kind, []).append(bool(score > threshold))
        all_issues.append(issues[judged])
        all_scores.append(scores[judged])
    truth = np.concatenate(all_issues)
    return LeakReport(
        float(average_precision_score(truth, np.concatenate(all_scores))) if truth.any() else 0.0,
        float(truth.mean()),
        {kind: sum(hits) / len(hits) for kind, hits in sorted(found.items())},
        {kind: len(hits) for kind, hits in sorted(found.items())},
        {name: round(float(gain), 3) for name, gain in ranked[:10]},
    )


def _judged(one: Seen) -> np.ndarray:
    return np.array(one.truth["scored"].to_pylist(), dtype=bool)


def _issues(one: Seen) -> np.ndarray:
    return np.array(one.truth["is_issue"].to_pylist(), dtype=bool)
