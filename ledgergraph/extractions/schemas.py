"""Tables of reading: pages, words, extractions, candidates, items, validations, quality."""

import pyarrow as pa

from ledgergraph.tables import AMOUNT, NUMBER, TEXT, Table

INT = pa.int32()
REAL = pa.float64()
BOX = [("x0", REAL), ("y0", REAL), ("x1", REAL), ("y1", REAL)]

PAGES = Table(
    "pages",
    pa.schema(
        [
            ("document_id", TEXT), ("page", INT), ("width", REAL), ("height", REAL),
            ("unit", TEXT), ("rotation_degrees", INT), ("quality", REAL),
            ("text_layer", TEXT), ("turned_degrees", REAL), ("sharpness", REAL),
            ("contrast", REAL), ("noise", REAL), ("letter_height", REAL),
            ("recovery", TEXT), ("strokes", pa.list_(pa.list_(REAL, 4))),
        ]
    ),
    key=("document_id", "page"),
)  # fmt: skip
WORDS = Table(
    "words",
    pa.schema(
        [
            ("document_id", TEXT), ("page", INT), ("word", INT), ("text", TEXT),
            *BOX, ("confidence", REAL), ("engine", TEXT),
        ]
    ),
    key=("document_id", "page", "word"),
)  # fmt: skip
READING = [
    ("document_id", TEXT), ("part", INT), ("reading", TEXT), ("line", INT), ("field", TEXT),
    ("value", TEXT), ("raw", TEXT), ("confidence", REAL), ("source", TEXT), ("chosen", pa.bool_()),
    ("page", INT), *BOX, ("box_unit", TEXT), ("reader", TEXT),
]  # fmt: skip
EXTRACTIONS = Table(
    "extractions",
    pa.schema(READING),
    key=("document_id", "part", "reading", "line", "field"),
)
ITEMS = Table(
    "items",
    pa.schema(
        [
            ("document_id", TEXT), ("part", INT), ("line", INT), ("description", TEXT),
            ("language", TEXT), ("description_english", TEXT), ("translated_by", TEXT),
            ("translation_probability", REAL), ("quantity", NUMBER), ("unit", TEXT),
            ("unit_price", NUMBER), ("price_base_quantity", NUMBER), ("net", AMOUNT),
            ("tax_rate", NUMBER), ("confidence", REAL), ("reading", TEXT),
        ]
    ),
    key=("document_id", "part", "line"),
)  # fmt: skip
CANDIDATES = Table(
    "candidates",
    pa.schema([*READING, ("rank", INT)]),
    key=("document_id", "part", "reading", "line", "field", "rank"),
)
VALIDATIONS = Table(
    "validations",
    pa.schema(
        [
            ("document_id", TEXT), ("part", INT), ("rule", TEXT), ("kind", TEXT),
            ("severity", TEXT), ("field", TEXT), ("line", INT), ("sentence", TEXT),
        ]
    ),
    key=("document_id", "part", "rule", "field", "line"),
)  # fmt: skip
QUALITY = Table(
    "quality",
    pa.schema(
        [
            ("document_id", TEXT), ("part", INT), ("score", REAL), ("level", TEXT),
            ("text_quality", REAL), ("extraction", REAL), ("validation", REAL),
            ("business_rules", REAL), ("completeness", REAL),
            ("route", TEXT), ("route_reason", TEXT),
        ]
    ),
    key=("document_id", "part"),
)  # fmt: skip
