"""Published versions: a corpus or data set as one immutable whole, fetched where no store is.

    <remote>/files/md5/…                      bytes, as DVC keeps them
    <remote>/versions/<name>/<version>.dvc    DVC's pointer to one folder
    <remote>/versions/<name>/<version>.json   what the folder holds: files, hashes, rows

A remote is a folder or an `s3://` URL. DVC runs without Git (no-scm) in a folder that is gone
after; its pointer alone brings the folder back, `dvc pull` does it too. A version never
changes: publishing other content under it is refused. Not here: what is published (a manifest
of the store names its files).
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings, simplefilter

from fsspec.implementations.local import LocalFileSystem

from ledgergraph.artifacts import File, Manifest
from ledgergraph.errors import BadInput, BadSetting, Corrupt, ServiceMissing
from ledgergraph.identity import canonical_json, sha256_of
from resources.places import answering, opened
from resources.store import Store

REMOTE = "--remote"
VERSIONS = "versions"
MANIFEST = "manifest.json"
"""The file of a version that says what it was made from."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True)
class PublishedFile:
    """One file of a version: its path below the folder, and its rows if it is a table."""

    path: str
    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class Published:
    """What a version is: `manifest` is the hash of the manifest that names its content."""

    name: str
    version: str
    manifest: str
    code_version: str
    pointer: str
    files: tuple[PublishedFile, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        return {file.path: file.rows for file in self.files if file.rows is not None}

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


class Remote:
    """Where versions are published, behind one URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._fs, self._root = opened(self.url, REMOTE)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        if self._is_local:
            self.url = self._root
        elif not self.url.startswith("s3://"):
            raise BadSetting(REMOTE, f"is {url}. Name a folder or an s3:// URL.")

    def versions(self) -> list[Published]:
        """Every version, by name and version."""
        with answering(self.url):
            self._fs.invalidate_cache()
            found = self._fs.find(f"{self._root}/{VERSIONS}")
        texts = [self._read(path) for path in sorted(found) if path.endswith(".json")]
        return [_published(text) for text in texts if text is not None]

    def version(self, name: str, version: str) -> Published:
        """One version; BadSetting names those that there are if it is none of them."""
        text = self._read(self._at(name, version, ".json"))
        if text is None:
            known = ", ".join(f"{one.name}@{one.version}" for one in self.versions())
            raise BadSetting(
                "NAME@VERSION", f"{name}@{version} is not at {self.url}, which holds "
                f"{known or 'nothing'}.",
            )  # fmt: skip
        return _published(text)

    def publish(self, store: Store, manifest: Manifest, version: str) -> tuple[Published, bool]:
        """Publish what a manifest names; and whether it is new, not published before.

        Raises BadInput `version_taken` if the version is there with other content.
        """
        name = manifest.asset
        checked_names(name, version)
        before = self._read(self._at(name, version, ".json"))
        if before is not None:
            return self._same(_published(before), manifest), False
        with TemporaryDirectory(prefix="publish-") as place, _errors(self.url):
            folder = Path(place) / name
            files = tuple(_laid_out(store, manifest, folder))
            with self._repository(Path(place)) as repository:
                repository.add(str(folder))
                repository.push()
            pointer = folder.with_name(f"{name}.dvc").read_bytes()
        made = Published(
            name, version, manifest.version, manifest.code_version, sha256_of(pointer), files
        )
        self._create(self._at(name, version, ".dvc"), pointer)
        if not self._create(self._at(name, version, ".json"), canonical_json(asdict(made))):
            return self._same(self.version(name, version), manifest), False
        return made, True

    def fetch(self, name: str, version: str, folder: Path) -> Published:
        """Bring a version's files into a folder that is empty or absent, and verify them.

        Raises BadSetting if the folder holds something, Corrupt if bytes are not what the
        version says; then the folder is left as it was.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadSetting("--to", f"{folder} is not empty. Name a folder that is, or none yet.")
        found = self.version(name, version)
        pointer = self._read(self._at(name, version, ".dvc"))
        if pointer is None or sha256_of(pointer) != found.pointer:
            raise Corrupt(f"The pointer of {name}@{version} at {self.url} is gone or was changed. "
                          "Restore it from a backup.")  # fmt: skip
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as place, _errors(self.url):
            target = Path(place) / f"{name}.dvc"
            with self._repository(Path(place)) as repository:
                target.write_bytes(pointer)
                repository.pull(targets=[str(target)])
            _verify(found, Path(place) / name)
            if folder.exists():
                folder.rmdir()
            (Path(place) / name).replace(folder)
        return found

    def _same(self, found: Published, manifest: Manifest) -> Published:
        if found.manifest != manifest.version:
            raise BadInput(
                "version_taken",
                f"{found.name}@{found.version} is published at {self.url} with other content "
                f"({found.manifest[:12]}, not {manifest.version[:12]}). A version never changes: "
                "name another.",
            )
        return found

    @contextmanager
    def _repository(self, place: Path) -> Iterator[Any]:
        """A repository of DVC without Git, whose remote this is."""
        from dvc.repo import Repo

        with redirect_stdout(io.StringIO()), catch_warnings():
            simplefilter("ignore")  # of DVC's libraries about one another
            made = Repo.init(str(place), no_scm=True)
            with made.config.edit() as config:
                config["core"] |= {
                    "remote": "published", "analytics": False, "check_update": False,
                    "autostage": False, "site_cache_dir": str(place / ".dvc" / "site"),
                }  # fmt: skip
                config["remote"]["published"] = {"url": self.url}
                config["cache"] |= {"type": ["hardlink", "copy"]}
            made.close()
            with Repo(str(place)) as repository:
                yield repository

    def _at(self, name: str, version: str, ending: str) -> str:
        checked_names(name, version)
        return f"{self._root}/{VERSIONS}/{name}/{version}{ending}"

    def _read(self, path: str) -> bytes | None:
        try:
            with answering(self.url):
                return bytes(self._fs.cat_file(path))
        except FileNotFoundError:
            return None

    def _create(self, path: str, data: bytes) -> bool:
        """Write an object unless there is one; false if there was."""
        with answering(self.url):
            if not self._is_local:
                try:
                    self._fs.pipe_file(path, data, mode="create")
                except FileExistsError:
                    return False
                return True
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("xb") as file:
                    file.write(data)
            except FileExistsError:
                return False
            return True


def checked_names(name: str, version: str) -> None:
    """BadSetting if a name or a version is none that a remote can hold."""
    if not NAME.fullmatch(name) or not VERSION.fullmatch(version):
        raise BadSetting(
            "NAME@VERSION", f"is {name}@{version}. Name an asset such as reader_corpus, and a "
            "version of up to 64 letters, digits, dots and dashes, such as reader_corpus@1.0.",
        )  # fmt: skip


def _published(text: bytes) -> Published:
    try:
        stated = json.loads(text)
        files = tuple(PublishedFile(**one) for one in stated.pop("files"))
        return Published(files=files, **stated)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Corrupt(f"A published version does not say what it holds: {error}.") from error


def _laid_out(store: Store, manifest: Manifest, folder: Path) -> Iterator[PublishedFile]:
    """Write a manifest and its files into a folder, each below the name that it goes by."""
    folder.mkdir()
    for file in manifest.files:
        data = store.file(file)
        place = folder / _path(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        yield PublishedFile(_path(file), file.sha256, len(data), file.rows)
    text = manifest.to_json()
    (folder / MANIFEST).write_bytes(text)
    yield PublishedFile(MANIFEST, sha256_of(text), len(text))


def _path(file: File) -> str:
    """Where a file of a manifest lies in a published folder."""
    return f"{file.table}.parquet" if file.rows is not None else str(PurePosixPath(file.table))


def _verify(found: Published, folder: Path) -> None:
    """Corrupt unless a folder holds exactly the files of a version."""
    expected: Mapping[str, str] = {file.path: file.sha256 for file in found.files}
    there = {
        str(PurePosixPath(path.relative_to(folder))): _sha256(path)
        for path in folder.rglob("*")
        if path.is_file()
    }
    if wrong := sorted(expected.items() ^ there.items()):
        raise Corrupt(
            f"{found.name}@{found.version} is not what was published: {wrong[0][0]} and "
            f"{len({path for path, _ in wrong}) - 1} others. Publish it anew under another version."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


@contextmanager
def _errors(url: str) -> Iterator[None]:
    """DVC's errors as ours."""
    from dvc.exceptions import DvcException

    try:
        with answering(url):
            yield
    except DvcException as error:
        raise ServiceMissing(
            url, f"Check its address, the rights to use it, and that it is whole: {error}"
        ) from error
