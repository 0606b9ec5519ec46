"""What a backup of a store costs, the first time and the next, and sealing a document."""

import base64
import io
import random
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from broken_files import a_ubl_invoice
from sections import PERFORMANCE, Row, Section
from stopwatch import Took, per_pass, timed

from assets.policies import BATCH_ASSETS
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.sniffing import sniff
from ledgergraph.identity import batch_key, canonical_json
from ledgergraph.tables import TEXT, Table
from resources.backups import back_up, restore
from resources.intake import Listing, Taken
from resources.sealing import KEY_BYTES
from resources.store import Store
from resources.verification import verify

DOCUMENTS, OF_A_BATCH, OF_A_DAY = 5_000, 100, 100
BYTES = 40_000
"""Of a document, as a PDF of a page or two has."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
NOW = datetime(2026, 1, 5, tzinfo=UTC)
FIELDS = Table("fields", pa.schema([("key", TEXT), ("value", TEXT)]), key=("key",))


def backup() -> list[Section]:
    """A store of some thousand documents: copied, copied again, after a day, put back, verified."""
    with TemporaryDirectory() as folder:
        store, place, other = (Store(f"{folder}/{name}") for name in ("store", "place", "other"))
        rng = random.Random(1)
        for _ in range(DOCUMENTS // OF_A_BATCH):
            _read(store, rng, OF_A_BATCH)
        rows = [_copied("the first backup", store, place, 0)]
        rows.append(_copied("the next, nothing new", store, place, 1))
        _read(store, rng, OF_A_DAY)
        rows.append(_copied(f"after {OF_A_DAY} documents more", store, place, 2))
        (_, done), took = timed(lambda: restore(place, other, lambda _: None, lambda *_: None))
        rows.append(("restore", done.objects, done.bytes / 2**20, took.wall, took.cpu))
        wrong, took = timed(partial(verify, other))
        rows.append(("verify what was restored", None, None, took.wall, took.cpu))
        assert not wrong
    sentence = (
        f"A store of {DOCUMENTS:,} documents of {BYTES / 1000:.0f} kB in batches of {OF_A_BATCH}, "
        f"each with the manifests of {len(BATCH_ASSETS)} assets, in folders of one disk. In "
        "buckets each object is a request, 16 at a time. Dagster's storage comes on top."
    )
    columns = ("what", "objects", "MiB", "wall s", "CPU s")
    return [Section(PERFORMANCE, "Backup and restore", sentence, columns, rows)]


def sealing() -> list[Section]:
    """Taking a document in and reading it, plain and sealed; beside telling what it is."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.write_text(base64.b64encode(bytes(range(KEY_BYTES))).decode())
        plain, sealed = Store(f"{folder}/plain"), Store(f"{folder}/sealed", str(key))
        sealed.take(io.BytesIO(b"the first"))  # imports what seals
        rows: list[Row] = []
        for size in SIZES:
            own = [_own(store, size) for store in (plain, sealed)]
            rows.append(
                (
                    f"{size / 1000:,.0f} kB",
                    *(one for pair in zip(*own, strict=True) for one in pair),
                )
            )
        invoice = a_ubl_invoice("1")
        told = per_pass(lambda: sniff("i.xml", invoice, Limits())) * 1e3
    sentence = (
        "CPU milliseconds a document, in a folder. Taking in counts the hash and the file; reading "
        "counts the hash. Telling what a small XML invoice is, the least that is done with any "
        f"document, takes {told:.2f}."
    )
    columns = ("document", "taken in, plain", "sealed", "read, plain", "sealed")
    return [Section(PERFORMANCE, "Sealed documents", sentence, columns, rows)]


def _own(store: Store, size: int) -> tuple[float, float]:
    """CPU milliseconds of taking a document in, and of reading it."""
    rng = random.Random(size)
    pieces = [rng.randbytes(size) for _ in range(max(3, 3_000_000 // size))]
    ids, took = timed(lambda: [store.take(io.BytesIO(one))[0] for one in pieces])
    read = per_pass(lambda: [store.blob(f"sha256:{one}") for one in ids], 0.5)
    return took.cpu / len(pieces) * 1e3, read / len(pieces) * 1e3


def _read(store: Store, rng: random.Random, count: int) -> None:
    """A batch of documents that came, with what its assets made."""
    files = []
    for _ in range(count):
        sha256, size = store.take(io.BytesIO(rng.randbytes(BYTES)))
        files.append(Taken(f"{sha256[:8]}.pdf", f"sha256:{sha256}", size, "now", is_known=False))
    key = batch_key(one.document_id for one in files)
    listed = Listing(NOW.isoformat(), tuple(files))
    store.put(f"batches/{key}.json", canonical_json(asdict(listed)))
    for asset in BATCH_ASSETS:
        fields = ({"key": f"{one.name} {n}", "value": asset} for one in files for n in range(20))
        store.commit(Manifest(asset, key, "1", (store.put_table(FIELDS, FIELDS.rows(fields)),)))


def _copied(name: str, store: Store, place: Store, hours: int) -> Row:
    took: Took
    (_, done), took = timed(lambda: back_up(store, place, {}, NOW + timedelta(hours=hours)))
    return name, done.objects, done.bytes / 2**20, took.wall, took.cpu
