"""Batches leave what their vendors usually do, and later batches read by it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.extractions import vendor_memory
from assets.lineage import ANEW
from ledgergraph.artifacts import WHOLE
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.extractions.vendor_memory import VENDOR_HABITS, VENDOR_HISTORY
from tests.builders.broken_files import a_pdf
from tests.builders.days import Home
from tests.stores import the_head

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
OTHER = "Evergreen Tools Ltd"
MEMORY_READ = ("extractions", "validations")
VENDOR = "name:freshfieldsltd"
EARLIER = ("03/14/2024", "05/25/2024", "11/30/2024", "12/16/2024")


def an_invoice(number: str, day: str, vendor: str = "Fresh Fields Ltd") -> bytes:
    """A page that tells nothing of its dates but the one date."""
    lines = (
        vendor, "12 High Street", "INVOICE",
        f"Invoice number: {number}", f"Invoice date: {day}", "Net total: 100.00 EUR",
        "VAT 20%: 20.00 EUR", "Total due: 120.00 EUR",
    )  # fmt: skip
    return a_pdf(") Tj 0 -20 Td (".join(lines))


@pytest.fixture
def home(tmp_path: Path, instance: dg.DagsterInstance) -> Home:
    """A home that knows four invoices of a vendor that writes the month first."""
    home = Home(tmp_path, instance)
    files = {f"{at}.pdf": an_invoice(f"FF-2024-{at}", day) for at, day in enumerate(EARLIER)}
    home.read(home.take(files, NOW))
    remember(home)
    return home


def remember(home: Home) -> None:
    done = dg.materialize([vendor_memory], instance=home.instance, resources={"store": home.door})
    assert done.success


def day_in(home: Home, key: str) -> str:
    fields = home.store.table(EXTRACTIONS, {key: the_head(home.store, "extractions", key)})
    [day] = [row["value"] for row in fields.to_pylist() if row["field"] == "issue_date"]
    return str(day)


def test_a_later_batch_reads_an_ambiguous_date_by_its_vendors_habit(home: Home) -> None:
    key = home.take({"new.pdf": an_invoice("FF-2024-9", "03/04/2024")}, NOW + timedelta(hours=1))
    home.read(key)
    assert day_in(home, key) == "2024-03-04"
    used = the_head(home.store, "vendor_memory").version
    for asset in ("extractions", "validations"):
        read = the_head(home.store, asset, key).through_time["vendor_memory"]
        assert read == {WHOLE: used}, asset


def test_memory_that_is_off_is_not_read(home: Home) -> None:
    home.remembers = False
    key = home.take({"new.pdf": an_invoice("FF-2024-9", "03/04/2024")}, NOW + timedelta(hours=1))
    home.read(key)
    assert day_in(home, key) == "2024-04-03"
    head = the_head(home.store, "extractions", key)
    assert head.settings["vendor_memory"] == "off"
    assert "vendor_memory" not in head.through_time


def test_more_memory_reads_no_earlier_batch_again_and_the_same_batches_make_the_same(
    home: Home,
) -> None:
    [before] = home.store.heads("extractions").values()
    first = the_head(home.store, "vendor_memory")
    remember(home)
    assert the_head(home.store, "vendor_memory").version == first.version
    [key] = home.store.heads("extractions")
    home.read(key)
    assert the_head(home.store, "extractions", key).version == before.version
    dated = home.take({"new.pdf": an_invoice("FF-2024-9", "03/04/2024")}, NOW + timedelta(hours=1))
    home.read(dated)
    remember(home)  # now the batch itself is among what is remembered
    used = the_head(home.store, "extractions", dated).through_time["vendor_memory"]
    assert used == {WHOLE: first.version} != {WHOLE: the_head(home.store, "vendor_memory").version}


def test_a_batch_that_is_healed_is_not_read_by_what_it_taught(home: Home) -> None:
    [key] = home.store.heads("extractions")
    ambiguous = home.take(
        {"new.pdf": an_invoice("FF-2024-9", "03/04/2024")}, NOW + timedelta(hours=1)
    )
    home.read(ambiguous)
    remember(home)
    for one in (key, ambiguous):
        before = [the_head(home.store, asset, one).version for asset in MEMORY_READ]
        home.read(one, tags={ANEW: "healing"})
        assert [the_head(home.store, asset, one).version for asset in MEMORY_READ] == before


def test_memory_that_is_off_for_a_while_reads_the_same_when_it_is_on_again(home: Home) -> None:
    key = home.take({"new.pdf": an_invoice("FF-2024-9", "03/04/2024")}, NOW + timedelta(hours=1))
    home.read(key)
    before = [the_head(home.store, asset, key).version for asset in MEMORY_READ]
    for remembers in (False, True):
        home.remembers = remembers
        home.read(key)
    assert [the_head(home.store, asset, key).version for asset in MEMORY_READ] == before


def test_what_a_batch_itself_taught_is_left_out_when_memory_is_on_again(home: Home) -> None:
    days = (*EARLIER, "03/04/2024")
    files = {f"{at}.pdf": an_invoice(f"EE-2024-{at}", day, OTHER) for at, day in enumerate(days)}
    home.remembers = False
    key = home.take(files, NOW + timedelta(hours=1))
    home.read(key)
    remember(home)  # all that is known of this vendor is of this batch
    home.remembers = True
    home.read(key)
    first = [the_head(home.store, asset, key) for asset in MEMORY_READ]
    read = home.store.table(EXTRACTIONS, {key: first[0]}).to_pylist()
    found = {row["value"] for row in read if row["field"] == "issue_date"}
    assert "2024-04-03" in found
    assert "2024-03-04" not in found
    home.read(key, tags={ANEW: "healing"})
    assert [the_head(home.store, asset, key) for asset in MEMORY_READ] == first


def test_habits_and_history_are_tables_of_all_vendors(home: Home) -> None:
    heads = home.store.heads("vendor_memory")
    habits = home.store.table(VENDOR_HABITS, heads).to_pylist()
    known = {(row["vendor"], row["trait"]): row for row in habits}
    number = known[VENDOR, "number"]
    assert (number["value"], number["documents"]) == ("FF-0-0", 4)
    assert known[VENDOR, "date_order"]["value"] == "month_first"
    history = home.store.table(VENDOR_HISTORY, heads).to_pylist()
    assert {(row["documents"], row["corrected"]) for row in history} == {(4, 0)}
