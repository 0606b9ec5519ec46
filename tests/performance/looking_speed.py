"""What a look at the inbox costs where nothing is new, by how much came before."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from sections import PERFORMANCE, Row, Section
from stopwatch import Took, timed

from assets.policies import BATCH_ASSETS
from ledgergraph.artifacts import Manifest
from ledgergraph.identity import batch_key, canonical_json, document_id_of
from resources.inbox import Inbox
from resources.intake import Listing, Taken, waiting
from resources.store import Store
from sensors.inbox import Looks, look

FILES = 100
"""Of each batch; they are gone from the inbox by now, for listing that is no part of it."""
BATCHES = (100, 1_000)


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


def _empty(folder: Path) -> Inbox:
    folder.mkdir()
    return Inbox(str(folder))


def _looked(door: Inbox, home: Store) -> Took:
    def work() -> None:
        look(door, home, Looks())
        assert list(waiting(home, BATCH_ASSETS)) == []

    return timed(work)[1]


def _read_batch(home: Store, number: int) -> None:
    """A batch with its listing and the heads of all assets of the intake."""
    files = tuple(
        Taken(f"{number}/{n}.pdf", document_id_of(b"%d %d" % (number, n)), 100, "0", False)
        for n in range(FILES)
    )
    key = batch_key(one.document_id for one in files)
    batch = Listing("2026-01-01T00:00:00+00:00", files)
    home.put(f"batches/{key}.json", canonical_json(asdict(batch)))
    inputs: dict[str, dict[str, str]] = {}
    for asset in BATCH_ASSETS:
        manifest = Manifest(asset, key, "1", (), {"batch": key}, dict(inputs))
        inputs[asset] = {key: home.commit(manifest)}
