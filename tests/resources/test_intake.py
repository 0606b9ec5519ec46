"""What is seen in an inbox is kept and listed once, whatever happens to the files afterwards."""

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broken_files import a_mail

from ledgergraph.artifacts import Manifest
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION
from ledgergraph.identity import document_id_of
from resources.inbox import Inbox
from resources.intake import listed, listing, refused, take_in, take_out, unseen, waiting
from resources.store import Store
from resources.verification import verify

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits()
ASSETS = ("documents", "extractions", "records")


class Office:
    """A folder that files are put into, and a store that they are taken into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "inbox"
        self.folder.mkdir()
        self.inbox = Inbox(str(self.folder))
        self.store = Store(str(folder / "store"))

    def put(self, **files: bytes) -> None:
        for name, data in files.items():
            (self.folder / name).write_bytes(data)

    def look(self) -> list[str]:
        fresh = unseen(self.store, self.inbox.listing())
        return list(take_in(self.inbox, self.store, fresh, NOW, LIMITS).batches)

    def names(self, key: str) -> list[str]:
        return [taken.name for taken in listing(self.store, key).files]

    def commit(self, asset: str, batch: str, **inputs: str) -> str:
        read = {dependency: {batch: version} for dependency, version in inputs.items()}
        return self.store.commit(Manifest(asset, batch, "1", (), {"n": len(inputs)}, read))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_new_files_become_a_batch_and_then_nothing(office: Office) -> None:
    office.put(a=b"1", b=b"2")
    (key,) = office.look()
    assert office.names(key) == ["a", "b"]
    assert office.look() == []
    assert listed(office.store) == [key]


def test_a_file_that_is_removed_later_is_kept(office: Office) -> None:
    office.put(a=b"precious")
    (key,) = office.look()
    (office.folder / "a").unlink()
    assert office.look() == []
    (taken,) = listing(office.store, key).files
    assert office.store.blob(taken.document_id) == b"precious"
    assert verify(office.store) == []


def test_a_listing_is_read_once_by_a_process(office: Office) -> None:
    office.put(a=b"1")
    (key,) = office.look()
    office.look()
    office.store.put(f"batches/{key}.json", b"not to be read again")
    office.put(b=b"2")
    assert len(office.look()) == 1
    assert office.look() == []


def test_a_batch_of_another_process_counts_and_one_that_is_gone_does_not(office: Office) -> None:
    office.put(a=b"1")
    assert office.look()
    another = Store(office.store.url)
    office.put(b=b"2")
    taken = take_in(office.inbox, another, unseen(another, office.inbox.listing()), NOW, LIMITS)
    assert office.look() == []
    Path(office.store.url, "batches", f"{taken.batches[0]}.json").unlink()
    assert office.look() == list(taken.batches)


def test_a_touched_file_is_no_second_arrival(office: Office) -> None:
    office.put(a=b"1")
    office.look()
    (office.folder / "a").touch()
    assert set(unseen(office.store, office.inbox.listing())) == {"a"}
    assert office.look() == []


def test_changed_content_under_the_same_name_arrives_again(office: Office) -> None:
    office.put(a=b"1")
    office.look()
    office.put(a=b"22")
    (key,) = office.look()
    (taken,) = listing(office.store, key).files
    assert (taken.name, taken.bytes, taken.is_known) == ("a", 2, False)


def test_the_same_bytes_under_another_name_are_an_arrival_and_no_new_document(
    office: Office,
) -> None:
    office.put(a=b"1")
    (first,) = office.look()
    office.put(b=b"1")
    (second,) = office.look()
    assert first != second
    (taken,) = listing(office.store, second).files
    assert (taken.name, taken.is_known) == ("b", True)
    assert taken.document_id == document_id_of(b"1")


def test_a_file_that_is_gone_by_now_is_passed_over(office: Office) -> None:
    office.put(a=b"1", b=b"2")
    found = office.inbox.listing()
    (office.folder / "a").unlink()
    taken = take_in(office.inbox, office.store, found, NOW, LIMITS)
    assert [office.names(key) for key in taken.batches] == [["b"]]
    assert taken.unread == {}


def test_a_file_that_may_not_be_read_is_named_and_holds_up_no_other(office: Office) -> None:
    office.put(a=b"1", b=b"2")
    found = office.inbox.listing()
    (office.folder / "a").unlink()
    (office.folder / "a").mkdir()  # as unreadable as can be, for every user
    taken = take_in(office.inbox, office.store, found, NOW, LIMITS)
    assert [office.names(key) for key in taken.batches] == [["b"]]
    assert taken.unread == {"a": "Is a directory"}


def test_taking_in_that_was_cut_off_makes_the_same_batches(tmp_path: Path) -> None:
    one, other = (Office(tmp_path / name) for name in made(tmp_path, "one", "other"))
    files = {f"f{n:04}": str(n % 900).encode() for n in range(1200)}
    one.put(**files)
    other.put(**files)
    keys = one.look()
    assert len(keys) == 2
    for taken in listing(one.store, keys[0]).files[:300]:  # killed while it copied
        with other.inbox.open(taken.name) as stream:
            other.store.take(stream)
    copy = f"batches/{keys[0]}.json"
    other.store.put(copy, one.store.read(copy))  # killed after the first listing
    for path in one.folder.iterdir():
        os.utime(other.folder / path.name, ns=(0, path.stat().st_mtime_ns))
    assert other.look() == keys[1:]


def made(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).mkdir()
    return list(names)


def test_a_batch_waits_until_every_asset_holds_it(office: Office) -> None:
    office.put(a=b"1")
    (key,) = office.look()
    assert list(waiting(office.store, ASSETS)) == [key]
    documents = office.commit("documents", key)
    extractions = office.commit("extractions", key, documents=documents)
    assert list(waiting(office.store, ASSETS)) == [key]
    office.commit("records", key, documents=documents, extractions=extractions)
    assert list(waiting(office.store, ASSETS)) == []


def test_a_batch_whose_second_reading_was_cut_off_waits_again(office: Office) -> None:
    office.put(a=b"1")
    (key,) = office.look()
    documents = office.commit("documents", key)
    extractions = office.commit("extractions", key, documents=documents)
    office.commit("records", key, documents=documents, extractions=extractions)
    office.commit("documents", key, of_another_time="…")
    assert list(waiting(office.store, ASSETS)) == [key]


@pytest.mark.parametrize(
    ("rejection", "is_refused"),
    [
        ({"reason": "damaged"}, False),
        ({"reason": "unsupported", "tried_with": SNIFFING_VERSION}, False),
        ({"reason": "unsupported", "tried_with": "of long ago"}, True),
    ],
)
def test_only_what_an_earlier_sniffing_did_not_support_is_tried_again(
    rejection: Mapping[str, str], is_refused: bool, tmp_path: Path
) -> None:
    store = Store(str(tmp_path))
    row = {"name": "a.png", "document_id": "sha256:1", "sentence": "It is…", **rejection}
    file = store.put_table(REJECTIONS, REJECTIONS.rows([row]))
    store.commit(Manifest("documents", "b", "1", (file,)))
    assert list(refused(store)) == (["b"] if is_refused else [])


def members(office: Office, key: str) -> dict[str, tuple[bool, bool]]:
    """Of each file of a batch, whether it was inside another and whether it came before."""
    return {
        one.name: (one.envelope_id is not None, one.is_known)
        for one in listing(office.store, key).files
    }


def test_what_is_inside_an_envelope_is_listed_with_it(office: Office) -> None:
    office.put(before=b"1")
    office.look()
    inner = a_zip(old=b"1", new=b"2")
    office.put(**{"mail.eml": a_mail({"a.zip": inner, "b": b"3"})})
    (key,) = office.look()
    assert members(office, key) == {
        "mail.eml": (False, False),
        "mail.eml/a.zip": (True, False),
        "mail.eml/a.zip/new": (True, False),
        "mail.eml/a.zip/old": (True, True),
        "mail.eml/b": (True, False),
    }
    by_name = {one.name: one for one in listing(office.store, key).files}
    assert by_name["mail.eml/a.zip/new"].envelope_id == document_id_of(inner)
    assert office.store.blob(by_name["mail.eml/a.zip/new"].document_id) == b"2"
    assert office.look() == []


def test_a_file_that_came_inside_an_envelope_is_known(office: Office) -> None:
    office.put(**{"a.zip": a_zip(one=b"1")})
    office.look()
    office.put(alone=b"1")
    (key,) = office.look()
    assert members(office, key) == {"alone": (False, True)}


def test_an_envelope_that_came_before_is_not_opened_again(office: Office) -> None:
    office.put(**{"a.zip": a_zip(one=b"1")})
    office.look()
    office.put(**{"b.zip": a_zip(one=b"1")})
    (key,) = office.look()
    assert members(office, key) == {"b.zip": (False, True)}


def test_members_of_an_envelope_that_was_refused_are_listed_once_it_is_accepted(
    office: Office,
) -> None:
    nested = a_zip(**{"one": b"1", "inner.zip": a_zip(two=b"2")})
    office.put(**{"a.zip": nested})
    fresh = unseen(office.store, office.inbox.listing())
    narrow = replace(LIMITS, max_envelope_depth=1)
    (key,) = take_in(office.inbox, office.store, fresh, NOW, narrow).batches
    assert members(office, key) == {"a.zip": (False, False)}
    batch = listing(office.store, key)
    assert take_out(office.store, batch, {document_id_of(nested)}, narrow) == ()
    (later,) = take_out(office.store, batch, {document_id_of(nested)}, LIMITS)
    assert list(members(office, later)) == ["a.zip/inner.zip", "a.zip/inner.zip/two", "a.zip/one"]
    assert take_out(office.store, batch, {document_id_of(nested)}, LIMITS) == ()


def a_zip(**files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return sink.getvalue()
