"""Broken and hostile files, each named by what is wrong with it, and what is expected of it.

Belongs here: bytes as strangers send them. Not here: what sniffing and reading
make of them (documents, extractions), which must neither crash nor lose one.
The same call gives the same bytes. Ids in them begin with `BROKEN-`, so that
they can share an inbox with real books.
"""

import base64
import hashlib
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MEBIBYTE = 1024 * 1024
FOREVER = "2024-01-01"


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """One file: `name` below an inbox, and what sniffing with default limits is to say of it.

    `expectation` is the format where the file is to be accepted, the reason
    where it is to be rejected, null where either will do.
    """

    name: str
    data: bytes
    is_accepted: bool | None
    expectation: str | None


def broken_files(cell_bytes: int = 200 * MEBIBYTE) -> tuple[BrokenFile, ...]:
    """All broken files; `cell_bytes` is the size of the one gigantic cell among them."""
    files = [
        *_nothing(), *_pdfs(), *_hybrids(), *_images(), *_xml(), *_tables(), *_other_things(),
        *_envelopes(), *_odd_names(),
    ]  # fmt: skip
    files.append(
        _rejected("tables/gigantic cell.csv", _gigantic_cell(cell_bytes), "cell_too_large")
    )
    return tuple(files)


def _accepted(name: str, data: bytes, format: str) -> BrokenFile:
    return BrokenFile(name, data, True, format)


def _rejected(name: str, data: bytes, reason: str) -> BrokenFile:
    return BrokenFile(name, data, False, reason)


def _nothing() -> Iterator[BrokenFile]:
    yield _rejected("nothing/empty.pdf", b"", "empty")
    yield _rejected("nothing/only spaces.csv", b" \r\n \t\r\n", "empty")
    yield _rejected("nothing/only zeros.xml", bytes(5000), "empty")
    yield _rejected("nothing/only a byte order mark.csv", b"\xef\xbb\xbf", "empty")


def _pdfs() -> Iterator[BrokenFile]:
    whole = a_pdf()
    yield _rejected("pdf/truncated.pdf", whole[: len(whole) // 3], "damaged")
    yield _rejected("pdf/header only.pdf", b"%PDF-1.7\n", "damaged")
    yield _rejected("pdf/random after header.pdf", b"%PDF-1.7\n" + _noise(2000), "damaged")
    yield _rejected(
        "pdf/no pages.pdf", pdf_of([CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"]), "damaged"
    )
    yield BrokenFile("pdf/pages in a circle.pdf", pdf_of([CATALOG, _pages([2])]), None, None)
    yield _accepted(
        "pdf/broken cross references.pdf", whole.replace(b"startxref\n", b"startxref\n9"), "pdf"
    )
    yield _accepted(
        "pdf/rubbish before and after.pdf", b"HTTP/1.1 200 OK\n\n" + whole + b"\0" * 900, "pdf"
    )
    yield _rejected("pdf/needs a password.pdf", _encrypted("secret"), "encrypted")
    yield _accepted("pdf/encrypted with an empty password.pdf", _encrypted(""), "pdf")
    yield _rejected("pdf/ten thousand pages.pdf", a_pdf(pages=10_000), "too_many_pages")
    yield _rejected("pdf/gigantic page.pdf", a_pdf(box="0 0 9000000 9000000"), "page_too_large")
    yield _accepted("pdf/page without area.pdf", a_pdf(box="0 0 0 0"), "pdf")
    yield _accepted("pdf/runs a script and a program.pdf", _active_pdf(), "pdf")


def _hybrids() -> Iterator[BrokenFile]:
    invoice = a_ubl_invoice("BROKEN-H1")
    yield _accepted(
        "pdf/invoice XML damaged.pdf", a_pdf(files={"factur-x.xml": invoice[:500]}), "pdf"
    )
    doubled = {"factur-x.xml": invoice, "xrechnung.xml": a_ubl_invoice("BROKEN-H2")}
    yield _accepted("pdf/invoice XML doubled.pdf", a_pdf(files=doubled), "hybrid")
    yield _accepted(
        "pdf/invoice XML under a wrong name.pdf", a_pdf(files={"r.xml": invoice}), "hybrid"
    )
    bomb = {"factur-x.xml": b" " * (65 * MEBIBYTE)}  # just over max_xml_bytes
    yield _accepted("pdf/invoice XML unpacks without end.pdf", a_pdf(files=bomb), "pdf")
    packed = _packed_zeros(300)
    yield _rejected(
        "pdf/stream packed twice.pdf", a_pdf(files={"a.bin": packed}), "unpacks_too_far"
    )
    many = {f"{n}.txt": b"x" for n in range(500)}
    yield _rejected("pdf/five hundred files inside.pdf", a_pdf(files=many), "too_many_attachments")


def _images() -> Iterator[BrokenFile]:
    page = _page("BROKEN-I2")
    jpeg = _image("JPEG", page)
    yield _rejected("images/truncated.jpg", jpeg[: len(jpeg) // 2], "damaged")
    yield _rejected("images/header only.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "damaged")
    yield _rejected("images/header only.png", _png_header(640, 480), "damaged")
    yield _rejected("images/gigantic.png", _png_header(30_000, 30_000), "too_many_pixels")
    yield _rejected("images/one pixel.png", _image("PNG", page.resize((1, 1))), "too_small")
    yield _rejected("images/as high as a thread.png", _image("PNG", page.resize((3, 9000))),
                    "too_small")  # fmt: skip
    yield _accepted("images/blank.png", _image("PNG", page.point(lambda _: 255)), "png")
    yield _accepted("images/CMYK.jpg", _image("JPEG", page.convert("CMYK")), "jpeg")
    yield _accepted("images/16 bits.png", _image("PNG", page.convert("I").point(_deep)
                                                 .convert("I;16")), "png")  # fmt: skip
    yield _accepted("images/one bit.tif", _image("TIFF", page.convert("1")), "tiff")
    yield _accepted("images/see-through.png", _image("PNG", page.convert("RGBA")), "png")
    moving = {"save_all": True, "append_images": [page.rotate(180)]}
    yield _accepted("images/animated.png", _image("PNG", page, **moving), "png")
    tiff = _image("TIFF", page, **moving)
    yield _accepted("images/two pages.tif", tiff, "tiff")
    yield _rejected("images/no page.tif", b"II*\0" + bytes(4), "damaged")
    yield _rejected("images/pages cut off.tif", tiff[: len(tiff) * 2 // 3], "damaged")
    in_circle = bytearray(_image("TIFF", page))
    start = int.from_bytes(in_circle[4:8], "little")
    entries = int.from_bytes(in_circle[start : start + 2], "little")
    after = start + 2 + 12 * entries
    in_circle[after : after + 4] = start.to_bytes(4, "little")
    yield BrokenFile("images/pages in a circle.tif", bytes(in_circle), None, None)
    yield _rejected("images/named a bitmap.bmp", b"BM" + _noise(300), "unknown_format")


def _page(text: str) -> "Image.Image":
    """A small grey page with one line of text."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (420, 160), 240)
    draw = ImageDraw.Draw(page)
    draw.text((20, 60), f"Invoice number {text}", 15, ImageFont.load_default(24))
    return page


def _deep(value: int) -> int:
    return value * 257


def _image(format: str, page: "Image.Image", **options: Any) -> bytes:
    sink = io.BytesIO()
    page.save(sink, format, **options)
    return sink.getvalue()


def _png_header(width: int, height: int) -> bytes:
    """A PNG of black that ends after its first few pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"IDAT" + zlib.compress(bytes(100))
    chunks = (struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one))
              for one in (head, rows))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _xml() -> Iterator[BrokenFile]:
    invoice = a_ubl_invoice("BROKEN-X1", seller="Müller & Söhne")
    text = invoice.decode()
    yield _rejected("xml/truncated.xml", invoice[: len(invoice) // 2], "damaged")
    yield _rejected(
        "xml/external entity.xml",
        _with_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'),
        "xml_entities",
    )
    yield _rejected(
        "xml/parameter entity.xml",
        _with_doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;'),
        "xml_entities",
    )
    hidden = _with_doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">').decode().encode("utf-16")
    yield _rejected("xml/entity in UTF-16.xml", hidden, "xml_entities")
    laughs = '<!ENTITY l0 "lol">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
    )
    yield _rejected("xml/billion laughs.xml", _with_doctype(laughs, "&l11;"), "xml_entities")
    yield _rejected("xml/very deep.xml", b"<a>" * 50_000 + b"</a>" * 50_000, "xml_too_deep")
    yield _rejected("xml/a little too deep.xml", b"<a>" * 100 + b"</a>" * 100, "xml_too_deep")
    yield _rejected("xml/wrong encoding declared.xml", text.encode("latin-1"), "encoding")
    yield _rejected(
        "xml/unknown encoding declared.xml", text.replace("UTF-8", "klingon").encode(), "encoding"
    )
    yield _rejected("xml/UTF-7.xml", text.replace("UTF-8", "UTF-7").encode("utf-7"), "encoding")
    yield _accepted(
        "xml/UTF-16.xml",
        a_ubl_invoice("BROKEN-X2").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "ubl",
    )
    yield _accepted(
        "xml/latin-1.xml",
        text.replace("UTF-8", "ISO-8859-1").replace("X1", "X3").encode("latin-1"),
        "ubl",
    )
    yield _accepted(
        "xml/space before the declaration.xml", b"\r\n " + a_ubl_invoice("BROKEN-X4"), "ubl"
    )
    yield _rejected(
        "xml/unknown root.xml",
        b"<Faktura xmlns='urn:example'><Nr>1</Nr></Faktura>",
        "unknown_format",
    )
    statement = b"<Statement xmlns='urn:oasis:names:specification:ubl:schema:xsd:Statement-2'/>"
    yield _rejected("xml/a statement.xml", statement, "unsupported")
    italian = b"<p:FatturaElettronica xmlns:p='http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2'/>"
    yield _rejected("xml/FatturaPA without body.xml", italian, "damaged")
    yield _rejected("xml/NUL inside.xml", invoice.replace(b"BROKEN", b"BRO\0KEN"), "damaged")
    yield _rejected(
        "xml/one text of 11 million bytes.xml",
        invoice.replace(b"BROKEN", b"B" * 11_000_000),
        "too_large",
    )
    for name, old, new in (
        ("amount with thousands", "119.00", "1.190,00"),
        ("amount without end", "119.00", "1E999999999"),
        ("amount that is no number", "119.00", "NaN"),
        ("amount of forty digits", "119.00", "9" * 40),
        ("day that does not exist", FOREVER, "2024-02-30"),
    ):
        data = a_ubl_invoice(f"BROKEN-{name}").decode().replace(old, new).encode()
        yield _accepted(f"xml/{name}.xml", data, "ubl")


VENDORS = "vendor_id,name,vat_id,iban,country,registered_on"
INVOICES = "invoice_id,number,vendor_id,issue_date,currency,net,tax,gross"


def _tables() -> Iterator[BrokenFile]:
    plain = _csv(VENDORS, "BROKEN-V1,Plain Ltd,GB123456789,GB33BUKB20201555555555,GB,2020-01-01")
    yield _accepted("tables/vendors.csv", plain, "csv")
    yield _accepted("tables/same bytes under another name.csv", plain, "csv")
    yield _accepted(
        "tables/missing columns.csv", _csv("invoice_id,gross", "BROKEN-I1,100.00"), "csv"
    )
    yield _accepted("tables/missing key.csv", _csv("name,vat_id,country", "No Key Ltd,,GB"), "csv")
    yield _accepted(
        "tables/unknown columns.csv",
        _csv(VENDORS + ",shoe_size,Ansprechpartner", "BROKEN-V2,Other,,,DE,2020-01-01,43,Frau Ä"),
        "csv",
    )  # fmt: skip
    yield _accepted("tables/no column of any table.csv", _csv("planet,moons", "Mars,2"), "csv")
    yield _accepted(
        "tables/bad rows.csv",
        _csv(
            INVOICES,
            "BROKEN-I2,R-1,BROKEN-V1,2024-01-31,EUR,100.00,19.00,119.00",
            "BROKEN-I3,R-2,BROKEN-V1,2024-01-31,EUR,hundred,19.00,119.00",
            "BROKEN-I4,R-3,BROKEN-V1,2024-02-30,EUR,100.00,19.00,119.00",
            "BROKEN-I5,R-4,BROKEN-V1,31/01/24,EUR,100.00,19.00,119.00,and,three,more",
            "BROKEN-I6,R-5",
            ",R-6,BROKEN-V1,2024-01-31,EUR,100.00,19.00,119.00",
        ), "csv",
    )  # fmt: skip
    yield _accepted(
        "tables/duplicate ids.csv",
        _csv(VENDORS, "BROKEN-V3,First,,,DE,", "BROKEN-V3,Second,,,DE,", "BROKEN-V3,Second,,,DE,"),
        "csv",
    )  # fmt: skip
    yield _accepted(
        "tables/empty lines.csv", _csv("", VENDORS, "", "BROKEN-V4,Gap,,,FR,", "", ""), "csv"
    )
    yield _accepted("tables/only a header.csv", _csv(VENDORS), "csv")
    yield _accepted(
        "tables/huge numbers.csv",
        _csv(
            INVOICES,
            "BROKEN-I7,R-7,BROKEN-V1,2024-01-31,EUR," + "9" * 60 + ",0,1e400",
            "BROKEN-I8,R-8,BROKEN-V1,2024-01-31,EUR,NaN,inf,-0.00000000000000001",
            "BROKEN-I9,R-9,BROKEN-V1,99999-01-31,EUR,1,1,2",
        ), "csv",
    )  # fmt: skip
    yield _accepted(
        "tables/formulas.csv",
        _csv(
            VENDORS,
            "BROKEN-V5,\"=cmd|' /C calc'!A0\",,,DE,2020-01-01",
            "BROKEN-V6,@SUM(1+1)*cmd,+49,-2+3,DE,2020-01-01",
            'BROKEN-V7,"=HYPERLINK(""http://127.0.0.1:9/?""&A1,""pay"")",,,DE,2020-01-01',
        ), "csv",
    )  # fmt: skip
    marked = _csv(VENDORS, "BROKEN-V8,Größe GmbH,,,DE,2020-01-01")
    yield _accepted("tables/byte order mark.csv", b"\xef\xbb\xbf" + marked, "csv")
    wide = marked.decode().replace("V8", "V9")
    yield _accepted("tables/UTF-16.csv", wide.replace(",", "\t").encode("utf-16"), "csv")
    yield _accepted("tables/Windows-1252.csv", wide.replace(",", ";").encode("cp1252"), "csv")
    mixed = _csv(VENDORS, "BROKEN-V10,Größe,,,DE,") + "BROKEN-V11,Größe,,,DE,\r\n".encode("cp1252")
    yield _accepted("tables/mixed encodings.csv", mixed, "csv")
    late = _csv(VENDORS, *(f"BROKEN-W{n},Bulk {n} {'x' * 900},,,DE," for n in range(110)))
    yield _accepted(
        "tables/other encoding after 100 kB.csv", late + b"BROKEN-V12,Gr\xf6\xdfe,,,DE,\r\n", "csv"
    )
    yield _rejected("tables/NUL bytes.csv", plain.replace(b"Plain", b"Pl\0in"), "unknown_format")
    yield _accepted(
        "tables/quote never closed.csv",
        _csv(VENDORS, "BROKEN-V13,X,,,DE,", 'BROKEN-V14,"Open', "BROKEN-V18,Y,,,DE,"),
        "csv",
    )
    yield _accepted(
        "tables/old Mac line ends.csv", plain.replace(b"\r\n", b"\r").replace(b"V1", b"V15"), "csv"
    )
    yield _rejected("tables/cut.parquet", b"PAR1" + _noise(500), "damaged")
    yield _rejected(
        "tables/false directory.parquet", b"PAR1" + _noise(500) + b"\xff\xff\0\0PAR1", "damaged"
    )


def _other_things() -> Iterator[BrokenFile]:
    yield _rejected("other/random bytes.bin", _noise(20_000), "unknown_format")
    yield _rejected("other/few random bytes", _noise(40), "unknown_format")
    eicar = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
    yield _rejected("other/eicar.txt", eicar, "malware_test")
    yield _accepted("other/a PDF named.csv", a_pdf(text="BROKEN-P2"), "pdf")
    yield _accepted("other/an XML named.pdf", a_ubl_invoice("BROKEN-X5"), "ubl")
    yield _accepted("other/a table named.xml", _csv(VENDORS, "BROKEN-V16,Named,,,DE,"), "csv")
    yield _accepted("other/a picture named.pdf", _image("PNG", _page("BROKEN-I1")), "png")
    yield _rejected("other/picture.gif", b"GIF89a" + _noise(200), "unsupported")
    yield _rejected(
        "other/workbook.xlsx",
        _zip({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
        "unsupported",
    )
    yield _rejected(
        "other/signed.xml.p7m",
        bytes.fromhex("3080 06092a864886f70d010702 a080") + _noise(99),
        "damaged",
    )
    yield _rejected(
        "other/web page.pdf", b"<!DOCTYPE html><html><body>Not found</body></html>", "unsupported"
    )
    prose = (
        b"Dear Sir, dear Madam,\nplease find our invoice attached, and pay it.\nRegards, A. Smith\n"
    )
    yield _rejected("other/letter.txt", prose, "unknown_format")
    yield _rejected("other/data.json", b'{"invoice": 1, "gross": 119.0}\n', "unknown_format")


def _envelopes() -> Iterator[BrokenFile]:
    invoice = a_ubl_invoice("BROKEN-Z1")
    inside = {"a.xml": invoice, "__MACOSX/._a.xml": b"\0"}
    yield _accepted("envelopes/one file.zip", _zip(inside), "zip")
    yield _accepted("envelopes/broken files.zip", _zip({"a.pdf": b"%PDF-1.6\n", "b": b"?"}), "zip")
    yield _rejected("envelopes/empty.zip", _zip({}), "no_members")
    yield _rejected("envelopes/truncated.zip", _zip(inside)[:-40], "damaged")
    damaged = _zip({"a.xml": invoice}).replace(b"BROKEN-Z1", b"BROKEN-Z2")
    yield _rejected("envelopes/damaged.zip", damaged, "damaged")
    for number, name in enumerate(("../../escape.pdf", "/etc/escape.pdf", "C:\\escape.pdf")):
        yield _rejected(f"envelopes/path trick {number}.zip", _zip({name: a_pdf()}), "unsafe_name")
    link = zipfile.ZipInfo("invoices.xml")
    link.external_attr = 0o120777 << 16
    yield _rejected("envelopes/link.zip", _zip({link: b"/etc/passwd"}), "unsafe_name")
    locked = bytearray(_zip({"a.xml": invoice}))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(mark) + offset] |= 1
    yield _rejected("envelopes/needs a password.zip", bytes(locked), "encrypted")
    bomb = _zip({"zeros.csv": bytes(20 * MEBIBYTE)}, zipfile.ZIP_DEFLATED)
    yield _rejected("envelopes/bomb.zip", bomb, "unpacks_too_far")
    other = _zip({"zeros.xml": bytes(20 * MEBIBYTE)}, zipfile.ZIP_DEFLATED)
    yield _accepted("envelopes/bomb in an archive.zip", _zip({"inner.zip": other, "a": invoice}),
                    "zip")  # fmt: skip
    yield _rejected("envelopes/hundred thousand files.zip", _crowded_zip(), "too_many_members")
    nested = _zip({"a.xml": a_ubl_invoice("BROKEN-Z3")})
    for depth in (2, 3, 4):
        nested = _zip({"inner.zip": nested})
        if depth == 3:
            yield _accepted("envelopes/archive of archive of archive.zip", nested, "zip")
    yield _rejected("envelopes/four archives deep.zip", nested, "nested_too_deep")
    yield _rejected("envelopes/without attachment.eml", a_mail({}), "no_members")
    yield _accepted("envelopes/mail.eml", a_mail({"invoice.xml": a_ubl_invoice("BROKEN-M1")}),
                    "mail")  # fmt: skip
    yield _accepted("envelopes/mail that came with a ZIP.eml",
                    a_mail({"a.zip": _zip(inside), "../b.xml": a_ubl_invoice("BROKEN-M2")}),
                    "mail")  # fmt: skip
    deep = b"Content-Type: multipart/mixed; boundary=%b\r\nFrom: a\r\n\r\n--%b\r\n"
    parts = b"".join(deep % (b"b%d" % number, b"b%d" % number) for number in range(3000))
    yield BrokenFile("envelopes/three thousand parts deep.eml",
                     b"From: a@example.com\r\nTo: b\r\n" + parts, None, None)  # fmt: skip
    outlook = bytes.fromhex("d0cf11e0a1b11ae1") + _noise(600)
    yield _rejected("envelopes/outlook.msg", outlook, "unsupported")


def _crowded_zip() -> bytes:
    """An archive whose directory lists one file a hundred thousand times."""
    one = _zip({"a.txt": b"x"})
    start, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    directory = one[start:end] * 100_000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), start, 0)
    return one[:start] + directory + tail


def a_mail(attachments: Mapping[str, bytes]) -> bytes:
    """A mail with some files attached; the same bytes every time."""
    parts = [b"Content-Type: text/plain\r\n\r\nPlease find attached.\r\n"]
    for name, data in attachments.items():
        parts.append(
            b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
            b'Content-Disposition: attachment; filename="%b"\r\n\r\n%b\r\n'
            % (name.encode(), base64.encodebytes(data))
        )
    head = (
        b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Invoice\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n"
    )
    return head + b"".join(b"--part\r\n" + part for part in parts) + b"--part--\r\n"


def _odd_names() -> Iterator[BrokenFile]:
    names = (
        "names/tief/er/und/tiefer/Ordner №7/Rechnung Müller & Söhne (Kopie) 🧾.xml",
        "names/two\nlines.xml",
        "names/100% 'sure' \"really\" $(true) `x`;.xml",
        "names/-rf.xml",
        "names/decomposed Mu\u0308ller.xml",
        "names/right to left \u202efdp.xml",
        "names/" + "long" * 55 + ".xml",
        "names/no ending",
        "names/.hidden.xml",
        "names/=cmd.xml",
    )
    for number, name in enumerate(names):
        yield _accepted(name, a_ubl_invoice(f"BROKEN-N{number}"), "ubl")


def _noise(size: int) -> bytes:
    """Bytes without meaning, with a zero among the first so that they are no text."""
    return b"\xa7\0" + random.Random(size).randbytes(size - 2)


def _csv(*lines: str) -> bytes:
    return "".join(line + "\r\n" for line in lines).encode()


def _gigantic_cell(size: int) -> bytes:
    return _csv("vendor_id,name") + b"BROKEN-V17," + b"x" * size + b"\r\n"


def _packed_zeros(mebibytes: int) -> bytes:
    """Zlib data that unpack to some MiB of zeros: one packed block, repeated (RFC 1950, 1951)."""
    packer = zlib.compressobj()
    block = packer.compress(bytes(MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (mebibytes * MEBIBYTE % 65_521 << 16 | 1).to_bytes(4, "big")
    return block[:2] + block[2:] * mebibytes + b"\3\0" + checksum


def _zip(
    files: Mapping[Any, bytes],
    packing: int = zipfile.ZIP_STORED,
) -> bytes:
    """An archive of files by name, or by ZipInfo."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():  # with a fixed date
            info = zipfile.ZipInfo(name) if isinstance(name, str) else name
            archive.writestr(info, data, packing)
    return sink.getvalue()


def _with_doctype(declarations: str, reference: str = "&x;") -> bytes:
    text = a_ubl_invoice("BROKEN-E1").decode()
    declaration, rest = text.split("\n", 1)
    rest = rest.replace("BROKEN-E1", reference)
    return f"{declaration}\n<!DOCTYPE Invoice [{declarations}]>{rest}".encode()


def a_ubl_invoice(number: str, seller: str = "Broken Ltd") -> bytes:
    """A small UBL invoice over 119.00 EUR that breaks no rule of syntax."""
    escaped = seller.replace("&", "&amp;")
    names = "urn:oasis:names:specification:ubl:schema:xsd:"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="{names}Invoice-2" xmlns:a="{names}CommonAggregateComponents-2" xmlns:b="{names}CommonBasicComponents-2">
<b:ID>{number}</b:ID><b:IssueDate>{FOREVER}</b:IssueDate><b:InvoiceTypeCode>380</b:InvoiceTypeCode>
<b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>
<a:AccountingSupplierParty><a:Party><a:PartyLegalEntity><b:RegistrationName>{escaped}</b:RegistrationName></a:PartyLegalEntity></a:Party></a:AccountingSupplierParty>
<a:TaxTotal><b:TaxAmount currencyID="EUR">19.00</b:TaxAmount></a:TaxTotal>
<a:LegalMonetaryTotal><b:TaxExclusiveAmount currencyID="EUR">100.00</b:TaxExclusiveAmount>
<b:TaxInclusiveAmount currencyID="EUR">119.00</b:TaxInclusiveAmount><b:PayableAmount currencyID="EUR">119.00</b:PayableAmount></a:LegalMonetaryTotal>
</Invoice>
""".encode()  # noqa: E501 - XML in its own lines


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first one is the catalog."""
    sink = io.BytesIO()
    sink.write(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(sink.tell())
        sink.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start, size = sink.tell(), len(objects) + 1
    sink.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    sink.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    sink.write(
        b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    )
    return sink.getvalue()


def a_pdf(
    text: str = "BROKEN-P1",
    pages: int = 1,
    box: str = "0 0 595 842",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """A PDF whose pages share one line of text, with files inside."""
    names = b""
    attachments: list[bytes] = []
    for name, data in (files or {}).items():
        number = 5 + pages + len(attachments)
        names += b"(%b)%d 0 R" % (name.encode(), number)
        attachments.append(
            b"<</Type/Filespec/F(%b)/UF(%b)/AFRelationship/Alternative/EF<</F %d 0 R>>>>"
            % (name.encode(), name.encode(), number + 1)
        )
        attachments.append(
            _stream(zlib.compress(data, 1), b"/Type/EmbeddedFile/Filter/FlateDecode")
        )
    catalog = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[%b]>>>>>>" % names
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    return pdf_of([
        catalog if files else CATALOG,
        _pages(range(5, 5 + pages)),
        _stream(_line(text)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *[page % box.encode()] * pages,
        *attachments,
    ])  # fmt: skip


def _pages(kids: "list[int] | range") -> bytes:
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    return b"<</Type/Pages/Kids[%b]/Count %d>>" % (listed, len(kids))


def _line(text: str) -> bytes:
    return b"BT /F 12 Tf 72 700 Td (%b) Tj ET" % text.encode("latin-1")


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), entries, data)


def _active_pdf() -> bytes:
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))/Next<</S/Launch/F(calc.exe)>>>>"
    return a_pdf(text="BROKEN-P3").replace(CATALOG, CATALOG[:-2] + b"/OpenAction" + script + b">>")


PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def _encrypted(password: str) -> bytes:
    """A PDF encrypted with RC4 of 40 bits (PDF 1.7, 7.6.3, revision 2)."""
    padded = (password.encode() + PADDING)[:32]
    owner = _rc4(_md5((b"owner" + PADDING)[:32])[:5], padded)
    rights = (-4).to_bytes(4, "little", signed=True)
    key = _md5(padded + owner + rights + bytes(16))[:5]
    content = _rc4(_md5(key + bytes([3, 0, 0, 0, 0]))[:10], _line("BROKEN-P4"))
    handler = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (
        owner.hex().encode(),
        _rc4(key, PADDING).hex().encode(),
    )
    objects = [
        CATALOG, _pages([5]), _stream(content), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R"
        b"/Resources<</Font<</F 4 0 R>>>>>>", handler,
    ]  # fmt: skip
    identity = bytes(16).hex().encode()
    return pdf_of(objects, b"/Encrypt 6 0 R/ID[<%b><%b>]" % (identity, identity))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
