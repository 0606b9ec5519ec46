"""The models that an undisturbed run leaves in its home."""

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets.benchmarks import anomaly_champion
from assets.models import anomaly_model
from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.anomalies.unusual import ANOMALY_RANKS, ANOMALY_REASONS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.datasets.schemas import INVOICE_FEATURES, LABEL_EVENTS, LABELS
from ledgergraph.models.contract import CARD, ModelCard
from ledgergraph.models.detector_choice import DETECTOR_CHOICE
from ledgergraph.models.detectors import DETECTORS
from resources.doors import StoreResource
from resources.learning import history
from resources.store import Store
from tests.stores import rows_of, the_head


@pytest.fixture
def store(home: Path) -> Store:
    return Store(str(home / "store"))


def test_a_first_run_says_how_unusual_each_invoice_is(store: Store) -> None:
    scores = rows_of(store, "invoice_scores", INVOICE_SCORES)
    assert scores.num_rows
    assert not scores["anomaly_score"].null_count
    explained = rows_of(store, "invoice_scores", ANOMALY_REASONS)["invoice_id"].to_pylist()
    assert set(explained) <= set(scores["invoice_id"].to_pylist())


def test_every_detector_is_chosen_or_excluded_with_its_reason(store: Store) -> None:
    chosen = rows_of(store, "anomaly_model", DETECTOR_CHOICE).to_pylist()
    assert {row["detector"] for row in chosen} == {one.path for one in DETECTORS}
    assert all(row["reason"] for row in chosen)
    ranked = rows_of(store, "anomaly_model", ANOMALY_RANKS)["detector"].to_pylist()
    assert set(ranked) == {row["detector"] for row in chosen if row["is_used"]}


def test_the_champion_is_the_model_that_was_learned_with_why_it_counts(
    store: Store, tmp_path: Path
) -> None:
    learned = {file.table: file.sha256 for file in the_head(store, "anomaly_model").files}
    counts = the_head(store, "anomaly_champion")
    held = {file.table: file for file in counts.files}
    decision = json.loads(store.file(held.pop("decision.json")))
    assert decision["is_due"]
    assert decision["reason"]
    assert {name: file.sha256 for name, file in held.items()}.items() <= learned.items()
    (tmp_path / CARD).write_bytes(store.file(held[CARD]))
    assert ModelCard.load(tmp_path).role == "anomaly"


def test_approved_invoices_move_the_threshold_and_nothing_new_computes_nothing(
    home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home / "store", tmp_path / "store")
    store = Store(str(tmp_path / "store"))
    before = the_head(store, "anomaly_model")
    made(store)
    assert the_head(store, "anomaly_model").version == before.version
    put = learn_of(store, 150, dismissed=30)
    made(store)
    after = the_head(store, "anomaly_model")
    assert after.through_time == {"labels": {WHOLE: put.version}}
    card = next(file for file in after.files if file.table == CARD)
    threshold = json.loads(store.file(card))["metrics"]["threshold"]
    assert threshold["rows"] == 120
    assert threshold["basis"] == "invoices approved unasked"


def test_an_anomaly_model_that_is_held_stays_until_the_ledger_is_followed_again(
    home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home / "store", tmp_path / "store")
    store = Store(str(tmp_path / "store"))
    first = the_head(store, "anomaly_champion")
    learn_of(store, 150)
    made(store)
    counts(store)
    second = the_head(store, "anomaly_champion")
    assert second.version != first.version

    counts(store, to="previous", why="The quarter is closed.")
    held = the_head(store, "anomaly_champion")
    assert held.settings["of"] == first.version
    learn_of(store, 160)
    made(store)
    counts(store)
    assert the_head(store, "anomaly_champion").version == held.version

    with pytest.raises(dg.Failure, match="--why"):
        counts(store, to="ledger")
    counts(store, to="ledger", why="A new quarter.")
    known = [one for one in history(store) if one.role == "anomaly"]
    assert [one.decision for one in known] == ["follow", "follow", "roll-back", "follow"]
    assert [one.counts for one in known] == [False, False, False, True]
    assert "A new quarter." in known[-1].reason
    counts(store, to="previous", why="Not yet.")
    counts(store, to="ledger", why="Now.")
    assert [one.reason.split()[-1] for one in history(store) if one.counts and one.role == "anomaly"
            ] == ["Now."]  # fmt: skip
    assert "invoices" in known[0].reason


def learn_of(store: Store, count: int, dismissed: int = 0) -> Manifest:
    """Some invoices are said to be in order, which moves the threshold; of the first, findings."""
    known = rows_of(store, "invoice_features", INVOICE_FEATURES)["invoice_id"].to_pylist()[:count]
    rows = LABELS.rows({"invoice_id": one, "is_issue": False} for one in known)
    said = LABEL_EVENTS.rows(
        {
            "feedback_id": one,
            "invoice_id": one,
            "target": "finding" if at < dismissed else "invoice",
        }
        for at, one in enumerate(known)
    )
    files = (store.put_table(LABELS, rows), store.put_table(LABEL_EVENTS, said))
    put = Manifest("labels", WHOLE, "1", files)
    store.commit(put)
    return put


def counts(store: Store, **config: str) -> None:
    dg.materialize([anomaly_champion], resources={"store": StoreResource(url=store.url)},
                   run_config={"ops": {"anomaly_champion": {"config": config}}})  # fmt: skip


def made(store: Store) -> None:
    result = dg.materialize([anomaly_model], resources={"store": StoreResource(url=store.url)})
    assert result.success
