"""The inbox: files that people and machines drop. Read, never moved or changed."""

from collections.abc import Iterator
from typing import NamedTuple

import fsspec

from ledgergraph.errors import BadSetting


class Seen(NamedTuple):
    """One file as a listing shows it; `modified` changes when its content does."""

    name: str
    bytes: int
    modified: str


class Inbox:
    """The files below one fsspec URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._fs, root = fsspec.core.url_to_fs(self.url)
        self._root = root.rstrip("/")

    def listing(self) -> list[Seen]:
        """All files, by name. Names are paths below the inbox.

        Raises BadSetting if the inbox does not exist.
        """
        if not self._fs.exists(self._root):
            raise BadSetting("LEDGERGRAPH_INBOX", f"{self.url} does not exist. Create it first.")
        return sorted(self._files())

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return bytes(self._fs.cat_file(f"{self._root}/{name}"))

    def _files(self) -> Iterator[Seen]:
        for path, facts in self._fs.find(self._root, detail=True).items():
            name = path[len(self._root) + 1 :]
            if any(part.startswith(".") for part in name.split("/")):
                continue
            stamp = facts.get("mtime") or facts.get("LastModified") or facts.get("created")
            yield Seen(name, int(facts["size"]), str(facts.get("ETag") or stamp))
