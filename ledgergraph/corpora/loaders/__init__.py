"""Labelled data sets of others, read into annotations as each is distributed.

Belongs here: one module a source, the layouts that it comes in (told by looking), what
its labels mean in our fields, and what is wrong with an item. Not here: which folders
there are (assets), and what is made of annotations (alignment, cleaning, sampling).

One item is in memory at a time. A damaged one is skipped and listed, the rest comes
through. Pictures stay where they are: an annotation names them and their hash.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ledgergraph.corpora.loaders import cord, funsd, rvl_cdip, sroie
from ledgergraph.corpora.loaders.items import REJECTED_ITEMS, Loaded, Rejected, Taking, rule_of
from ledgergraph.errors import BadInput
from ledgergraph.identity import canonical_json, sha256_of

__all__ = [
    "LOADERS",
    "REJECTED_ITEMS",
    "Loaded",
    "Rejected",
    "Taking",
    "folders_below",
    "load",
    "rule_of",
    "state_of",
]

LOADERS: Mapping[str, Callable[[Path, Taking], Iterator[Loaded]]] = {
    sroie.SOURCE: sroie.load,
    cord.SOURCE: cord.load,
    funsd.SOURCE: funsd.load,
    rvl_cdip.SOURCE: rvl_cdip.load,
}
"""The sources that can be read; a source is also the name of its folder below the public data."""


def load(source: str, folder: Path, taking: Taking | None = None) -> Iterator[Loaded]:
    """The items of a data set in a folder, in a fixed order: annotations and rejections.

    Raises BadInput at once: unknown_source, no_folder, and unknown_layout, which names
    what was looked for.
    """
    if source not in LOADERS:
        raise BadInput(
            "unknown_source",
            f"{source!r} is no data set that is known. Known are {', '.join(LOADERS)}.",
        )
    if not folder.is_dir():
        raise BadInput("no_folder", f"{folder} is no folder. Name the one that holds {source}.")
    return LOADERS[source](folder, taking or Taking())


def folders_below(root: Path) -> dict[str, Path]:
    """The sources that have a folder of their name below another."""
    return {source: root / source for source in LOADERS if (root / source).is_dir()}


def state_of(folder: Path) -> str:
    """A hash of the names and sizes of all files in a folder: another one, and it changed.

    What leads nowhere has no size.
    """
    listed = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            size = path.stat().st_size if path.exists() else None
            listed.append((path.relative_to(folder).as_posix(), size))
    return sha256_of(canonical_json(listed))[:32]
