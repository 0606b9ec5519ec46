"""Every check passes on a sound home, and fails on the fault that it is there for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.anomalies import (
    every_invoice_is_scored,
    every_reference_resolves,
    the_report_names_every_finding,
)
from assets.benchmarks import compliance_reads_what_is_made, duplicate_reads_what_is_made
from assets.extractions import (
    every_box_lies_on_its_page,
    every_page_is_there,
    every_part_is_judged_by_known_rules,
    every_record_has_its_document,
)
from assets.graph import (
    every_booking_is_one_to_one,
    every_pair_is_of_two_invoices,
    every_vendor_has_a_party,
)
from ledgergraph.anomalies.schemas import FINDINGS, INVOICE_SCORES
from ledgergraph.artifacts import WHOLE, File, Manifest
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES, PARTIES
from resources.doors import StoreResource
from resources.store import Store
from tests.stores import put_rows, rows_of, the_head

Check = dg.AssetChecksDefinition
OF_BATCHES = (
    every_box_lies_on_its_page,
    every_page_is_there,
    every_part_is_judged_by_known_rules,
    every_record_has_its_document,
)
CHECKS = (
    *OF_BATCHES,
    compliance_reads_what_is_made,
    duplicate_reads_what_is_made,
    every_booking_is_one_to_one,
    every_invoice_is_scored,
    every_pair_is_of_two_invoices,
    every_reference_resolves,
    every_vendor_has_a_party,
    the_report_names_every_finding,
)


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Store:
    """A copy of a home's store that may be changed."""
    shutil.copytree(home / "store", tmp_path / "store")
    return Store(str(tmp_path / "store"))


def result(check: Check, store: Store) -> dg.AssetCheckResult:
    context = (dg.build_asset_check_context(),) if check in OF_BATCHES else ()
    found = check(*context, store=StoreResource(url=store.url))
    assert isinstance(found, dg.AssetCheckResult)
    return found


def faults(check: Check, store: Store) -> dict[str, int]:
    """What a check that fails counts, without the counts of what it looked at."""
    found = result(check, store)
    assert not found.passed
    looked_at = (
        "fields",
        "members",
        "bookings",
        "pairs",
        "records",
        "pages",
        "parts",
        "validations",
        "scores",
        "findings",
        "columns",
    )
    counts = {name: value.value for name, value in found.metadata.items()}
    return {name: count for name, count in counts.items() if count and name not in looked_at}


@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_home_passes(check: Check, store: Store) -> None:
    assert result(check, store).passed


def test_a_record_of_no_document_fails(store: Store) -> None:
    documents = rows_of(store, "documents", DOCUMENTS)
    lost = documents.filter(pc.equal(documents["name"], "invoices.csv"))
    assert lost.num_rows == 1
    rest = documents.filter(pc.not_equal(documents["name"], "invoices.csv"))
    put_rows(store, "documents", DOCUMENTS, rest)
    assert faults(every_record_has_its_document, store)["without document"] > 100


def test_a_page_that_was_left_out_fails(store: Store) -> None:
    pages = rows_of(store, "transcripts", PAGES)
    put_rows(store, "transcripts", PAGES, pages.slice(1))
    assert faults(every_page_is_there, store) == {"papers with other pages": 1}


def test_a_box_beside_its_page_fails(store: Store) -> None:
    rows = rows_of(store, "extractions", EXTRACTIONS).to_pylist()
    boxed = next(row for row in rows if row["page"] is not None)
    boxed["x1"] = 1e6
    put_rows(store, "extractions", EXTRACTIONS, EXTRACTIONS.rows(rows))
    assert faults(every_box_lies_on_its_page, store) == {"outside": 1}


def test_a_vendor_without_a_party_fails(store: Store) -> None:
    members = rows_of(store, "parties", PARTIES)
    vendors = pc.equal(members["member"], "Vendor")
    put_rows(store, "parties", PARTIES, members.filter(vendors).slice(1))
    assert faults(every_vendor_has_a_party, store)["vendors without party"] == 1


def test_a_row_that_is_two_papers_fails(store: Store) -> None:
    rows = rows_of(store, "bookings", BOOKINGS).to_pylist()
    put_rows(store, "bookings", BOOKINGS, BOOKINGS.rows(
        [{**row, "booked_id": rows[0]["booked_id"]} for row in rows]
    ))  # fmt: skip
    assert faults(every_booking_is_one_to_one, store) == {"rows booked twice": len(rows) - 1}


def test_a_pair_of_a_stranger_fails(store: Store) -> None:
    rows = rows_of(store, "duplicates", DUPLICATES).to_pylist()
    rows[0]["other_id"] = "nobody"
    put_rows(store, "duplicates", DUPLICATES, DUPLICATES.rows(rows))
    assert faults(every_pair_is_of_two_invoices, store) == {"of unknown invoices": 1}


def test_a_part_that_nobody_judged_fails(store: Store) -> None:
    quality = rows_of(store, "validations", QUALITY)
    put_rows(store, "validations", QUALITY, quality.slice(1))
    assert faults(every_part_is_judged_by_known_rules, store) == {"parts not judged": 1}


def test_a_breach_of_a_rule_that_is_no_more_fails(store: Store) -> None:
    broken = VALIDATIONS.rows(
        [{"document_id": rows_of(store, "documents", DOCUMENTS)["document_id"][0].as_py(),
          "part": 0, "rule": "retired"}]
    )  # fmt: skip
    put_rows(store, "validations", VALIDATIONS, broken)
    assert faults(every_part_is_judged_by_known_rules, store) == {"by unknown rules": 1}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda rows: rows.slice(1), {"not scored": 1}),
        (lambda rows: with_risk(rows, 1.5), {"no probability": 1}),
        (lambda rows: with_risk(rows, None), {"without risk": 1}),
    ],
)
def test_an_invoice_without_a_score_that_is_one_fails(
    change: Callable[[pa.Table], pa.Table], fault: dict[str, int], store: Store
) -> None:
    put_rows(store, "invoice_scores", INVOICE_SCORES,
             change(rows_of(store, "invoice_scores", INVOICE_SCORES)))  # fmt: skip
    assert faults(every_invoice_is_scored, store) == fault


def with_risk(scores: pa.Table, risk: float | None) -> pa.Table:
    """The scores with another risk of the first invoice."""
    rows = scores.to_pylist()
    return INVOICE_SCORES.rows([{**rows[0], "risk": risk}, *rows[1:]])


def test_a_report_that_leaves_a_finding_out_fails(store: Store) -> None:
    head = the_head(store, "anomaly_report")
    page, listed = the_file(head, "report.html"), the_file(head, "findings.csv")
    *kept, _ = store.file(listed).rstrip(b"\r\n").split(b"\r\n")
    files = (store.put_file("findings.csv", b"\r\n".join(kept) + b"\r\n"), page)
    store.commit(Manifest("anomaly_report", WHOLE, "1", files, head.settings, head.inputs))
    assert faults(the_report_names_every_finding, store) == {"findings left out": 1}


def test_a_report_of_other_tables_than_it_says_fails(store: Store) -> None:
    head = the_head(store, "anomaly_report")
    inputs = {name: parts for name, parts in head.inputs.items() if name != "documents"}
    store.commit(Manifest("anomaly_report", WHOLE, "1", head.files, head.settings, inputs))
    assert faults(the_report_names_every_finding, store) == {"unknown manifests": 1}


def test_a_reference_to_a_record_that_was_not_kept_fails(store: Store) -> None:
    findings = rows_of(store, "findings", FINDINGS)
    nowhere = '[{"table": "invoices", "key": {"record_id": "none"}}]'
    rows = [{**row, "evidence": nowhere} for row in findings.to_pylist()]
    put_rows(store, "findings", FINDINGS, FINDINGS.rows(rows))
    assert faults(every_reference_resolves, store)["unresolved"] == findings.num_rows


@pytest.mark.parametrize(
    ("role", "check"),
    [("compliance", compliance_reads_what_is_made), ("duplicate", duplicate_reads_what_is_made)],
)
def test_a_model_of_another_release_fails(role: str, check: Check, store: Store) -> None:
    head = the_head(store, f"{role}_champion")
    facts = json.loads(store.file(the_file(head, "calibration.json")))
    facts["names"][0] = "retired"
    changed = store.put_file("calibration.json", json.dumps(facts).encode())
    kept = [file for file in head.files if file.table != changed.table]
    store.commit(Manifest(head.asset, WHOLE, "1", (*kept, changed), head.settings))
    assert faults(check, store)["read but not made"] == 1


def the_file(manifest: Manifest, name: str) -> File:
    """The file of a name, which there must be."""
    found = manifest.file(name)
    assert found is not None, name
    return found
