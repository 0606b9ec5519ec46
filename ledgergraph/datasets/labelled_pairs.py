"""Pairs with their truth: what a duplicate matcher learns from.

Truth of made companies, and judgements of people on pairs. Not here: what a pair
looks like (graph.duplicates).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ledgergraph.datasets.labels import events_used
from ledgergraph.datasets.schemas import JUDGED_PAIRS, LABELLED_PAIRS
from ledgergraph.feedback.events import Feedback, Target, Verdict, standing
from ledgergraph.graph.duplicates import PAIR_DIRECTIONS, PAIR_FEATURES, described_pairs
from ledgergraph.graph.frames import NO_DATE, Ledger
from ledgergraph.models.boosting import BoostingSettings, fit
from ledgergraph.models.contract import Examples, Floats, matrix_of


def judged_pairs(events: Iterable[Feedback], ledger: Ledger) -> tuple[pa.Table, pa.Table]:
    """What people's judgements say of pairs, as JUDGED_PAIRS and LABEL_EVENTS.

    An approval says that two invoices are one claim, a rejection that they are
    not; the latest counts. A pair of which an invoice is not in the ledger teaches
    nothing, and its event is listed as unused.
    """
    said = [event for event in standing(events) if event.target is Target.PAIR]
    by_pair = {frozenset((event.subject_id, event.other_id)): event for event in said}
    asked = [(str(event.subject_id), str(event.other_id)) for event in said]
    pairs = described_pairs(ledger, asked)
    ids = zip(pairs["invoice_id"].to_pylist(), pairs["other_id"].to_pylist(), strict=True)
    used = [by_pair[frozenset(pair)] for pair in ids]
    known = ledger.invoices["known"].to_numpy()
    days = [known[ledger.position[one]] for one in pairs["invoice_id"].to_pylist()]
    rows = pairs.append_column(
        "is_duplicate", pa.array([event.verdict is Verdict.APPROVAL for event in used], pa.bool_())
    ).append_column(
        "as_of", pa.array([None if day == NO_DATE else int(day) for day in days], pa.date32())
    )
    return JUDGED_PAIRS.conform(rows), events_used(said, [event.feedback_id for event in used])


def label_pairs(pairs: pa.Table, duplicates: pa.Table) -> pa.Table:
    """The pairs (invoice_id, other_id) with `is_duplicate`, in the schema LABELLED_PAIRS.

    `duplicates` are the true pairs. Two copies of one original are neither
    right nor wrong: their pair has no truth.
    """
    truth = [
        frozenset(pair)
        for pair in zip(
            duplicates["invoice_id"].to_pylist(), duplicates["other_id"].to_pylist(), strict=True
        )
    ]
    right, family = frozenset(truth), families(truth)
    found = []
    ids = zip(pairs["invoice_id"].to_pylist(), pairs["other_id"].to_pylist(), strict=True)
    for one, two in ids:
        is_right = frozenset((one, two)) in right
        is_sibling = one in family and family[one] == family.get(two)
        found.append(True if is_right else None if is_sibling else False)
    return LABELLED_PAIRS.conform(
        pairs.select(["invoice_id", "other_id"]).append_column(
            "is_duplicate", pa.array(found, pa.bool_())
        )
    )


def families(truth: Sequence[frozenset[str]]) -> Mapping[str, int]:
    """For each invoice in a true pair the number of its family: the copies of one original."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for pair in truth:
        first, *rest = sorted(pair)
        for other in rest:
            parent[root(other)] = root(first)
    names = {key: at for at, key in enumerate(sorted({root(key) for key in parent}))}
    return {key: names[root(key)] for key in parent}


def pair_targets(pairs: pa.Table, labelled: pa.Table) -> Floats:
    """For each candidate pair 1 or 0, NaN where it has no truth."""
    keys = list(zip(labelled["invoice_id"].to_pylist(), labelled["other_id"].to_pylist(),
                    strict=True))  # fmt: skip
    truth = dict(zip(keys, labelled["is_duplicate"].to_pylist(), strict=True))
    asked = zip(pairs["invoice_id"].to_pylist(), pairs["other_id"].to_pylist(), strict=True)
    values = [truth.get(pair) for pair in asked]
    return np.array([np.nan if value is None else float(value) for value in values])


def pair_examples(ledgers: Sequence[tuple[pa.Table, pa.Table]]) -> Examples:
    """Labelled pairs of several ledgers, each given as (pairs with features, labelled pairs)."""
    names = tuple(PAIR_FEATURES)
    matrices, outcomes, groups = [], [], []
    for number, (pairs, labelled) in enumerate(ledgers):
        outcome = pair_targets(pairs, labelled)
        known = ~np.isnan(outcome)
        matrices.append(matrix_of(pairs, names)[known])
        outcomes.append(outcome[known])
        groups.append(np.full(int(known.sum()), number, dtype=np.int64))
    return Examples(
        names,
        np.concatenate(matrices),
        np.concatenate(outcomes),
        np.concatenate(groups),
        PAIR_DIRECTIONS,
    )


FIRST = BoostingSettings(rounds=80, leaves=8, smallest_leaf=15, columns=0.5, folds=1)
"""How the trees grow that tell easy pairs from hard ones."""
DRAWN = 20
"""One in so many of the easy pairs stays, and counts for all of them."""
EASY = 0.002
"""Below this probability a pair that is no duplicate is easy."""


def without_easy(examples: Examples, seed: int) -> Examples:
    """The examples without most of those that trees grown on a few of them find easy.

    Nearly all candidate pairs are told apart at once: learning from them takes ten times as
    long and teaches nothing. Those that stay of them count for the others.
    """
    wrong = examples.target == 0
    drawn = np.random.default_rng(seed).random(len(wrong)) * DRAWN < 1
    few = _of(examples, drawn | ~wrong, np.where(wrong, float(DRAWN), 1.0))
    is_easy = wrong & (fit(few, FIRST, seed).predict_matrix(examples.matrix) < EASY)
    return _of(examples, drawn | ~is_easy, np.where(is_easy, float(DRAWN), 1.0))


def _of(examples: Examples, kept: "np.typing.NDArray[np.bool_]", times: Floats) -> Examples:
    weight = times if examples.weight is None else times * examples.weight
    return Examples(
        examples.names, examples.matrix[kept], examples.target[kept], examples.group[kept],
        examples.directions, weight[kept],
    )  # fmt: skip
