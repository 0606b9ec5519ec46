"""Databases of others that belong to a home: copied while they are in use, and put back.

SQLite by its own backup, Postgres by `pg_dump` and `pg_restore`. Not here: which databases a
home has (`orchestration.backups`).
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from ledgergraph.errors import BadSetting, ServiceMissing, concealed

POSTGRES = ("postgresql://", "postgresql+", "postgres://")
VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "username": "PGUSER", "password": "PGPASSWORD",
    "database": "PGDATABASE",
}  # fmt: skip
"""How PostgreSQL's programs are told where to go: a password is no argument that others see."""


def copy_sqlite(path: Path, target: Path) -> None:
    """Copy a database as it is at one moment, whoever writes to it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def dump_postgres(url: str, target: Path) -> None:
    """Write a dump of a database as it is at one moment. Raises ServiceMissing if it fails."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def restore_postgres(url: str, dump: Path) -> None:
    """Replace the tables of a database by those of a dump: all of them, or it stays as it is."""
    database = make_url(url).database or ""
    _run(
        url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges",
        "--single-transaction", f"--dbname={database}", str(dump),
    )  # fmt: skip


def _run(url: str, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BadSetting("PATH", f"has no {program}. Install the client programs of PostgreSQL.")
    parts = make_url(url)
    named = {name: getattr(parts, part) for part, name in VARIABLES.items()}
    named |= {f"PG{name.upper()}": value for name, value in parts.query.items()}  # sslmode
    given = {name: str(value) for name, value in named.items() if value is not None}
    variables = {**os.environ, **given}
    done = subprocess.run(  # noqa: S603
        [found, *arguments], env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServiceMissing(concealed(url), f"{program} says: {done.stderr.strip()[:500]}")
