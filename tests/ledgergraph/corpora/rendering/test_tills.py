"""What receipts of tills must be, whoever the shop is and however its till prints."""

import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from stdnum import get_cc_module
from stdnum.au import abn
from stdnum.nz import ird
from stdnum.sg import uen

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.catalogue import LANGUAGES, SALES_TAX
from ledgergraph.corpora.papers import Paper, rounded
from ledgergraph.corpora.rendering import MadeDocument, annotations, documents
from ledgergraph.corpora.rendering.countries import first_names, stated, till_words
from ledgergraph.corpora.rendering.looks import LAYOUTS, RECEIPT, look_of
from ledgergraph.corpora.rendering.marks import TAXES
from ledgergraph.corpora.rendering.sheets import sheet_of
from ledgergraph.corpora.rendering.shops import FIRST_DAY, till_receipts, trades

SEED = 23
OWN_NUMBERS = {"AU": abn, "NZ": ird, "SG": uen}
AMOUNTS = ("net", "totals.lines", "totals.net", "totals.tax", "totals.gross", "totals.rounding")


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """Receipts of many shops, as they are made."""
    return list(till_receipts(1500, SEED))


@pytest.fixture(scope="module")
def made() -> list[MadeDocument]:
    """Receipts of shops of each language, printed."""
    return list(documents(till_receipts(120, SEED)))


def test_lines_discounts_tax_and_rounding_come_to_the_total(papers):
    for paper in papers:
        more = sum(one.amount if one.is_charge else -one.amount for one in paper.allowances)
        sold = paper.lines_total + more
        assert paper.net == sum(one.base for one in paper.breakdown), paper.invoice_id
        assert paper.tax == sum(one.tax for one in paper.breakdown), paper.invoice_id
        assert sold == (paper.net if paper.till.is_exclusive else paper.net + paper.tax)
        assert paper.gross == paper.net + paper.tax + paper.rounding > 0, paper.invoice_id
        for line in paper.lines:
            exact = rounded(line.quantity * line.unit_price)
            assert line.net == (exact or Decimal("0.01")), paper.invoice_id


def test_what_is_given_less_the_change_is_the_total_and_only_cash_is_rounded(papers):
    step = {code: one.get("rounding") for code, one in stated("tills.yaml")["countries"].items()}
    rounds = 0
    for paper in papers:
        if paper.till.payment != "cash":
            assert paper.paid is None
            assert paper.rounding == 0
            continue
        assert paper.paid >= paper.gross
        if paper.rounding:
            rounds += 1
            usual = Decimal(step[paper.seller.country])
            assert paper.gross % usual == 0
            assert abs(paper.rounding) <= usual / 2
    assert rounds > 20


def test_the_sums_that_are_printed_add_up(made):
    compared = 0
    for one in made:
        fields = [field for field in one.annotation.fields if field.words]
        lines = sum(Decimal(field.value) for field in fields if field.field == "net")
        total = {field.field: Decimal(field.value) for field in fields
                 if field.field in (*AMOUNTS, "totals.allowances", "totals.charges")}  # fmt: skip
        assert total.get("totals.lines", lines) == lines, one.name
        if {"totals.net", "totals.tax"} <= set(total):
            compared += 1
            sum_ = total["totals.net"] + total["totals.tax"] + total.get("totals.rounding", 0)
            assert sum_ == total["totals.gross"], one.name
        by_rate = defaultdict(dict)
        for field in fields:
            if match := re.fullmatch(r"taxes\.(\d+)\.(base|tax|rate)", field.field):
                by_rate[match[1]][match[2]] = Decimal(field.value)
        for stated_ in by_rate.values():
            if len(stated_) == 3:
                exact = stated_["base"] * stated_["rate"] / 100
                assert abs(exact - stated_["tax"]) <= Decimal("0.02"), (one.name, stated_)
    assert compared > 3


def test_the_words_of_a_field_read_as_it_was_printed(made):
    for one in made:
        words = one.annotation.words
        for field in one.annotation.fields:
            if field.words:
                assert " ".join(words[at].text for at in field.words) == field.raw, (
                    one.name,
                    field,
                )


def test_amounts_are_printed_as_they_are(made):
    for one in made:
        for field in one.annotation.fields:
            if field.field in AMOUNTS and field.words:
                read = re.sub(r"\D", "", field.raw)
                assert int(read) == abs(int(Decimal(field.value) * 100)), (one.name, field)


def test_every_word_lies_on_the_roll(made):
    for one in made:
        (page,) = one.annotation.pages
        for word in one.annotation.words:
            box = word.box
            assert -1 <= box.x0 < box.x1 <= page.width + 1, (one.name, word)
            assert 0 <= box.y0 < box.y1 <= page.height, (one.name, word)


def test_shops_are_of_many_trades_countries_and_names(papers):
    assert {one.till.trade for one in papers} == set(trades())
    assert {one.seller.country for one in papers} == set(stated("tills.yaml")["countries"])
    assert {one.language for one in papers} == set(LANGUAGES)
    shops = {one.seller.vat_id for one in papers}
    assert len({one.seller.name for one in papers}) > 0.9 * len(shops) > 400


def test_tax_numbers_have_the_check_digits_of_their_country(papers):
    for seller in {one.seller.vat_id: one.seller for one in papers}.values():
        country = seller.country
        if country == "US":
            continue
        module = OWN_NUMBERS.get(country) or get_cc_module(
            country, "rfc" if country == "MX" else "uid" if country == "CH" else "vat"
        )
        assert module.is_valid(seller.vat_id), seller.vat_id


def test_rates_are_those_of_the_country_on_the_day(papers):
    rates = stated("tills.yaml")["rates"]
    for paper in papers:
        assert paper.issue_date >= FIRST_DAY
        found = {one.rate for one in paper.breakdown}
        if paper.seller.country == "US":
            usual = Decimal(SALES_TAX[paper.seller.city[-2:]])
            assert found <= {usual, Decimal(0)}
            assert paper.till.is_exclusive
        else:
            since = rates[paper.seller.country]
            year = max(one for one in since if one <= paper.issue_date.year)
            assert found <= set(map(Decimal, since[year].values()))


def test_a_shop_prints_all_of_its_receipts_alike(made):
    heads = defaultdict(set)
    for one in made:
        name = {field.raw for field in one.annotation.fields if field.field == "seller.name"}
        address = {field.raw for field in one.annotation.fields if field.field == "seller.address"}
        heads[one.annotation.vendor].add((*name, *address, one.annotation.template))
    assert len(heads) > 20
    assert all(len(of) == 1 for of in heads.values())


def test_some_shops_print_capitals_alone(made):
    texts = ["".join(word.text for word in one.annotation.words) for one in made]
    upper = sum(sum(map(str.islower, text)) < 3 for text in texts)
    assert 0.2 < upper / len(texts) < 0.7


def test_the_same_seed_gives_the_same_receipts():
    assert list(till_receipts(30, 5)) == list(till_receipts(30, 5))
    assert list(till_receipts(30, 5)) != list(till_receipts(30, 6))


def test_annotations_without_files_say_what_those_with_files_say(made):
    alone = annotations(till_receipts(12, SEED))
    for one, with_file in zip(alone, made, strict=False):
        assert (one.words, one.fields, one.cells) == (
            with_file.annotation.words, with_file.annotation.fields, with_file.annotation.cells,
        )  # fmt: skip


def test_a_shop_sells_a_thing_at_one_price_under_one_number(papers):
    known = defaultdict(set)
    for paper in papers:
        for line in paper.lines:
            if line.net > 0:
                key = (paper.seller, paper.language, line.description)
                known[key].add((line.unit_price, line.article))
    assert len(known) > 2500
    assert all(len(of) == 1 for of in known.values())


def test_people_and_words_are_those_of_the_country():
    table = stated("tills.yaml")
    for country, land in table["countries"].items():
        assert len(first_names(country)) >= 8
        words = till_words(land["language"], country)
        assert set(words) == set(table["languages"][land["language"]])
        assert len(words["summary"]) == len(words["head"]) == 4
    assert not set(first_names("MX")) & set(first_names("GB"))
    assert "Factura simplificada" not in till_words("es", "MX")["heading"]
    assert till_words("es", "ES") == table["languages"]["es"]


def _overlapping(annotation: Annotation) -> list[tuple[str, str]]:
    """Words of which one is printed across another."""
    found, words = [], sorted(annotation.words, key=lambda word: word.box.y0)
    for at, one in enumerate(words):
        for other in words[at + 1 :]:
            a, b = one.box, other.box
            if b.y0 > a.y1:
                break
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            height = min(a.y1, b.y1) - max(a.y0, b.y0)
            if across > 0.5 and height > 0.5 * min(a.height, b.height):
                found.append((one.text, other.text))
    return found


def test_no_word_is_printed_across_another_on_any_roll(made, papers):
    for one in made:
        assert not _overlapping(one.annotation), one.name
    rolls = [name for name, layout in LAYOUTS.items() if layout.family == RECEIPT]
    with_table = [one for one in papers if len(one.breakdown) > 1 and _has_tax_table(one)][:30]
    printed = [replace(one, layout=roll) for one in with_table for roll in rolls]
    for one in annotations(printed):
        assert not _overlapping(one), (one.name, one.template)


def _has_tax_table(paper: Paper) -> bool:
    sheet = sheet_of(paper, look_of(paper, (RECEIPT,)))
    return any(block.get("n") == TAXES for block in sheet.content["blocks"] if block["k"] == "i")


def test_no_currency_follows_a_minus(papers):
    checked = 0
    for paper in papers[:400]:
        for mark in sheet_of(paper, look_of(paper, (RECEIPT,))).marks:
            if mark.field in ("totals.allowances", "totals.rounding"):
                checked += 1
                assert not re.search(r"\d-[^\d]", mark.raw), (paper.invoice_id, mark.raw)
    assert checked > 50
