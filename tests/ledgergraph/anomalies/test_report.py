import csv
import io
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from ledgergraph.anomalies.findings import Scope, findings_of
from ledgergraph.anomalies.report import (
    Layout,
    ModelUsed,
    ReportData,
    findings_csv,
    provenance_of,
    render,
)
from ledgergraph.anomalies.report.strips import pictures_of, strips_of
from ledgergraph.artifacts import Manifest
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Page
from ledgergraph.extractions.columns import Strangers
from ledgergraph.extractions.turning import is_turned
from ledgergraph.identity import document_id_of
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import (
    EVERYTHING,
    a_document,
    a_file,
    a_pair,
    a_reading,
    a_rule,
    a_score,
    a_violation,
    an_invoice,
    books,
    of_xml,
    signs,
    subjects,
)


def a_report(given=None, about=None, scope=EVERYTHING, **more) -> ReportData:
    given, about = given or signs(), about or subjects()
    findings, coverage = findings_of(given, about, scope)
    return ReportData(
        more.pop("ledger", "Main"),
        records=about.records, documents=about.documents, extractions=about.extractions,
        bookings=about.bookings, invoice_scores=given.scores, findings=findings,
        coverage=coverage, **more,
    )  # fmt: skip


def page_of(report: ReportData) -> str:
    return render(report).decode()


def text_of(page: str) -> str:
    """What a reader sees, without markup."""
    body = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", page, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


TWICE = books(
    invoices=[
        an_invoice("R-1007", gross="4200.00"),
        an_invoice("R-1070", gross="4200.00", days=9),
    ]
)
PAIR = signs(
    duplicates=[a_pair("R-1070", "R-1007")],
    fired=[a_rule("R-1007", Kind.OVER_APPROVAL_LIMIT)],
    scores=[a_score("R-1007", 0.9), a_score("R-1070", 0.1)],
)


def test_equal_data_gives_equal_bytes():
    one, two = (render(a_report(PAIR, subjects(TWICE))) for _ in range(2))
    assert one == two


def test_a_finding_is_shown_with_criterion_effect_disproof_rows_and_trace():
    report = a_report(PAIR, subjects(TWICE))
    text = text_of(page_of(report))
    facts = Kind.DUP_EXACT.facts
    [finding_id] = [
        row["finding_id"] for row in report.findings.to_pylist() if row["kind"] == "dup_exact"
    ]
    for part in (
        "4,200.00 EUR", facts.criterion, facts.disproof, "A likely loss", "invoices.csv",
        f"ledgergraph trace {finding_id}",
    ):  # fmt: skip
        assert part in text


def test_the_page_loads_nothing_and_runs_nothing():
    class Addresses(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - one parser, one page

        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            self.found += [given[name] for name in ("src", "href") if given.get(name)]
            assert not any(name.startswith("on") for name in given)
            assert tag != "script" or given["type"] == "application/json"
            assert tag not in ("link", "iframe", "object")

    parser = Addresses()
    page = page_of(a_report(PAIR, subjects(TWICE)))
    parser.feed(page)
    assert all(address.startswith(("#", "data:")) for address in parser.found)
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_every_number_of_the_summary_is_what_its_query_gives():
    report = a_report(PAIR, subjects(TWICE))
    page = page_of(report)
    queries = [
        unescape(found).removeprefix('ledgergraph query "').removesuffix('"')
        for found in re.findall(r"<pre><code>(ledgergraph query .*?)</code></pre>", page)
    ]
    assert len(queries) >= 6
    with duckdb.connect() as connection:
        for name, data in report.tables.items():
            connection.register(name, data)
        answers = {sql: connection.execute(sql).fetchall() for sql in queries}
    [by_severity] = [rows for sql, rows in answers.items() if "by severity, currency" in sql]
    assert by_severity == [("high", "EUR", 2, 8400)]
    assert re.search(r"high</span></th><td>[^<]*</td><td class=\"n big\">2</td>", page)
    assert "8,400.00" in text_of(page)


def test_text_of_strangers_cannot_become_markup_or_turn_the_writing_around():
    nasty = '<img src=x onerror="a()">\u202e\x07</script>'
    records = books(invoices=[an_invoice("A", vendor_name=nasty), an_invoice("B", days=1)])
    given = signs(duplicates=[a_pair("B", "A")])
    page = page_of(a_report(given, subjects(records), ledger=nasty))
    assert "<img" not in page
    assert "\u202e" not in text_of(page)
    assert provenance_of(page.encode())["ledger"] == nasty


def test_what_was_rejected_is_listed_with_its_reason():
    rejection = {
        "name": "broken.pdf", "reason": "encrypted", "sentence": "The file has a password.",
    }  # fmt: skip
    text = text_of(page_of(a_report(rejections=REJECTIONS.rows([rejection]))))
    assert "encrypted 1 1" in text
    assert "broken.pdf The file has a password." in text


def test_columns_that_were_not_understood_are_listed_beside_the_empty_ones():
    strange = Strangers("sha256:1", "invoices", 1200, ("Kosten<b>stelle",), ("due_date", "tax"))
    page = page_of(a_report(strangers=[strange]))
    assert "Columns of the books that were not understood" in page
    assert "due_date, tax" in page
    assert "1,200" in page
    assert "<b>stelle" not in page
    assert "not understood" not in page_of(a_report())


def test_kinds_are_told_apart_by_what_was_tested():
    scope = Scope(
        implemented={Kind.DUP_EXACT, Kind.NO_RECEIPT, Kind.IBAN_SHARED},
        missing={Kind.NO_RECEIPT: ["goods_receipts", "invoices.order_id"]},
        off={Kind.IBAN_SHARED},
    )
    text = text_of(page_of(a_report(scope=scope)))
    clean, rest = text.split("Tested, no finding")[1].split("Not testable")
    missing, rest = rest.split("Switched off")
    off, absent = rest.split("Not looked for by this version")
    assert "IBAN shared" in off
    assert "Duplicate: exact" in clean
    assert "No receipt" in missing
    assert "goods_receipts invoices.order_id" in missing
    assert "Bid rotation" in absent


def test_an_empty_ledger_has_a_report_too():
    text = text_of(page_of(ReportData("Main")))
    assert "Nothing was found that is likely enough to report" in text
    assert "No file and no row was rejected" in text


def test_a_report_names_the_manifests_and_models_that_it_was_made_from():
    manifest = Manifest("findings", "_", "7", ())
    model = ModelUsed("compliance", "ab" * 32, "packaged", {"average precision": "0.87"})
    page = render(a_report(manifests=[manifest], models=[model], versions={"ledgergraph": "0.1"}))
    stated = provenance_of(page)
    assert stated["manifests"] == [
        {"asset": "findings", "partition": "_", "version": manifest.version}
    ]
    assert stated["models"] == [{"role": "compliance", "version": "ab" * 32}]
    assert "average precision 0.87" in text_of(page.decode())


def test_a_page_that_is_no_report_is_refused():
    with pytest.raises(BadInput, match="not a report of Ledgergraph"):
        provenance_of(b"<html></html>")


def test_beyond_the_limit_findings_are_listed_and_all_are_in_the_csv():
    rules = [a_rule(str(number), Kind.OVER_APPROVAL_LIMIT) for number in range(9)]
    records = books(invoices=[an_invoice(str(number), days=number) for number in range(9)])
    layout = Layout(findings_shown=2, findings_listed=5)
    report = a_report(signs(fired=rules), subjects(records), layout=layout)
    page = page_of(report)
    assert page.count("<article") == 2
    assert "Findings 3 to 5" in page
    assert len(findings_csv(report).splitlines()) == 10


def test_a_text_that_a_spreadsheet_would_compute_is_kept_as_text():
    given = signs(validations=[a_violation("x.pdf", Kind.ARITHMETIC_ERROR)])
    about = subjects(files=["x.pdf"])
    findings, _ = findings_of(given, about, EVERYTHING)
    at = findings.schema.get_field_index("sentence")
    evil = findings.set_column(at, "sentence", [["=HYPERLINK(1)"]])
    [row] = csv.DictReader(
        io.StringIO(findings_csv(ReportData("Main", findings=evil)).decode("utf-8-sig"))
    )
    assert row["sentence"] == "'=HYPERLINK(1)"
    assert row["kind"] == "arithmetic_error"


def test_readings_to_confirm_are_counted_by_field_and_not_ranked():
    unsure = [
        a_violation(name, Kind.READING_UNSURE, field, rule=field)
        for name, field in (
            ("a.pdf", "totals.gross"), ("b.pdf", "totals.gross"), ("b.pdf", "seller.iban"),
        )
    ]  # fmt: skip
    report = a_report(
        signs(validations=[*unsure, a_violation("c.pdf", Kind.ARITHMETIC_ERROR, "totals.tax")]),
        subjects(files=["a.pdf", "b.pdf", "c.pdf"]),
    )
    text = text_of(page_of(report))
    assert "1 finding is reported, 0 of them critical, and 2 papers to be confirmed." in text
    assert (
        "2 papers have readings that are too unsure to judge by, by field: totals gross 2, "
        "seller IBAN 1." in text
    )
    assert text.count("a.pdf") == 0
    assert findings_csv(report).decode().count("reading_unsure") == 2


def test_findings_are_ranked_by_severity_times_score():
    given = signs(
        fired=[
            a_rule("R-1007", Kind.NO_RECEIPT, 0.99),
            a_rule("R-1070", Kind.IBAN_NOT_OF_VENDOR, 0.4),
            a_rule("R-1007", Kind.OVER_APPROVAL_LIMIT, 0.5),
            a_rule("R-1070", Kind.OVER_APPROVAL_LIMIT, 0.6),
        ]
    )
    rows = list(
        csv.DictReader(
            io.StringIO(findings_csv(a_report(given, subjects(TWICE))).decode("utf-8-sig"))
        )
    )
    assert [row["severity"] for row in rows] == ["medium", "high", "critical", "high"]
    assert [row["score"] for row in rows] == ["0.99", "0.6", "0.4", "0.5"]


def a_pdf(text: str = "Total 119.00") -> bytes:
    """One page of 200 by 100 points with a line of text, written by hand."""
    stream = f"BT /F 12 Tf 20 50 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F "
        b"5 0 R>>>>>>",
        b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj" % number + one + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>startxref\n%d\n%%%%EOF" % len(body)
    )


def mismatch(name: str = "paper.pdf") -> tuple:
    box = {"x0": 50.0, "y0": 40.0, "x1": 95.0, "y1": 53.0}
    readings = [
        a_reading(name, "totals.gross", "119.00", chosen=False, **box),
        of_xml(name, "totals.gross", "199.00"),
    ]
    given = signs(validations=[a_violation(name, Kind.HYBRID_MISMATCH, "totals.gross")])
    return given, subjects(files=[name], readings=readings)


def test_a_paper_is_shown_as_a_strip_of_its_page_with_both_values():
    given, about = mismatch()
    content: Callable[[str], bytes | None] = {a_file("paper.pdf"): a_pdf()}.get
    page = page_of(a_report(given, about, content=content))
    assert page.count("data:image/png;base64,") == 1
    assert "paper.pdf, page 1: totals gross 119.00" in text_of(page)
    assert "totals gross 119.00 199.00 97 %" in text_of(page)


def test_without_the_bytes_of_a_paper_its_readings_are_shown():
    given, about = mismatch()
    page = page_of(a_report(given, about))
    assert "data:image" not in page
    assert "totals gross 119.00 199.00 97 %" in text_of(page)


def test_the_frame_stands_around_the_box():
    from PIL import Image

    reading = a_reading("p.pdf", "x", "1", x0=50.0, y0=40.0, x1=95.0, y1=53.0)
    [strip] = strips_of([reading])
    [picture] = pictures_of(a_pdf(), [strip], 400)
    image = Image.open(io.BytesIO(picture.png)).convert("RGB")
    red = [
        (x / 2, y / 2 + strip.top)
        for x in range(image.width)
        for y in range(image.height)
        if image.getpixel((x, y))[0] > 150 and image.getpixel((x, y))[1] < 80
    ]
    xs, ys = zip(*red, strict=True)
    assert image.width == 400
    assert min(xs) == pytest.approx(48, abs=1.5)
    assert max(xs) == pytest.approx(97, abs=1.5)
    assert min(ys) == pytest.approx(38, abs=1.5)
    assert max(ys) == pytest.approx(55, abs=1.5)


@pytest.mark.parametrize("degrees", [0, 5, 90, 183, 270, 356])
@pytest.mark.parametrize("format", ["PNG", "PDF"])
def test_a_page_that_was_laid_on_its_side_or_askew_is_shown_upright(degrees: int, format: str):
    """A dark word on a page that is turned clockwise: the strip shows it level, and framed."""
    from PIL import Image

    page = Image.new("RGB", (600, 800), "white")
    page.paste((20, 20, 160), (200, 300, 320, 330))
    laid = page.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    blue = [
        (x, y)
        for x in range(laid.width)
        for y in range(laid.height)
        if laid.getpixel((x, y))[2] > laid.getpixel((x, y))[0] + 60
    ]
    (x0, y0), (x1, y1) = (tuple(of(axis) for axis in zip(*blue, strict=True)) for of in (min, max))
    sheet = Page(a_file("p"), 0, laid.width, laid.height, "px", turned_degrees=float(degrees))
    reading = a_reading("p", "x", "1", x0=x0, y0=y0, x1=x1 + 1, y1=y1 + 1, box_unit="px")
    [strip] = strips_of([reading], {(sheet.document_id, 0): sheet} if is_turned(sheet) else {})
    [box] = strip.boxes
    assert box.x1 - box.x0 == pytest.approx(120, abs=4)
    assert box.y1 - box.y0 == pytest.approx(30, abs=4)
    sink = io.BytesIO()
    laid.save(sink, format, **({"resolution": 72.0} if format == "PDF" else {}))
    [picture] = pictures_of(sink.getvalue(), [strip], 600)
    shown = Image.open(io.BytesIO(picture.png)).convert("RGB")
    scale = 600 / (laid.height if degrees in (90, 270) else laid.width)
    top = round(strip.top * scale)
    middle = (round((box.x0 + box.x1) / 2 * scale), round(box.middle_y * scale) - top)
    assert shown.getpixel(middle)[2] > shown.getpixel(middle)[1]
    for x, y in ((box.x0 - 12, box.middle_y), (box.x1 + 12, box.middle_y)):
        assert min(shown.getpixel((round(x * scale), round(y * scale) - top))) > 200
    assert shown.height < 250


def test_boxes_near_one_another_share_a_strip():
    rows = [
        a_reading("p.pdf", str(at), "1", y0=float(y), y1=y + 10.0)
        for at, y in enumerate((100, 130, 600))
    ]
    assert [len(strip.readings) for strip in strips_of(rows)] == [2, 1]
    other_page = [a_reading("p.pdf", "z", "1", page=1, y0=100.0, y1=110.0)]
    assert [strip.page for strip in strips_of([*rows, *other_page])] == [0, 0, 1]


@pytest.mark.public_data
def test_strips_of_real_hybrids_are_small_and_of_the_asked_width(public_data: Path):
    papers = sorted((public_data / "zugferd" / "XML-Rechnung" / "FX").glob("*.pdf"))[:5]
    for paper in papers:
        reading = a_reading("x.pdf", "totals.gross", "1", x0=400.0, x1=480.0, y0=500.0, y1=512.0)
        [picture] = pictures_of(paper.read_bytes(), strips_of([reading]), 940)
        assert picture.width == 940
        assert len(picture.png) < 60_000


def test_many_findings_keep_the_page_small():
    count = 300
    names = [f"paper{number}.pdf" for number in range(count)]
    given = signs(
        validations=[a_violation(name, Kind.HYBRID_MISMATCH, "totals.gross") for name in names]
    )
    readings = [
        row
        for name in names
        for row in (
            a_reading(
                name, "totals.gross", "119.00", chosen=False, x0=50.0, y0=40.0, x1=95.0, y1=53.0
            ),
            of_xml(name, "totals.gross", "199.00"),
        )
    ]
    pdf = a_pdf()
    report = a_report(given, subjects(files=names, readings=readings), content=lambda _: pdf)
    assert report.findings.num_rows == count
    assert len(render(report)) < 2_000_000


def test_documents_are_counted_by_format():
    rows = [a_document("a.pdf"), a_document("b.pdf", format="hybrid"), a_document("c.csv")]
    text = text_of(page_of(ReportData("Main", documents=DOCUMENTS.rows(rows))))
    assert "3 files were read" in text
    assert "PDF with embedded invoice XML 1 1 1" in text
    assert document_id_of(b"") not in text
