"""Versions that are published and fetched: from folders and from S3."""

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.corpora.annotations import ANNOTATIONS, table_of
from ledgergraph.errors import BadInput, BadSetting, Corrupt
from resources.dvc import Remote
from resources.store import Store
from tests.builders.annotated import annotation

pytestmark = pytest.mark.slow
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def made(store: Store, count: int) -> Manifest:
    rows = table_of(annotation(number) for number in range(count))
    files = (
        store.put_table(ANNOTATIONS, rows),
        store.put_file("split=train/part-00000.parquet", b"one"),
        store.put_file("split=test/part-00000.parquet", b"two"),
    )
    manifest = Manifest("reader_corpus", WHOLE, "1", files)
    store.commit(manifest)
    return manifest


@pytest.fixture(params=["folder", "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "remote")
    return f"{request.getfixturevalue('s3_url')}/{uuid.uuid4().hex}"


def test_what_was_published_is_fetched_byte_for_byte_and_never_changed(
    remote: str, tmp_path: Path
) -> None:
    store = Store(str(tmp_path / "store"))
    manifest = made(store, 3)
    there = Remote(remote)
    assert there.versions() == []
    published, is_new = there.publish(store, manifest, "1.0")
    assert is_new
    assert there.publish(store, manifest, "1.0") == (published, False)

    with pytest.raises(BadInput, match="A version never changes: name another"):
        there.publish(store, made(store, 4), "1.0")
    there.publish(store, made(store, 4), "1.1")

    found = Remote(remote)
    assert [(one.name, one.version) for one in found.versions()] == [
        ("reader_corpus", "1.0"), ("reader_corpus", "1.1"),
    ]  # fmt: skip
    assert found.versions()[0].rows == {"annotations.parquet": 3}
    for version, count in (("1.0", 3), ("1.1", 4)):
        folder = tmp_path / "fetched" / version
        found.fetch("reader_corpus", version, folder)
        table = ANNOTATIONS.from_parquet((folder / "annotations.parquet").read_bytes(), 1)
        assert table.num_rows == count
        assert (folder / "split=test" / "part-00000.parquet").read_bytes() == b"two"
        assert Manifest.from_json((folder / "manifest.json").read_bytes()).asset == "reader_corpus"
    assert sorted(one.name for one in (tmp_path / "fetched").iterdir()) == ["1.0", "1.1"]


def test_bytes_that_were_changed_at_the_remote_are_not_handed_over(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    there = Remote(str(tmp_path / "remote"))
    there.publish(store, made(store, 3), "1.0")
    changed = max((tmp_path / "remote" / "files").rglob("*"), key=lambda one: one.stat().st_size
                  if one.is_file() else -1)  # fmt: skip
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    with pytest.raises(Corrupt, match="is not what was published"):
        there.fetch("reader_corpus", "1.0", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_a_pointer_that_was_changed_is_refused(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    there = Remote(str(tmp_path / "remote"))
    there.publish(store, made(store, 3), "1.0")
    pointer = tmp_path / "remote" / "versions" / "reader_corpus" / "1.0.dvc"
    pointer.write_text(pointer.read_text().replace("nfiles", "files"))
    with pytest.raises(Corrupt, match="pointer"):
        there.fetch("reader_corpus", "1.0", tmp_path / "fetched")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    with pytest.raises(BadSetting, match="is not empty"):
        Remote(str(tmp_path / "remote")).fetch("reader_corpus", "1.0", tmp_path / "there")


@pytest.mark.parametrize("version", ["", "../1", "a b", "1/2"])
def test_versions_that_no_file_can_have_are_refused(version: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="NAME@VERSION"):
        Remote(str(tmp_path)).version("reader_corpus", version)


def test_the_command_publishes_lists_and_gets(called: Command, tmp_path: Path) -> None:
    home, remote, to = tmp_path / "home", str(tmp_path / "remote"), tmp_path / "got"
    manifest = made(Store(str(home / "store")), 2)
    name = f"reader_corpus@{manifest.version[:12]}"
    said = called("corpus", "publish", "reader_corpus", "--home", str(home), "--remote", remote)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"{name} published: 4 files")
    said = called("corpus", "list", "--remote", str(tmp_path / "elsewhere"))
    assert said.returncode == 1
    assert "holds no version" in said.stderr
    said = called("corpus", "list", "--remote", remote)
    assert said.stdout.startswith(name)
    assert "2 rows in annotations.parquet" in said.stdout
    assert called("corpus", "get", name, "--remote", remote, "--to", str(to)).returncode == 0
    assert (to / "annotations.parquet").exists()
    said = called("corpus", "get", "reader_corpus@9", "--remote", remote)
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert f"which holds {name}." in said.stderr
