"""`ledgergraph corpus make|list|get|publish`: made documents, and corpora as fixed versions.

`make` writes documents with their annotations into a folder, without Dagster. `publish` puts
what counts in a home under a version; `list` and `get` need neither a home nor Dagster: the
remote, a folder or an s3:// URL, is all.
"""

import argparse
import re
from pathlib import Path

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

NAMES = (
    "reader_corpus", "synthetic_documents", "public_documents", "training_ledgers", "gnn_dataset",
)  # fmt: skip
"""The assets that can be published."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="make|publish|list|get")
    make = actions.add_parser("make", help="make documents with all that they say, in a folder")
    _making(make)
    publish = actions.add_parser("publish", help="put what counts in a home under a version")
    publish.add_argument("--home", help="the home to publish from")
    listing = actions.add_parser("list", help="every version with its counts")
    get = actions.add_parser("get", help="bring a version here, verified")
    get.add_argument("--to", help="the folder that it makes; default NAME-VERSION")
    for action in (publish, get):
        action.add_argument("version", nargs="?", metavar="NAME@VERSION",
                            help=f"names are {', '.join(NAMES)}")  # fmt: skip
    for action in (publish, listing, get):
        action.add_argument("--remote", required=True, help="a folder or an s3:// URL")


def _making(make: argparse.ArgumentParser) -> None:
    """The settings of asset synthetic_documents, with the same usual ones."""
    from ledgergraph.corpora.catalogue import LANGUAGES
    from ledgergraph.corpora.degradation.presets import own_presets
    from ledgergraph.corpora.rendering import FAMILIES, MEDIA
    from ledgergraph.corpora.synthetic import USUAL

    make.add_argument("folder", help="new or empty")
    for name, kind, what in (
        ("papers", int, "how many"),
        ("dpi", int, "of the pictures"),
        ("noised", int, "variants of each, with words as engines misread them"),
    ):
        usual = getattr(USUAL, name)
        make.add_argument(f"--{name}", type=kind, default=usual, help=f"{what}; default {usual}")
    make.add_argument("--seed", type=int, nargs="+", dest="seeds", default=USUAL.seeds,
                      help="of the companies; the same ones give the same documents")  # fmt: skip
    for name, known in (
        ("languages", LANGUAGES), ("families", FAMILIES), ("media", MEDIA),
        ("presets", tuple(own_presets())),
    ):  # fmt: skip
        make.add_argument(
            f"--{name}", nargs="*", default=getattr(USUAL, name), metavar="NAME",
            help=f"of {', '.join(known)}; default {', '.join(getattr(USUAL, name))}",
        )  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """Do what is asked."""
    if given.action == "make":
        return made(given)
    if given.action == "list":
        return listed(given.remote)
    name, version = parts(given.version, needs_version=given.action == "get")
    if given.action == "get":
        return fetched(given.remote, name, version, given.to)
    return published(given, name, version)


def made(given: argparse.Namespace) -> int:
    """Make documents in a folder; prints how many there are."""
    from dataclasses import fields

    from ledgergraph.corpora.synthetic import Order, write_documents
    from resources.terminal import progress

    order = Order(**{one.name: getattr(given, one.name) for one in fields(Order)})
    folder = Path(given.folder).absolute()
    with progress("papers", order.papers) as done:
        counts = write_documents(order, folder, done)
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.most_common())
    print(f"{counts.total():,} documents are in {folder}: {said}")
    return 0


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

    found = Remote(url).versions()
    if not found:
        raise BadSetting("--remote", f"{url} holds no version. Name another remote, or publish one "
                         "there: `ledgergraph corpus publish`.")  # fmt: skip
    for one in found:
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

    if name not in NAMES:
        raise BadSetting("NAME@VERSION", f"names {name}; what can be published is "
                         f"{', '.join(NAMES)}.")  # fmt: skip
    store = Environment.read(home=given.home).opened_store()
    head = store.head(name, WHOLE)
    if head is None:
        raise BadSetting("--home", f"{store.url} holds no {name}. Materialize it in "
                         "`ledgergraph dev` first.")  # fmt: skip
    made, is_new = Remote(given.remote).publish(store, head, version or head.version[:12])
    said = "published" if is_new else "was there already, the same"
    print(f"{made.name}@{made.version} {said}: {len(made.files):,} files, {made.bytes:,} bytes")
    return 0
