"""Challengers: models that learn from made ledgers and from what people said of one company.

Belongs here: what a role learns from, how much a person's label counts beside made
ones, which labels are held out, and what each side says of the same items. Not
here: who wins (promotion), and what becomes of it (the assets).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.benchmarks.champions import RECIPE
from ledgergraph.benchmarks.promotion import Gate, Paired, decide
from ledgergraph.benchmarks.protocols import LabelledLedger
from ledgergraph.datasets.features import PORTABLE
from ledgergraph.datasets.labelled_pairs import label_pairs, pair_targets
from ledgergraph.datasets.labels import labels_of, targets
from ledgergraph.datasets.rules import fires
from ledgergraph.datasets.schemas import (
    BENCHMARK_FEATURES,
    BENCHMARK_PAIRS,
    JUDGED_PAIRS,
    LABELLED_FEATURES,
    TRAINING_FEATURES,
    TRAINING_PAIRS,
)
from ledgergraph.datasets.splits import first_held_out, is_held_out
from ledgergraph.evidence import Decision
from ledgergraph.graph.duplicates import PAIR_DIRECTIONS, PAIR_FEATURES
from ledgergraph.models.boosting import BoostedTrees, BoostingSettings, fit
from ledgergraph.models.contract import Examples, Floats, Model, matrix_of
from ledgergraph.tables import TEXT, Table

REAL = pa.float64()
OWN = "own labels"
"""The slice that decides: labels of the company itself, of later months than were learned."""


@dataclass(frozen=True)
class Role:
    """What a model is for: where its examples stand, and how its trees are grown.

    `labels` is the asset that holds the company's own examples, in table `own`;
    `made` and `judged` are rows of made ledgers, to learn from and to be judged on.
    """

    name: str
    labels: str
    keys: tuple[str, ...]
    target: str
    columns: tuple[str, ...]
    directions: Mapping[str, int]
    trees: BoostingSettings
    own: Table
    made: Table
    judged: Table


ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(
            "compliance", "labels", ("invoice_id",), "is_issue", tuple(PORTABLE), {},
            RECIPE.compliance, LABELLED_FEATURES, TRAINING_FEATURES, BENCHMARK_FEATURES,
        ),
        Role(
            "duplicate", "duplicate_pairs", ("invoice_id", "other_id"), "is_duplicate",
            tuple(PAIR_FEATURES), PAIR_DIRECTIONS, RECIPE.duplicate, JUDGED_PAIRS,
            TRAINING_PAIRS, BENCHMARK_PAIRS,
        ),
    )
}  # fmt: skip
"""The roles that learn from labels."""
BENCHMARK_ITEMS = pa.schema(
    [
        ("slice", TEXT),  # own labels, same habits, other habits
        ("ledger", TEXT),  # null: the company's own
        ("invoice_id", TEXT),
        ("other_id", TEXT),  # of a pair
        ("target", REAL),  # 0 or 1
        ("champion", REAL),  # probabilities
        ("challenger", REAL),
    ]
)


def items_table(role: str) -> Table:
    """The table of what both models of a role say of the same items, one row an item."""
    key = ("slice", "ledger", "invoice_id", "other_id")
    return Table(f"{role}_benchmark_items", BENCHMARK_ITEMS, key=key)


# Rows to learn from


def made_rows(ledgers: Iterable[tuple[str, LabelledLedger]]) -> tuple[pa.Table, pa.Table]:
    """Invoices and candidate pairs of made ledgers with their features and truth.

    Each ledger comes with the name of its habits. The tables have the columns of
    TRAINING_FEATURES and TRAINING_PAIRS.
    """
    invoices, pairs = [], []
    for habits, ledger in ledgers:
        labels = labels_of(ledger.truth)
        place = pc.index_in(ledger.features["invoice_id"], labels["invoice_id"].combine_chunks())
        rows = ledger.features.drop_columns("as_of")
        truth = {name: labels[name].take(place) for name in ("is_issue", "kinds")}
        invoices.append(_stated(rows, habits, ledger.name, truth))
        known = pair_targets(ledger.pairs, label_pairs(ledger.pairs, ledger.duplicates))
        is_duplicate = pa.array(known, from_pandas=True).cast(pa.bool_())
        pairs.append(_stated(ledger.pairs, habits, ledger.name, {"is_duplicate": is_duplicate}))
    return pa.concat_tables(invoices), pa.concat_tables(pairs)


def _stated(
    rows: pa.Table, habits: str, ledger: str, columns: Mapping[str, pa.Array | pa.ChunkedArray]
) -> pa.Table:
    named = {"habits": habits, "ledger": ledger}
    for name, value in named.items():
        rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.string()))
    for name, values in columns.items():
        rows = rows.append_column(name, values)
    return rows


def labelled_rows(features: pa.Table, labels: pa.Table) -> pa.Table:
    """The features of labelled invoices with their label: what role `compliance` learns from."""
    outcome = targets(features, labels)
    rows = features.append_column("is_issue", pa.array(outcome, from_pandas=True).cast(pa.bool_()))
    return rows.filter(pc.is_valid(rows["is_issue"]))


@dataclass(frozen=True)
class Lessons:
    """A company's own labels, divided: those to learn from, and the later ones held out."""

    learned: pa.Table
    held_out: pa.Table
    first_held_out: str | None


def divided(own: pa.Table) -> Lessons:
    """A company's labels as they are divided by `as_of`, see datasets.splits."""
    first = first_held_out(own["as_of"])
    late = pa.array(is_held_out(own["as_of"], first), pa.bool_())
    day = None if first is None else first.isoformat()
    return Lessons(own.filter(pc.invert(late)), own.filter(late), day)


def examples(role: Role, made: pa.Table, own: pa.Table, weight: float) -> Examples:
    """Rows of made ledgers and a company's own as one set; each ledger is a group."""
    names, columns = pc.unique(made["ledger"]).to_pylist(), role.columns
    place = {name: at for at, name in enumerate(names)}
    groups = [place[name] for name in made["ledger"].to_pylist()] + [len(names)] * own.num_rows
    outcome = np.concatenate([_outcome(made, role.target), _outcome(own, role.target)])
    counted = np.concatenate([np.ones(made.num_rows), np.full(own.num_rows, weight)])
    matrix = np.vstack([matrix_of(made, columns), matrix_of(own, columns)])
    known = ~np.isnan(outcome)
    return Examples(
        columns,
        matrix[known],
        outcome[known],
        np.array(groups, dtype=np.int64)[known],
        role.directions,
        counted[known],
    )


def _outcome(rows: pa.Table, column: str) -> Floats:
    return np.asarray(rows[column].cast(pa.float64()).to_numpy(), dtype=np.float64)


def challenger(
    role: Role, made: pa.Table, own: pa.Table, trees: BoostingSettings, weight: float, seed: int
) -> BoostedTrees:
    """A model of a role that learned from made ledgers and a company's own labels."""
    return fit(examples(role, made, own, weight), trees, seed)


# What the company's people do not mind


def tolerated(own: pa.Table, named: Mapping[str, str], expected: Floats) -> tuple[str, ...]:
    """The kinds that people here do not mind though made ledgers call them issues.

    `own` are labelled invoices with their features, `named` the kinds that people
    confirmed on each (joined by `|`), `expected` how likely a model of made ledgers
    alone calls each an issue, in [0, 1]. That belief is shared by the kinds whose
    rules fire on the invoice, or by those of them that people confirmed. A kind is
    tolerated if LEAST_EXPECTED of the reviewed invoices should have been issues by
    it, and people said so of a share of CONFIRMED at most.
    """
    believed = dict(zip(own["invoice_id"].to_pylist(), expected.tolist(), strict=True))
    is_issue = dict(zip(believed, own["is_issue"].to_pylist(), strict=True))
    fired: dict[str, set[str]] = {}
    for row in fires(own).select(["invoice_id", "kind"]).to_pylist():
        fired.setdefault(row["invoice_id"], set()).add(row["kind"])
    all_: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for invoice_id, kinds in fired.items():
        confirmed = set((named.get(invoice_id) or "").split("|")) - {""}
        shared = (kinds & confirmed) or ({} if confirmed else kinds)
        for kind in shared:
            all_[kind] += believed[invoice_id] / len(shared)
            right[kind] += is_issue[invoice_id] * believed[invoice_id] / len(shared)
    return tuple(
        sorted(
            kind
            for kind, count in all_.items()
            if count >= LEAST_EXPECTED and right[kind] <= CONFIRMED * count
        )
    )


LEAST_EXPECTED, CONFIRMED = 3.0, 1 / 3


def without_tolerated(rows: pa.Table, kinds: Iterable[str]) -> pa.Table:
    """Rows of made ledgers without the issues that are of tolerated kinds alone.

    Nobody here calls them issues, so they neither teach nor judge.
    """
    ignored = frozenset(kinds)
    if not ignored or "kinds" not in rows.column_names:
        return rows
    own = [frozenset((one or "").split("|")) - {""} for one in rows["kinds"].to_pylist()]
    return rows.filter(pa.array([not one or not one <= ignored for one in own], pa.bool_()))


# Items to be judged on


def keys_of(role: Role, rows: pa.Table) -> list[tuple[str, ...]]:
    """What names each row of a role: an invoice, or the two of a pair."""
    return list(zip(*(rows[key].to_pylist() for key in role.keys), strict=True))


def unseen(role: Role, held_out: pa.Table, seen: Iterable[Sequence[str]]) -> pa.Table:
    """The held-out rows that a champion did not learn from either: it is judged on no other."""
    known = {tuple(key) for key in seen}
    mask = [key not in known for key in keys_of(role, held_out)]
    return held_out.filter(pa.array(mask, pa.bool_()))


def judged_items(
    role: Role, own: pa.Table, made: pa.Table, champion: Model, contender: Model
) -> pa.Table:
    """What both models say of the company's held-out rows and of those of made ledgers."""
    own = own.append_column("ledger", pa.nulls(own.num_rows, pa.string()))
    own = own.append_column("habits", pa.array([OWN] * own.num_rows, pa.string()))
    pieces = [_items(role, rows, champion, contender) for rows in (own, made)]
    return items_table(role.name).conform(pa.concat_tables(pieces))


def _items(role: Role, rows: pa.Table, champion: Model, contender: Model) -> pa.Table:
    rows = rows.filter(pc.is_valid(rows[role.target]))
    other = rows["other_id"] if "other_id" in role.keys else pa.nulls(rows.num_rows, pa.string())
    return pa.table(
        {
            "slice": rows["habits"],
            "ledger": rows["ledger"],
            "invoice_id": rows["invoice_id"],
            "other_id": other,
            "target": rows[role.target].cast(pa.float64()),
            "champion": pa.array(champion.predict(rows)),
            "challenger": pa.array(contender.predict(rows)),
        },
        schema=BENCHMARK_ITEMS,
    )


def paired(items: pa.Table) -> dict[str, Paired]:
    """The items of each slice as the gate reads them."""
    found = {}
    for name in pc.unique(items["slice"]).to_pylist():
        rows = items.filter(pc.equal(items["slice"], name))
        columns = (rows[one].to_numpy() for one in ("target", "champion", "challenger"))
        found[name] = Paired(*columns)
    return found


def decided(items: pa.Table, *, seed: int, gate: Gate | None = None) -> Decision:
    """Whether the challenger is promoted: the company's held-out labels decide.

    The slices of made ledgers are protected: none may get worse.
    """
    slices = paired(items)
    nothing = np.empty(0)
    own = slices.pop(OWN, Paired(nothing, nothing, nothing))
    return decide(own, slices, seed=seed, gate=gate)
