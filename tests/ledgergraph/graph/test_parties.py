"""Vendors that are one party, and the vendor that a paper's seller is."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.feedback.events import Target, event_of
from ledgergraph.graph.buyers import bought as buyers_party
from ledgergraph.graph.clusters import near_of
from ledgergraph.graph.decisions import UNDECIDED, decisions_on
from ledgergraph.graph.likeness import described, likenesses, open_pairs
from ledgergraph.graph.parties import resolve_parties, vendors_of
from ledgergraph.graph.parties import resolved as whole_resolution
from ledgergraph.identity import document_id_of, record_id, vat_key


def vendor(vendor_id, name=None, vat_id=None, iban=None):
    return {"vendor_id": vendor_id, "name": name, "vat_id": vat_id, "iban": iban}


def paper(name=None, vat_id=None, iban=None, invoice_id="paper"):
    return {"invoice_id": invoice_id, "vendor_name": name, "vat_id": vat_id, "iban": iban}


def parties(snapshot, vendors):
    rows = resolve_parties(snapshot({"vendors.csv": vendors})).to_pylist()
    return {row["key"]: row["party_id"] for row in rows}


def seller(snapshot, vendors, printed):
    found = resolve_parties(snapshot({"vendors.csv": vendors, "a.pdf": [printed]})).to_pylist()
    return next(row for row in found if row["member"] == "Invoice")


def test_the_same_vat_id_makes_vendors_one_party(snapshot):
    rows = [vendor("V2", "Alpha GmbH", "DE811111111"), vendor("V1", "Alfa", "DE 811 111 111")]
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1"}


def test_a_shared_account_alone_does_not(snapshot):
    rows = [vendor("V1", "Alpha GmbH", iban="DE02"), vendor("V2", "Brandt Logistik", iban="DE 02")]
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2"}


def test_a_shared_account_and_a_similar_name_do(snapshot):
    rows = [
        vendor("V1", "Alpha Bau GmbH", iban="DE02"),
        vendor("V2", "Alpha Bau Nord", iban="DE02"),
    ]
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1"}


def test_a_name_in_another_legal_form_and_case_is_the_same(snapshot):
    rows = [vendor("V1", "Müller & Söhne GmbH & Co. KG"), vendor("V2", "MULLER SOHNE")]
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1"}


def test_different_vat_ids_tell_apart_what_a_name_would_join(snapshot):
    rows = [vendor("V1", "Alpha GmbH", "DE811111111"), vendor("V2", "Alpha AG", "DE822222222"),
            vendor("V3", "Alpha")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2", "V3": "V3"}


def test_a_vendor_without_vat_id_does_not_join_two_that_have_different_ones(snapshot):
    rows = [vendor("V1", "Alpha Bau GmbH", "DE811111111", "DE02"),
            vendor("V2", "Alpha Bau", None, "DE02"),
            vendor("V3", "Alpha Bau AG", "DE822222222", "DE02")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2", "V3": "V3"}


def test_a_vendor_without_vat_id_is_the_party_that_alone_has_its_account_and_name(snapshot):
    rows = [vendor("V1", "Alpha Bau GmbH", "DE811111111", "DE02"),
            vendor("V2", "Alpha Bau Nord", None, "DE02"),
            vendor("V3", "Brandt Logistik", "DE822222222", "DE02")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1", "V3": "V3"}


def test_names_that_differ_by_a_number_are_different(snapshot):
    rows = [vendor("V1", "Filiale 11 Handels GmbH")]
    assert seller(snapshot, rows, paper("Filiale 12 Handels GmbH"))["vendor_id"] is None


def test_a_seller_is_found_by_its_vat_id_whatever_its_name(snapshot):
    found = seller(
        snapshot, [vendor("V1", "Alpha GmbH", "DE811111111")], paper("Alfa", "de811111111")
    )
    assert (found["vendor_id"], found["reason"], found["score"]) == ("V1", "vat_id", 1.0)


def test_a_seller_is_found_by_its_name_with_a_letter_misread(snapshot):
    found = seller(
        snapshot, [vendor("V1", "Alpenländische Bau GmbH")], paper("Alpenlandische Bao GmbH")
    )
    assert (found["vendor_id"], found["reason"]) == ("V1", "likeness")
    assert 0.9 < found["score"] < 1


def test_a_seller_with_another_vat_id_is_not_found_by_name(snapshot):
    rows = [vendor("V1", "Alpha GmbH", "DE811111111")]
    assert seller(snapshot, rows, paper("Alpha GmbH", "DE899999998"))["vendor_id"] is None


def test_a_seller_is_not_a_vendor_of_a_party_with_another_vat_id(snapshot):
    rows = [vendor("V1", "Alpha GmbH", "DE811111111"), vendor("V2", "Alpha")]
    assert seller(snapshot, rows, paper("Alpha", "DE899999998"))["vendor_id"] is None


def test_the_vat_id_on_most_papers_is_that_of_a_vendor_without_one(snapshot):
    documents = {
        "vendors.csv": [vendor("V1", "Alpha GmbH")],
        "a.pdf": [paper("Alpha", "DE822222222", invoice_id="a")],
        "b.pdf": [paper("Alpha", "DE811111111", invoice_id="b")],
        "c.pdf": [paper("Alpha", "DE811111111", invoice_id="c")],
    }
    found = resolve_parties(snapshot(documents)).to_pylist()
    of = {row["key"]: row["party_id"] for row in found if row["member"] == "Invoice"}
    assert of == {"a": "a", "b": "V1", "c": "V1"}


def test_a_name_that_could_be_two_parties_is_neither(snapshot):
    rows = [vendor("V1", "Alpha GmbH", "DE811111111"), vendor("V2", "Alpha AG", "DE822222222")]
    assert seller(snapshot, rows, paper("Alpha"))["vendor_id"] is None


def test_of_two_records_of_a_party_the_one_with_the_account_is_meant(snapshot):
    rows = [
        vendor("V1", "Alpha", "DE811111111", "DE01"),
        vendor("V2", "Alpha", "DE811111111", "DE02"),
    ]
    found = seller(snapshot, rows, paper("Alpha", "DE811111111", "DE02"))
    assert (found["vendor_id"], found["party_id"]) == ("V2", "V1")


def test_papers_of_a_seller_that_is_in_no_list_share_a_party(snapshot):
    found = resolve_parties(
        snapshot({"a.pdf": [paper("Gamma Srl", "IT01234567891", invoice_id="a")],
                  "b.pdf": [paper("GAMMA S.R.L.", "IT01234567891", invoice_id="b")]})
    ).to_pylist()  # fmt: skip
    assert [(row["vendor_id"], row["party_id"]) for row in found] == [(None, "a"), (None, "a")]


def test_a_vendor_that_only_invoices_name_is_a_vendor(snapshot):
    booked = {
        "invoice_id": "I1",
        "vendor_id": "V9",
        "vendor_name": "Delta GmbH",
        "vat_id": "DE833333333",
    }
    found = resolve_parties(
        snapshot({"invoices.csv": [booked], "a.pdf": [paper("Delta")]})
    ).to_pylist()
    assert next(row for row in found if row["member"] == "Invoice")["vendor_id"] == "V9"


def test_resolving_what_was_resolved_gives_the_same(snapshot):
    documents = {"vendors.csv": [vendor("V1", "Alpha GmbH")], "a.pdf": [paper("Alpha")]}
    found = resolve_parties(snapshot(documents))
    assert resolve_parties(snapshot(documents, parties=found)) == found
    assert snapshot(documents, parties=found).rows("Invoice")["vendor_id"].to_pylist() == ["V1"]


NAMES = st.sampled_from(["Alpha Bau GmbH", "Alpha Bau AG", "Alpha Bau Nord", "Brandt", None])
VAT_IDS = st.sampled_from(["DE811111111", "DE822222222", "FR12345678901", None, None])
ACCOUNTS = st.sampled_from(["DE01", "DE02", None])
SAID = st.tuples(NAMES, VAT_IDS, ACCOUNTS)


@st.composite
def ledgers(draw):
    """Vendors and papers that resemble one another in name, VAT id or account."""
    vendors = [vendor(f"V{at}", *said) for at, said in enumerate(draw(st.lists(SAID, max_size=6)))]
    papers = [
        paper(*said, invoice_id=f"p{at}")
        for at, said in enumerate(draw(st.lists(SAID, max_size=4)))
    ]
    return vendors, papers


def resolved(snapshot, vendors, papers):
    documents = {"vendors.csv": vendors} | {f"{one['invoice_id']}.pdf": [one] for one in papers}
    return resolve_parties(snapshot(documents))


@settings(max_examples=20)
@given(ledgers())
def test_no_party_has_two_vat_ids(snapshot, ledger):
    vendors, papers = ledger
    printed = {one["vendor_id"]: one["vat_id"] for one in vendors}
    printed |= {one["invoice_id"]: one["vat_id"] for one in papers}
    held = defaultdict(set)
    for row in resolved(snapshot, vendors, papers).to_pylist():
        held[row["party_id"]] |= {vat_key(printed[row["key"]])} - {None}
    assert all(len(vat_ids) < 2 for vat_ids in held.values())


@settings(max_examples=8)
@given(ledgers(), st.randoms(use_true_random=False))
def test_parties_are_the_same_in_any_order_of_rows(snapshot, ledger, random):
    vendors, papers = ledger
    before = resolved(snapshot, vendors, papers)
    random.shuffle(vendors)
    random.shuffle(papers)
    assert resolved(snapshot, vendors, papers) == before


def decided(*said, start=0):
    """Events on pairs of parties, an hour apart: `("approval", "V1", "V2")`."""
    return [
        event_of(
            {"target": "party", "verdict": verdict, "subject_id": one, "other_id": other},
            datetime(2026, 3, 1, start + hour, tzinfo=UTC), "ann",
        )
        for hour, (verdict, one, other) in enumerate(said)
    ]  # fmt: skip


def after(snapshot, documents, *said):
    events = decided(*said)
    decisions = decisions_on(Target.PARTY, events)
    assert decisions == decisions_on(Target.PARTY, [*events[::-1], *events])
    rows = resolve_parties(snapshot(documents), decisions).to_pylist()
    return {row["key"]: row for row in rows}


def parties_by(snapshot, documents, *said):
    return {key: row["party_id"] for key, row in after(snapshot, documents, *said).items()}


DIFFERENT = {"vendors.csv": [vendor("V1", "Alpha GmbH", "DE811111111"),
                             vendor("V2", "Beta AG", "DE822222222")]}  # fmt: skip
SAME = {"vendors.csv": [vendor("V1", "Alpha", "DE811111111"), vendor("V2", "Alpha", "DE811111111")]}


def test_what_people_join_is_one_party_whatever_identifiers_say(snapshot):
    found = after(snapshot, DIFFERENT, ("approval", "V2", "V1"))
    assert {row["party_id"] for row in found.values()} == {"V1"}
    assert {(row["reason"], row["score"]) for row in found.values()} == {("decided", 1.0)}


def test_what_people_tell_apart_is_two_whatever_identifiers_say(snapshot):
    assert parties_by(snapshot, SAME) == {"V1": "V1", "V2": "V1"}
    assert parties_by(snapshot, SAME, ("rejection", "V1", "V2")) == {"V1": "V1", "V2": "V2"}


@pytest.mark.parametrize(("documents", "verdict"), [(DIFFERENT, "approval"), (SAME, "rejection")])
def test_a_withdrawn_decision_leaves_what_identifiers_say(snapshot, documents, verdict):
    said = [(verdict, "V1", "V2"), ("withdrawal", "V2", "V1")]
    assert parties_by(snapshot, documents, *said) == parties_by(snapshot, documents)


def test_what_has_an_identifier_of_a_joined_party_is_of_it(snapshot):
    rows = [*DIFFERENT["vendors.csv"], vendor("V3", "Gamma", "DE822222222")]
    documents = {"vendors.csv": rows, "a.pdf": [paper("Delta", "DE811111111")],
                 "b.pdf": [paper("Beta AG", "DE822222222", invoice_id="other")]}  # fmt: skip
    found = parties_by(snapshot, documents, ("approval", "V1", "V2"))
    assert set(found.values()) == {"V1"}


def test_two_that_are_apart_are_not_joined_through_a_third(snapshot):
    rows = [vendor("V1", "Alpha", "DE811111111"), vendor("V2", "Alpha", iban="DE02"),
            vendor("V3", "Alpha", "DE811111111", "DE02")]  # fmt: skip
    found = parties_by(snapshot, {"vendors.csv": rows}, ("rejection", "V1", "V2"))
    assert found["V1"] != found["V2"]


def test_a_chain_of_joins_does_not_overrule_what_is_apart(snapshot):
    rows = [vendor("V1", "Alpha"), vendor("V2", "Beta"), vendor("V3", "Gamma")]
    said = [("rejection", "V1", "V3"), ("approval", "V1", "V2"), ("approval", "V2", "V3")]
    assert parties_by(snapshot, {"vendors.csv": rows}, *said) == {
        "V1": "V1", "V2": "V1", "V3": "V3",
    }  # fmt: skip


def test_the_seller_of_a_paper_is_the_vendor_that_people_name(snapshot):
    documents = {**DIFFERENT, "a.pdf": [paper("Unknown Ltd")],
                 "b.pdf": [paper("Unknown Ltd", invoice_id="again")]}  # fmt: skip
    assert parties_by(snapshot, documents)["paper"] == "again"
    found = after(snapshot, documents, ("approval", "paper", "V2"))
    for invoice in ("paper", "again"):
        row = found[invoice]
        assert (row["vendor_id"], row["party_id"], row["reason"]) == ("V2", "V2", "decided")


def test_the_seller_of_a_paper_is_not_the_vendor_that_people_deny(snapshot):
    documents = {**DIFFERENT, "a.pdf": [paper("Alpha GmbH", "DE811111111")]}
    assert parties_by(snapshot, documents)["paper"] == "V1"
    assert parties_by(snapshot, documents, ("rejection", "paper", "V1"))["paper"] == "paper"


def test_two_sellers_that_people_tell_apart_are_not_both_one_vendor(snapshot):
    documents = {**DIFFERENT, "a.pdf": [paper("Alpha GmbH", "DE811111111")],
                 "b.pdf": [paper("Alpha Gmbh", invoice_id="other")]}  # fmt: skip
    assert parties_by(snapshot, documents)["other"] == "V1"
    found = parties_by(snapshot, documents, ("rejection", "other", "paper"))
    assert (found["paper"], found["other"]) == ("V1", "other")


def test_a_seller_that_is_one_with_a_known_one_is_its_vendor(snapshot):
    documents = {**DIFFERENT, "a.pdf": [paper("Alpha GmbH", "DE811111111")],
                 "b.pdf": [paper("A. Trading", invoice_id="other")]}  # fmt: skip
    assert parties_by(snapshot, documents, ("approval", "other", "paper"))["other"] == "V1"


def test_a_decision_on_what_is_not_there_changes_nothing(snapshot):
    said = [("approval", "V1", "V9"), ("rejection", "V2", "nobody")]
    assert parties_by(snapshot, DIFFERENT, *said) == parties_by(snapshot, DIFFERENT)


def bought(invoice_id, seller, buyer, vat_id=None, buyer_vat_id=None, **more):
    """A paper, and what it prints of its buyer."""
    said = {"buyer.name": buyer, "buyer.vat_id": buyer_vat_id}
    said |= {"buyer.register_id": more.pop("buyer_register", None)}
    kept = {name: value for name, value in said.items() if value}
    return paper(seller, vat_id, invoice_id=invoice_id) | more, kept


def resolution(snapshot, papers, *said, **books):
    documents = {f"{name}.csv": rows for name, rows in books.items()}
    documents |= {f"{one['invoice_id']}.pdf": [one] for one, _ in papers}
    ids = [
        record_id(document_id_of(f"{one['invoice_id']}.pdf".encode()), 0, "invoices", None)
        for one, _ in papers
    ]
    printed = pa.table({"record_id": ids, "extra": [json.dumps(said) for _, said in papers]})
    decisions = decisions_on(Target.PARTY, decided(*said))
    return whole_resolution(snapshot(documents), decisions, printed)


def kinds(snapshot, papers):
    rows = resolution(snapshot, papers).parties.to_pylist()
    return {(row["member"], row["key"]): (row["kind"], row["party_id"]) for row in rows}


def buyers(snapshot, papers, *said, **books):
    rows = resolution(snapshot, papers, *said, **books).parties.to_pylist()
    return {row["key"]: row for row in rows if row["member"] == "Buyer"}


def test_buyers_are_our_own_companies_and_who_buys_from_us_is_a_customer(snapshot):
    found = kinds(snapshot, [
        bought("a", "Brandt Logistik GmbH", "Alpha Bau GmbH", buyer_vat_id="DE811111111"),
        bought("b", "Keller Catering AG", "ALPHA BAU GMBH", buyer_vat_id="DE811111111"),
        bought("c", "Keller Catering AG", "Alpha Bau GmbH"),
        bought("d", "Alpha Bau GmbH", "Zeta Handel KG", vat_id="DE811111111"),
    ])  # fmt: skip
    own = found["Invoice", "d"]
    assert own == ("entity", "d")
    assert {found["Buyer", paper] for paper in "abc"} == {own}
    assert found["Buyer", "d"] == ("customer", "d>buyer")
    assert found["Invoice", "b"] == found["Invoice", "c"] == ("vendor", "b")


def test_the_address_that_papers_print_tells_which_of_two_vendors_is_meant(snapshot):
    rows = [{**vendor("V1", "Alpha Bau GmbH"), "address": "Ringstraße 4, 20095 Hamburg"},
            {**vendor("V2", "Alpha Bau GmbH"), "address": "Hauptstraße 9, 50667 Köln"}]  # fmt: skip
    documents = {"vendors.csv": rows, "a.pdf": [paper("Alpha Bau GmbH", invoice_id="a")]}
    printed = pa.table({
        "record_id": [record_id(document_id_of(b"a.pdf"), 0, "invoices", None)],
        "extra": [json.dumps({"seller.address": "Hauptstr. 9\n50667 Köln"})],
    })  # fmt: skip
    said = decisions_on(Target.PARTY, decided(("rejection", "V1", "V2")))
    found = whole_resolution(snapshot(documents), said, printed).parties.to_pylist()
    assert next(row for row in found if row["key"] == "a")["vendor_id"] == "V2"


def test_a_merge_tells_why_and_stays_undone_once_people_undid_it(snapshot):
    rows = [vendor("V1", "Alpenbau Keller GmbH"), vendor("V2", "Alpenbau Kelller GmbH")]
    found = whole_resolution(snapshot({"vendors.csv": rows}))
    (why,) = found.comparisons.to_pylist()
    assert (why["key"], why["other_key"], why["joined"]) == ("V1", "V2", True)
    assert (why["name"], why["legal_form"]) == ("up to 7 % of the letters differ", "the same")
    assert why["name_bits"] > 0
    assert why["account"] is None
    more = {"vendors.csv": [*rows, vendor("V3", "Alpenbau Keller GmbH")]}
    assert parties_by(snapshot, more) == {"V1": "V1", "V2": "V1", "V3": "V1"}
    undone = parties_by(snapshot, more, ("rejection", "V1", "V2"))
    assert undone["V1"] != undone["V2"]


def test_a_longer_name_on_another_account_is_shown_to_people_and_not_joined(snapshot):
    house = {"address": "Ringstraße 4, 20095 Hamburg"}
    rows = [{**vendor("V1", "Keller & Brandt Spedition GmbH", iban="DE0212030"), **house},
            {**vendor("V2", "Keller Spedition GmbH", iban="DE8850010"), **house}]  # fmt: skip
    found = whole_resolution(snapshot({"vendors.csv": rows}))
    (shown,) = found.comparisons.to_pylist()
    assert (shown["score"] > 0.85, shown["joined"]) == (True, False)


def test_a_new_record_joins_a_party_that_keeps_its_name(snapshot):
    rows = [vendor("V2", "Alpenbau Keller GmbH"), vendor("V3", "Alpenbau Kelller GmbH")]
    before = parties(snapshot, rows)
    after_ = parties(snapshot, [*rows, vendor("V9", "ALPENBAU KELLER")])
    assert before == {"V2": "V2", "V3": "V2"}
    assert after_ == {**before, "V9": "V2"}


def test_a_paper_with_another_account_is_still_of_its_vendor(snapshot):
    found = seller(snapshot, [vendor("V1", "Alpenbau Keller GmbH", iban="DE02120300000000202051")],
                   paper("Alpenbau Keller GmbH", iban="LT601010012345678901"))  # fmt: skip
    assert found["vendor_id"] == "V1"


OURS = [
    bought("a", "Brandt Logistik GmbH", "Alpenbau Keller GmbH"),
    bought("b", "Zeta Catering AG", "Alpenbau Kelller GmbH"),
    bought("c", "Zeta Catering AG", "Hansen Immobilien SE"),
]


def parties_bought(snapshot, *said, papers=OURS, **books):
    found = buyers(snapshot, papers, *said, **books)
    return {key: row["party_id"] for key, row in found.items()}


def test_buyers_are_one_by_likeness_and_stay_told_apart_once_people_undid_it(snapshot):
    assert parties_bought(snapshot) == {"a": "a>buyer", "b": "a>buyer", "c": "c>buyer"}
    undone = ("rejection", "a>buyer", "b>buyer")
    assert parties_bought(snapshot, undone) == {"a": "a>buyer", "b": "b>buyer", "c": "c>buyer"}
    more = [*OURS, bought("d", "Brandt Logistik GmbH", "Hansen Immobilien SE")]
    assert parties_bought(snapshot, undone, papers=more) == {
        "a": "a>buyer", "b": "b>buyer", "c": "c>buyer", "d": "c>buyer",
    }  # fmt: skip
    again = [undone, ("withdrawal", "a>buyer", "b>buyer")]
    assert parties_bought(snapshot, *again) == parties_bought(snapshot)


def test_people_join_buyers_and_a_buyer_with_a_vendor(snapshot):
    found = buyers(snapshot, OURS, ("approval", "a>buyer", "c>buyer"))
    assert found["c"]["party_id"] == "a>buyer"
    assert (found["c"]["reason"], found["c"]["score"]) == ("decided", 1.0)
    books = {"vendors": [vendor("V1", "Alpenbau Keller")]}
    assert parties_bought(snapshot, **books)["a"] == "V1"
    assert parties_bought(snapshot, ("rejection", "a>buyer", "V1"), **books)["a"] == "a>buyer"
    said = ("approval", "c>buyer", "V1")
    assert set(parties_bought(snapshot, said, **books).values()) == {"V1"}


def test_a_buyer_is_the_entity_that_most_of_its_booked_papers_name(snapshot):
    def row(number, entity, invoice):
        return {"invoice_id": invoice, "number": number, "vendor_id": "V1", "entity_id": entity,
                "gross": 119}  # fmt: skip

    papers = [
        bought(name, "Brandt Logistik GmbH", "Alpenbau Keller GmbH", number=f"R-{name}", gross=119)
        for name in "abcd"
    ]
    rows = [row("R-a", "E1", "1"), row("R-b", "E1", "2"), row("R-c", "E2", "3")]
    books = {"vendors": [vendor("V1", "Brandt Logistik GmbH")], "invoices": rows}
    found = buyers(snapshot, papers, **books)
    assert {one["entity_id"] for one in found.values()} == {"E1"}
    parties = resolution(snapshot, papers, **books).parties
    documents = {"vendors.csv": books["vendors"], "invoices.csv": rows}
    documents |= {f"{one['invoice_id']}.pdf": [one] for one, _ in papers}
    edges = snapshot(documents, parties=parties).edges["Invoice", "BILLED_TO", "Entity"]
    derived = {one["source"]: one["target"] for one in edges.to_pylist() if one["score"]}
    assert derived == dict.fromkeys("abcd", "E1")


def test_a_party_keeps_its_name_when_a_later_paper_comes(snapshot):
    first, later = ({"issue_date": date(2026, month, 1)} for month in (3, 4))
    papers = [bought("p2", "Gamma Srl", "Alpenbau Keller GmbH")]
    papers[0][0].update(first)
    rows = resolution(snapshot, papers).parties.to_pylist()
    papers.append(bought("p1", "Gamma Srl", "Alpenbau Keller GmbH"))
    papers[1][0].update(later)
    after_ = resolution(snapshot, papers).parties.to_pylist()
    assert {row["party_id"] for row in rows} == {row["party_id"] for row in after_}


def registered(vendor_id, name, register, vat_id=None, country="FR"):
    return {**vendor(vendor_id, name, vat_id), "register_id": register, "country": country}


def test_a_number_of_a_register_decides_before_names(snapshot):
    rows = [registered("V1", "Transports Martin SAS", "552 081 317 RCS Paris"),
            registered("V2", "TM Logistique", "0002:552081317"),
            registered("V3", "Transports Martin SAS", "SIREN 404 833 048")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1", "V3": "V3"}
    by_key = {
        row["key"]: row for row in resolve_parties(snapshot({"vendors.csv": rows})).to_pylist()
    }
    assert (by_key["V2"]["reason"], by_key["V2"]["score"]) == ("register", 1.0)


def test_a_french_vat_id_names_the_register_too(snapshot):
    rows = [vendor("V1", "Transports Martin SAS", "FR83404833048"),
            registered("V2", "TM Logistique", "SIREN 404 833 048")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1"}


def test_the_same_number_in_two_registers_is_two_companies(snapshot):
    rows = [registered("V1", "Brandt Logistik", "HRB 4711, Amtsgericht Köln", country="DE"),
            registered("V2", "Keller Catering", "HRB 4711, Amtsgericht Bonn", country="DE"),
            registered("V3", "Zeta Handel", "HRB 4711", country="DE")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2", "V3": "V3"}


def test_two_numbers_in_one_register_tell_apart_what_a_name_would_join(snapshot):
    rows = [registered("V1", "Alpenbau Keller", "KvK 12345678", country="NL"),
            registered("V2", "Alpenbau Keller", "KvK 87654321", country="NL")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2"}
    assert parties_by(snapshot, {"vendors.csv": rows}, ("approval", "V1", "V2"))["V2"] == "V1"


def test_a_vat_id_decides_before_a_number_of_a_register(snapshot):
    rows = [registered("V1", "Alpha", "KvK 12345678", "NL001234567B01", "NL"),
            registered("V2", "Alpha", "KvK 87654321", "NL001234567B01", "NL"),
            registered("V3", "Beta", "KvK 12345678", "NL009999995B01", "NL")]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V1", "V3": "V3"}


def test_buyers_are_one_by_their_number_in_a_register(snapshot):
    papers = [
        bought("a", "Zeta AG", "Alpha Bau", buyer_register="0106:12345678"),
        bought("b", "Zeta AG", "Beheer Noord", buyer_register="KvK 12345678"),
    ]
    found = buyers(snapshot, papers)
    assert (found["b"]["party_id"], found["b"]["reason"]) == ("a>buyer", "register")


def test_a_buyer_is_no_party_with_another_vat_id_through_a_record_without_one():
    house, account = "Hauptstr. 5, 50667 Köln", "DE02120300000000202051"
    vendors = [
        described("V1", "Alpha Bau GmbH", None, account, house),
        described("V2", "Alpha Bau GmbH", "DE811111111", account, house),
    ]
    party_of = {"V1": "V1", "V2": "V1"}
    for vat_id, party in (("DE812222222", "I>buyer"), ("DE811111111", "V1"), (None, "V1")):
        buyer = described("I>buyer", "Alpha Bau GmbH", vat_id, None, house)
        near = near_of(likenesses([*vendors, buyer], open_pairs(vendors, [], [buyer])))
        found = buyers_party([buyer], vendors, party_of, UNDECIDED, near)
        assert found["I>buyer"].other == party


def test_sister_companies_next_to_each_other_in_a_register_are_two(snapshot):
    house = "Hauptstr. 5, 50667 Köln"
    rows = [
        {**registered("V1", "Huber Transport GmbH", "Amtsgericht Köln HRB 4711"), "address": house},
        {**registered("V2", "Huber Transport Beteiligungs GmbH", "Amtsgericht Köln HRB 4712"),
         "address": house},
    ]  # fmt: skip
    assert parties(snapshot, rows) == {"V1": "V1", "V2": "V2"}


def test_new_records_join_the_parties_that_there_are():
    listed = [
        described("V1", "Alpha Bau GmbH", "DE811111111"),
        described("V2", "Transports Martin", None, None, None, "SIREN 552 081 317"),
        described("V3", "Brandt Logistik", None, "DE02120300000000202051"),
    ]
    new = [
        described("N1", "Alfa", "DE 811 111 111"),
        described("N2", "TM", None, None, None, "0002:552081317"),
        described("N3", "Zeta Catering", None, "DE02120300000000202051"),
        described("N4", "Brandt Logistik GmbH", None, "DE02120300000000202051"),
    ]
    found = vendors_of(new, listed, {"V1": "P1", "V2": "P2", "V3": "P3"})
    assert found == {"N1": "V1", "N2": "V2", "N4": "V3"}  # an account alone joins nothing
