"""An inbox is whatever people make of a folder or a bucket: all files are seen, none harms."""

import os
import socket
import threading
from pathlib import Path

import pytest

from ledgergraph.errors import BadSetting
from resources.inbox import Inbox


def contents(inbox: Inbox) -> dict[str, bytes]:
    found = {}
    for name in inbox.listing():
        with inbox.open(name) as stream:
            found[name] = stream.read()
    return found


def test_files_are_named_by_their_path_below_the_inbox(tmp_path: Path) -> None:
    (tmp_path / "2024" / "May").mkdir(parents=True)
    (tmp_path / "2024" / "May" / "R 1 (Kopie).pdf").write_bytes(b"paper")
    (tmp_path / "vendors.csv").write_bytes(b"books")
    inbox = Inbox(str(tmp_path))
    assert contents(inbox) == {"2024/May/R 1 (Kopie).pdf": b"paper", "vendors.csv": b"books"}
    assert inbox.listing()["vendors.csv"].bytes == 5


def test_hidden_folders_are_left_out_and_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert list(Inbox(str(tmp_path)).listing()) == [".DS_Store"]


def test_links_are_followed_and_never_in_a_circle(tmp_path: Path) -> None:
    inbox, elsewhere = tmp_path / "inbox", tmp_path / "elsewhere"
    inbox.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.xml").write_bytes(b"linked")
    (elsewhere / "back").symlink_to(inbox)
    (inbox / "folder").symlink_to(elsewhere)
    (inbox / "file.xml").symlink_to(elsewhere / "a.xml")
    (inbox / "leads nowhere").symlink_to(tmp_path / "gone")
    assert contents(Inbox(str(inbox))) == {"file.xml": b"linked", "folder/a.xml": b"linked"}


def test_a_link_to_itself_is_named_rather_than_passed_over(tmp_path: Path) -> None:
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    inbox = Inbox(str(tmp_path))
    assert list(inbox.listing()) == ["itself"]
    with pytest.raises(OSError, match="symbolic links"):
        inbox.open("itself")


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.pdf"))
        assert Inbox(str(tmp_path)).listing() == {}


def test_a_name_that_is_not_utf_8_is_text_all_the_same(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/R\xe9chnung.xml")).write_bytes(b"French")
    found = contents(Inbox(str(tmp_path)))
    assert found == {"R\\xe9chnung.xml": b"French"}
    assert next(iter(found)).encode()


def test_a_folder_that_may_not_be_looked_into_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o000)
    if os.access(tmp_path / "private", os.R_OK):
        pytest.skip("this user may read everything")
    assert list(Inbox(str(tmp_path)).listing()) == ["private"]


def test_a_folder_removed_while_it_is_listed_is_no_error(tmp_path: Path) -> None:
    inbox = Inbox(str(tmp_path))
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            (tmp_path / "now").mkdir()
            (tmp_path / "now" / "a.xml").write_bytes(b"")
            (tmp_path / "now" / "a.xml").unlink()
            (tmp_path / "now").rmdir()

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(300):
            inbox.listing()
    finally:
        stop.set()
        other.join()


@pytest.mark.parametrize("url", ["/nowhere/at/all", __file__])
def test_an_inbox_that_is_no_folder_names_its_variable(url: str) -> None:
    with pytest.raises(BadSetting, match="LEDGERGRAPH_INBOX"):
        Inbox(url).listing()


def test_an_unknown_scheme_names_its_variable() -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_INBOX.*carrier-pigeon"):
        Inbox("carrier-pigeon://roof")


def test_a_bucket_is_an_inbox_too(s3_url: str) -> None:
    import s3fs

    bucket = s3fs.S3FileSystem()
    inbox = Inbox(f"{s3_url}/some inbox")
    assert inbox.listing() == {}
    bucket.pipe_file("ledger/some inbox/2024/R 1.pdf", b"paper")
    bucket.pipe_file("ledger/some inbox/.git/config", b"")
    bucket.pipe_file("ledger/other/b.pdf", b"")
    assert contents(inbox) == {"2024/R 1.pdf": b"paper"}
    before = inbox.listing()["2024/R 1.pdf"]
    bucket.pipe_file("ledger/some inbox/2024/R 1.pdf", b"other")
    assert inbox.listing()["2024/R 1.pdf"] != before


def test_a_bucket_that_does_not_exist_names_the_variable(s3_url: str) -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_INBOX.*s3://no-such-bucket"):
        Inbox("s3://no-such-bucket/inbox").listing()
