"""Tables in text are told from other text by their head."""

import pytest

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.tabular import HEAD_BYTES, sniff_csv
from ledgergraph.errors import BadInput

LIMITS = Limits()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_delimiter_encoding_and_columns_are_found(delimiter: str, encoding: str):
    rows = [["id", "Name des Lieferanten", "net (EUR)"], ["1", "Größe & Söhne", "2.00"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    table = sniff_csv(text.encode(encoding), LIMITS)
    assert table is not None
    assert (table.delimiter, table.columns) == (delimiter, tuple(rows[0]))
    assert text.encode(encoding).decode(table.encoding) == text


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir, dear Madam,\nwe write to you, again.\nRegards\n",
        "# A title\n\nSome words, and more of them.\n",
        "import os, sys\n\ndef main():\n    pass\n",
        "a single column\n1\n2\n",
        "id,id\n1,2\n",
        "1,2\n3,4\n",
        "x" * 1000,
        "",
    ],
)
def test_other_text_is_no_table(text: str):
    assert sniff_csv(text.encode(), LIMITS) is None


def test_a_hint_for_excel_is_skipped():
    table = sniff_csv(b"sep=;\r\nid;name\r\n1;A\r\n", LIMITS)
    assert table is not None
    assert table.columns == ("id", "name")


def test_a_character_cut_at_the_end_of_the_head_does_not_change_the_encoding():
    for shift in range(4):
        data = b"id,name\r\n" + b"x" * shift + "1,Größe €\r\n".encode() * 10_000
        table = sniff_csv(data, LIMITS)
        assert table is not None
        assert table.encoding == "utf-8"


@pytest.mark.parametrize("rest", [b"\0\xff,\n", "Größe;".encode("cp1252"), b'"', b"\n"])
def test_what_comes_after_the_head_of_a_table_is_not_looked_at(rest: bytes):
    row = b"BROKEN-1,Some vendor with a name,DE,2020-01-01\r\n"
    head = b"vendor_id,name,country,registered_on\r\n" + row * (HEAD_BYTES // len(row) + 1)
    whole = sniff_csv(head + row, LIMITS)
    assert whole is not None
    assert sniff_csv(head + rest * 1000, LIMITS) == whole


def test_a_cell_may_be_as_long_as_the_limit_and_no_longer():
    limits = Limits(max_cell_bytes=100)
    assert sniff_csv(b"id,name\n1," + b"x" * 100 + b"\n2,y\n", limits)
    long = b"x" * 101
    for row in (b"1," + long + b"\n2,y\n", long + b",1\n", b"1," + long):
        with pytest.raises(BadInput, match="101 bytes in one cell"):
            sniff_csv(b"id,name\n" + row, limits)
