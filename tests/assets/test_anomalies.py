"""What the report is told of the models that it used."""

import uuid

import pytest

from assets.anomalies import model_used
from assets.benchmarks import packaged
from assets.lineage import Inputs
from ledgergraph.artifacts import WHOLE, Manifest
from resources.store import Store


@pytest.mark.parametrize("role", ["compliance", "duplicate"])
def test_the_report_says_how_good_its_models_are_on_other_companies(role: str) -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    files = tuple(store.put_file(name, data) for name, data in packaged(role).items())
    asset = f"{role}_champion"
    store.commit(Manifest(asset, WHOLE, "1", files, {"origin": "package"}))
    used = model_used(Inputs(store, {asset: store.heads(asset)}, WHOLE), role)
    assert used.card["algorithm"] == "lightgbm"
    for habits in ("same", "other"):
        assert 0.5 < float(used.card[f"average precision, {habits} habits"]) < 1
