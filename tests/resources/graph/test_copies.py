"""Copies: equal on whatever server they are restored, and refused if anything is not as written."""

import re
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from ledgergraph.artifacts import WHOLE, File, Manifest
from ledgergraph.errors import BadSetting, Busy, Corrupt, StaleInput
from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.ontology import ONTOLOGY_VERSION
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.schemas import PROCESS_MEMORY, SIMILAR_DOCUMENTS
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.identity import sha256_of
from resources.graph.copies import ASSET, FORMAT, checked, restore_copy, write_copy


@pytest.fixture(scope="module")
def filling(ledgers, tables):
    """What makes a graph hold nodes and relations of every kind; tells what it changed."""
    batches = ledgers(30).batches(2)
    everything = tables(*batches)
    memory = {name: everything[name] for name in ("readings", "judgements")}
    records = {name: one for name, one in everything.items() if name not in {*memory, "documents"}}
    stated = snapshot_of(records, everything["documents"], memory=memory)
    parties = resolve_parties(stated)
    papers = everything["readings"]["document_id"].to_pylist()
    said = {"part": 0, "target": "field", "verdict": "correction", "reading": "page"}
    derived = {
        "parties": parties,
        "bookings": match_bookings(stated, parties),
        "process_memory": PROCESS_MEMORY.rows(
            {"feedback_id": f"f{paper}", "document_id": paper, "field": "net", **said}
            for paper in papers
        ),
        "similar_documents": SIMILAR_DOCUMENTS.rows(
            {"document_id": one, "other_id": two, "score": 1 / 3} for one, two in pairwise(papers)
        ),
    }

    def load(held):
        counts = [
            held.load_batch(str(at), tables(batch), lambda: everything)
            for at, batch in enumerate(batches)
        ]
        counts += [held.write_derived(name, table) for name, table in derived.items()]
        for at in range(len(batches)):
            held.set_stamp("ledger_graph", str(at), f"m{at}")
        return counts

    return load


@pytest.fixture
def filled(graph, filling):
    """The filled graph as tables."""
    with graph.held() as held:
        filling(held)
        return held.export()


@pytest.fixture
def copy(graph, filled, tmp_path):
    """A copy of the filled graph."""
    with graph.held() as held:
        write_copy(held, tmp_path / "copy")
    return tmp_path / "copy"


def restore(graph, folder):
    manifest = checked(folder)
    with graph.held(restoring=manifest.version) as held:
        restore_copy(held, folder, manifest)


def test_a_copy_restored_on_any_server_is_the_graph(filled, copy, other, filling):
    target = other()
    restore(target, copy)
    with target.held() as held:
        assert held.export() == filled
        assert held.stamps("ledger_graph") == {"0": "m0", "1": "m1"}
        again = filling(held)
    assert {(one.nodes, one.edges, one.withdrawn) for one in again} == {(0, 0, 0)}


def test_two_copies_of_one_graph_hold_the_same_files(graph, copy, tmp_path):
    with graph.held() as held:
        write_copy(held, tmp_path / "again")
    assert [one.name for one in sorted(copy.iterdir())] == [
        one.name for one in sorted((tmp_path / "again").iterdir())
    ]
    with graph.held() as held, pytest.raises(BadSetting, match="again is there already"):
        write_copy(held, tmp_path / "again")


def test_a_flipped_byte_a_missing_file_and_a_folder_without_a_copy_are_named(copy, tmp_path):
    for name in ("nodes_Invoice.", "edges_Invoice_ISSUED_BY_Vendor.", "stamps.", "graph_copy-"):
        (path,) = copy.glob(f"{name}*")
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(Corrupt, match=f"{path} is missing, or not as it was written"):
            checked(copy)
        path.write_bytes(whole)
    assert checked(copy).file("nodes_Invoice") is not None
    (copy / "nodes_Vendor.parquet").unlink()
    with pytest.raises(Corrupt, match=r"nodes_Vendor\.parquet is missing"):
        checked(copy)
    with pytest.raises(BadSetting, match="holds no copy of a graph"):
        checked(tmp_path)


def described(folder: Path, text: bytes) -> Path:
    """A folder with nothing but what should describe a copy, under the name of its hash."""
    folder.mkdir()
    path = folder / f"graph_copy-{sha256_of(text)}.json"
    path.write_bytes(text)
    return path


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[]", b"{}", b'{"files": [{"name": 1}]}', b"no"])
def test_what_describes_no_copy_is_named(text, tmp_path):
    path = described(tmp_path / "copy", text)
    with pytest.raises(Corrupt, match=re.escape(f"{path} is missing, or not as it was written")):
        checked(path.parent)


def test_another_release_is_named_before_its_files_are_read(tmp_path):
    later = Manifest(ASSET, WHOLE, "99", (File("nodes_New", "gone.parquet", "0"),), {"ontology": 9})
    path = described(tmp_path / "copy", later.to_json())
    with pytest.raises(StaleInput, match="another release"):
        checked(path.parent)


def test_a_copy_that_names_files_outside_of_it_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    files = (File("stamps", "../x", sha256_of(b"")),)
    strange = Manifest(ASSET, WHOLE, FORMAT, files, {"ontology": ONTOLOGY_VERSION})
    path = described(tmp_path / "copy", strange.to_json())
    with pytest.raises(Corrupt, match=r"names files of other folders"):
        checked(path.parent)


def test_a_copy_that_fails_leaves_nothing_and_touches_no_folder_beside_it(graph, tmp_path):
    own = tmp_path / "copy.partial" / "own"
    own.parent.mkdir()
    own.write_text("mine", encoding="utf-8")
    quick = graph.model_copy(update={"lease_seconds": 0.0})
    with quick.held() as late, graph.held(), pytest.raises(Busy):
        write_copy(late, tmp_path / "copy")
    assert [one.name for one in tmp_path.iterdir()] == ["copy.partial"]
    with graph.held() as held:
        write_copy(held, tmp_path / "copy")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy", "copy.partial"]
    assert own.read_text(encoding="utf-8") == "mine"


def test_a_graph_that_is_not_empty_takes_no_copy(graph, filled, copy):
    with pytest.raises(BadSetting, match="not empty"):
        restore(graph, copy)
    with graph.held() as held:
        assert held.export() == filled


def test_a_restoring_that_was_killed_is_completed_by_restoring_again(
    graph, session, filled, copy, writers
):
    session.run("MATCH (n) WHERE NOT n:Version DETACH DELETE n").consume()
    for at in (5, 40, 90):
        assert writers.start(graph, "restore", copy, at).ended() == -signal.SIGKILL
        with pytest.raises(StaleInput, match="part of copy"), graph.held():
            pass
    restore(graph, copy)
    with graph.held() as held:
        assert held.export() == filled


@pytest.mark.usefixtures("filled")
def test_nothing_is_copied_while_another_writes(graph, tmp_path):
    quick = graph.model_copy(update={"lease_seconds": 0.0})
    with quick.held() as late, graph.held(), pytest.raises(Busy, match="took over"):
        write_copy(late, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
