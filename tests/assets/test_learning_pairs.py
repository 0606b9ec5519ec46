"""People's verdicts on pairs teach a matcher, by the way that verdicts on invoices take."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow.compute as pc

from assets.benchmarks import duplicate_benchmark, duplicate_champion
from assets.corpora import training_ledgers
from assets.datasets import benchmark_features, duplicate_pairs, training_features
from assets.feedback import feedback
from assets.models import duplicate_model
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.benchmarks.challengers import OWN, items_table
from ledgergraph.benchmarks.record import DECISION, decision_of
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.schemas import JUDGED_PAIRS
from ledgergraph.feedback.events import event_of
from ledgergraph.graph.duplicates import pairs
from ledgergraph.graph.snapshot import snapshot_tables
from resources.doors import StoreResource
from resources.feedback import add
from resources.store import Store
from tests.stores import rows_of, the_head

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONFIG = {
    "training_ledgers": {"config": {"seeds": [31], "invoices": 300}},
    "benchmark_features": {"config": {"seeds": [41], "invoices": 220}},
    "duplicate_model": {"config": {"rounds": 20}},
}
LEARNING = [
    feedback, training_ledgers, training_features, benchmark_features, duplicate_pairs,
    duplicate_model, duplicate_benchmark, duplicate_champion,
]  # fmt: skip


def test_judged_pairs_are_learned_from_and_held_out(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    store = Store(str(tmp_path))
    made = made_ledger(52, 500)
    snapshot = snapshot_of_books(made.tables)
    stored = snapshot.stored()
    files = tuple(store.put_table(table, stored[table.name]) for table in snapshot_tables())
    store.commit(Manifest("graph_snapshot", WHOLE, "1", files))
    names = [made.duplicates[name].to_pylist() for name in ("invoice_id", "other_id")]
    true = set(map(frozenset, zip(*names, strict=True)))
    proposed = pairs(snapshot).select(["invoice_id", "other_id"]).to_pylist()
    said = [
        {"target": "pair", "subject_id": one["invoice_id"], "other_id": one["other_id"],
         "verdict": "approval" if frozenset(one.values()) in true else "rejection"}
        for one in proposed[:400]
    ]  # fmt: skip
    add(store, [event_of(one, NOW, "ann") for one in said])

    door = {"store": StoreResource(url=store.url)}
    dg.materialize([duplicate_champion], instance=instance, resources=door)
    shipped = the_head(store, "duplicate_champion")
    dg.materialize(LEARNING, instance=instance, resources=door, run_config={"ops": CONFIG})

    judged = rows_of(store, "duplicate_pairs", JUDGED_PAIRS)
    assert judged.num_rows == len(said)
    items = rows_of(store, "duplicate_benchmark", items_table("duplicate"))
    own = items.filter(pc.equal(items["slice"], OWN))
    assert 0.15 * len(said) <= own.num_rows <= 0.5 * len(said)
    assert set(items["slice"].to_pylist()) == {OWN, "same habits", "other habits"}
    record = the_head(store, "duplicate_benchmark").file(DECISION)
    assert record is not None
    assert not decision_of(store.file(record)).is_due  # 20 trees do not beat the packaged model
    assert the_head(store, "duplicate_champion").version == shipped.version
