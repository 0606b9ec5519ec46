"""From a finding back to the page or the cell: the chain of stored rows that it rests on.

Pure over a lookup that says where a table is stored. Nothing is computed anew:
a chain names rows, the manifests that hold them, and what they say.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.deciding import shown_columns
from ledgergraph.anomalies.drafts import Witnesses
from ledgergraph.anomalies.findings import reasons_of, refs_of
from ledgergraph.anomalies.subjects import FIELD_OF_COLUMN, Row, column, rows_of
from ledgergraph.anomalies.wording import (
    column_name,
    counted,
    lower_first,
    money,
    printable,
    shown,
)
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.three_way.schemas import ABOVE_ORDER
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Ref
from ledgergraph.issues import Kind
from ledgergraph.money import plain


@dataclass(frozen=True)
class Piece:
    """Rows of a table as one manifest holds them; a table may be stored in many pieces."""

    manifest: Manifest
    rows: pa.Table


Lookup = Callable[[str], Sequence[Piece]]
"""The pieces of a table by its name; none if no asset has written it."""


@dataclass(frozen=True)
class Link:
    """One step of a chain: what kind of step, what it says, which row, and who stored it.

    `depth` is the distance from the finding, which is 0; links that follow with a
    greater depth are what this one rests on.
    """

    depth: int
    step: str
    says: str
    ref: Ref | None = None
    manifest: Manifest | None = None


@dataclass(frozen=True)
class Chain:
    """A finding and everything that it rests on, in the order of reading."""

    finding_id: str
    links: tuple[Link, ...]


@dataclass
class Stored:
    """Rows looked up by reference."""

    lookup: Lookup
    _pieces: dict[str, Sequence[Piece]] = field(default_factory=dict)
    _records: dict[str, tuple[str, Piece, int]] = field(default_factory=dict)

    def pieces(self, table: str) -> Sequence[Piece]:
        """The pieces of a table, asked for once."""
        if table not in self._pieces:
            self._pieces[table] = self.lookup(table)
        return self._pieces[table]

    def find(self, ref: Ref) -> tuple[Manifest, Row] | None:
        """The row that a reference names, with the manifest that holds it."""
        return next(self.all(ref), None)

    def all(self, ref: Ref) -> Iterator[tuple[Manifest, Row]]:
        """All rows that a reference names; its key may be a part of the table's."""
        for piece in self.pieces(ref.table):
            for row in _rows_with(piece.rows, ref.key):
                yield piece.manifest, row

    def record(self, record_id: str) -> tuple[Ref, Manifest, Row] | None:
        """A record of any ledger table, by its id alone."""
        if not self._records:
            for table in BOOK_TABLES:
                for piece in self.pieces(table):
                    for at, known in enumerate(column(piece.rows, "record_id")):
                        self._records[known] = (table, piece, at)
        if record_id not in self._records:
            return None
        table, piece, at = self._records[record_id]
        ref = Ref(table, {"record_id": record_id})
        return ref, piece.manifest, rows_of(piece.rows.slice(at, 1))[0]


def trace(finding_id: str, lookup: Lookup, witnesses: Witnesses | None = None) -> Chain:
    """The chain of a finding, by its id or the first digits of it (at least six).

    `witnesses` names the records that a feature of an invoice was computed from;
    where it names none a chain stops at the number of them that the finding states.
    Raises BadInput if there is no such finding, or more than one.
    """
    stored = Stored(lookup)
    manifest, finding = _the_finding(finding_id, stored)
    links = [
        Link(0, "finding", _finding(finding), _ref_to(finding), manifest),
        *_judgements(finding, stored),
        *_reasons(finding, stored, witnesses),
        *_records(finding, stored),
        *_papers(finding, stored),
    ]
    return Chain(finding["finding_id"], tuple(links))


def as_text(chain: Chain) -> str:
    """The chain as indented lines, each with the asset, partition and manifest that holds it."""
    lines = []
    for link in chain.links:
        held = f"  [{place_of(link.manifest)}]" if link.manifest else ""
        lines.append(f"{'  ' * link.depth}{link.step}: {link.says}{held}")
    return "\n".join(lines) + "\n"


def place_of(manifest: Manifest) -> str:
    """Who holds a row: `records/0a1b2c3d @ 12 digits of the manifest`."""
    partition = "" if manifest.partition == WHOLE else f"/{manifest.partition}"
    return f"{manifest.asset}{partition} @ {manifest.version[:12]}"


def unresolved(findings: pa.Table, lookup: Lookup) -> list[tuple[str, Ref]]:
    """The references of findings that name no stored row, each with its finding's id."""
    asked: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[str]]] = {}
    for finding in rows_of(findings):
        for ref in refs_of(finding):
            names = tuple(sorted(ref.key))
            key = tuple(ref.key[name] for name in names)
            same = asked.setdefault((ref.table, names), defaultdict(list))
            same[key].append(finding["finding_id"])
    lost = []
    for (table, names), keys in sorted(asked.items()):
        found = _present(lookup(table), names)
        for key, finding_ids in keys.items():
            if key not in found:
                ref = Ref(table, dict(zip(names, key, strict=True)))
                lost += [(finding_id, ref) for finding_id in finding_ids]
    return lost


def _present(pieces: Sequence[Piece], names: Sequence[str]) -> set[tuple[Any, ...]]:
    return {
        key
        for piece in pieces
        if set(names) <= set(piece.rows.column_names)
        for key in zip(*(column(piece.rows, name) for name in names), strict=True)
    }


def _rows_with(rows: pa.Table, key: Mapping[str, Any]) -> list[Row]:
    for name, value in key.items():
        if name not in rows.column_names:
            return []
        rows = rows.filter(pc.is_null(rows[name]) if value is None else pc.equal(rows[name], value))
    return rows_of(rows)


def _the_finding(finding_id: str, stored: Stored) -> tuple[Manifest, Row]:
    found = [
        (piece.manifest, row)
        for piece in stored.pieces("findings")
        for row in rows_of(
            piece.rows.filter(pc.starts_with(piece.rows["finding_id"], finding_id.lower()))
        )
    ]
    if len(finding_id) < SHORTEST_ID or len(found) != 1:
        raise BadInput(
            "unknown_finding",
            f"{counted(len(found), 'finding')} begin with {printable(finding_id)}; one must, with "
            f"at least {SHORTEST_ID} digits. The report and the table findings list the ids.",
        )
    return found[0]


SHOWN = 3
"""Similar papers that are named."""
SHORTEST_ID = 6
"""Digits of a finding's id that must be given at least."""


def _ref_to(finding: Row) -> Ref:
    return Ref("findings", {"finding_id": finding["finding_id"]})


def _finding(finding: Row) -> str:
    at_risk = ""
    if finding["amount_at_risk"] is not None:
        at_risk = f", {money(finding['amount_at_risk'], finding['currency'])} at risk"
    return (
        f"{Kind(finding['kind']).label}, {finding['severity']}, "
        f"{finding['score'] * 100:.0f} %{at_risk}. {finding['sentence']}"
    )


def _judgements(finding: Row, stored: Stored) -> Iterator[Link]:
    """Scores, pairs and validations behind the finding, and what they were made from."""
    for ref in refs_of(finding):
        say = JUDGEMENTS.get(ref.table)
        found = stored.find(ref) if say else None
        if say is not None and found is not None:
            manifest, row = found
            yield Link(1, ref.table.replace("_", " ").rstrip("s"), say(row), ref, manifest)
            yield from _made_from(manifest)


def _score(row: Row) -> str:
    named = {
        "compliance risk": row["compliance_risk"],
        "duplicate probability": row["duplicate_probability"],
        "anomaly score": row["anomaly_score"],
        "combined": row["risk"],
    }
    said = [f"{name} {value:.3f}" for name, value in named.items() if value is not None]
    return f"{', '.join(said)} of invoice {printable(row['invoice_id'])}"


def _pair(row: Row) -> str:
    kind = lower_first(Kind(row["kind"]).label)
    ids = f"{printable(row['invoice_id'])} repeats {printable(row['other_id'])}"
    return f"{ids}: {kind}, probability {row['probability']:.3f}"


def _validation(row: Row) -> str:
    return f"rule {printable(row['rule'])}: {printable(row['sentence'])}"


def _line(row: Row) -> str:
    bound = "ordered" if row["quantity_verdict"] == ABOVE_ORDER else "received"
    stated = (
        ("billed", row["quantity"]), ("at", row["unit_price"]),
        ("ordered", row["ordered_quantity"]), ("at", row["ordered_price"]),
        ("received by then", row["received_quantity"]),
    )  # fmt: skip
    said = ", ".join(f"{name} {plain(value)}" for name, value in stated if value is not None)
    verdicts = [("price", row["price_verdict"]), (bound, row["quantity_verdict"])]
    judged = ", ".join(f"{name} {verdict.replace('_', ' ')}" for name, verdict in verdicts)
    where = f"order {printable(row['order_id'])}, line {row['order_lines'] or 'unknown'}"
    return f"line {row['line'] + 1} against {where}: {said}: {judged}"


JUDGEMENTS: Mapping[str, Callable[[Row], str]] = {
    "line_matches": _line,
    "invoice_scores": _score,
    "duplicates": _pair,
    "validations": _validation,
}


def _made_from(manifest: Manifest) -> Iterator[Link]:
    """What a stored result was computed from: code, inputs, and what was read as it stood."""
    yield Link(2, "code", f"{manifest.asset} {manifest.code_version}")
    for label, inputs in (("input", manifest.inputs), ("read", manifest.through_time)):
        for asset, partitions in sorted(inputs.items()):
            for partition, version in sorted(partitions.items()):
                where = "" if partition == WHOLE else f"/{partition}"
                yield Link(2, label, f"{asset}{where} @ {version[:12]}")


def _reasons(finding: Row, stored: Stored, witnesses: Witnesses | None) -> Iterator[Link]:
    invoice_id = _newest_invoice(finding, stored)
    for reason in reasons_of(finding):
        feature = reason.get("feature")
        if feature is None:
            continue
        value = f"{reason.get('value', float('nan')):.6g}"
        ref = Ref("invoice_features", {"invoice_id": invoice_id})
        held = stored.find(ref)
        said = f"{feature} {value}: {reason['sentence']}"
        yield Link(1, "feature", said, ref, held[0] if held else None)
        records = witnesses(invoice_id, feature) if witnesses and invoice_id else ()
        if not records and reason.get("records"):
            yield Link(2, "records", f"computed from {counted(reason['records'], 'record')}")
        for record in records:
            if found := stored.record(record):
                ref, manifest, row = found
                yield Link(2, "record", f"{ref.table}, {_where(row, stored)}", ref, manifest)


def _newest_invoice(finding: Row, stored: Stored) -> str | None:
    """The invoice that the finding's features describe."""
    if finding["subject_table"] == "invoices":
        subject: str = finding["subject"]
        return subject
    scored = (ref for ref in refs_of(finding) if ref.table == "invoice_scores")
    return next((ref.key["invoice_id"] for ref in scored), None)


def _records(finding: Row, stored: Stored) -> Iterator[Link]:
    """The records of the evidence, each with its cells or the readings that it was made from."""
    kind = Kind(finding["kind"])
    for ref in refs_of(finding):
        if "record_id" not in ref.key:
            continue
        found = stored.find(ref)
        if found is None:
            continue
        manifest, row = found
        yield Link(1, "record", f"{ref.table}, {_where(row, stored)}", ref, manifest)
        stated = [name for name in shown_columns(kind, ref.table) if row[name] is not None]
        if row["row"] is not None:
            yield from (_cell(row, name, stored) for name in stated)
        else:
            yield from _readings_of(row, stated, stored)
        yield from _file(row["document_id"], 2, stored)


def _where(row: Row, stored: Stored) -> str:
    name = _file_name(row["document_id"], stored)
    part = f", part {row['part'] + 1}" if row["part"] else ""
    return f"{name}{part}" if row["row"] is None else f"{name}, row {row['row']}"


def _cell(row: Row, name: str, stored: Stored) -> Link:
    where = f"{_file_name(row['document_id'], stored)}, row {row['row']}, column {name}"
    return Link(2, "cell", f"{column_name(name)} {shown(row[name])}: {where}")


def _readings_of(row: Row, columns: Sequence[str], stored: Stored) -> Iterator[Link]:
    """The chosen readings that the columns of a paper's record were made from."""
    for name in columns:
        if name in FIELD_OF_COLUMN:
            key = {"document_id": row["document_id"], "part": row["part"], "line": None}
            ref = Ref("extractions", {**key, "field": FIELD_OF_COLUMN[name], "chosen": True})
            yield from (_reading(2, ref, *found, stored) for found in stored.all(ref))


def _papers(finding: Row, stored: Stored) -> Iterator[Link]:
    """The readings of the evidence with their boxes, and the file of each paper."""
    documents: dict[str, None] = {}
    for ref in refs_of(finding):
        if ref.table == "extractions" and (found := stored.find(ref)):
            yield _reading(1, ref, *found, stored)
            documents[ref.key["document_id"]] = None
        elif ref.table == "documents":
            documents[ref.key["document_id"]] = None
    for document_id in documents:
        yield from _file(document_id, 1, stored)


def _reading(depth: int, ref: Ref, manifest: Manifest, row: Row, stored: Stored) -> Link:
    line = "" if row["line"] is None else f" of line {row['line'] + 1}"
    sure = "" if row["confidence"] is None else f", confidence {row['confidence']:.2f}"
    said = f"{row['field']}{line} is {printable(row['value'])}, by {row['source']}{sure}"
    name = _file_name(row["document_id"], stored)
    if row["page"] is None:
        return Link(depth, "reading", f"{said}: {name}", ref, manifest)
    box = " ".join(f"{row[edge]:.1f}" for edge in ("x0", "y0", "x1", "y1"))
    where = f"{name}, page {row['page'] + 1}, box {box} {row['box_unit']}"
    return Link(depth, "reading", f"{said}: {where}", ref, manifest)


def _file(document_id: str, depth: int, stored: Stored) -> Iterator[Link]:
    ref = Ref("documents", {"document_id": document_id})
    if found := stored.find(ref):
        manifest, row = found
        said = f"{printable(row['name'])}, {row['format']}, {row['bytes']:,} bytes, {document_id}"
        yield Link(depth, "file", said, ref, manifest)
        yield from _similar(document_id, depth, stored)


def _similar(document_id: str, depth: int, stored: Stored) -> Iterator[Link]:
    """The papers that are most like one, for who asks whether they share what is wrong."""
    ref = Ref("similar_documents", {"document_id": document_id})
    found = sorted(stored.all(ref), key=lambda one: (-one[1]["score"], one[1]["other_id"]))
    if found:
        named = [
            f"{_file_name(row['other_id'], stored)} ({row['score']:.2f})"
            for _, row in found[:SHOWN]
        ]
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        yield Link(depth, "similar", f"{', '.join(named)}{more}", ref, found[0][0])


def _file_name(document_id: str, stored: Stored) -> str:
    found = stored.find(Ref("documents", {"document_id": document_id}))
    return printable(found[1]["name"]) if found else document_id
