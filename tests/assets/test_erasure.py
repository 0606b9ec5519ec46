"""What is left of an erased document: its hash, and that it was erased."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.extractions import vendor_memory
from assets.feedback import feedback
from assets.lineage import ANEW
from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.documents.schemas import ARRIVALS, DOCUMENTS, REJECTIONS
from ledgergraph.errors import BadSetting, Erased
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.feedback.events import Category, Feedback, Target, Verdict, standing
from orchestration.definitions import defs
from resources.backups import back_up, restore
from resources.erasure import WITHOUT_TEXT, Doomed, begin, finish, lacking, overdue, planned
from resources.feedback import SUBJECTS, add, all_events, findings_made, strangers, with_subjects
from resources.store import Store, audit_uri, blob_uri, erased_uri
from resources.verification import verify
from tests.builders.broken_files import a_pdf
from tests.builders.days import Home

NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
SAID = {"user": "clerk", "at": "2026-03-10T06:00:00+00:00", "reason": "asked for, letter 17"}
SECRET = "Wilhelmina"


def an_invoice(number: str, vendor: str, day: str = "2016-04-05") -> bytes:
    lines = (
        vendor, "12 High Street", "INVOICE", f"Invoice number: {number}", f"Invoice date: {day}",
        "Net total: 100.00 EUR", "VAT 20%: 20.00 EUR", "Total due: 120.00 EUR",
    )  # fmt: skip
    return a_pdf(") Tj 0 -20 Td (".join(lines))


def a_mail(**members: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Invoices"
    mail.set_content("See below.")
    for name, data in members.items():
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return mail.as_bytes()


ONE = an_invoice("WL-1", f"{SECRET} Ltd")
TWO = an_invoice("EG-2", "Evergreen Tools Ltd", "2024-04-05")


@pytest.fixture
def home(tmp_path: Path, instance: dg.DagsterInstance) -> Home:
    """A home that knows two invoices of two vendors."""
    home = Home(tmp_path, instance)
    home.read(home.take({"one.pdf": ONE, "two.pdf": TWO}, NOW))
    return home


def id_of(store: Store, name: str) -> str:
    (found,) = {
        row["document_id"]
        for row in store.table(ARRIVALS, store.heads("arrivals")).to_pylist()
        if row["name"] == name
    }
    return str(found)


def said_in(store: Store) -> Iterator[str]:
    """All that can be read in a store, uncompressed."""
    for uri in store.names(""):
        data = store.read(uri)
        yield str(data)
        if uri.endswith(".parquet"):
            yield str(pq.read_table(io.BytesIO(data)).to_pylist())


def read_again(home: Home) -> None:
    for key in lacking(home.store):
        home.read(key)


def erase(home: Home, *names: str) -> list[Doomed]:
    doomed = planned(home.store, [id_of(home.store, name) for name in names], {})
    begin(home.store, doomed, SAID)
    read_again(home)
    assert finish(home.store, SAID)[1] == []
    return doomed


def test_nothing_of_an_erased_document_can_be_read_and_the_store_verifies(home: Home) -> None:
    store = home.store
    assert any(SECRET in text for text in said_in(store))
    before = store.table(EXTRACTIONS, store.heads("extractions")).to_pylist()
    entries = len(store.names("audit/"))
    (doomed,) = erase(home, "one.pdf")
    assert (doomed.words > 0, doomed.readings > 0, doomed.bytes) == (True, True, len(ONE))
    assert [text for text in said_in(store) if SECRET in text] == []
    assert verify(store) == []
    with pytest.raises(Erased):
        store.blob(doomed.document_id)

    # What was read of others is as it was; the file is an arrival still, and named as rejected.
    after = store.table(EXTRACTIONS, store.heads("extractions")).to_pylist()
    assert after == [row for row in before if row["document_id"] != doomed.document_id]
    (rejection,) = store.table(REJECTIONS, store.heads("documents")).to_pylist()
    assert (rejection["name"], rejection["reason"]) == ("one.pdf", "erased")
    assert len(store.table(ARRIVALS, store.heads("arrivals"))) == 2

    # The log says who, when and why, and of which document.
    said = [json.loads(data) for number, data in store.audit_entries() if number > entries]
    (entry,) = [one for one in said if one.get("action") == "erase"]
    assert entry.items() >= {**SAID, "documents": [doomed.document_id]}.items()


def test_saying_what_would_go_changes_nothing(home: Home) -> None:
    before = home.store.names("")
    planned(home.store, [id_of(home.store, "one.pdf")[:20]], {"*": 8})
    assert home.store.names("") == before
    for wrong in ("sha256:", "0123456", "f" * 64):
        with pytest.raises(BadSetting, match="document"):
            planned(home.store, [wrong], {})


def test_an_erased_document_that_comes_again_is_rejected_by_name(home: Home) -> None:
    (doomed,) = erase(home, "one.pdf")
    key = home.take({"again.pdf": ONE}, NOW + timedelta(hours=1))
    home.read(key)
    heads = {key: home.store.heads("documents")[key]}
    (rejection,) = home.store.table(REJECTIONS, heads).to_pylist()
    assert (rejection["name"], rejection["reason"]) == ("again.pdf", "erased")
    assert "inbox" in rejection["sentence"]
    outcomes = home.store.table(ARRIVALS, {key: home.store.heads("arrivals")[key]})
    assert outcomes["outcome"].to_pylist() == ["rejected"]
    assert not home.store.exists(blob_uri(doomed.document_id.removeprefix("sha256:")))
    assert lacking(home.store) == set()


def test_erasing_that_was_ended_is_completed_and_said_once(home: Home) -> None:
    doomed = planned(home.store, [id_of(home.store, "one.pdf")], {})
    begin(home.store, doomed, SAID)
    assert verify(home.store) == []
    begin(home.store, planned(home.store, [doomed[0].document_id], {}), SAID)
    read_again(home)
    finish(home.store, SAID)
    assert finish(home.store, SAID) == (0, [])
    entries = [json.loads(data) for _, data in home.store.audit_entries()]
    assert sum(one.get("action") == "erase" for one in entries) == 1
    assert verify(home.store) == []


def test_what_people_said_of_its_fields_goes_too(home: Home) -> None:
    from tests.builders.days import good

    home.read(home.take(good(1), NOW + timedelta(hours=1)))
    one = id_of(home.store, "one.pdf")
    add(home.store, [correction(one)])
    assert any("Corrected Name" in text for text in said_in(home.store))
    begin(home.store, planned(home.store, [one], {}), SAID)
    assert not any("Corrected Name" in text for text in said_in(home.store))


def test_what_people_said_of_its_records_goes_and_of_others_stays(home: Home) -> None:
    """Also of a finding that counts no more: an earlier version of findings says whose it was."""
    store = home.store
    one, two = (id_of(store, name) for name in ("one.pdf", "two.pdf"))
    commit_findings(store, finding_id="F" * 64, invoice=f"{one}#0")
    commit_findings(store, finding_id="E" * 64, invoice=f"{two}#0")
    about: dict[str, tuple[Target, dict[str, Any]]] = {
        "invoice": (Target.INVOICE, {"subject_id": f"{one}#0"}),
        "pair": (Target.PAIR, {"subject_id": "books-1", "other_id": f"{one}#1"}),
        "buyer": (Target.PARTY, {"subject_id": f"{one}#0>buyer", "other_id": "books-2"}),
        "finding": (Target.FINDING, {"finding_id": "F" * 64}),
        "other": (Target.INVOICE, {"subject_id": f"{two}#0"}),
        "other finding": (Target.FINDING, {"finding_id": "E" * 64}),
    }
    add(store, [
        Feedback(name.replace(" ", "-"), NOW, "a person", target, Verdict.REJECTION,
                 Category.GENERAL, comment=f"said of {name}", **named)
        for name, (target, named) in about.items()
    ])  # fmt: skip
    done = dg.materialize([feedback], instance=home.instance, resources={"store": home.door})
    assert done.success
    begin(store, planned(store, [one], {}), SAID)
    assert sorted(str(event.comment) for event in all_events(store)) == [
        "said of other", "said of other finding",
    ]  # fmt: skip
    read_again(home)
    finish(store, SAID)
    [said] = [one for one in with_subjects(store, standing(all_events(store)))
              if one.finding_id == "E" * 64]  # fmt: skip
    assert (said.subject_id, said.kind) == (f"{two}#0", "amount_outlier")
    begin(store, planned(store, [two], {}), SAID)
    assert (all_events(store), store.names(SUBJECTS)) == ([], [])
    assert verify(store) == []


def commit_findings(store: Store, finding_id: str, invoice: str) -> Manifest:
    row = {"finding_id": finding_id, "subject_table": "invoices", "subject": invoice,
           "kind": "amount_outlier", "evidence": "[]"}  # fmt: skip
    held = {name: head.version for name, head in store.heads("records").items()}
    file = store.put_table(FINDINGS, FINDINGS.rows([row]))
    made = Manifest("findings", WHOLE, "1", (file,), inputs={"records": held})
    store.commit(made)
    return made


def correction(document_id: str) -> Feedback:
    return Feedback(
        "F1", NOW, "a person", Target.FIELD, Verdict.CORRECTION, Category.EXTRACTION,
        document_id=document_id, field="seller.name", value="Corrected Name",
    )  # fmt: skip


def test_findings_that_were_destroyed_are_no_longer_asked(home: Home) -> None:
    """Else nobody could say anything of a finding that is not among those of today."""
    one, two = (id_of(home.store, name) for name in ("one.pdf", "two.pdf"))
    first = commit_findings(home.store, finding_id="F" * 64, invoice=f"{one}#0")
    begin(home.store, planned(home.store, [one], {}), SAID)
    read_again(home)
    second = commit_findings(home.store, finding_id="E" * 64, invoice=f"{two}#0")
    finish(home.store, SAID)
    assert not home.store.exists(first.files[0].uri)
    assert [made.version for made in findings_made(home.store)] == [second.version]
    said = Feedback(
        "F1", NOW, "a person", Target.FINDING, Verdict.REJECTION, Category.COMPLIANCE,
        finding_id="F" * 64,
    )  # fmt: skip
    assert [name for _, name in strangers(home.store, [said])] == ["finding_id"]


def test_a_mail_goes_with_what_was_in_it_and_what_else_was_in_it_stays(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    home = Home(tmp_path, instance)
    home.read(home.take({"mail.eml": a_mail(one=ONE, two=TWO)}, NOW))
    names = {name for one in erase(home, "mail.eml/one.pdf") for name in one.names}
    assert names == {"mail.eml", "mail.eml/one.pdf"}
    assert [text for text in said_in(home.store) if SECRET in text] == []
    assert home.store.blob(id_of(home.store, "mail.eml/two.pdf"))
    left = home.store.table(DOCUMENTS, home.store.heads("documents"))["name"].to_pylist()
    assert left == ["mail.eml/two.pdf"]
    all_of_it = planned(home.store, [id_of(home.store, "mail.eml")], {})
    assert len(all_of_it) == 3


def test_verify_tells_erased_from_lost(home: Home) -> None:
    store = home.store
    (doomed,) = erase(home, "one.pdf")
    sha256 = doomed.document_id.removeprefix("sha256:")
    other = id_of(store, "two.pdf").removeprefix("sha256:")

    store.put(erased_uri(other), b"{}")
    assert any(erased_uri(other) in one for one in verify(store))
    store.remove(erased_uri(other))
    store.put(blob_uri(sha256), ONE)
    assert any(blob_uri(sha256) in one and "again" in one for one in verify(store))
    store.remove(blob_uri(sha256))
    record = store.names("destroyed/")[0]
    data = store.read(record)
    store.put(record, data.replace(b"[", b'["tables/words/other.parquet",', 1))
    assert any(record in one for one in verify(store))
    store.put(record, data)
    assert verify(store) == []
    last, _ = store.last_entry(0)
    store.remove(audit_uri(last))
    assert verify(store) != []


def test_a_backup_forgets_what_was_erased(home: Home, tmp_path: Path) -> None:
    place, other = (Store(str(tmp_path / name)) for name in ("backups", "other"))
    back_up(home.store, place, {}, NOW)
    assert any(SECRET in text for text in said_in(place))
    erase(home, "one.pdf")
    back_up(home.store, place, {}, NOW + timedelta(hours=1))
    assert [text for text in said_in(place) if SECRET in text] == []
    restore(place, other, lambda _: None, lambda *_: None)
    assert verify(other) == []


def test_a_batch_that_was_read_by_what_an_erased_document_taught_is_read_again(
    home: Home,
) -> None:
    def remember() -> None:
        done = dg.materialize(
            [vendor_memory], instance=home.instance, resources={"store": home.door}
        )
        assert done.success

    remember()
    later = home.take({"later.pdf": an_invoice("EG-3", "Evergreen Tools Ltd")}, NOW)
    home.read(later)
    begin(home.store, planned(home.store, [id_of(home.store, "one.pdf")], {}), SAID)
    read_again(home)
    assert finish(home.store, SAID)[1] == ["vendor_memory"]
    remember()
    assert finish(home.store, SAID)[1] == []
    assert [text for text in said_in(home.store) if SECRET in text] == []
    home.read(later, {ANEW: ""})
    assert verify(home.store) == []


def test_what_need_not_be_kept_any_more_is_found_by_date_and_type(home: Home) -> None:
    def names(rules: dict[str, int], day: date) -> set[str]:
        return {name for one in overdue(home.store, rules, day) for name in one.names}

    assert names({"*": 8}, date(2024, 12, 31)) == set()  # 2016 and 8 years, to their end
    assert names({"*": 8}, date(2025, 1, 1)) == {"one.pdf"}
    assert names({"*": 8}, date(2033, 1, 1)) == {"one.pdf", "two.pdf"}
    assert names({"contract": 1}, date(2033, 1, 1)) == set()
    erase(home, "one.pdf")
    assert names({"*": 8}, date(2025, 1, 1)) == set()


def test_a_mail_is_kept_as_long_as_what_is_in_it(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    home = Home(tmp_path, instance)
    home.read(home.take({"mail.eml": a_mail(one=ONE, two=TWO)}, NOW))
    assert overdue(home.store, {"*": 8}, date(2033, 1, 1)) == []  # the mail is of 2026
    assert len(overdue(home.store, {"*": 8}, date(2035, 1, 1))) == 3


def test_only_assets_that_there_are_keep_earlier_versions() -> None:
    known = {key.path[-1] for key in defs.resolve_all_asset_keys()}
    assert known >= WITHOUT_TEXT
