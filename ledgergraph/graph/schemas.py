"""Tables of the graph: process memory, parties, bookings, duplicates."""

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
            ("fields", pa.int64()), ("chosen", pa.int64()), ("confidence", REAL),
        ]
    ),
    key=("document_id", "part", "reading"),
)  # fmt: skip
"""One row per document, part and reading: fields it gave, how many were chosen, mean confidence."""
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
            ("reading", TEXT),  # which a correction that counts corrects
        ]
    ),
    key=("feedback_id",),
)  # fmt: skip
"""One row per event of feedback on what a document states: the document, and what it corrects."""
PARTIES = Table(
    "parties",
    pa.schema(
        [
            ("member", TEXT),  # Vendor or Invoice: what was resolved
            ("key", TEXT),  # vendor_id or invoice_id
            ("party_id", TEXT),
            ("vendor_id", TEXT),  # of an invoice's seller, null if it is in no list of vendors
            ("score", REAL),  # 1 for an identifier, else similarity in [0, 1]
            ("reason", TEXT),  # decided, vat_id, iban_and_name, name, alone
        ]
    ),
    key=("member", "key"),
)
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
        ]
    ),
    key=("invoice_id", "other_id"),
)
