"""Tables of the graph: process memory, vectors, parties, bookings, duplicates."""

import pyarrow as pa

from ledgergraph.extractions.schemas import QUALITY
from ledgergraph.tables import TEXT, TIME, Table

INT = pa.int32()
REAL = pa.float64()

READINGS = Table(
    "readings",
    pa.schema(
        [
            ("document_id", TEXT), ("part", INT), ("reading", TEXT), ("source", TEXT),
            ("type", TEXT), ("fields", pa.int64()), ("chosen", pa.int64()), ("confidence", REAL),
        ]
    ),
    key=("document_id", "part", "reading"),
)  # fmt: skip
"""One row per document, part and reading: the type of document if it tells that (the value of
field `type` that is chosen), fields it gave, how many were chosen, mean confidence."""
JUDGEMENTS = Table(
    "judgements",
    pa.schema([*QUALITY.schema, pa.field("violations", pa.int64())]),
    key=QUALITY.key,
)
"""One row per document and part: its quality, its route, and how many rules it breaks."""
PROCESS_MEMORY = Table(
    "process_memory",
    pa.schema(
        [
            ("feedback_id", TEXT), ("document_id", TEXT), ("part", INT), ("at", TIME),
            ("author", TEXT), ("target", TEXT), ("verdict", TEXT), ("category", TEXT),
            ("field", TEXT), ("kind", TEXT),
            ("stands", pa.bool_()),  # nothing that was said later replaces or withdraws it
            ("latest", pa.bool_()),  # the last that was said of it: what policies count
            ("reading", TEXT),  # which a correction that counts corrects
        ]
    ),
    key=("feedback_id",),
)  # fmt: skip
"""One row per event of feedback on what a document states: the document, and what it corrects."""
DIMENSIONS = 480
"""Numbers in the vector of a document: 384 of its text, 96 of its layout."""
DOCUMENT_EMBEDDINGS = Table(
    "document_embeddings",
    pa.schema([("document_id", TEXT), ("vector", pa.list_(pa.int8(), DIMENSIONS))]),
    key=("document_id",),
)
"""One row per document with words: what it looks like (graph.embeddings)."""
SIMILAR_DOCUMENTS = Table(
    "similar_documents",
    pa.schema(
        [
            ("document_id", TEXT),
            ("other_id", TEXT),
            ("score", REAL),  # cosine of their vectors, at most 1
        ]
    ),
    key=("document_id", "other_id"),
)
"""The documents that are most like each document, if they are like it at all."""
PARTIES = Table(
    "parties",
    pa.schema(
        [
            ("member", TEXT),  # Vendor, Invoice (its seller) or Buyer: what was resolved
            ("key", TEXT),  # vendor_id or invoice_id
            ("kind", TEXT),  # vendor, customer, or entity: one of our own
            ("party_id", TEXT),
            ("vendor_id", TEXT),  # of an invoice's seller, null if it is in no list of vendors
            ("score", REAL),  # 1 for an identifier, else likeness in [0, 1]
            ("reason", TEXT),  # decided, vat_id, register, likeness, alone
            ("entity_id", TEXT),  # of a buyer that is one of our own: the books', else the party
        ]
    ),
    key=("member", "key"),
)
PARTY_COMPARISONS = Table(
    "party_comparisons",
    pa.schema(
        [
            ("key", TEXT),  # vendor_id, or the smallest invoice_id of a seller; a buyer's + >buyer
            ("other_key", TEXT),  # the larger of the two
            ("score", REAL),  # how likely they are one, in [0, 1]
            ("joined", pa.bool_()),  # whether they are one party, for this or another reason
            ("name", TEXT), ("name_bits", REAL),
            ("legal_form", TEXT), ("legal_form_bits", REAL),
            ("address", TEXT), ("address_bits", REAL),
            ("vat_id", TEXT), ("vat_id_bits", REAL),
            ("account", TEXT), ("account_bits", REAL),
            ("register", TEXT), ("register_bits", REAL),
        ]
    ),
    key=("key", "other_key"),
)  # fmt: skip
"""One row per pair that is likely one party: how each comparison came out, and what it weighs."""
BOOKINGS = Table(
    "bookings",
    pa.schema(
        [
            ("paper_id", TEXT),  # invoice_id of the invoice read from a document
            ("booked_id", TEXT),  # invoice_id of its row in the books
            ("score", REAL),  # in [0, 1]
            ("reason", TEXT),  # which of number, party, gross and date agree
        ]
    ),
    key=("paper_id",),
)
DUPLICATES = Table(
    "duplicates",
    pa.schema(
        [
            ("invoice_id", TEXT),  # the later of the two
            ("other_id", TEXT),
            ("probability", REAL),
            ("kind", TEXT),
            ("reasons", TEXT),  # what spoke most for it, joined by "; "; null if people said so
        ]
    ),
    key=("invoice_id", "other_id"),
)
