"""What made documents must be, whatever their layout, language and medium."""

import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from facturx import get_xml_from_pdf, xml_check_xsd
from pypdf import PdfReader

from ledgergraph.corpora.annotations import Cell, as_lines, from_lines, table_of
from ledgergraph.corpora.catalogue import LANGUAGES
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.papers import BILLS, Paper
from ledgergraph.corpora.rendering import LAYOUTS, MadeDocument, documents, render
from ledgergraph.corpora.rendering.looks import RECEIPT, look_of
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.rendering.sheets import sheet_of
from ledgergraph.corpora.rendering.shops import till_receipts
from ledgergraph.corpora.rendering.typesetting import press, truth_of, words_of
from ledgergraph.corpora.rendering.variety import reminder_of, varied
from ledgergraph.errors import BadInput
from ledgergraph.extractions.einvoices import read_einvoice
from ledgergraph.identity import document_id_of

SEED = 11
ROW = {"sent_on": date(2024, 5, 6), "fee": Decimal("7.50")}
"""Of a company's reminders."""


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """Papers of each language and type, with more on them than the books ask for."""
    found: dict[tuple[str, str], list[Paper]] = {}
    for seed in range(6):
        for paper in varied(make_company(seed, invoices=200).papers[:24], SEED):
            found.setdefault((paper.language, paper.type), []).append(paper)
    return [paper for group in found.values() for paper in group[:1]]


@pytest.fixture(scope="module")
def made(papers) -> list[MadeDocument]:
    """A PDF of each layout, whatever the paper."""
    pages = [name for name, one in LAYOUTS.items() if one.family != RECEIPT]
    rolls = [name for name, one in LAYOUTS.items() if one.family == RECEIPT]
    laid = [replace(one, layout=pages[at % len(pages)]) for at, one in enumerate(papers)]
    bills = [one for one in papers if one.type == "invoice" and one.due_date and one.iban]
    laid += [
        replace(
            # The same invoice is reminded of at two levels.
            reminder_of(one, ROW | {"level": (at % len(bills) + at // len(bills)) % 3 + 1}),
            layout=pages[at % len(pages)],
        )
        for at, one in enumerate(bills * 2)
    ]
    receipts = till_receipts(2 * len(LANGUAGES), SEED)
    laid += [replace(one, layout=rolls[at % len(rolls)]) for at, one in enumerate(receipts)]
    return list(documents(laid))


def test_every_layout_language_and_type_is_made(made):
    assert {one.annotation.template for one in made} == set(LAYOUTS)
    assert {one.annotation.language for one in made} == set(LANGUAGES)
    assert {one.annotation.type for one in made} == {
        "invoice", "credit_note", "purchase_order", "sales_order", "goods_receipt", "receipt",
        "reminder",
    }  # fmt: skip


def test_words_and_boxes_are_those_of_the_file_that_is_kept(made):
    for one in made:
        stated = [(word.page, word.text, word.box) for word in one.annotation.words]
        assert stated == words_of(one.data), one.name


def test_the_words_of_a_field_read_as_it_was_printed(made):
    for one in made:
        words = one.annotation.words
        for field in one.annotation.fields:
            if field.words:
                read = " ".join(words[at].text for at in field.words)
                assert read == field.raw, (one.name, one.annotation.template, field)


def test_what_a_paper_must_state_stands_on_it(made):
    for one in made:
        bill = {"number", "issue_date", "seller.name", "seller.address"}
        lacks_items = one.annotation.type == "reminder"
        bill |= {"preceding_invoice", "totals.due"} if lacks_items else {"description"}
        if one.annotation.type in BILLS:
            bill |= {"buyer.name", "buyer.address", "totals.net", "totals.gross", "seller.vat_id"}
        stated = {field.field for field in one.annotation.fields if field.words}
        assert bill <= stated, (one.annotation.template, bill - stated)


def test_every_word_of_a_cell_lies_in_it_and_every_line_item_has_a_row(made):
    for one in made:
        truth = one.annotation
        for cell in truth.cells:
            for at in cell.words:
                box = truth.words[at].box
                assert cell.box.x0 <= (box.x0 + box.x1) / 2 <= cell.box.x1
        rows = {cell.line for cell in truth.cells if cell.table == 0 and cell.line is not None}
        assert rows == {field.line for field in truth.fields if field.line is not None}


def test_a_line_item_stands_in_the_cells_of_its_row(made):
    for one in made:
        places: dict[int | None, set[int]] = {}
        for cell in one.annotation.cells:
            if cell.table == 0:
                places.setdefault(cell.line, set()).update(cell.words)
        for field in one.annotation.fields:
            if field.line is not None:
                assert set(field.words) <= places[field.line], (one.name, field)


def test_what_is_carried_is_the_sum_of_the_lines_before_it(papers):
    line = replace(papers[0].lines[0], tax_rate=None)
    long = replace(papers[0], lines=(line,) * 70, allowances=(), taxes=())
    (document,) = documents([replace(long, layout="ruled")])
    truth = document.annotation
    assert len(truth.pages) > 1
    carried = {cell.row for cell in truth.cells if cell.table == 0 and cell.row is not None
               and cell.line is None}  # fmt: skip
    assert len(carried) >= 2
    for row in carried:
        cells = [cell for cell in truth.cells if cell.table == 0 and cell.row == row]
        above = {cell.line for cell in truth.cells
                 if cell.table == 0 and cell.row is not None and cell.row < row
                 and cell.line is not None}  # fmt: skip
        total = sum(long.lines[line].net for line in above)
        amount = "".join(truth.words[at].text for at in cells[-1].words)
        assert re.sub(r"\D", "", amount) == f"{abs(total):.2f}".replace(".", "")
    heads = {cell.page for cell in truth.cells if cell.table == 0 and cell.row is None}
    assert len(heads) >= len(truth.pages) - 1


def test_cells_of_a_page_cover_their_table_without_gaps(made):
    for one in made:
        if LAYOUTS[one.annotation.template].family == RECEIPT:  # columns stand apart
            continue
        rows: dict[tuple[int, int, int | None], list[Cell]] = {}
        for cell in one.annotation.cells:
            rows.setdefault((cell.table, cell.page, cell.row), []).append(cell)
        assert rows
        below: dict[tuple[int, int], list[Cell]] = {}
        for (table, page, _), row in rows.items():
            assert len({(cell.box.y0, cell.box.y1) for cell in row}) == 1
            for cell, beside in pairwise(row):
                assert cell.box.x1 == pytest.approx(beside.box.x0, abs=0.02)
            above = below.get((table, page), row)
            assert len(row) == len(above)
            if above is not row:
                assert row[0].box.y0 == pytest.approx(above[0].box.y1, abs=0.02)
            below[table, page] = row


def test_a_run_that_is_not_at_its_tag_is_refused(papers):
    sheet = sheet_of(papers[0], look_of(papers[0]))
    with press() as running:
        tags, file = running.typeset(sheet), running.pdf(sheet)
    assert truth_of(sheet, file, tags).fields
    for wrong in ({"x": 3.0}, {"y": 1.0}, {"value": (1, "Unsaid")}):
        at = next(at for at, tag in enumerate(tags) if tag.kind == "run")
        with pytest.raises(AssertionError):
            truth_of(sheet, file, [*tags[:at], tags[at]._replace(**wrong), *tags[at + 1 :]])


def test_words_of_a_hybrid_stand_where_its_annotation_says(papers):
    bills = [one for one in papers if one.type in BILLS]
    for one in documents(bills, ("hybrid",)):
        stated = [(word.page, word.text, word.box) for word in one.annotation.words]
        assert stated == words_of(one.data), one.name


SIDES = ("seller", "buyer")
FOOT = 103
"""The widest margin at the foot of a page, in pt."""


@pytest.mark.parametrize("layout", [n for n, one in LAYOUTS.items() if one.family != RECEIPT])
def test_pages_of_a_long_paper_are_full_to_their_foot(papers, layout):
    line = replace(papers[0].lines[0], tax_rate=None, details=(), allowance=None)
    long = replace(papers[0], lines=(line,) * 120, allowances=(), taxes=(), layout=layout)
    (document,) = documents([long])
    truth = document.annotation
    items = [cell for cell in truth.cells if cell.table == 0]
    assert {cell.page for cell in items} == set(range(len(truth.pages)))
    assert len(truth.pages) > 2
    for page in range(len(truth.pages) - 2):  # the last one takes lines from the one before
        bottom = max(cell.box.y1 for cell in items if cell.page == page)
        row = max(cell.box.y1 - cell.box.y0 for cell in items if cell.page == page)
        assert truth.pages[page].height - FOOT - bottom < 2 * row
    widths = {(cell.column, cell.page): cell.box.x1 - cell.box.x0 for cell in items}
    for (column, _), width in widths.items():
        assert width == pytest.approx(widths[column, 0], abs=0.02)


def test_totals_do_not_stand_on_a_page_without_lines(papers):
    line = replace(papers[0].lines[0], tax_rate=None, details=(), allowance=None)
    for count in (24, 28, 30, 32, 36):
        paper = replace(papers[0], lines=(line,) * count, allowances=(), taxes=(), layout="columns")
        (document,) = documents([paper])
        truth = document.annotation
        lines = {cell.page for cell in truth.cells if cell.line is not None}
        assert lines == set(range(len(truth.pages)))
        (page,) = dict(render([paper])).values()
        assert words_of(page) == words_of(document.data)


def test_what_pages_are_measured_by_is_not_printed(papers):
    paper = replace(papers[0], layout="minimal", lines=papers[0].lines[:2])
    (document,) = documents([paper])
    words = document.annotation.words
    left, foot = min(one.box.x0 for one in words), document.annotation.pages[0].height - FOOT
    picture = next(pages_of(document.data, 72))
    corner = picture.crop((round(left) - 3, round(foot) - 8, round(left) + 3, round(foot) + 3))
    assert corner.getextrema() == ((255, 255),) * 3


def test_sums_of_made_papers_are_right_to_the_cent(papers):
    for paper in papers:
        signed = sum(one.amount if one.is_charge else -one.amount for one in paper.allowances)
        assert paper.net == paper.lines_total + signed
        assert paper.gross == paper.net + paper.tax
        assert paper.net == sum(one.base for one in paper.breakdown)
        assert paper.tax == sum(one.tax for one in paper.breakdown)


def test_the_same_papers_give_the_same_bytes_in_any_order(papers):
    media = ("pdf", "hybrid", "png", "ubl", "cii")
    bills = [one for one in papers if one.type in BILLS][:2]
    for medium in media:
        one = {made.name: made.data for made in documents(bills, (medium,))}
        other = {made.name: made.data for made in documents(bills[::-1], (medium,))}
        assert one == other


def test_annotations_name_their_bytes_and_survive_the_form(made):
    for one in made:
        assert one.annotation.document_id == document_id_of(one.data)
    lines = list(as_lines(one.annotation for one in made[::8]))
    assert len(list(from_lines(lines, "made"))) == len(lines)
    assert table_of(one.annotation for one in made).num_rows == len(made)


@pytest.mark.parametrize("medium", ["ubl", "cii", "hybrid"])
def test_e_invoices_are_valid_and_read_back_as_they_were_written(papers, medium):
    bills = [one for one in papers if one.type in BILLS]
    for document in documents(bills, (medium,)):
        xml = document.data
        if medium == "hybrid":
            name, xml = get_xml_from_pdf(document.data)
            assert name == "factur-x.xml"
        assert xml_check_xsd(xml)
        form = "hybrid" if medium == "hybrid" else medium
        read = {(one.line, one.field): one.value for one in read_einvoice("", form, xml)}
        stated = {}
        for field in document.annotation.fields:
            if not (field.words and field.field.endswith("address")):  # the page has no country
                stated[field.line, field.field] = field.value
        shared = stated.keys() & read.keys()
        assert {key: stated[key] for key in shared} == {key: read[key] for key in shared}
        assert read.keys() - stated.keys() <= {(None, f"{side}.address") for side in SIDES}
        if medium != "hybrid":
            assert stated == read


def test_hybrids_say_that_they_are_pdf_a_3(papers):
    bill = next(one for one in papers if one.type == "invoice")
    (document,) = documents([bill], ("hybrid",))
    assert b"pdfaid:part" in document.data
    assert "/AF" in PdfReader(io.BytesIO(document.data)).trailer["/Root"]


def test_a_picture_of_a_page_has_its_words_in_pixels(papers):
    bill = next(one for one in papers if one.type == "invoice" and len(one.lines) < 8)
    (pdf,), (png,) = documents([bill]), documents([bill], ("png",), dpi=144)
    assert png.annotation.pages[0].unit == "px"
    for small, large in zip(pdf.annotation.words, png.annotation.words, strict=True):
        assert small.text == large.text
        assert large.box.x0 == pytest.approx(2 * small.box.x0, rel=0.01)


@pytest.mark.parametrize(
    "wrong", [{"media": ("tiff",)}, {"media": ()}, {"families": ("baroque",)}, {"dpi": 5}]
)
def test_a_setting_that_is_none_is_named(papers, wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        list(documents(papers[:1], **wrong))
