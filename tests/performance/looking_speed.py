"""What a look of each sensor costs where nothing is new, by how much came before."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sections import PERFORMANCE, Row, Section
from stopwatch import Took, timed

from assets.policies import BATCH_ASSETS
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.feedback.events import Feedback, corrections, event_of
from ledgergraph.identity import batch_key, canonical_json, document_id_of
from resources.feedback import add, of_batch, settings_of, stated
from resources.inbox import Inbox
from resources.intake import Listing, Taken, waiting
from resources.store import Store
from sensors.inbox import look
from sensors.looks import Looks

FILES = 100
"""Of each batch; they are gone from the inbox by now, for listing that is no part of it."""
BATCHES = (100, 1_000)
SENSORS = ("inbox", "feedback_inbox", "corrections", "retraining", "promotions", "healing")
"""Those that look into the store."""
EVENTS, CORRECTED = 450, 50
"""Fewer events than a role learns from."""


def inbox() -> list[Section]:
    """The first look of a process, which reads every listing and head once, and the next."""
    rows: list[Row] = []
    for count in BATCHES:
        with TemporaryDirectory() as place:
            home = Store(f"{place}/store")
            for number in range(count):
                _read_batch(home, number)
            door = _empty(Path(place) / "inbox")
            first, then = (_looked(door, home) for _ in range(2))
            rows.append((count, count * FILES, first.cpu, then.cpu, first.wall, then.wall))
    sentence = (
        "A store of batches that are read, in a folder, and an inbox with nothing new. In a "
        "bucket the next look asks only for listings, each request for 1,000 names."
    )
    columns = ("batches", "files", "first, CPU s", "then, CPU s", "first, wall s", "then, wall s")
    return [Section(PERFORMANCE, "A look at the inbox", sentence, columns, rows)]


def ticks() -> list[Section]:
    """Each sensor that looks into the store, twice, as the daemon evaluates it."""
    import dagster as dg

    from assets.feedback import feedback
    from orchestration.definitions import build_definitions
    from orchestration.environments import Environment

    quiet = {"python_logs": {"python_log_level": "CRITICAL"}}
    rows: list[Row] = []
    with TemporaryDirectory() as place, dg.DagsterInstance.ephemeral(settings=quiet) as instance:
        environment = Environment.read({}, home=place)
        for url in (environment.inbox, environment.feedback):
            Path(url).mkdir()
        home = Store(environment.store)
        batches = [_read_batch(home, number, extracted=False) for number in range(BATCHES[0])]
        add(home, judged(len(batches)))
        own = build_definitions(environment).get_repository_def()
        resources = own.get_top_level_resources()
        held = {"store": resources["store"]}
        assert dg.materialize([feedback], instance=instance, resources=held).success
        for key in batches:
            _corrected(home, key)
        for name in SENSORS:
            sensor, cursor, took = own.get_sensor_def(name), None, []
            for _ in range(2):
                with dg.build_sensor_context(
                    instance, cursor, repository_def=own, resources=resources
                ) as context:
                    found, one = timed(partial(sensor.evaluate_tick, context))
                assert not found.run_requests, name
                cursor = found.cursor
                took.append(one)
            first, then = took
            rows.append((name, first.cpu, then.cpu, first.wall, then.wall, found.skip_message))
    sentence = (
        f"{BATCHES[0] * FILES:,} documents in {BATCHES[0]} batches that are read, in a folder, and "
        f"{EVENTS:,} events, {CORRECTED} of them corrections; nothing is new. The first look of a "
        "process reads what the next ones know."
    )
    columns = ("sensor", "first, CPU s", "then, CPU s", "first, wall s", "then, wall s", "says")
    return [Section(PERFORMANCE, "Looks of all sensors", sentence, columns, rows)]


def judged(batches: int) -> list[Feedback]:
    """What people said: of a document of each of some batches, and of invoices."""
    at = datetime.now(UTC)  # or the days since then would be a reason to learn
    fields = [
        {"target": "field", "document_id": document_id_of(b"%d %d" % (number % batches, number)),
         "field": "number", "verdict": "correction", "value": f"R-{number}"}
        for number in range(CORRECTED)
    ]  # fmt: skip
    invoices = [
        {"target": "invoice", "subject_id": f"I-{number}", "verdict": "approval"}
        for number in range(EVENTS - CORRECTED)
    ]
    return [event_of(one, at, "ann") for one in (*fields, *invoices)]


def _corrected(home: Store, key: str) -> None:
    """The extractions of a batch with what was said of it, and all that is made of them."""
    said = of_batch(home, home.head("documents", key), corrections(stated(home)))
    at = BATCH_ASSETS.index("extractions")
    inputs = {
        name: {key: head.version}
        for name in BATCH_ASSETS[:at]
        if (head := home.head(name, key)) is not None
    }
    for asset in BATCH_ASSETS[at:]:
        settings = settings_of(said) if asset == "extractions" else {"batch": key}
        inputs[asset] = {key: home.commit(Manifest(asset, key, "1", (), settings, dict(inputs)))}


def _empty(folder: Path) -> Inbox:
    folder.mkdir()
    return Inbox(str(folder))


def _looked(door: Inbox, home: Store) -> Took:
    def work() -> None:
        look(door, home, Looks(), Limits())
        assert list(waiting(home, BATCH_ASSETS)) == []

    return timed(work)[1]


def _read_batch(home: Store, number: int, *, extracted: bool = True) -> str:
    """A batch with its listing and the heads of the assets of the intake; returns its key."""
    files = tuple(
        Taken(f"{number}/{n}.pdf", document_id_of(b"%d %d" % (number, n)), 100, "0", False)
        for n in range(FILES)
    )
    key = batch_key(one.document_id for one in files)
    batch = Listing("2026-01-01T00:00:00+00:00", files)
    home.put(f"batches/{key}.json", canonical_json(asdict(batch)))
    rows = DOCUMENTS.rows([{"document_id": one.document_id, "name": one.name} for one in files])
    tables = (home.put_table(DOCUMENTS, rows), home.put_table(REJECTIONS, REJECTIONS.empty()))
    inputs: dict[str, dict[str, str]] = {}
    for asset in BATCH_ASSETS if extracted else BATCH_ASSETS[:2]:
        kept = tables if asset == "documents" else ()
        manifest = Manifest(asset, key, "1", kept, {"batch": key}, dict(inputs))
        inputs[asset] = {key: home.commit(manifest)}
    return key
