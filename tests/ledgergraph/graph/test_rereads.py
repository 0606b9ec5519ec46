"""Laws of papers read again: the same page is found, another bill of the vendor is not."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.anomalies.scoring import duplicate_table
from ledgergraph.documents.fingerprints import smallest_hashes
from ledgergraph.documents.schemas import FINGERPRINTS
from ledgergraph.extractions.fingerprinting import figures
from ledgergraph.graph.rereads import LEAST_PROBABILITY, RARE, likenesses
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.models.packaged import champion

LETTERHEAD = ["DE136695976", "DE02120300000000202051", "12099", "030 4711 815", "Miete"]


def bill(number: str, day: str, amount: str) -> list[str]:
    return [*LETTERHEAD, number, day, amount, f"{amount} EUR", f"{day} bis"]


MONTHS = [bill(f"RE-2031-{at:04}", f"2031-{at:02}-01", "1.190,00") for at in range(1, 13)]


def printed(*papers: list[str]) -> pa.Table:
    rows = [
        {"document_id": f"d{at:02}", "words": smallest_hashes(paper),
         "figures": smallest_hashes(figures(paper))}
        for at, paper in enumerate(papers)
    ]  # fmt: skip
    return FINGERPRINTS.conform(FINGERPRINTS.rows(rows))


def called_one(table: pa.Table) -> list[tuple[str, str]]:
    found = likenesses(table)
    return [(one, two) for one, two, alike in found if alike.probability >= LEAST_PROBABILITY]


def test_bills_of_many_months_are_many_papers() -> None:
    assert called_one(printed(*MONTHS)) == []


def test_a_paper_that_comes_again_is_found_though_a_figure_was_misread() -> None:
    again = [one.replace("0005", "0006") for one in bill("RE-2031-0105", "2031-05-01", "1.190,00")]
    first = [*MONTHS[4][:5], "RE-2031-0105", *MONTHS[4][6:], "Zähler 88213", "Stand 51277"]
    table = printed(*MONTHS[:4], first, [*again, "Zähler 88213", "Stand 51271"])
    assert called_one(table) == [("d04", "d05")]


def test_a_figure_that_many_papers_print_brings_none_together() -> None:
    table = printed(*(["7788991", "5544332", f"{at}000{at}"] for at in range(1, RARE + 3)))
    assert list(likenesses(table)) == []


@pytest.mark.parametrize("papers", [[], [["only", "words"], ["only", "words"]]])
def test_papers_without_figures_are_nobody(papers: list[list[str]]) -> None:
    assert list(likenesses(printed(*papers))) == []


def paper(invoice_id: str, number: str = "RE-2031-0105", day: int = 1) -> dict[str, Any]:
    return {
        "invoice_id": invoice_id, "number": number, "gross": Decimal("1190.00"),
        "type": "invoice", "currency": "EUR", "issue_date": date(2031, 5, day),
        "vendor_name": "Alpha GmbH",
    }  # fmt: skip


def fingerprinted(found: Snapshot, *texts: list[str]) -> pa.Table:
    """The papers' fingerprints, the texts in the order of the invoices' ids."""
    invoices = found.rows("Invoice").sort_by("invoice_id")
    table = printed(*texts)
    return table.set_column(0, "document_id", invoices["document_id"].combine_chunks())


@pytest.mark.parametrize(("day", "kinds"), [(1, ["dup_reread"]), (2, [])])
def test_a_paper_sent_twice_is_a_pair_unless_it_states_another_claim(
    snapshot: Callable[..., Snapshot], day: int, kinds: list[str]
) -> None:
    """The second is read as another number: alone that is a misread one, with another day not."""
    found = snapshot({"a.pdf": [paper("a")], "b.pdf": [paper("b", "RE-2031-9985", day)]})
    texts = [*LETTERHEAD, "RE-2031-0105", "2031-05-01", "88213", "51277", "119000"]
    pairs = duplicate_table(
        found, champion("duplicate"), fingerprints=fingerprinted(found, texts, texts)
    )
    assert [row["kind"] for row in pairs.to_pylist() if row["kind"] == "dup_reread"] == kinds
    assert all(row["reasons"] for row in pairs.to_pylist())
