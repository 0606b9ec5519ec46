"""A format that a later version reads: what was refused as unsupported is tried again then."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_files import a_mail, a_ubl_invoice

from assets.policies import BATCH_ASSETS
from ledgergraph.documents.examination import is_to_be_tried_again
from ledgergraph.documents.schemas import ARRIVALS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION
from ledgergraph.extractions.schemas import EXTRACTIONS
from resources.intake import refused, waiting
from resources.store import Store

EARLIER = """
import sys
from ledgergraph.documents import sniffing
sniffing.SNIFFING_VERSION = "before XML"
old = ((b"<?xml", 0, "an XML file"), (b"From: ", 0, "a mail"))
sniffing.SIGNATURES = (*sniffing.SIGNATURES, *old)
from resources import intake
intake.may_be_envelope = lambda head: False
from orchestration.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command line of a version that did not read XML and mails yet."""


def outcomes(store: Store) -> dict[str, str]:
    rows = store.table(ARRIVALS, store.heads("arrivals")).to_pylist()
    return {row["name"]: row["outcome"] for row in rows}


def looks(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything below a folder: content (of files), moment of change and rights."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.slow
def test_what_was_unsupported_is_tried_again_by_a_version_that_reads_more(
    command: Callable[..., "subprocess.CompletedProcess[str]"],
    inherited: Callable[[], dict[str, str]],
    tmp_path: Path,
) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    (inbox / "deep").mkdir(parents=True)
    (inbox / "invoice.xml").write_bytes(a_ubl_invoice("R-1"))
    (inbox / "mail.eml").write_bytes(a_mail({"inside.xml": a_ubl_invoice("R-2")}))
    (inbox / "cut.pdf").write_bytes(b"%PDF-1.7 cut off")
    (inbox / "deep" / "picture.gif").write_bytes(b"GIF89a\1\0\1\0")
    before = looks(inbox)
    run = ("run", "--inbox", str(inbox), "--home", str(home))

    # Nothing is accepted yet, and all of it is accounted for.
    earlier = [sys.executable, "-c", EARLIER, *run]
    done = subprocess.run(earlier, capture_output=True, text=True, env=inherited(), check=False)
    assert done.returncode == 0, done.stderr
    store = Store(str(home / "store"))
    assert outcomes(store) == dict.fromkeys(
        ("invoice.xml", "mail.eml", "cut.pdf", "deep/picture.gif"), "rejected"
    )
    rejections = store.table(REJECTIONS, store.heads("documents")).to_pylist()
    assert all(row["sentence"] for row in rejections)
    tried_again = {row["name"]: is_to_be_tried_again(row["tried_with"]) for row in rejections}
    assert tried_again == {
        "invoice.xml": True, "mail.eml": True, "cut.pdf": False, "deep/picture.gif": True,
    }  # fmt: skip

    assert command(*run).returncode == 0
    accepted = [name for name, outcome in outcomes(store).items() if outcome == "accepted"]
    assert sorted(accepted) == ["invoice.xml", "mail.eml", "mail.eml/inside.xml"]
    rejections = store.table(REJECTIONS, store.heads("documents")).to_pylist()
    tried_with = {row["name"]: row["tried_with"] for row in rejections}
    assert tried_with == {"cut.pdf": None, "deep/picture.gif": SNIFFING_VERSION}
    fields = store.table(EXTRACTIONS, store.heads("extractions")).to_pylist()
    assert {"R-1", "R-2"} == {row["value"] for row in fields if row["field"] == "number"}

    assert [*waiting(store, BATCH_ASSETS), *refused(store)] == []
    assert looks(inbox) == before
