"""A format that a later version reads: what was refused as unsupported is tried again then."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgergraph.corpora.broken_files import a_ubl_invoice
from ledgergraph.documents.examination import is_to_be_tried_again
from ledgergraph.documents.schemas import ARRIVALS, REJECTIONS
from ledgergraph.documents.sniffing import SNIFFING_VERSION
from ledgergraph.extractions.schemas import EXTRACTIONS
from resources.store import Store

EARLIER = """
import sys
from ledgergraph.documents import sniffing
sniffing.SNIFFING_VERSION = "before XML"
sniffing.SIGNATURES = (*sniffing.SIGNATURES, (b"<?xml", 0, "an XML file"))
from orchestration.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command line of a version that did not read XML yet."""


def outcomes(store: Store) -> dict[str, str]:
    rows = store.table(ARRIVALS, store.heads("arrivals")).to_pylist()
    return {row["name"]: row["outcome"] for row in rows}


@pytest.mark.slow
def test_what_was_unsupported_is_tried_again_by_a_version_that_reads_more(
    command: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    inbox.mkdir()
    (inbox / "invoice.xml").write_bytes(a_ubl_invoice("R-1"))
    (inbox / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0")
    (inbox / "vendors.csv").write_text("vendor_id,name\nV1,Broken Ltd\n")
    run = ("run", "--inbox", str(inbox), "--home", str(home))
    earlier = [sys.executable, "-c", EARLIER, *run]
    done = subprocess.run(earlier, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    store = Store(str(home / "store"))
    accepted = {"vendors.csv": "accepted"}
    refused = {"picture.jpg": "rejected"}
    assert outcomes(store) == {"invoice.xml": "rejected", **refused, **accepted}
    rejections = store.table(REJECTIONS, store.heads("documents"))
    assert all(map(is_to_be_tried_again, rejections["tried_with"].to_pylist()))

    assert command(*run).returncode == 0
    assert outcomes(store) == {"invoice.xml": "accepted", **refused, **accepted}
    rejections = store.table(REJECTIONS, store.heads("documents"))
    assert rejections["tried_with"].to_pylist() == [SNIFFING_VERSION]
    fields = store.table(EXTRACTIONS, store.heads("extractions")).to_pylist()
    assert {"R-1"} == {row["value"] for row in fields if row["field"] == "number"}

    entries = len(list(store.audit_entries()))
    assert command(*run).returncode == 0
    assert len(list(store.audit_entries())) == entries
