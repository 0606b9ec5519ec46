"""People's labels teach a challenger, a benchmark judges it, and it counts or does not."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.compute as pc
import pytest

from assets.benchmarks import compliance_benchmark, compliance_champion
from assets.corpora import training_ledgers
from assets.datasets import benchmark_features, labels, training_features
from assets.datasets import every_label_rests_on_an_event as every_label
from assets.feedback import feedback
from assets.learning import LEARNED
from assets.models import compliance_model
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.benchmarks.challengers import OWN, items_table, paired
from ledgergraph.benchmarks.champions import described
from ledgergraph.benchmarks.record import DECISION, PAGE, decision_of
from ledgergraph.corpora.reviewers import Reviewer, judgements, sampled
from ledgergraph.corpora.settings import SHIFTED
from ledgergraph.corpora.training import TrainingLedger, made_ledger
from ledgergraph.datasets.rules import fires
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.feedback.events import Feedback
from ledgergraph.models.boosting import load
from ledgergraph.models.metrics import average_precision
from orchestration.running import is_outdated
from resources.doors import StoreResource
from resources.feedback import add
from resources.learning import history
from resources.store import Store
from tests.stores import rows_of, the_head

MADE = [training_ledgers, training_features, benchmark_features]
LEARNING = [feedback, labels, compliance_model, compliance_benchmark, compliance_champion]
SMALL: dict[str, Any] = {
    "training_ledgers": {"config": {"seeds": [31], "invoices": 600}},
    "benchmark_features": {"config": {"seeds": [41], "invoices": 220}},
}
ROUNDS = {"compliance_model": {"config": {"rounds": 25}}}
CHAMPION, BENCHMARK, MODEL = "compliance_champion", "compliance_benchmark", "compliance_model"


def materialised(
    store: Store, *wanted: dg.AssetsDefinition, config: dict[str, Any] | None = None, user: str = ""
) -> dg.ExecuteInProcessResult:
    names = {one.key.path[-1] for one in wanted}
    given = {name: one for name, one in (config or {}).items() if name in names}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            list(wanted), instance=instance, resources={"store": StoreResource(url=store.url)},
            run_config={"ops": given}, tags={"user": user} if user else {},
            selection=list(wanted),
        )  # fmt: skip


class Company:
    """A company's store, and its people."""

    def __init__(self, store: Store, ledger: TrainingLedger) -> None:
        self.store, self.ledger = store, ledger

    def train(self, **config: Any) -> None:
        """Everything from what people said to the champion."""
        champion = {CHAMPION: {"config": config}} if config else {}
        materialised(self.store, *LEARNING, config={**ROUNDS, **champion})

    def review(self, count: int, reviewer: Reviewer) -> list[Feedback]:
        """People judge some invoices, half of them by what the champion says."""
        features = rows_of(self.store, "invoice_features", INVOICE_FEATURES)
        risk = self.champion().predict(features)
        asked = sampled(features["invoice_id"].to_pylist(), risk, count, reviewer.seed)
        shown: dict[str, list[tuple[str, str]]] = {}
        for row in fires(features).to_pylist():
            finding = (f"{row['invoice_id']}-{row['kind']}", row["kind"])
            shown.setdefault(row["invoice_id"], []).append(finding)
        events = judgements(self.ledger.truth, shown, asked, reviewer)
        add(self.store, events)
        return events

    def champion(self) -> Any:
        """The model that counts."""
        head = the_head(self.store, CHAMPION)
        folder = Path(self.store.url) / "opened"
        folder.mkdir(exist_ok=True)
        for file in head.files:
            (folder / file.table).write_bytes(self.store.file(file))
        return load(folder)

    def versions(self, *assets: str) -> list[str]:
        return [the_head(self.store, one).version for one in assets]

    def file(self, asset: str, name: str) -> bytes:
        file = the_head(self.store, asset).file(name)
        assert file is not None, name
        return self.store.file(file)

    def decision(self, asset: str = BENCHMARK) -> Any:
        return decision_of(self.file(asset, DECISION))


@pytest.fixture(scope="session")
def ledger() -> TrainingLedger:
    """A company with so many issues that 500 labels teach more than the made ledgers did."""
    return made_ledger(51, 2000, replace(SHIFTED, issue_share=0.3))


@pytest.fixture(scope="session")
def school(once: Callable[..., Path], ledger: TrainingLedger) -> Path:
    """A store with made ledgers to learn from, and a champion that learned next to nothing."""

    def make(place: Path) -> None:
        store = Store(str(place))
        file = store.put_table(INVOICE_FEATURES, described(ledger).features)
        store.commit(Manifest("invoice_features", WHOLE, "1", (file,)))
        poor = {MODEL: {"config": {"rounds": 1}}}
        materialised(store, *MADE, feedback, labels, compliance_model, config={**SMALL, **poor})
        files = tuple(one for one in the_head(store, MODEL).files if one.table != LEARNED)
        store.commit(Manifest(CHAMPION, WHOLE, "1", files, {"origin": "training"}))

    return once("school", make)


@pytest.fixture
def company(school: Path, ledger: TrainingLedger, tmp_path: Path) -> Company:
    shutil.copytree(school, tmp_path / "store")
    return Company(Store(str(tmp_path / "store")), ledger)


@pytest.fixture(scope="session")
def taught(once: Callable[..., Path], school: Path, ledger: TrainingLedger) -> Path:
    """The same after people judged 500 invoices and a challenger learned from them."""

    def make(place: Path) -> None:
        shutil.copytree(school, place, dirs_exist_ok=True)
        company = Company(Store(str(place)), ledger)
        company.review(500, Reviewer())
        company.train()

    return once("taught", make)


@pytest.fixture
def learned(taught: Path, ledger: TrainingLedger, tmp_path: Path) -> Company:
    shutil.copytree(taught, tmp_path / "store")
    return Company(Store(str(tmp_path / "store")), ledger)


def test_what_people_said_makes_a_champion_with_its_record(learned: Company) -> None:
    decision = learned.decision()
    assert decision.is_due, decision.reason
    assert decision.numbers["low"] > 0
    champion = the_head(learned.store, CHAMPION)
    assert champion.settings["origin"] == "training"
    assert champion.settings["model"] == the_head(learned.store, MODEL).version
    assert learned.file(CHAMPION, "model.txt") == learned.file(MODEL, "model.txt")
    assert decision.reason in learned.file(CHAMPION, PAGE).decode()
    check = every_label(store=StoreResource(url=learned.store.url))
    assert isinstance(check, dg.AssetCheckResult)
    assert check.passed
    *_, entry = history(learned.store)
    assert (entry.decision, entry.reason, entry.counts) == ("promote", decision.reason, True)


def test_no_challenger_is_judged_on_ledgers_that_were_learned_from(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    store.commit(Manifest("training_ledgers", WHOLE, "4", (), {"seeds": [40, 41]}))
    with pytest.raises(dg.Failure, match="seeds: names 41, of which training_ledgers"):
        materialised(store, benchmark_features, config=SMALL)


def test_it_is_the_labels_that_win_and_not_the_made_ledgers(learned: Company) -> None:
    before = rows_of(learned.store, BENCHMARK, items_table("compliance"))
    weightless = {MODEL: {"config": {"rounds": 25, "own_weight": 1e-9}}}
    materialised(learned.store, compliance_model, compliance_benchmark, config=weightless)
    items = rows_of(learned.store, BENCHMARK, items_table("compliance"))
    assert items.select(["invoice_id", "target"]) == before.select(["invoice_id", "target"])
    assert items["champion"] == before["challenger"]
    own = paired(items)[OWN]
    without = average_precision(own.challenger, own.target)
    assert average_precision(own.champion, own.target) > without + 0.05
    assert not learned.decision().is_due


def test_a_second_training_without_new_labels_does_nothing(learned: Company) -> None:
    everything = (MODEL, BENCHMARK, CHAMPION, "labels", "feedback")
    before, entries = learned.versions(*everything), len(list(learned.store.audit_entries()))
    learned.train()
    assert learned.versions(*everything) == before
    assert len(list(learned.store.audit_entries())) == entries


def test_later_labels_judge_only_by_what_the_champion_did_not_learn(learned: Company) -> None:
    known = {key for (key,) in json.loads(learned.file(CHAMPION, LEARNED))}
    learned.review(700, Reviewer(seed=2))
    learned.train()
    items = rows_of(learned.store, BENCHMARK, items_table("compliance"))
    own = items.filter(pc.equal(items["slice"], OWN))["invoice_id"].to_pylist()
    assert own
    assert not known & set(own)
    fresh = {key for (key,) in json.loads(learned.file(MODEL, LEARNED))}
    assert not fresh & set(own)


def test_a_benchmark_shows_calibration_and_the_kinds_that_are_named(learned: Company) -> None:
    learned.review(60, Reviewer(seed=3))
    result = materialised(learned.store, feedback, labels, compliance_model, compliance_benchmark,
                          config=ROUNDS)  # fmt: skip
    (event,) = result.asset_materializations_for_node(BENCHMARK)
    shown = {name for name, value in event.metadata.items() if "data:image/png" in str(value.value)}
    assert shown == {"calibration", "kinds"}


def test_labels_by_chance_change_nothing(company: Company) -> None:
    before = company.versions(CHAMPION)
    # The gate decides at a level of 95 %: of such reviewers a few win, this one does not.
    company.review(300, Reviewer(is_blind=True, seed=2))
    company.train()
    assert not company.decision().is_due
    assert company.versions(CHAMPION) == before


def test_a_roll_back_says_who_and_why_and_stays(learned: Company) -> None:
    first, second = (
        json.loads(data)["manifest"]
        for _, data in learned.store.audit_entries()
        if json.loads(data)["asset"] == CHAMPION
    )
    materialised(
        learned.store, compliance_champion, user="ann",
        config={CHAMPION: {"config": {"to": first[:8], "why": "Too many false alarms."}}},
    )  # fmt: skip
    head = the_head(learned.store, CHAMPION)
    assert head.settings["of"] == first
    assert head.settings["replaces"] == second
    (_, last) = list(learned.store.audit_entries())[-1]
    entry = json.loads(last)
    assert (entry["user"], entry["decision"]) == ("ann", "roll-back")
    assert "Too many false alarms." in entry["reason"]
    back = [one for one in history(learned.store) if one.counts]
    assert [one.decision for one in back] == ["roll-back"]

    learned.train()
    assert learned.versions(CHAMPION) == [head.version]
    assert not is_outdated(the_head(learned.store, CHAMPION), CHAMPION)


@pytest.mark.parametrize(
    ("to", "why", "named"), [("123456", "x", "--to"), ("previous", " ", "--why")]
)
def test_a_roll_back_to_nothing_or_without_a_reason_is_refused(
    learned: Company, to: str, why: str, named: str
) -> None:
    before = learned.versions(CHAMPION)
    with pytest.raises(dg.Failure, match=named):
        materialised(learned.store, compliance_champion,
                     config={CHAMPION: {"config": {"to": to, "why": why}}})  # fmt: skip
    assert learned.versions(CHAMPION) == before
