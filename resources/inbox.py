"""The inbox: files that people and machines drop. Read, never moved or changed."""

import fsspec

from ledgergraph.documents.batches import Stamp
from ledgergraph.errors import BadSetting


class Inbox:
    """The files below one fsspec URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._fs, root = fsspec.core.url_to_fs(self.url)
        self._root = root.rstrip("/")

    def listing(self) -> dict[str, Stamp]:
        """All files by name, which is the path below the inbox; hidden ones are left out.

        Raises BadSetting if the inbox does not exist.
        """
        if not self._fs.exists(self._root):
            raise BadSetting("LEDGERGRAPH_INBOX", f"{self.url} does not exist. Create it first.")
        found = {}
        for path, facts in self._fs.find(self._root, detail=True).items():
            name = path[len(self._root) + 1 :]
            if not any(part.startswith(".") for part in name.split("/")):
                changed = facts.get("ETag") or facts.get("mtime") or facts.get("LastModified")
                found[name] = Stamp(int(facts["size"]), str(changed))
        return dict(sorted(found.items()))

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return bytes(self._fs.cat_file(f"{self._root}/{name}"))
