"""What a finding rests on, ready to be shown: strips of pages, rows of tables, readings.

Cells carry a mark that says why a reader should look at them: `same` (equal in
both of a pair), `differs`, or `key` (what decides the kind).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ledgergraph.anomalies.deciding import decisive_fields, shown_columns
from ledgergraph.anomalies.events import DUPLICATE_KINDS
from ledgergraph.anomalies.findings import refs_of
from ledgergraph.anomalies.report.data import Layout
from ledgergraph.anomalies.report.strips import (
    Picture,
    Strip,
    has_pages,
    pictures_of,
    strips_of,
)
from ledgergraph.anomalies.subjects import Row, Subjects, known_on, reading_key
from ledgergraph.anomalies.wording import (
    column_name,
    counted,
    field_words,
    listed,
    money,
    printable,
    shown,
)
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES, cost_of
from ledgergraph.evidence import Ref
from ledgergraph.issues import Kind
from ledgergraph.tables import AMOUNT


@dataclass(frozen=True)
class Cell:
    """One cell: its text, why to look at it, and whether it is a number."""

    text: str
    mark: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Grid:
    """A small table: rows of one kind."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def header(self) -> tuple[Cell, ...]:
        """The names of the columns, above numbers as numbers are."""
        numeric = (any(cell.is_number for cell in cells) for cells in zip(*self.rows, strict=True))
        return tuple(
            Cell(name, is_number=number) for name, number in zip(self.columns, numeric, strict=True)
        )


@dataclass(frozen=True)
class Shot:
    """A picture of a page with what it shows."""

    picture: Picture
    caption: str


@dataclass(frozen=True)
class Exhibits:
    """All that is shown for one finding."""

    shots: tuple[Shot, ...]
    grids: tuple[Grid, ...]
    note: str = ""


PAIRED = DUPLICATE_KINDS - {Kind.DUP_SPLIT}
"""Kinds whose first two invoices are compared cell by cell."""
Content = Callable[[str], bytes | None]


def exhibits_of(finding: Row, subjects: Subjects, content: Content, layout: Layout) -> Exhibits:
    """What is shown for a finding, from the rows that it refers to."""
    kind, refs = Kind(finding["kind"]), refs_of(finding)
    records: dict[str, list[str]] = {}
    for ref in refs:
        if "record_id" in ref.key:
            records.setdefault(ref.table, []).append(ref.key["record_id"])
    keys = {reading_key(ref.key) for ref in refs if ref.table == "extractions"}
    papers = {(key[0], key[1]) for key in keys}
    readings = [
        row
        for paper in sorted(papers)
        for row in subjects.readings(paper)
        if reading_key(row) in keys
    ]
    shots, left_out = _shots(kind, readings, subjects, content, layout)
    grids = [
        *_lines_grid(kind, refs, subjects),
        *_readings_grid(kind, readings, {id(row) for shot in shots for row in shot[1]}, subjects),
        *(
            _record_grid(kind, table, ids, subjects, layout)
            for table, ids in sorted(records.items(), key=lambda one: one[0] != "invoices")
        ),
    ]
    note = f"{counted(left_out, 'further strip')} not shown." if left_out else ""
    return Exhibits(tuple(shot for shot, _ in shots), tuple(grids), note)


def _lines_grid(kind: Kind, refs: Sequence[Ref], subjects: Subjects) -> list[Grid]:
    """Lines of invoices beside what was ordered and received, with what they are above it."""
    named = {
        (ref.key["invoice_id"], ref.key["line"]) for ref in refs if ref.table == "line_matches"
    }
    rows = [
        line
        for invoice_id in sorted({one for one, _ in named})
        for line in subjects.matched_lines.get(invoice_id, [])
        if (invoice_id, line["line"]) in named
    ]
    if not rows:
        return []
    is_price = cost_of(kind) == "price_variance"
    of_price = ("ordered_price", "unit_price", "price_variance", "price_variance_pct")
    of_quantity = ("ordered_quantity", "received_quantity", "billed_quantity", "quantity_variance",
                   "quantity_variance_amount", "quantity_variance_pct")  # fmt: skip
    shown_of = ("quantity", *of_price, "price_tolerance") if is_price else (
        *of_quantity, "quantity_tolerance")  # fmt: skip
    marked = of_price[-2:] if is_price else of_quantity[-3:]
    cells = tuple(
        (
            Cell(str(row["line"] + 1), is_number=True),
            Cell(printable(row["description"] or "")),
            Cell(printable(f"{row['order_id']}, {row['order_lines'] or 'unknown'}")),
            *(
                Cell(_figure(row, name), "key" if name in marked else "", is_number=True)
                for name in shown_of
            ),
        )
        for row in rows
    )
    columns = ("line", "description", "order, line", *map(column_name, shown_of))
    return [Grid("Lines against their order", columns, cells)]


def _figure(row: Row, name: str) -> str:
    value = row[name]
    if value is None:
        return "–"
    if name.endswith("_pct"):
        return f"{value:.1f} %"
    if LINE_MATCHES.schema.field(name).type == AMOUNT:
        return money(value, row["currency"])
    return shown(value)


def _shots(
    kind: Kind, readings: Sequence[Row], subjects: Subjects, content: Content, layout: Layout
) -> tuple[list[tuple[Shot, tuple[Row, ...]]], int]:
    """Pictures of the strips, with the readings on each; and how many more there are."""
    strips = strips_of(readings, subjects.askew)
    decisive = decisive_fields(kind)

    def weight(strip: Strip) -> int:
        return -sum(row["field"] in decisive for row in strip.readings)

    best = sorted(strips, key=weight)[: layout.strips_per_finding]
    kept = [strip for strip in strips if strip in best]
    shots: list[tuple[Shot, tuple[Row, ...]]] = []
    for document_id in dict.fromkeys(strip.document_id for strip in kept):
        data = content(document_id)
        if data is None or not has_pages(data):
            continue
        own = [strip for strip in kept if strip.document_id == document_id]
        pictures = pictures_of(data, own, layout.strip_width_px)
        for strip, picture in zip(own, pictures, strict=True):
            shots.append((Shot(picture, _caption(strip, subjects)), strip.readings))
    return shots, len(strips) - len(kept)


def _caption(strip: Strip, subjects: Subjects) -> str:
    name = printable(subjects.file_names.get(strip.document_id, strip.document_id))
    read = listed([f"{field_name(row)} {printable(row['raw'])}" for row in strip.readings])
    return f"{name}, page {strip.page + 1}: {read}"


def _readings_grid(
    kind: Kind, readings: Sequence[Row], pictured: set[int], subjects: Subjects
) -> list[Grid]:
    """Print beside XML where the two disagree; else the readings that no strip shows."""
    if kind is Kind.HYBRID_MISMATCH:
        return [_comparison(readings)] if readings else []
    rows = [row for row in readings if id(row) not in pictured]
    if not rows:
        return []
    cells = [
        (
            Cell(printable(subjects.file_names.get(row["document_id"], ""))),
            Cell(field_name(row)),
            Cell(printable(row["value"]), "key"),
            Cell(source_name(row)),
            Cell(_percent(row["confidence"]), is_number=True),
        )
        for row in rows
    ]
    columns = ("file", "field", "value", "read from", "confidence")
    return [Grid("Readings", columns, tuple(cells))]


def _comparison(readings: Sequence[Row]) -> Grid:
    both: dict[tuple[int, str], dict[str, Row]] = {}
    for row in readings:
        line = -1 if row["line"] is None else row["line"]
        both.setdefault((line, row["field"]), {})[row["reading"]] = row
    rows = []
    for found in both.values():
        page, xml = found.get("page"), found.get("xml")
        differs = page is not None and xml is not None and page["value"] != xml["value"]
        mark = "differs" if differs else ""
        some = next(iter(found.values()))
        rows.append(
            (
                Cell(field_name(some)),
                Cell(printable(page["value"]) if page else "–", mark),
                Cell(printable(xml["value"]) if xml else "–", mark),
                Cell(_percent(page["confidence"]) if page else "", is_number=True),
            )
        )
    columns = ("field", "a person reads on the page", "a machine books from the XML", "confidence")
    return Grid("Print beside XML", columns, tuple(rows))


def _record_grid(
    kind: Kind, table: str, ids: Sequence[str], subjects: Subjects, layout: Layout
) -> Grid:
    rows = subjects.records_by_id(table, ids)
    head, rest = rows[:2], rows[2:]
    if table == "invoices":
        rest = sorted(rest, key=lambda row: (str(known_on(row) or ""), row["invoice_id"]))
    kept = [*head, *rest][: layout.rows_per_table]
    stated = [
        name for name in shown_columns(kind, table) if any(row[name] is not None for row in kept)
    ]
    marks = _marks(kind, table, stated, kept)
    files = [subjects.file_names.get(row["document_id"], row["document_id"]) for row in kept]
    is_one_file = len(set(files)) == 1
    cells = tuple(
        (
            *(() if is_one_file else (Cell(printable(file)),)),
            Cell(_row_name(row), is_number=True),
            *(
                Cell(_value(row, name, table), marks.get((at, name), ""), _is_number(row[name]))
                for name in stated
            ),
        )
        for at, (row, file) in enumerate(zip(kept, files, strict=True))
    )
    more = len(rows) - len(kept)
    note = f"{counted(more, 'further row')} in the trace." if more else ""
    names = (*(() if is_one_file else ("file",)), "row", *map(column_name, stated))
    caption = table.replace("_", " ").capitalize()
    return Grid(f"{caption}, {printable(files[0])}" if is_one_file else caption, names, cells, note)


def _marks(
    kind: Kind, table: str, columns: Sequence[str], rows: Sequence[Row]
) -> Mapping[tuple[int, str], str]:
    if table == "invoices" and kind in PAIRED and len(rows) > 1:
        one, two = rows[:2]
        return {
            (at, name): "same" if one[name] == two[name] else "differs"
            for name in columns
            for at in (0, 1)
            if one[name] is not None and two[name] is not None
        }
    decisive = {need.partition(".")[2] for need in kind.facts.needs if need.startswith(table)}
    return {(at, name): "key" for name in columns if name in decisive for at in range(len(rows))}


def _value(row: Row, name: str, table: str) -> str:
    """A cell of a record; amounts in the digits of their currency."""
    if BOOK_TABLES[table].columns[name] == AMOUNT and row[name] is not None:
        currency = row.get("currency")
        return money(row[name], currency).removesuffix(f" {currency}")
    return shown(row[name])


def field_name(row: Row) -> str:
    """A field as a reader names it: `totals gross`, `unit price of line 2`."""
    words = field_words(row["field"])
    return words if row["line"] is None else f"{words} of line {row['line'] + 1}"


def source_name(row: Row) -> str:
    """Where a reading comes from: `XML`, `text of page 1`."""
    if row["source"] == "xml":
        return "XML"
    return row["source"] if row["page"] is None else f"{row['source']} of page {row['page'] + 1}"


def _row_name(row: Row) -> str:
    if row["row"] is not None:
        return f"{row['row']:,}"
    return f"part {row['part'] + 1}" if row["part"] else "paper"


def _percent(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence * 100:.0f} %"


def _is_number(value: object) -> bool:
    return not isinstance(value, str) and value is not None
