"""What people say of a company's invoices makes another champion, by sensors and pods alone.

An installation of its own, gone before that of the other tests: a champion that learned from one
company is not theirs.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import s3fs
from clusters import Cluster, Run
from reviewed import INVOICES, REVIEWERS, SEED, late_in, line, said, weakened

from jobs.training import learning
from ledgergraph.artifacts import Manifest
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.export import write_ledger
from ledgergraph.corpora.settings import SHIFTED
from resources.feedback import EVENTS, is_outdated
from resources.store import Store
from sensors.retraining import REASON
from tests.stores import the_head

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
Installation = Callable[[Path], AbstractContextManager[Cluster]]
MADE = learning("compliance")[1:4]
"""What every training reads, which the nightly run has made."""


@pytest.fixture(scope="module")
def reviewed() -> Company:
    return make_company(SEED, invoices=INVOICES, settings=SHIFTED)


@pytest.fixture(scope="module")
def place(
    installation: Installation, reviewed: Company, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("reviewed")
    write_ledger(reviewed, folder / "inbox", folder / "truth", papers=0)
    with installation(folder / "inbox") as here:
        yield here


def test_labels_of_people_make_another_champion_and_report(
    place: Cluster, reviewed: Company, record_property: Callable[[str, object], None]
) -> None:
    place.came_through(place.launch("publish_champions"))
    place.start("inbox")
    [run] = place.until(lambda: place.runs(pipelineName="intake"), 240, "no batch was asked for")
    place.came_through(run.id)
    place.came_through(place.launch("rebuild_ledger"), 900)
    place.came_through(place.launch("training_compliance", MADE), 900)
    store = Store(f"{place.services.bucket}/store")
    champion, report = weakened(store), the_head(store, "anomaly_report")
    labels = said(store, reviewed, next(iter(REVIEWERS.values())), late_in(store))

    place.start("feedback_inbox")
    place.start("retraining")
    began = time.monotonic()
    with s3fs.S3FileSystem().open(f"{place.services.bucket}/feedback/reviews.jsonl", "wb") as file:
        file.write(b"\n".join(map(line, labels)))

    def note(what: str) -> None:
        record_property(
            f"seconds from the file of labels {what}", f"{time.monotonic() - began:.0f}"
        )

    place.until(lambda: store.names(EVENTS) and not is_outdated(store), 600, "labels never came")
    note("until they are in asset `feedback`")
    run = place.until(lambda: training_asked(place), 240, "no training was asked for")
    assert "labels" in run.tags[REASON]
    note("until the sensor asks for a training")
    place.until(lambda: is_replaced(store, champion), 1500, "no other champion came")
    note("until another champion counts")
    place.came_through(run.id, 1500)
    note("until the report follows it")
    assert is_replaced(store, report)


def training_asked(place: Cluster) -> Run | None:
    """The run that the sensor asked for."""
    runs = place.runs(pipelineName="training_compliance")
    return next((one for one in runs if REASON in one.tags), None)


def is_replaced(store: Store, before: Manifest) -> bool:
    """Whether another manifest of the same asset counts now."""
    return the_head(store, before.asset).version != before.version
