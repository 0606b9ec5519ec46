"""Which kinds a model's weights name, against what was planted."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ledgergraph.anomalies.confusion import NONE, confusion
from ledgergraph.benchmarks.challengers import made_rows
from ledgergraph.benchmarks.champions import described
from ledgergraph.corpora.training import made_ledger
from ledgergraph.models.packaged import champion


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    ledgers = [("same habits", described(made_ledger(seed, 500))) for seed in (61, 62)]
    return made_rows(ledgers)[0]


def test_each_issue_is_counted_once_and_what_nobody_sees_is_not(rows: pa.Table) -> None:
    counts = confusion(rows, champion("compliance"))
    of_issues = sum(count for (true, _), count in counts.items() if true != NONE)
    assert of_issues == pc.sum(rows["is_issue"]).as_py()
    assert (NONE, NONE) not in counts


def test_most_of_what_is_named_is_named_right(rows: pa.Table) -> None:
    counts = confusion(rows, champion("compliance"))
    named = {pair: count for pair, count in counts.items() if NONE not in pair}
    right = sum(count for (true, said), count in named.items() if true == said)
    assert right >= 0.6 * sum(named.values())


def test_a_model_that_is_never_sure_names_none(rows: pa.Table) -> None:
    counts = confusion(rows, champion("compliance"), least_risk=1.1)
    assert {said for _, said in counts} == {NONE}
