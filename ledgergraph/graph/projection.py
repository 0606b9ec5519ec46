"""From rows to nodes: which row states a node, under which key, and what it refers to.

Several documents may state the same thing (a monthly export of the vendors).
The books win over paper, then the document whose name sorts last, since exports
carry their date in the name: no clock, and no order of arrival. Pure and
columnar. Not here: what is derived from many rows (parties, bookings), and the
database.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.ontology import ACCOUNT, EDGES, LABELS, EdgeKey, Label, Link
from ledgergraph.graph.schemas import READINGS
from ledgergraph.identity import account_key
from ledgergraph.tables import DATE, TEXT

Tables = Mapping[str, pa.Table]
"""Rows by the name of their table: ledger tables, documents, readings, judgements."""

JOIN = "|"
"""Between the parts of a key of several columns; in the parts it is written %7C."""


def current(tables: Tables) -> dict[str, pa.Table]:
    """The nodes that all rows together state, by label, unique and sorted by key.

    `tables["documents"]` holds the documents that the rows come from.
    """
    return {
        label.name: strongest(claims(label, tables[label.table]), tables["documents"])
        for label in LABELS.values()
        if label.table is not None and label.table in tables
    }


def claims(label: Label, rows: pa.Table) -> pa.Table:
    """The nodes that some rows of the label's table state: one a row, keys not yet unique."""
    columns = {
        name: rows[name].cast(type_) if name in rows.column_names else pa.nulls(len(rows), type_)
        for name, type_ in label.stored.items()
    }
    columns["key"] = _keys(label, rows)
    columns["known_from"] = _known_from(label, rows)
    stated = pa.table(columns, schema=pa.schema(label.stored))
    return stated.filter(pc.is_valid(stated["key"]))


def strongest(stated: pa.Table, documents: pa.Table) -> pa.Table:
    """Of the nodes stated under each key, the one that wins; sorted by key.

    `documents` holds document_id and name of the documents that state them.
    """
    names = documents.group_by("document_id", use_threads=False).aggregate([("name", "max")])
    at = pc.index_in(stated["document_id"], names["document_id"])
    ranked = stated.select(["key", "document_id", "part"]).append_column(
        "row",
        pc.fill_null(stated["row"], -1),  # paper has no row and comes before the books
    )
    ranked = ranked.append_column("is_book", pc.is_valid(stated["row"]))
    ranked = ranked.append_column("name", names["name_max"].take(at))
    ranking = ("key", "is_book", "name", "document_id", "part", "row")
    order = pc.sort_indices(ranked, sort_keys=[(one, "ascending", "at_start") for one in ranking])
    ordered = stated.take(order).combine_chunks()
    if len(ordered) < 2:
        return ordered
    keys = pa.concat_arrays(ordered["key"].chunks)
    is_last = pc.not_equal(keys.slice(0, len(keys) - 1), keys.slice(1))
    return ordered.filter(pa.concat_arrays([is_last, pa.array([True])])).combine_chunks()


def others_of(label: Label, nodes: pa.Table) -> dict[EdgeKey, pa.ChunkedArray]:
    """For each relation that nodes of a label state the key of its other end, or null, by node."""
    return {
        (link.target, link.type, label.name) if link.is_incoming
        else (label.name, link.type, link.target): _targets(link, nodes)
        for link in label.links
    }  # fmt: skip


def edges_of(label: Label, nodes: pa.Table) -> dict[EdgeKey, pa.Table]:
    """The relations that nodes of a label state: keys of source and target."""
    found = {}
    for key, others in others_of(label, nodes).items():
        is_set = pc.is_valid(others)
        own, other = nodes["key"].filter(is_set), others.filter(is_set)
        found[key] = _ends(other, own) if EDGES[key].is_incoming else _ends(own, other)
    return found


def derived_nodes(name: str, table: pa.Table) -> dict[str, pa.Table]:
    """The nodes that a derived set makes, by label: those of `process_memory`, else none."""
    if name != "process_memory":
        return {}
    label = LABELS["Feedback"]
    columns = {
        column: table[column].cast(type_)
        if column in table.column_names
        else pa.nulls(len(table), type_)
        for column, type_ in label.stored.items()
    }
    columns["key"] = table["feedback_id"]
    columns["known_from"] = table["at"].cast(DATE, safe=False)
    return {label.name: pa.table(columns, schema=pa.schema(label.stored))}


def derived_edges(name: str, table: pa.Table) -> dict[EdgeKey, pa.Table]:
    """The relations that a derived set makes.

    `name` is a key of `ontology.DERIVED`, `table` has the schema of that name
    (ledgergraph.graph.schemas). Empty relations are there too, since a set is replaced as a
    whole.
    """
    if name == "bookings":
        return {("Invoice", "BOOKED_AS", "Invoice"): _matches(table, "paper_id", "booked_id")}
    if name == "duplicates":
        ends = _ends(table["invoice_id"], table["other_id"])
        properties = table.select(["probability", "kind", "reasons"])
        return {("Invoice", "DUPLICATE_OF", "Invoice"): _beside(ends, properties)}
    if name == "process_memory":
        return _of_memory(table)
    if name == "similar_documents":
        ends = _ends(table["document_id"], table["other_id"])
        return {("Document", "SIMILAR_TO", "Document"): _beside(ends, table.select(["score"]))}
    vendors = table.filter(pc.equal(table["member"], "Vendor"))
    sellers = table.filter(pc.equal(table["member"], "Invoice"))
    is_listed = pc.is_valid(sellers["vendor_id"])
    buyers = table.filter(pc.equal(table["member"], "Buyer"))
    is_own = pc.is_valid(buyers["entity_id"])
    return {
        ("Vendor", "MEMBER_OF", "Party"): _matches(vendors, "key", "party_id"),
        ("Invoice", "SOLD_BY", "Party"): _matches(sellers, "key", "party_id"),
        ("Invoice", "ISSUED_BY", "Vendor"): _matches(sellers.filter(is_listed), "key", "vendor_id"),
        ("Invoice", "BOUGHT_BY", "Party"): _matches(buyers, "key", "party_id"),
        ("Invoice", "BILLED_TO", "Entity"): _matches(buyers.filter(is_own), "key", "entity_id"),
    }


def _of_memory(table: pa.Table) -> dict[EdgeKey, pa.Table]:
    said = _ends(table["document_id"], table["feedback_id"])
    corrected = table.filter(pc.is_valid(table["reading"]))
    readings = _joined([as_text(corrected[name]) for name in READINGS.key], "")
    return {
        ("Document", "HAS_FEEDBACK", "Feedback"): _beside(
            said, table.select(["target"]).rename_columns(["about"])
        ),
        ("Feedback", "CORRECTS", "Extraction"): _beside(
            _ends(corrected["feedback_id"], readings), corrected.select(["field"])
        ),
    }


def as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as exact text: plain decimals without needless zeros, dates as in ISO 8601."""
    text = values.cast(TEXT)
    if not pa.types.is_decimal(values.type):
        return text
    text = pc.replace_substring_regex(text, r"^-?0E-\d+$", "0")
    text = pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1")
    return pc.utf8_rtrim(text, ".")


def _ends(source: pa.ChunkedArray, target: pa.ChunkedArray) -> pa.Table:
    return pa.table({"source": source, "target": target})


def _beside(ends: pa.Table, properties: pa.Table) -> pa.Table:
    for name in properties.column_names:
        ends = ends.append_column(name, properties[name])
    return ends


def _matches(table: pa.Table, source: str, target: str) -> pa.Table:
    return _beside(_ends(table[source], table[target]), table.select(["score", "reason"]))


def _keys(label: Label, rows: pa.Table) -> pa.ChunkedArray:
    parts = [rows[name] if name in rows.column_names else None for name in label.key]
    if len(parts) == 1 and parts[0] is not None:
        return _set(as_text(parts[0]))
    texts = [pa.nulls(len(rows), TEXT) if part is None else as_text(part) for part in parts]
    joined = pc.if_else(pc.is_valid(_set(texts[0])), _joined(texts, ""), None)
    return _told_apart(joined, texts, rows)


def _joined(texts: Sequence[pa.ChunkedArray], absent: str) -> pa.ChunkedArray:
    """Texts as one key; the mark between them does not occur in them."""
    safe = [
        pc.replace_substring(pc.replace_substring(text, "%", "%25"), JOIN, "%7C") for text in texts
    ]
    return pc.binary_join_element_wise(
        *safe, JOIN, null_handling="replace", null_replacement=absent
    )


def _told_apart(
    keys: pa.ChunkedArray, texts: Sequence[pa.ChunkedArray], rows: pa.Table
) -> pa.ChunkedArray:
    """Numbers the rows of one document that share a key because a part of it is absent.

    A journal without line numbers would otherwise shrink to one line.
    """
    if not any(text.null_count for text in texts):
        return keys
    is_partial = pc.is_null(texts[0])
    for text in texts[1:]:
        is_partial = pc.or_(is_partial, pc.is_null(text))
    numbered = keys.to_pylist()
    documents, places = rows["document_id"].to_pylist(), rows["row"].to_pylist()
    seen: Counter[tuple[str, str]] = Counter()
    partial = pc.indices_nonzero(is_partial).to_pylist()
    for index in sorted(partial, key=lambda index: (documents[index], places[index] or 0)):
        key = numbered[index]
        seen[(documents[index], key)] += 1
        count = seen[(documents[index], key)]
        if key is not None and count > 1:
            numbered[index] = f"{key}#{count}"
    return pa.chunked_array([pa.array(numbered, TEXT)])


def _targets(link: Link, nodes: pa.Table) -> pa.ChunkedArray:
    texts = [as_text(nodes[name]) for name in link.columns]
    if link.target == ACCOUNT:
        keys = [account_key(iban) for iban in texts[0].to_pylist()]
        return pa.chunked_array([pa.array(keys, TEXT)])
    if len(texts) == 1:
        return _set(texts[0])
    return _joined(texts, "")


def _set(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _known_from(label: Label, rows: pa.Table) -> pa.ChunkedArray:
    dates = [rows[name].cast(DATE) for name in label.known_from if name in rows.column_names]
    return pc.coalesce(*dates) if dates else pa.nulls(len(rows), DATE)
