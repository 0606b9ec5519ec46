"""The inbox: files that people and machines drop. Read, never moved or changed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from fsspec.implementations.local import LocalFileSystem

from ledgergraph.documents.batches import Stamp
from ledgergraph.errors import BadSetting
from resources.places import answering, opened

VARIABLE = "LEDGERGRAPH_INBOX"
UNREADABLE = Stamp(0, "unreadable")
"""Stands for what cannot be looked into: reading it says why."""

FOLDER = Stamp(0, "folder")


class Inbox:
    """The files below one fsspec URL."""

    def __init__(self, url: str, variable: str = VARIABLE) -> None:
        self.url = url.rstrip("/")
        self.variable = variable
        self._fs, self._root = opened(self.url, variable)
        self._paths: dict[str, str] = {}

    def listing(self) -> dict[str, Stamp]:
        """All files by name, which is the path below the inbox.

        Hidden folders (`.git`, a home) are not looked into; links are followed.
        What may not be looked into is listed as if it were a file, so that it is
        not passed over in silence.

        Raises BadSetting if the inbox does not exist.
        """
        is_local = isinstance(self._fs, LocalFileSystem)
        found = self._on_disk() if is_local else self._elsewhere()
        looks = {_shown(path[len(self._root) + 1 :]): (path, stamp) for path, stamp in found}
        self._paths = {name: path for name, (path, _) in looks.items()}
        return {name: stamp for name, (_, stamp) in sorted(looks.items())}

    def open(self, name: str) -> BinaryIO:
        """A file's bytes as a stream; OSError if it is gone or may not be read."""
        path = self._paths.get(name, f"{self._root}/{name}")
        return cast(BinaryIO, self._fs.open(path, "rb"))

    def _on_disk(self) -> Iterator[tuple[str, Stamp]]:
        if not Path(self._root).is_dir():
            raise BadSetting(
                self.variable, f"{self.url} is no folder that exists. Create it first."
            )
        folders: list[tuple[str, tuple[tuple[int, int], ...]]] = [(self._root, ())]
        while folders:
            folder, above = folders.pop()
            try:
                facts, entries = Path(folder).stat(), list(os.scandir(folder))
            except FileNotFoundError:
                continue  # removed by now
            except OSError:
                yield folder, UNREADABLE
                continue
            here = (facts.st_dev, facts.st_ino)
            if here in above:
                continue  # a link that leads back
            for entry in entries:
                stamp = _stamp_of(entry)
                if stamp is FOLDER:
                    if not entry.name.startswith("."):
                        folders.append((entry.path, (*above, here)))
                elif stamp is not None:
                    yield entry.path, stamp

    def _elsewhere(self) -> Iterator[tuple[str, Stamp]]:
        with answering(self.url):
            bucket = self._root.partition("/")[0]
            if not (self._fs.exists(self._root) or self._fs.exists(bucket)):
                raise BadSetting(self.variable, f"{self.url} does not exist. Create it first.")
            found = self._fs.find(self._root, detail=True)
        for path, facts in found.items():
            name = path[len(self._root) + 1 :]
            if not any(part.startswith(".") for part in name.split("/")[:-1]):
                changed = facts.get("ETag") or facts.get("LastModified") or facts.get("created")
                yield path, Stamp(int(facts["size"]), str(changed))


def _stamp_of(entry: os.DirEntry[str]) -> Stamp | None:
    """How an entry of a folder looks; null for what is neither file nor folder, or gone.

    Pipes, sockets and devices are no files: reading them may never end.
    """
    try:
        if entry.is_dir():
            return FOLDER
        if not entry.is_file():
            return None
        facts = entry.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return UNREADABLE
    return Stamp(facts.st_size, str(facts.st_mtime_ns))


def _shown(name: str) -> str:
    """A name as text that every table can hold, whatever bytes the disk has it in."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
