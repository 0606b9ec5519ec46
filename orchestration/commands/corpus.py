"""`ledgergraph corpus list|get|publish`: corpora and data sets as versions that never change.

`publish` puts what counts in a home under a version; `list` and `get` need neither a home nor
Dagster: the remote, a folder or an s3:// URL, is all.
"""

import argparse
import re
from pathlib import Path

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

NAMES = ("reader_corpus", "synthetic_documents", "public_documents", "training_ledgers")
"""The assets that can be published."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("action", choices=["list", "get", "publish"])
    parser.add_argument("version", nargs="?", metavar="NAME@VERSION",
                        help=f"to get or publish; names are {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--remote", required=True, help="a folder or an s3:// URL")
    parser.add_argument("--to", help="the folder that get makes; default NAME-VERSION")
    parser.add_argument("--home", help="the home to publish from")


def run(given: argparse.Namespace) -> int:
    """Do what is asked."""
    if given.action == "list":
        return listed(given.remote)
    name, version = parts(given.version, needs_version=given.action == "get")
    if given.action == "get":
        return fetched(given.remote, name, version, given.to)
    return published(given, name, version)


def parts(text: str | None, *, needs_version: bool) -> tuple[str, str]:
    """Name and version of NAME@VERSION; no version where none is needed."""
    found = re.fullmatch(r"([^@]+)(?:@([^@]+))?", text or "")
    if found is None or (needs_version and not found.group(2)):
        raise BadSetting("NAME@VERSION", f"is {text or 'missing'}. Name one, as reader_corpus@1.0; "
                         "`ledgergraph corpus list` shows which there are.")  # fmt: skip
    return found.group(1), found.group(2) or ""


def listed(url: str) -> int:
    """Print every version with its counts."""
    from resources.dvc import Remote

    for one in Remote(url).versions():
        rows = ", ".join(f"{count:,} rows in {path}" for path, count in sorted(one.rows.items()))
        size = f"{len(one.files):,} files, {one.bytes / 2**20:,.1f} MiB"
        print(f"{one.name}@{one.version}  {one.manifest[:12]}  {size}; {rows or 'no tables'}")
    return 0


def fetched(url: str, name: str, version: str, to: str | None) -> int:
    """Bring a version here; prints where it lies."""
    from resources.dvc import Remote

    folder = Path(to or f"{name}-{version}").absolute()
    found = Remote(url).fetch(name, version, folder)
    print(f"{name}@{version} ({len(found.files):,} files, verified) is in {folder}")
    return 0


def published(given: argparse.Namespace, name: str, version: str) -> int:
    """Publish what counts in a home; prints the version and whether it was there before."""
    from ledgergraph.artifacts import WHOLE
    from resources.dvc import Remote
    from resources.store import Store

    if name not in NAMES:
        raise BadSetting("NAME@VERSION", f"names {name}; what can be published is "
                         f"{', '.join(NAMES)}.")  # fmt: skip
    store = Store(Environment.read(home=given.home).store)
    head = store.head(name, WHOLE)
    if head is None:
        raise BadSetting("--home", f"{store.url} holds no {name}. Materialize it in "
                         "`ledgergraph dev` first.")  # fmt: skip
    made, is_new = Remote(given.remote).publish(store, head, version or head.version[:12])
    said = "published" if is_new else "was there already, the same"
    print(f"{made.name}@{made.version} {said}: {len(made.files):,} files, {made.bytes:,} bytes")
    return 0
