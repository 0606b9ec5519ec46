"""Tables of arrival: documents, arrivals, rejections."""

import pyarrow as pa

from ledgergraph.tables import TEXT, TIME, Table

DOCUMENTS = Table(
    "documents",
    pa.schema(
        [
            ("document_id", TEXT),
            ("name", TEXT),  # path below the inbox of its first arrival
            ("media_type", TEXT),
            ("format", TEXT),  # a key of sniffing.MEDIA_TYPES
            ("type", TEXT),  # as far as the container tells; null for books: the records say
            ("parts", pa.int32()),
            ("pages", pa.int32()),
            ("bytes", pa.int64()),
            ("problems", TEXT),  # sentences about the XML inside a PDF, null if there are none
        ]
    ),
    key=("document_id",),
)
REJECTIONS = Table(
    "rejections",
    pa.schema(
        [
            ("name", TEXT),
            ("document_id", TEXT),
            ("reason", TEXT),
            ("sentence", TEXT),
            ("row", pa.int64()),  # of a table file, else null
            ("tried_with", TEXT),  # version of the sniffing that could not do it
            ("cause", TEXT),
            ("severity", TEXT),
        ]
    ),
    key=("document_id", "name", "reason", "row"),
)
ARRIVALS = Table(
    "arrivals",
    pa.schema(
        [
            ("batch", TEXT),
            ("name", TEXT),
            ("document_id", TEXT),
            ("envelope_id", TEXT),
            ("arrived_at", TIME),
            ("outcome", TEXT),  # accepted, rejected, known
        ]
    ),
    key=("batch", "name", "document_id"),
)
HASHES = pa.list_(pa.int64())
FINGERPRINTS = Table(
    "fingerprints",
    pa.schema(
        [
            ("document_id", TEXT),
            ("picture", pa.int64()),  # what its first page looks like; null where it is blank
            ("words", HASHES),  # the smallest hashes of its different words
            ("figures", HASHES),  # the same of what it prints in three digits or more
        ]
    ),
    key=("document_id",),
)
"""One row per document with words: what tells the same paper sent again (fingerprints)."""
