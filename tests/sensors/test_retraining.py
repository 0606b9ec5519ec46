"""The policy as the sensor and the nightly schedule ask it, on a real instance and a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.feedback import feedback
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.datasets.labels import judged_invoices
from ledgergraph.datasets.schemas import LABEL_EVENTS
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Feedback, event_of
from resources.doors import RetrainingResource, StoreResource
from resources.feedback import add
from sensors.asking import AGAIN
from sensors.retraining import REASON, nightly_training, unmatched, watch_labels, watch_promotions

START = datetime(2026, 3, 1, tzinfo=UTC)
FEW = RetrainingResource(changed={"labels": 5, "errors_over": 50, "type_corrections": 1})


class Home:
    """A store, what people said in it, and who asks whether to learn."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.door = StoreResource(url=str(folder))
        self.store = self.door.open()
        self.events: list[Feedback] = []

    def say(self, count: int, target: str = "invoice", at: datetime | None = None) -> None:
        first = len(self.events)
        stated = [
            {"target": target, "verdict": "approval", "subject_id": f"i{number}",
             **({"other_id": f"j{number}"} if target == "pair" else {})}
            for number in range(first, first + count)
        ]  # fmt: skip
        self.events += [event_of(one, at or datetime.now(UTC), "ann") for one in stated]
        add(self.store, self.events)
        dg.materialize([feedback], instance=self.instance, resources={"store": self.door})

    def learn(self, at: datetime) -> None:
        """The manifests that a training of the compliance role would leave."""
        _, used = judged_invoices(self.events)
        file = self.store.put_table(LABEL_EVENTS, used)
        labels = Manifest("labels", WHOLE, "1", (file,))
        self.store.commit(labels, at=at.isoformat())
        model = Manifest("compliance_model", WHOLE, "1", (), {}, {"labels": {"_": labels.version}})
        self.store.commit(model, at=at.isoformat())

    def learn_without_labels(self, at: datetime) -> None:
        """The model that a training leaves before anyone said anything."""
        model = Manifest("compliance_model", WHOLE, "1", (), {}, {"labels": {}})
        self.store.commit(model, at=at.isoformat())

    def look(self) -> Any:
        context = dg.build_sensor_context(instance=self.instance)
        return watch_labels(context, store=self.door, retraining=FEW)

    def night(self, when: datetime) -> Any:
        context = dg.build_schedule_context(
            instance=self.instance, scheduled_execution_time=when,
            resources={"store": self.door, "retraining": FEW},
        )  # fmt: skip
        return nightly_training[0](context)


@pytest.fixture
def home(tmp_path: Path, instance: dg.DagsterInstance) -> Home:
    return Home(tmp_path / "store", instance)


def test_what_is_not_due_says_how_far_each_role_is(home: Home) -> None:
    home.say(4)
    skipped = home.look()
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == (
        "compliance: 4 of 5 labels; duplicate: 0 of 5 labels; reader: 0 of 5 labels"
    )


def test_a_type_of_document_that_is_often_read_wrong_is_named(home: Home) -> None:
    rows = DOCUMENTS.rows([{"document_id": "d", "name": "d"}])
    home.store.commit(Manifest("documents", "b", "1", (home.store.put_table(DOCUMENTS, rows),)))
    nothing = home.store.put_table(EXTRACTIONS, EXTRACTIONS.empty())
    home.store.commit(Manifest("extractions", "b", "1", (nothing,)))
    wrong = {"target": "field", "document_id": "d", "field": "number", "verdict": "correction",
             "value": "R-1"}  # fmt: skip
    home.events.append(event_of(wrong, datetime.now(UTC), "ann"))
    home.say(1)
    assert home.look().skip_message.endswith(
        "; documents of type unknown: 1 of 1 corrections, 100.0% errors, a candidate for retraining"
    )


def test_enough_labels_ask_for_the_training_of_their_role_with_the_reason(home: Home) -> None:
    home.say(5)
    home.say(3, target="pair")
    (request,) = home.look().run_requests
    assert request.job_name == "training_compliance"
    assert request.tags[REASON] == "compliance: 5 of 5 labels"
    names = {key.path[-1] for key in request.asset_selection}
    assert {"labels", "compliance_model", "compliance_champion", "anomaly_report"} <= names


def test_the_same_labels_are_asked_for_once_and_new_ones_again(home: Home) -> None:
    home.say(5)
    (first,), (again,) = home.look().run_requests, home.look().run_requests
    assert first.run_key == again.run_key
    home.say(1)
    (more,) = home.look().run_requests
    assert more.run_key != first.run_key


def test_labels_whose_training_failed_are_asked_for_again_a_few_times(
    home: Home, failing_for_ever: Any
) -> None:
    home.say(5)
    asked = failing_for_ever(home.instance, lambda: home.look().run_requests[0])
    assert len(asked) == 1 + AGAIN
    home.say(1)
    assert home.look().run_requests[0].run_key not in asked


def test_labels_that_were_learned_from_are_no_reason_any_more(home: Home) -> None:
    home.say(7)
    home.learn(datetime.now(UTC))
    assert home.look().skip_message.startswith("compliance: 0 of 5 labels")
    home.say(5)
    assert home.look().run_requests


def test_a_model_made_before_there_were_labels_has_learned_from_none(home: Home) -> None:
    home.learn_without_labels(START)
    assert isinstance(home.look(), dg.SkipReason)
    home.say(5)
    (request,) = home.look().run_requests
    assert request.job_name == "training_compliance"


def test_a_role_that_never_learned_learns_some_days_after_its_first_label(home: Home) -> None:
    home.say(1, at=START)
    early, late = (home.night(START + timedelta(days=days, hours=2)) for days in (13, 14))
    assert isinstance(early, dg.SkipReason)
    assert "14 days since the first was said" in late.tags[REASON]


def test_at_night_the_same_policy_is_asked_and_days_count(home: Home) -> None:
    home.say(6)
    home.learn(START)
    home.say(1)
    early, late = (home.night(START + timedelta(days=days, hours=2)) for days in (13, 15))
    assert isinstance(early, dg.SkipReason)
    assert isinstance(late, dg.RunRequest)
    assert "15 days" in late.tags[REASON]


def test_a_promotion_whose_run_failed_is_asked_for_again_a_few_times(
    home: Home, failing_for_ever: Any
) -> None:
    home.store.commit(Manifest("duplicate_champion", WHOLE, "1", (), {"origin": "training"}))
    home.store.commit(Manifest("duplicates", WHOLE, "1", ()))
    context = dg.build_sensor_context(instance=home.instance)
    look = lambda: watch_promotions(context, store=home.door)  # noqa: E731
    assert len(failing_for_ever(home.instance, look)) == 1 + AGAIN


def test_pairs_are_matched_anew_after_a_promotion_and_not_after_a_new_package(home: Home) -> None:
    def champion(origin: str) -> str:
        return home.store.commit(Manifest("duplicate_champion", WHOLE, "1", (), {"origin": origin}))

    def match() -> None:
        head = home.store.heads("duplicate_champion")[WHOLE].version
        read = {"duplicate_champion": {WHOLE: head}}
        home.store.commit(Manifest("duplicates", WHOLE, "1", (), through_time=read))

    champion("package")
    match()
    assert unmatched(home.store) is None
    champion("training")
    context = dg.build_sensor_context(instance=home.instance)
    assert isinstance(watch_promotions(context, store=home.door), dg.RunRequest)
    match()
    assert isinstance(watch_promotions(context, store=home.door), dg.SkipReason)


def test_a_champion_that_is_back_is_asked_for_as_if_it_were_new(home: Home) -> None:
    context = dg.build_sensor_context(instance=home.instance)
    keys = []
    for code in ("1", "2", "1", "2"):
        made = Manifest("duplicate_champion", WHOLE, code, (), {"origin": "training"})
        read = {"duplicate_champion": {WHOLE: "another"}}
        home.store.commit(Manifest("duplicates", WHOLE, "1", (), through_time=read))
        home.store.commit(made)
        asked = watch_promotions(context, store=home.door)
        assert isinstance(asked, dg.RunRequest)
        again = watch_promotions(context, store=home.door)
        assert isinstance(again, dg.RunRequest)
        assert again.run_key == asked.run_key
        keys.append(asked.run_key)
    assert len(set(keys)) == 4
