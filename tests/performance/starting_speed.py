"""How long it takes until anything begins: definitions, the command line, the store."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from sections import PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, ran, timed

from ledgergraph.artifacts import WHOLE, File, Manifest
from ledgergraph.identity import sha256_of
from ledgergraph.tables import TEXT, Table
from resources.store import Store
from resources.verification import verify

COMMITS = 1_000
TIMES = 3
ROWS = Table("rows", pa.schema([("key", TEXT), ("value", TEXT)]), key=("key",))


def starting() -> list[Section]:
    """Starting Python, loading what Dagster loads, and asking an empty home."""
    with TemporaryDirectory() as home:
        commands: dict[str, Sequence[str]] = {
            "Python alone": [sys.executable, "-c", "pass"],
            "definitions": [sys.executable, "-c", "import orchestration.definitions"],
            "ledgergraph --help": [LEDGERGRAPH, "--help"],
            "ledgergraph query": [LEDGERGRAPH, "query", "select 1", "--home", home],
        }
        rows = [(name, *_first_and_best(command)) for name, command in commands.items()]
    sentence = (
        "Each a process of its own. The first start compiles the modules, where set-up has not; "
        f"then the best of {TIMES}. Definitions below 3 s are asked for."
    )
    columns = ("what", "first, CPU s", "first, wall s", "then, CPU s", "then, wall s", "peak MiB")
    return [Section(PERFORMANCE, "Starting", sentence, columns, rows)]


def _first_and_best(command: Sequence[str]) -> Row:
    with TemporaryDirectory() as compiled:
        first, *others = [ran(command, compiled) for _ in range(1 + TIMES)]
    peaks = [one.peak for one in others if one.peak is not None]
    best = min(one.cpu for one in others), min(one.wall for one in others)
    return first.cpu, first.wall, *best, max(peaks, default=None)


def store() -> list[Section]:
    """Putting tables, committing manifests and verifying a store in a folder."""
    with TemporaryDirectory() as place:
        home = Store(place)
        files, put = timed(partial(_put, home))
        _, committed = timed(partial(_commit, home, files))
        head, found = timed(lambda: home.heads("rows"))
        wrong, verified = timed(partial(verify, home))
        size = sum(path.stat().st_size for path in Path(place).rglob("*") if path.is_file())
    assert not wrong
    assert len(head) == COMMITS
    rows: list[Row] = [
        (name, took.wall / COMMITS * 1e3, took.cpu / COMMITS * 1e3)
        for name, took in (
            ("put a table", put), ("commit a manifest", committed), ("read a head", found),
            ("verify a commit", verified),
        )
    ]  # fmt: skip
    sentence = (
        f"{COMMITS:,} tables of ten rows, each committed to a partition of its own; "
        f"{size / 2**20:.1f} MiB in a folder. Syncing to disk is left to the system."
    )
    return [Section(PERFORMANCE, "Store", sentence, ("what", "wall ms", "CPU ms"), rows)]


def _put(home: Store) -> list[File]:
    tables = (
        ROWS.rows(
            {"key": str(key), "value": sha256_of(b"%d %d" % (number, key))} for key in range(10)
        )
        for number in range(COMMITS)
    )
    return [home.put_table(ROWS, table) for table in tables]


def _commit(home: Store, files: Sequence[File]) -> None:
    for number, file in enumerate(files):
        home.commit(Manifest("rows", f"{WHOLE}{number}", "1", (file,)))
