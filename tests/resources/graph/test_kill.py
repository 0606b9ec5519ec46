"""A loader that is killed: loading again completes the graph, whatever had been written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.identity import record_id

LOADER = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from resources.graph.connection import GraphResource
url, root, folder = sys.argv[1:]
tables = {path.stem: pq.read_table(path) for path in Path(folder).glob("*.parquet")}
with GraphResource(url=url, root=root).held() as held:
    held.load_batch("b", tables, lambda: tables)
"""
ROWS = 4500


def a_ledger(generation: int) -> dict[str, pa.Table]:
    """Invoices and payments whose rows differ from one generation to the next in half of all."""
    vendor = [f"V{n % 7 + generation}" for n in range(ROWS)]
    rows = {
        "invoices": [
            {"invoice_id": f"I{n}", "vendor_id": vendor[n], "iban": f"DE{n % 9 + generation * 5}"}
            for n in range(0, ROWS, 1 + generation)
        ],
        "payments": [{"payment_id": f"P{n}", "invoice_id": f"I{n}"} for n in range(0, ROWS, 3)],
    }
    found, documents = {}, []
    for name, listed in rows.items():
        document = f"sha256:{name}"
        documents.append({"document_id": document, "name": f"{name}.csv"})
        found[name] = BOOK_TABLES[name].records.rows(
            {"record_id": record_id(document, 0, name, at), "document_id": document, "part": 0,
             "row": at, **row}
            for at, row in enumerate(listed, start=1)
        )  # fmt: skip
    return {**found, "documents": DOCUMENTS.rows(documents)}


def killed_while_loading(graph, folder: Path, tables, written, session) -> None:
    """Loads in another process and kills it once `written` of the graph holds."""
    import pyarrow.parquet as pq

    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    loader = subprocess.Popen([sys.executable, "-c", LOADER, graph.url, graph.root, str(folder)])
    until = time.monotonic() + 60
    while loader.poll() is None and time.monotonic() < until:
        if written(session):
            os.kill(loader.pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    assert loader.wait() == -signal.SIGKILL, "it ended before it could be killed"


def test_a_loader_killed_in_the_middle_leaves_what_loading_again_completes(
    graph, session, tmp_path
):
    def some_invoices(session):
        return session.run("MATCH (n:Invoice) RETURN count(n)").value()[0] >= 2000

    def some_changed(session):
        query = "MATCH (n:Invoice) WHERE n.vendor_id = 'V8' RETURN count(n)"
        return session.run(query).value()[0] > 0

    for generation, written in enumerate((some_invoices, some_changed)):
        tables = a_ledger(generation * 2)
        killed_while_loading(graph, tmp_path / str(generation), tables, written, session)
        assert graph.stamp("ledger_graph", "b") is None
        with graph.held() as held:
            held.load_batch("b", tables, lambda tables=tables: tables)
            found = held.export()
        records = {name: one for name, one in tables.items() if name != "documents"}
        assert found == snapshot_of(records, tables["documents"])
