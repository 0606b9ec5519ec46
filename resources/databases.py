"""Databases of others that belong to a home: copied while they are in use, and put back.

SQLite by its own backup, Postgres by `pg_dump` and `pg_restore`. Not here: which databases a
home has (`orchestration.backups`).
"""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from ledgergraph.errors import BadSetting, ServiceMissing

POSTGRES = ("postgresql://", "postgresql+", "postgres://")


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
    _run(
        url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges",
        "--single-transaction", str(dump),
    )  # fmt: skip


def _run(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database; its password is no argument that others see."""
    found = shutil.which(program)
    if found is None:
        raise BadSetting("PATH", f"has no {program}. Install the client programs of PostgreSQL.")
    place = make_url(url)
    with TemporaryDirectory() as folder:
        named = place.set(drivername="postgresql", password=None)
        if place.password is not None:
            passwords = Path(folder) / "passwords"
            passwords.touch(mode=0o600)
            hidden = str(place.password).replace("\\", "\\\\").replace(":", "\\:")
            passwords.write_text(f"*:*:*:*:{hidden}\n", encoding="utf-8")
            named = named.update_query_dict({"passfile": str(passwords)})
        database = f"--dbname={named.render_as_string(hide_password=False)}"
        done = subprocess.run(  # noqa: S603
            [found, database, *arguments], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise ServiceMissing(url, f"{program} says: {done.stderr.strip()[:500]}")
