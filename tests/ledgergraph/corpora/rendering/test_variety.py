"""What papers with more on them, and those around an order, must never say."""

import re
from collections import defaultdict
from decimal import Decimal

import pytest

from ledgergraph.corpora.catalogue import ALSO_SOLD, CATEGORIES, SALES_TAX, VAT_RATES
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.papers import Paper, rounded
from ledgergraph.corpora.rendering.looks import look_of
from ledgergraph.corpora.rendering.printing import Printer
from ledgergraph.corpora.rendering.sheets import sheet_of
from ledgergraph.corpora.rendering.variety import sizes_by_item, varied
from ledgergraph.corpora.settings import CompanySettings
from ledgergraph.money import plain

SEED = 11


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """Papers of German, French and American companies, and the papers of their orders."""
    found: list[Paper] = []
    for home in ("DE", "FR", "US"):
        settings = CompanySettings(homes=(home,))
        company = make_company(SEED, invoices=300, settings=settings)
        chosen = [paper for paper in company.papers if paper.number and paper.buyer]
        found += varied(chosen, SEED)
    return found


def test_a_paper_whose_lines_name_days_does_not_name_that_of_the_invoice(papers):
    said = dated = 0
    for paper in papers:
        if paper.type != "invoice" or paper.language != "de":
            continue
        notes = str(sheet_of(paper, look_of(paper)).content["notes"])
        says = "entspricht dem Rechnungsdatum" in notes
        has_days = any(line.delivered_on for line in paper.lines)
        said, dated = said + says, dated + has_days
        assert not (says and has_days), paper.invoice_id
    assert said
    assert dated


def test_papers_before_an_invoice_do_not_name_what_came_later(papers):
    before = [one for one in papers if one.type in ("purchase_order", "sales_order")]
    before += [one for one in papers if one.type == "goods_receipt"]
    assert len(before) > 100
    for paper in before:
        assert not any(line.delivered_on or line.details for line in paper.lines), paper.invoice_id


def test_an_order_is_printed_once(papers):
    for type_ in ("purchase_order", "sales_order"):
        printed = [
            (one.buyer.name, one.number if type_ == "purchase_order" else one.order_reference)
            for one in papers
            if one.type == type_
        ]
        assert len(printed) > 50
        assert len(printed) == len(set(printed))


def test_american_sellers_charge_the_sales_tax_of_one_state(papers):
    american = [one for one in papers if one.seller.country == "US"]
    assert len(american) > 100
    for paper in american:
        assert len(paper.breakdown) == 1, paper.invoice_id
        assert {one.tax_rate for one in paper.lines} <= {None, paper.tax_rate}
        assert plain(paper.tax_rate) in {"0", *SALES_TAX.values()}


def test_the_sales_tax_is_that_of_the_seller_s_state():
    settings = CompanySettings(homes=("US",))
    for seed in range(1, 5):
        company = make_company(seed, invoices=300, settings=settings)
        wrong = set(company.truth.filter(company.truth["is_issue"])["invoice_id"].to_pylist())
        wrong |= set(company.look_alikes["invoice_id"].to_pylist())
        for paper in company.papers:
            if paper.seller.country == "US" and paper.invoice_id not in wrong and paper.tax_rate:
                assert plain(paper.tax_rate) == SALES_TAX[paper.seller.city[-2:]]


def test_a_second_rate_is_on_what_its_country_taxes_so(papers):
    taxed = {
        (country, name): Decimal(VAT_RATES[country][level])
        for sold in ALSO_SOLD.values()
        for level, countries, item in sold
        for country in countries
        for name in item.names
    }
    several = [one for one in papers if one.type == "invoice" and len(one.breakdown) > 1]
    assert several
    for paper in several:
        for line in paper.lines:
            if line.tax_rate != paper.tax_rate:
                assert taxed[paper.seller.country, line.description] == line.tax_rate


def test_a_percentage_on_the_whole_is_one_of_the_sum_above_it(papers):
    found = 0
    for paper in papers:
        for one in paper.allowances:
            if one.percent is not None:
                found += 1
                assert one.base == paper.lines_total
                assert one.amount == rounded(paper.lines_total * one.percent / 100)
    assert found > 20


def test_reminders_ask_for_what_is_open_after_it_was_due():
    company = make_company(1, invoices=300, settings=CompanySettings(homes=("DE",)))
    rows = company.others["reminders"].to_pylist()
    papers = list(varied(company.papers, SEED, rows))
    invoices = {one.invoice_id: one for one in papers if one.type == "invoice"}
    reminders = [one for one in papers if one.type == "reminder"]
    assert len(reminders) > 20
    for paper in reminders:
        asked = invoices[paper.invoice_id.partition("-reminder-")[0]]
        assert paper.preceding_invoice == asked.number
        assert paper.issue_date > asked.due_date
        assert paper.due_date > paper.issue_date
        sheet = sheet_of(paper, look_of(paper))
        stated = {mark.field: mark.value for mark in sheet.marks}
        fee = sum(one.amount for one in paper.allowances)
        assert bool(fee) == (paper.reminded.level > 1)
        assert Decimal(stated["totals.gross"]) == asked.gross - asked.prepaid
        assert Decimal(stated["totals.due"]) == asked.gross - asked.prepaid + fee
        assert plain(paper.gross) == stated["totals.gross"]


def test_what_is_on_a_paper_twice_has_one_price(papers):
    several = 0
    for paper in papers:
        if paper.type != "invoice" or len(paper.lines) < 4:
            continue
        several += 1
        first = len(paper.lines) // 2
        prices: dict[str, set[Decimal]] = {}
        for line in paper.lines[first:]:
            if line.tax_rate in (None, paper.tax_rate):
                prices.setdefault(line.description, set()).add(line.unit_price)
        assert all(len(of) == 1 for of in prices.values()), paper.invoice_id
    assert several > 50


def test_a_vendor_has_one_article_number_for_one_thing(papers):
    numbers = defaultdict(set)
    for paper in papers:
        for line in paper.lines:
            if line.article:
                numbers[paper.seller.vat_id, line.description].add(line.article)
    assert len(numbers) > 50
    assert all(len(of) == 1 for of in numbers.values())


def test_only_a_single_piece_has_a_serial_number_and_no_line_names_two_sites(papers):
    serial = 0
    for paper in papers:
        sites = {value for line in paper.lines for key, value in line.details if key == "d_site"}
        assert len(sites) <= 1, paper.invoice_id
        for line in paper.lines:
            keys = [key for key, _ in line.details]
            assert not {"d_site", "d_place"} <= set(keys), paper.invoice_id
            if "d_serial" in keys:
                serial += 1
                assert (line.quantity, line.unit) == (1, "C62"), paper.invoice_id
    assert serial


def test_the_papers_of_an_order_stand_in_the_order_of_what_happened(papers):
    invoices = {one.invoice_id: one for one in papers if one.type == "invoice"}
    notes = 0
    for paper in papers:
        invoice_id, _, kind = paper.invoice_id.rpartition("-")
        if kind not in ("purchase_order", "sales_order", "goods_receipt"):
            continue
        invoice = invoices[invoice_id]
        days = [line.delivered_on for line in invoice.lines if line.delivered_on]
        delivered = invoice.delivered_on or min(days, default=None)
        if kind == "goods_receipt":
            notes += delivered is not None
            assert delivered in (None, paper.issue_date), paper.invoice_id
        else:
            assert paper.issue_date < paper.delivered_on <= invoice.issue_date
            assert paper.delivered_on == delivered or delivered is None
    assert notes > 20


def test_sizes_are_of_items_of_the_catalogue_and_written_as_the_language_does(papers):
    for trade, sizes in sizes_by_item().items():
        assert set(sizes) <= {item.names[1] for item in CATEGORIES[trade].items}
        assert all(isinstance(size, str) for of in sizes.values() for size in of)
    seen = defaultdict(set)
    for paper in papers:
        for line in paper.lines:
            for sign in re.findall(r"\d([.,])\d+ (?:mm|m)\b", line.description):
                seen[paper.language].add(sign)
    assert seen["en"] == {"."}
    assert seen["de"] == {","}


def test_american_accounts_have_a_routing_and_an_account_number(papers):
    shown = 0
    for paper in papers:
        if paper.seller.country != "US" or paper.type != "invoice" or not paper.iban:
            continue
        if paper.iban[0].isalpha():  # planted: an account abroad
            continue
        routing, account = Printer(paper).account()
        footer = sheet_of(paper, look_of(paper)).content["footer"][-1]
        texts = ["".join(text for _, text in line) for line in footer]
        assert texts[1].endswith(f": {routing}")
        assert texts[2].endswith(f": {account}")
        assert len(routing) == 9
        shown += 1
    assert shown > 50


def test_american_telephones_are_of_the_american_plan(papers):
    numbers = 0
    for paper in papers:
        if paper.seller.country == "US" and paper.type == "invoice":
            contact = sheet_of(paper, look_of(paper)).content["contact"][0][0][1]
            digits = re.sub(r"\D", "", contact).removeprefix("1")
            assert re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", digits), contact
            numbers += 1
    assert numbers > 50
