"""A new invoice is told of by a part of the ledger, and gets the scores that the night gives it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ledgergraph.anomalies.inference import Champions
from ledgergraph.anomalies.scoring import likely_duplicates, score
from ledgergraph.anomalies.unusual import fitted
from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.datasets.features import FEATURES, opened, table_of
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.errors import BadSetting
from ledgergraph.graph.duplicates import candidate_pairs
from ledgergraph.graph.frames import ledger_of
from ledgergraph.graph.parts import MOST, Whole
from ledgergraph.models.packaged import champion

ROWS = 900


@dataclass(frozen=True)
class Night:
    """What the night makes of a whole ledger."""

    company: Company
    features: pa.Table
    pairs: pa.Table
    scores: pa.Table
    champions: Champions


@pytest.fixture(scope="module")
def night() -> Night:
    company = make_company(4712, invoices=ROWS, months=18)
    ledger = ledger_of(snapshot_of_books(company.tables))
    features, pairs = table_of(ledger), candidate_pairs(ledger).table(ledger)
    champions = Champions(champion("compliance"), champion("duplicate"), fitted(features).model)
    duplicates = likely_duplicates(pairs, champions.duplicate)
    scores = score(features, duplicates, champions.compliance, champions.anomaly)
    return Night(company, features, pairs, scores, champions)


def without(night: Night, ids: list[str]) -> tuple[Whole, pa.Table]:
    """The books as they were before some invoices, and these as they arrive."""
    rows = night.company.tables["invoices"]
    is_new = pc.is_in(rows["invoice_id"], pa.array(ids))
    books = {**night.company.tables, "invoices": rows.filter(pc.invert(is_new))}
    return opened(snapshot_of_books(books)), rows.filter(is_new)


def arrivals(night: Night) -> list[str]:
    order = [("received_on", "ascending"), ("invoice_id", "ascending")]
    rows = night.company.tables["invoices"].sort_by(order)
    return [str(one) for one in rows["invoice_id"].to_pylist()]


def of(rows: pa.Table, ids: list[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows["invoice_id"], pa.array(ids)))


def differing(found: pa.Table, wanted: pa.Table, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if not np.allclose(
            found[name].to_numpy(), wanted[name].to_numpy(), rtol=1e-9, atol=1e-9, equal_nan=True
        )
    ]


@pytest.mark.parametrize("some", [slice(-60, None), slice(-1, None), slice(500, 501)],
                         ids=["the last sixty", "the last", "one in the middle"])  # fmt: skip
def test_a_new_invoice_gets_what_the_night_gives_it(night: Night, some: slice) -> None:
    ids = sorted(arrivals(night)[some])
    books, new = without(night, ids)
    part = books.part(new)
    features, pairs = table_of(part), candidate_pairs(part).table(part)
    assert features["invoice_id"].to_pylist() == ids
    assert differing(features, of(night.features, ids), list(FEATURES)) == []
    expected = of(night.pairs, ids)
    assert pairs.select(["invoice_id", "other_id"]) == expected.select(["invoice_id", "other_id"])
    assert differing(pairs, expected, pairs.column_names[2:]) == []
    scores, nightly = night.champions.scores(books, new), of(night.scores, ids)
    assert scores.select(["invoice_id", "as_of"]) == nightly.select(["invoice_id", "as_of"])
    assert differing(scores, nightly, scores.column_names[2:]) == []


def test_an_invoice_that_is_in_the_books_is_not_scored_again(night: Night) -> None:
    books, new = without(night, arrivals(night)[-1:])
    known = of(night.company.tables["invoices"], arrivals(night)[:1])
    with pytest.raises(BadSetting, match="in the ledger already"):
        night.champions.scores(books, known)
    with pytest.raises(BadSetting, match="once only"):
        night.champions.scores(books, pa.concat_tables([new, new]))


def test_an_invoice_of_an_unknown_vendor_with_nothing_but_a_number_has_scores(
    night: Night,
) -> None:
    books, _ = without(night, arrivals(night)[-1:])
    bare = pa.table({"invoice_id": ["N-1"], "number": ["77"], "vendor_name": ["Nobody"]})
    scores = night.champions.scores(books, bare)
    assert scores["invoice_id"].to_pylist() == ["N-1"]
    assert 0 <= scores["risk"][0].as_py() <= 1


def night_of(invoices: pa.Table, night: Night) -> pa.Table:
    """The scores that the night gives these invoices among each other, with its master data."""
    ledger = ledger_of(snapshot_of_books({**night.company.tables, "invoices": invoices}))
    features, pairs = table_of(ledger), candidate_pairs(ledger).table(ledger)
    ours = night.champions
    found = likely_duplicates(pairs, ours.duplicate)
    return score(features, found, ours.compliance, ours.anomaly)


def changed(rows: pa.Table, ids: list[str], **values: object) -> pa.Table:
    """The rows with other values in some of them."""
    of_them = set(ids)
    plain = [
        {**row, **values} if row["invoice_id"] in of_them else row for row in rows.to_pylist()
    ]  # fmt: skip
    return pa.Table.from_pylist(plain, schema=rows.schema)


def test_new_invoices_get_the_nights_scores_however_they_name_their_seller_or_their_day(
    night: Night,
) -> None:
    ids = arrivals(night)[-48:]
    by_vat, by_name, undated, backdated = (ids[at::4] for at in range(4))
    rows = changed(night.company.tables["invoices"], by_vat, vendor_id=None)
    rows = changed(rows, by_name, vendor_id=None, vat_id=None, iban=None)
    dates = {one.name: None for one in rows.schema if pa.types.is_date(one.type)}
    copied = {row["invoice_id"]: row for row in rows.to_pylist()}
    early = arrivals(night)[100:112]
    for one, other in zip(undated, early, strict=True):  # a copy, both without any date
        same = {name: copied[other][name] for name in ("number", "gross", "net", "tax")}
        rows = changed(changed(rows, [other], **dates), [one], **same, **dates)
    for one, at in zip(backdated, range(200, 800, 50), strict=True):
        day = copied[arrivals(night)[at]]["received_on"]
        rows = changed(rows, [one], received_on=day, issue_date=day)
    is_new = pc.is_in(rows["invoice_id"], pa.array(ids))
    books = {**night.company.tables, "invoices": rows.filter(pc.invert(is_new))}
    whole, nightly = opened(snapshot_of_books(books)), night_of(rows, night)
    for some in (ids, by_vat[-2:] + by_name[-2:], undated[-1:]):
        kept = rows.filter(pc.or_(pc.invert(is_new), pc.is_in(rows["invoice_id"], pa.array(some))))
        wanted = of(nightly if some is ids else night_of(kept, night), some)
        scores = night.champions.scores(whole, of(rows, some))
        assert scores["invoice_id"] == wanted["invoice_id"]
        assert differing(scores, wanted, scores.column_names[2:]) == []
    found = snapshot_of_books({**books, "invoices": rows}).rows("Invoice")
    open_ones = found.filter(pc.is_null(found["vendor_id"]))["invoice_id"].to_pylist()
    assert sorted(whole.strangers(of(rows, by_vat + by_name))) == sorted(open_ones)


def test_an_invoice_of_a_seller_that_nobody_knows_is_told_apart(night: Night) -> None:
    books, new = without(night, arrivals(night)[-2:])
    ids = [str(one) for one in new["invoice_id"].to_pylist()]
    odd = {"vendor_id": None, "vat_id": "XX1", "iban": None, "vendor_name": "Quillfeather"}
    assert books.strangers(changed(new, ids[:1], **odd)) == ids[:1]


def test_a_new_vendor_id_with_the_vat_id_of_a_listed_vendor_joins_its_party(night: Night) -> None:
    ids = arrivals(night)[-1:]
    rows = changed(night.company.tables["invoices"], ids, vendor_id="V-NEW")
    is_new = pc.is_in(rows["invoice_id"], pa.array(ids))
    whole = opened(
        snapshot_of_books({**night.company.tables, "invoices": rows.filter(pc.invert(is_new))})
    )
    nightly = ledger_of(snapshot_of_books({**night.company.tables, "invoices": rows}))
    wanted = nightly.values("party")[nightly.position[ids[0]]]
    assert wanted in whole.ledger.values("party", "vendors")
    part = whole.part(of(rows, ids))
    assert part.values("party")[part.position[ids[0]]] == wanted
    scores = night.champions.scores(whole, of(rows, ids))
    assert differing(scores, of(night_of(rows, night), ids), scores.column_names[2:]) == []


def test_a_new_vendor_id_with_the_listed_number_of_a_register_joins_its_party(
    night: Night,
) -> None:
    ids = arrivals(night)[-1:]
    rows = changed(night.company.tables["invoices"], ids, vendor_id="V-NEW", vat_id="FR83404833048")
    known = of(night.company.tables["invoices"], ids)["vendor_id"].to_pylist()[0]
    vendors = night.company.tables["vendors"].to_pylist()
    for one in vendors:
        if one["vendor_id"] == known:
            one |= {"vat_id": None, "register_id": "404 833 048", "country": "FR"}
    listed = pa.Table.from_pylist(vendors, pa.schema(BOOK_TABLES["vendors"].columns))
    books = {**night.company.tables, "vendors": listed}
    is_new = pc.is_in(rows["invoice_id"], pa.array(ids))
    before = snapshot_of_books({**books, "invoices": rows.filter(pc.invert(is_new))})
    joined = ledger_of(snapshot_of_books({**books, "invoices": rows})).invoices
    wanted = joined.set_index("invoice_id").loc[ids[0], "party"]
    part = opened(before).part(of(rows, ids))
    assert str(wanted) == known
    assert part.invoices.set_index("invoice_id").loc[ids[0], "party"] == wanted


def test_very_many_new_invoices_are_scored_by_the_whole_ledger(night: Night) -> None:
    ids = arrivals(night)[-MOST - 1 :]
    books, new = without(night, ids)
    scores, nightly = night.champions.scores(books, new), of(night.scores, ids)
    assert scores["invoice_id"].to_pylist() == sorted(ids)
    assert differing(scores, nightly, scores.column_names[2:]) == []
    assert night.champions.scores(books, new.slice(0, 0)).num_rows == 0
