"""Checkpoints of trainings that go on: kept beside the store, whatever happens to the process.

They are no part of the record: nothing names them, and they are removed when what they belong
to is written. In a store that is a folder a training writes there; elsewhere it writes here,
each checkpoint is sent, and the last whole one is fetched when the training is taken up again.
What nobody takes up again leaves the checkpoints of a few runs at most: those written last.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import fsspec

from resources.store import Store

PREFIX = "checkpoints"
LATEST, WHOLE = "latest", "whole"
"""The folder that a training keeps, and the object that names the checkpoint sent last."""
MOST = 3
"""Runs of a kind whose checkpoints are kept: beginning one more removes those of the oldest."""


@contextmanager
def checkpoints(store: Store, name: str) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """A folder to keep checkpoints in, with what is to be called after each of them.

    `name` is the kind, a slash, and what tells the run from others of its kind; a run of several
    trainings adds a slash and what tells them apart, and all of them are kept together. The
    folder's `latest` holds the last checkpoint.
    """
    _forget_oldest(store, *name.split("/")[:2])
    here = store.local_path(f"{PREFIX}/{name}")
    if here is not None:
        here.mkdir(parents=True, exist_ok=True)
        yield here, lambda _: None
        return
    files, root = fsspec.core.url_to_fs(store.path(f"{PREFIX}/{name}"))
    with TemporaryDirectory() as place:
        sent = 0
        if files.exists(f"{root}/{WHOLE}"):
            sent = int(files.cat_file(f"{root}/{WHOLE}"))
            for path in files.find(f"{root}/{sent}"):
                target = Path(place) / LATEST / path.rpartition("/")[2]
                target.parent.mkdir(parents=True, exist_ok=True)
                files.get_file(path, str(target))

        def send(folder: Path) -> None:
            nonlocal sent
            for path in sorted(folder.iterdir()):
                files.put_file(str(path), f"{root}/{sent + 1}/{path.name}")
            files.pipe_file(f"{root}/{WHOLE}", str(sent + 1).encode())
            if sent and files.exists(f"{root}/{sent}"):
                files.rm(f"{root}/{sent}", recursive=True)
            sent += 1

        yield Path(place), send


def forgotten(store: Store, name: str) -> None:
    """Remove the checkpoints of a training, or of a run with all its trainings, that is over."""
    files, root = fsspec.core.url_to_fs(store.path(f"{PREFIX}/{name}"))
    if files.exists(root):
        files.rm(root, recursive=True)


def _forget_oldest(store: Store, kind: str, own: str) -> None:
    """Remove what was written longest ago of the other runs of a kind."""
    files, root = fsspec.core.url_to_fs(store.path(f"{PREFIX}/{kind}"))
    last: dict[str, datetime] = {}
    for path in files.find(root) if files.exists(root) else ():
        other = path.removeprefix(root).strip("/").partition("/")[0]
        if other != own:
            written = files.modified(path)
            last[other] = max(last.get(other, written), written)
    for other in sorted(last, key=lambda one: (last[one], one))[: -(MOST - 1)]:
        forgotten(store, f"{kind}/{other}")
