import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.books import BOOK_TABLES
from ledgergraph.errors import BadInput
from ledgergraph.extractions.books_import import Imported, import_table

HEADER = "invoice_id,issue_date,net"


def imported(data: bytes | str, name: str = "export.csv", max_cell_bytes: int = 4096) -> Imported:
    raw = data.encode() if isinstance(data, str) else data
    format_ = name.rsplit(".", 1)[1]
    return import_table("sha256:1", name, raw, format_, max_cell_bytes)


def rows(data: bytes | str, *columns: str) -> list[tuple[object, ...]]:
    records = imported(data).records
    return list(zip(*(records[column].to_pylist() for column in columns), strict=True))


def reasons(result: Imported) -> dict[int, str]:
    return {one["row"]: one["reason"] for one in result.rejections}


def test_a_table_is_known_by_its_columns_whatever_their_case_and_spaces():
    result = imported("Invoice ID;Issue Date;NET\nA;2026-01-02;1.50\n", name="dump.csv")
    assert result.table == "invoices"
    assert result.records["net"].to_pylist() == [Decimal("1.5")]
    assert "gross" in result.missing_columns


@pytest.mark.parametrize("table", BOOK_TABLES.values(), ids=lambda table: table.name)
def test_every_ledger_table_is_known_by_its_own_columns(table):
    assert imported(",".join(table.columns) + "\n", name="x.csv").table == table.name


def test_records_have_the_declared_schema_and_ids_of_their_rows():
    records = imported(f"{HEADER}\nA,2026-01-02,1\nB,2026-01-03,2\n").records
    table = BOOK_TABLES["invoices"].records
    assert records.schema.equals(table.schema)
    assert table.conform(records).num_rows == 2
    assert records["row"].to_pylist() == [1, 2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_delimiter_is_found(delimiter):
    text = f'{HEADER}\nA,2026-01-02,"x"\nB,2026-01-02,7'.replace(",", delimiter)
    result = imported(text)
    assert result.records["net"].to_pylist() == [Decimal(7)]
    assert reasons(result) == {1: "wrong_number"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_every_usual_encoding_is_read(encoding):
    text = "vendor_id,name\nV1,Müller & Söhne\nV2,Ärzte – Büro\n"
    assert rows(text.encode(encoding), "name") == [("Müller & Söhne",), ("Ärzte – Büro",)]


@pytest.mark.parametrize(("usual", "other"), [("utf-8", "cp1252"), ("cp1252", "utf-8")])
def test_of_mixed_encodings_the_rows_in_the_rarer_one_are_rejected(usual, other):
    lines = [(f"V{at},Müller", usual) for at in range(5)]
    lines.insert(2, ("V9,Söhne", other))
    data = b"vendor_id,name\n" + b"\n".join(line.encode(how) for line, how in lines)
    result = imported(data)
    assert reasons(result) == {3: "wrong_encoding"}
    assert result.records["name"].to_pylist() == ["Müller"] * 5


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1234.50", "-3", "1e3"], ["1234.50", "-3", "1000"]),
        (["1,234.50", "1,234"], ["1234.50", "1234"]),
        (["1.234,50", "1.234", "12"], ["1234.50", "1234", "12"]),
        (["1 234,50", "7,5"], ["1234.50", "7.5"]),
        (["1'234.50", "(99.10)", "99.10-"], ["1234.50", "-99.10", "-99.10"]),
        (["€ 5,00", "5,00 EUR", "-5,00 €"], ["5", "5", "-5"]),
        (["119.00000000000001"], ["119"]),  # the noise of binary fractions
    ],
)
def test_numbers_are_read_in_the_notation_of_their_column(cells, expected):
    lines = [f'I{at};"{cell}"' for at, cell in enumerate(cells)]
    got = rows("\n".join(["invoice_id;net", *lines]), "net")
    assert [one for (one,) in got] == [Decimal(one) for one in expected]


def test_a_column_that_does_not_tell_follows_the_others():
    text = "invoice_id;net;tax\nA;1.234;234,46\nB;2.500;475,00\n"
    assert rows(text, "net") == [(Decimal(1234),), (Decimal(2500),)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2026-02-03", "20260204", "2026-02-05 00:00:00"], [3, 4, 5]),
        (["03.02.2026", "4.2.26"], [3, 4]),
        (["03/02/2026", "04/02/2026"], [3, 4]),  # ambiguous: the day first
        (["02/03/2026", "02/28/2026"], [3, 28]),  # the 28 tells
        (["03-FEB-26"], [3]),
    ],
)
def test_dates_are_read_in_the_order_of_their_column(cells, expected):
    lines = [f"I{at},{cell}" for at, cell in enumerate(cells)]
    got = rows("\n".join(["invoice_id,issue_date", *lines]), "issue_date")
    assert [one for (one,) in got] == [date(2026, 2, day) for day in expected]


def test_times_are_utc_unless_they_name_a_zone():
    text = "journal_id,line,posted_at\nJ,1,2026-01-02T10:30:00+02:00\nJ,2,02.01.2026 08:30\n"
    moment = datetime(2026, 1, 2, 8, 30, tzinfo=UTC)
    assert rows(text, "posted_at") == [(moment,), (moment,)]


def test_yes_and_no_are_read_in_several_languages():
    text = "vendor_id,changed_on,iban,verified\n" + "".join(
        f"V,2026-01-0{at},X,{word}\n" for at, word in enumerate(["ja", "FALSE", "1", "non"], 1)
    )
    assert rows(text, "verified") == [(True,), (False,), (True,), (False,)]


def test_a_bad_row_costs_only_itself():
    result = imported(
        f"{HEADER}\nA,2026-01-02,1\n,2026-01-02,1\nB,31.02.2026,1\nC,2026-01-02,abc\n"
        "D,2026-01-02,1,5\nE,2026-01-02\nA,2026-01-05,1\nF,2026-01-02,99999999999999999\n"
        "G,2026-01-02,=1+1\nH,2026-01-02,2\n"
    )
    assert result.records["invoice_id"].to_pylist() == ["A", "H"]
    assert reasons(result) == {
        2: "missing_key", 3: "wrong_date", 4: "wrong_number", 5: "too_many_cells",
        6: "too_few_cells", 7: "duplicate_key", 8: "out_of_range", 9: "formula",
    }  # fmt: skip


ONE_LINE = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")


@given(st.lists(st.lists(st.text(ONE_LINE, max_size=6), max_size=5), max_size=8))
def test_every_row_is_a_record_or_a_rejection_or_blank(table):
    text = io.StringIO()
    for cells in table:
        line = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
        text.write(line + "\n")
    result = imported(f"{HEADER}\n{text.getvalue()}")
    accounted = set(result.records["row"].to_pylist()) | set(reasons(result))
    blank = {at for at, cells in enumerate(table, 1) if not any(map(str.strip, cells))}
    assert accounted | blank >= set(range(1, len(table) + 1))
    assert len(accounted) == len(result.records) + len(result.rejections)


def test_rejections_name_the_column_and_the_remedy_but_never_what_a_text_says():
    sentence = imported("invoice_id,net\nA,Erika Mustermann\n").rejections[0]["sentence"]
    assert "net" in sentence
    assert "Row 1 of export.csv" in sentence
    assert "Mustermann" not in sentence


def test_formulas_stay_text_in_text_columns():
    text = 'vendor_id,name\nV1,"=HYPERLINK(""x"")"\nV2,@SUM(A1)\nV3,+49\n'
    assert rows(text, "name") == [('=HYPERLINK("x")',), ("@SUM(A1)",), ("+49",)]


def test_line_breaks_inside_quotes_belong_to_the_cell():
    assert rows('vendor_id,address\nV1,"Street 1\nTown"\nV2,x\n', "row", "address") == [
        (1, "Street 1\nTown"),
        (2, "x"),
    ]


def test_a_quote_that_is_never_closed_costs_one_row():
    text = 'vendor_id,name\nV1,"Open\n' + "".join(f"V{at},x\n" for at in range(2, 20_000))
    result = imported(text)
    assert reasons(result) == {1: "open_quote"}
    assert len(result.records) == 19_998


def test_unknown_columns_are_kept_and_listed():
    result = imported("invoice_id,net,Project,\nA,1,P-7,\nB,2,,\n")
    assert result.records["extra"].to_pylist() == ['{"Project":"P-7"}', None]
    assert result.unknown_columns == ["Project", "column 4"]


def test_blank_lines_are_skipped_and_counted():
    assert rows(f"{HEADER}\n\nA,2026-01-02,1\n,,\nB,,\n", "row") == [(2,), (4,)]


@pytest.mark.parametrize("body", ["", "\n", "\n,,\n\n"])
def test_a_table_without_rows_is_told_and_is_no_error(body):
    result = imported(HEADER + body, name="invoices of May.csv")
    assert (result.table, result.records.num_rows) == ("invoices", 0)
    assert reasons(result) == {None: "no_rows"}
    sentence = result.rejections[0]["sentence"]
    assert sentence.startswith("invoices of May.csv has the columns of invoices and no row")


def test_a_cell_over_the_limit_is_a_rejection_however_large():
    huge = b"a" * 20_000_000
    data = b"vendor_id,name\nV1," + huge + b"\nV2,fine\nV3," + b"b" * 5000 + b"\n"
    result = imported(data)
    assert reasons(result) == {1: "cell_too_large", 3: "cell_too_large"}
    assert result.records["vendor_id"].to_pylist() == ["V2"]


def test_keys_repeat_only_when_they_are_complete():
    text = "order_id,line,quantity\nO,1,2\nO,2,2\nO,,2\nO,,2\nO,1,3\n"
    assert reasons(imported(text)) == {5: "duplicate_key"}


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"a,b,c\n1,2,3\n", b"invoice_id,is_issue\nA,1\n", bytes(range(256)) * 40],
    ids=["empty", "blank", "other columns", "a key alone", "bytes"],
)
def test_what_is_no_ledger_table_is_refused_with_the_nearest_one(data):
    with pytest.raises(BadInput, match=r"none of the ledger tables|first row") as caught:
        imported(data)
    assert caught.value.reason == "not_a_ledger_table"


def test_a_column_that_stands_there_twice_is_refused():
    with pytest.raises(BadInput, match="twice"):
        imported("invoice_id,net,Net\nA,1,2\n")


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_parquet_obeys_the_same_rules():
    data = parquet(
        invoice_id=["A", "B", None, "A"],
        net=[1.1, float("nan"), 2.0, 3.0],
        issue_date=[date(2026, 1, 2)] * 4,
        lines=[1, 2, 3, 4],
        tags=[["x"], None, [], []],
    )
    result = imported(data, name="invoices.parquet")
    assert result.records["net"].to_pylist() == [Decimal("1.1"), None]
    assert result.records["lines"].to_pylist() == [1, 2]
    assert result.records["extra"].to_pylist()[0] == '{"tags":"[\\"x\\"]"}'
    assert reasons(result) == {3: "missing_key", 4: "duplicate_key"}


def test_broken_parquet_is_refused():
    with pytest.raises(BadInput) as caught:
        imported(parquet(invoice_id=["A"], net=[1])[:-20], name="x.parquet")
    assert caught.value.reason == "not_parquet"


def test_both_formats_give_the_same_records():
    text = f"{HEADER}\nA,2026-01-02,1.5\nB,2026-01-03,2\n"
    same = parquet(invoice_id=["A", "B"], issue_date=["2026-01-02", "2026-01-03"], net=["1.5", "2"])
    assert imported(text).records.equals(imported(same, name="x.parquet").records)
