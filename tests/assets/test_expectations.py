"""What is found wrong between tables, by the smallest tables that are wrong."""

from typing import Any

import pyarrow as pa

from assets.expectations import (
    faults_of_bookings,
    faults_of_columns,
    faults_of_pages,
    faults_of_pairs,
    faults_of_parties,
    faults_of_training,
)
from ledgergraph.corpora.training import TRAINING_DUPLICATES, TRAINING_TRUTH
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.extractions.schemas import PAGES
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES, PARTIES

INVOICES = pa.table({"invoice_id": ["I1", "I2", "P1", "P2"], "row": [1, 2, None, None]})
VENDORS = pa.table({"vendor_id": ["V1", "V2"]})


def wrong(faults: Any) -> set[str]:
    """The names of the faults that there are."""
    return {name for name, count in faults.items() if count}


def a_booking(paper: str, row: str) -> dict[str, str]:
    return {"paper_id": paper, "booked_id": row}


def test_a_paper_is_booked_as_one_row_and_a_row_from_one_paper() -> None:
    for rows, faults in (
        ([a_booking("P1", "I1")], set()),
        ([a_booking("P1", "I1"), a_booking("P2", "I1")], {"rows booked twice"}),
        ([a_booking("P1", "P2")], {"unknown rows"}),
        ([a_booking("P3", "I1")], {"unknown papers"}),
    ):
        assert wrong(faults_of_bookings(BOOKINGS.rows(rows), INVOICES)) == faults


def a_pair(one: str, other: str, **more: Any) -> dict[str, Any]:
    return {"invoice_id": one, "other_id": other, "probability": 0.9, "kind": "dup_exact", **more}


def test_a_pair_is_of_two_invoices_that_are_judged() -> None:
    bookings = BOOKINGS.rows([a_booking("P1", "I1")])
    for rows, faults in (
        ([a_pair("I2", "I1")], set()),
        ([a_pair("I2", "P1")], {"of unknown invoices"}),
        ([a_pair("I2", "I2")], {"with itself"}),
        ([a_pair("I2", "I1"), a_pair("I1", "I2")], {"both ways"}),
        ([a_pair("I2", "I1", kind="no_order")], {"of another kind"}),
        ([a_pair("I2", "I1", probability=float("nan"))], {"no probability"}),
    ):
        found = faults_of_pairs(DUPLICATES.rows(rows), INVOICES, bookings, {"dup_exact"})
        assert wrong(found) == faults


def a_party(member: str, key: str, vendor: str | None = None) -> dict[str, Any]:
    return {"member": member, "key": key, "party_id": "V1", "vendor_id": vendor}


def test_every_vendor_has_a_party_and_every_seller_is_one_of_them() -> None:
    both = [a_party("Vendor", "V1"), a_party("Vendor", "V2")]
    for rows, faults in (
        ([*both, a_party("Invoice", "P1", "V1")], set()),
        (both[:1], {"vendors without party"}),
        ([*both, a_party("Invoice", "P9")], {"sellers of unknown papers"}),
        ([*both, a_party("Invoice", "P1", "V9")], {"sellers that are no vendor"}),
    ):
        assert wrong(faults_of_parties(PARTIES.rows(rows), VENDORS, INVOICES)) == faults


def test_a_model_and_its_columns_are_compared_both_ways() -> None:
    assert not wrong(faults_of_columns(["a", "b"], ["b", "a"]))
    assert wrong(faults_of_columns(["a", "old"], ["a"])) == {"read but not made"}
    assert wrong(faults_of_columns(["a"], ["a", "new"])) == {"made but not read"}


def test_a_paper_has_the_pages_that_it_counts_unless_it_was_rejected() -> None:
    documents = DOCUMENTS.rows([{"document_id": "D", "format": "pdf", "pages": 2}])
    rejected = REJECTIONS.rows([{"document_id": "D", "name": "D.pdf", "reason": "unreadable"}])
    first, second = ({"document_id": "D", "page": page} for page in range(2))
    stray = {"document_id": "E", "page": 0}
    for rows, rejections, faults in (
        ([first, second], REJECTIONS.empty(), set()),
        ([first], REJECTIONS.empty(), {"papers with other pages"}),
        ([], rejected, set()),
        ([first, second, stray], REJECTIONS.empty(), {"of unknown documents"}),
    ):
        assert wrong(faults_of_pages(PAGES.rows(rows), documents, rejections)) == faults


def test_a_training_ledger_has_the_truth_of_its_own_invoices() -> None:
    invoices = pa.table({"ledger": ["seed 1"] * 4, "invoice_id": list("ABCD")})

    def found(issues: str, judged: str = "ABCD", other: str = "B", name: str = "seed 1") -> Any:
        truth = TRAINING_TRUTH.rows(
            [{"ledger": "seed 1", "invoice_id": one, "is_issue": one in issues} for one in judged]
        )
        pair = {"ledger": "seed 1", "invoice_id": "A", "other_id": other}
        return wrong(faults_of_training([name], invoices, truth, TRAINING_DUPLICATES.rows([pair])))

    assert found("A") == set()
    assert found("A", judged="ABC") == {"invoices without truth"}
    assert found("A", judged="ABCDE") == {"truth of unknown invoices"}
    assert found("A", other="Z") == {"pairs of unknown invoices"}
    assert found("A", name="seed 2") == {"ledgers missing"}
    assert found("") == found("ABC") == {"ledgers that teach nothing"}
