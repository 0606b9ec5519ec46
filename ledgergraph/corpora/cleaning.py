"""Cleaning: which annotations are fit to learn from, in one form of text, with their features.

Belongs here: filters by rule, each with a reason; normal forms of text and boxes; features
of a document. All of it on Arrow columns, some thousand annotations at a time, so that
the same functions serve a process and a cluster. Not here: which of the fit ones are taken
and on which side they stand (sampling), where batches come from (resources.corpus_job).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.corpora.annotations import ANNOTATIONS
from ledgergraph.documents import fingerprints
from ledgergraph.extractions.languages import key_of, lexicon_for
from ledgergraph.tables import TEXT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Filters:
    """What an annotation must be like to be learned from.

    Counts are of words; shares lie in [0, 1], of words that are unreadable or whose box
    leaves its page by more than `margin` of the page's side.
    """

    least_words: int = 5
    most_words: int = 20_000
    most_unreadable: float = 0.2
    most_outside: float = 0.0
    margin: float = 0.01
    most_faults: int = 0
    alike: float = 0.9
    """Share of shingles from which two documents are nearly the same; of such one is kept."""


REASONS: Mapping[str, str] = {
    "repeated_id": "another annotation has the same annotation_id",
    "no_page": "it has no page, or a word on a page that it does not have",
    "too_few_words": "fewer words than least_words",
    "too_many_words": "more words than most_words",
    "no_field": "no field is labelled",
    "boxes_outside": "more boxes outside their page than most_outside",
    "unreadable": "more unreadable words than most_unreadable",
    "faults": "its source's labels have more known faults than most_faults",
    "near_duplicate": "nearly the same words as another that is kept",
}
"""Why an annotation is left out, the first that holds, each with its rule as a clause."""

FACTS = pa.schema(
    [
        ("annotation_id", TEXT), ("source", TEXT), ("type", TEXT), ("language", TEXT),
        ("vendor", TEXT), ("template", TEXT), ("derived_from", TEXT), ("preset", TEXT),
        ("reason", TEXT), ("pages", pa.int32()), ("words", pa.int32()), ("lines", pa.int32()),
        ("fields", pa.int32()), ("fields_placed", pa.int32()), ("cells", pa.int32()),
        ("characters", pa.int32()), ("digit_share", pa.float32()),
        ("unreadable_share", pa.float32()), ("boxes_outside", pa.int32()),
        ("bands", pa.list_(pa.int64())), ("signature", pa.binary()),
    ]
)  # fmt: skip
"""What is known of each annotation of a batch beside its words; `reason` is null if it is fit.

`language` is the stated one, else that of its words; `boxes_outside` counts what is left
after boxes were moved inside.
"""

BROKEN = r"[\x{FFFD}\p{Cc}\p{Co}]|^\(cid:\d+\)$"
"""What stands in a word that some program could not read."""
TELLING = r"[\p{L}\p{N}\p{Sc}]"
MARKS = r"^([\p{P}\p{S}]{1,3}|-+|_+|=+|\*+|\.+|~+|\++|#+)$"
"""Punctuation and rules, which are no words and yet in order."""
SPACES = r"[\s\p{Z}]+"


def facts_of(rows: pa.Table, filters: Filters) -> pa.Table:
    """FACTS on each of some rows of ANNOTATIONS, in their order.

    Nothing is left out here: who writes the rows drops those with a reason.
    """
    rows = rows.select(ANNOTATIONS.schema.names).combine_chunks()
    pages, words = Lists.of(rows["pages"]), Lists.of(rows["words"])
    texts, codes = _words_in_order(words)
    measured = _measured(rows, pages, words, texts, codes, filters.margin)
    facts = _facts(rows, measured, words, texts, codes)
    reason = _reasons(facts, measured, rows, filters)
    return facts.set_column(facts.schema.get_field_index("reason"), FACTS.field("reason"), [reason])


def normalised(rows: pa.Table) -> pa.Table:
    """Rows of ANNOTATIONS with texts in normal form and boxes within their pages."""
    rows = rows.select(ANNOTATIONS.schema.names).combine_chunks()
    schema = ANNOTATIONS.schema
    pages, words = Lists.of(rows["pages"]), Lists.of(rows["words"])
    texts, codes = _words_in_order(words)
    cells, fields = Lists.of(rows["cells"]), Lists.of(rows["fields"])
    said = {name: normal(fields.items.field(name)) for name in ("value", "raw")}
    spelt = {"text": texts.take(pa.array(codes)), **_inside(pages, words)}
    made = {
        "words": words.again(_with(words.items, spelt), schema.field("words").type),
        "cells": cells.again(_with(cells.items, _inside(pages, cells)), schema.field("cells").type),
        "fields": fields.again(_with(fields.items, said), schema.field("fields").type),
        "pages": pages.again(pages.items, schema.field("pages").type),
    }
    columns = [made.get(one.name, rows[one.name]) for one in schema]
    return pa.table(columns, schema=schema)


@dataclass(frozen=True)
class Lists:
    """A column of lists, taken apart: where each list begins (and the last ends), and all items."""

    offsets: Ints
    items: pa.StructArray

    @staticmethod
    def of(column: pa.ChunkedArray | pa.Array) -> "Lists":
        """The lists of a column; a null list is an empty one."""
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        lengths = pc.fill_null(pc.list_value_length(whole), 0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return Lists(offsets, whole.flatten())

    @property
    def counts(self) -> Ints:
        """How many items each list has."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> Ints:
        """The list of each item."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.counts)

    def numbers(self, name: str) -> Floats:
        """A field of the items as numbers; NaN where there is none."""
        column = self.items.field(name).cast(pa.float64())
        return np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False))

    def summed(self, values: npt.NDArray[Any]) -> Floats:
        """A value of each item, summed by list."""
        found = np.bincount(self.owner, weights=values, minlength=len(self.counts))
        return found.astype(np.float64)

    def again(self, items: pa.Array, type_: pa.DataType) -> pa.Array:
        """The same lists of other items."""
        return pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), items).cast(type_)


@dataclass(frozen=True)
class _Measured:
    """What boxes and texts of a batch amount to, by annotation."""

    has_pages: Flags
    outside: Floats
    unreadable: Floats
    lines: Floats


def _words_in_order(words: Lists) -> tuple[pa.Array, Ints]:
    """The distinct texts of a batch in normal form, and which of them each word is."""
    coded = pc.fill_null(words.items.field("text"), "").dictionary_encode()
    return normal(coded.dictionary), np.asarray(coded.indices, dtype=np.int64)


def normal(texts: pa.Array) -> pa.Array:
    """Texts in Unicode's NFC with single spaces and none at the ends; null stays null.

    A text of which nothing would be left stays as it was.
    """
    spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(_composed(texts), SPACES, " "))
    return pc.if_else(pc.equal(spaced, ""), texts, spaced)


def _composed(texts: pa.Array) -> pa.Array:
    """Texts in NFC. Arrow's own utf8_normalize leaves what it should compose (25.0)."""
    if pc.all(pc.string_is_ascii(texts)).as_py() in (True, None):
        return texts
    found = (None if one is None else normalize("NFC", one) for one in texts.to_pylist())
    return pa.array(found, texts.type)


def _measured(
    rows: pa.Table, pages: Lists, words: Lists, texts: pa.Array, codes: Ints, margin: float
) -> _Measured:
    page = words.numbers("page")
    has_page = (page >= 0) & (page < pages.counts[words.owner])
    broken = np.asarray(_is_unreadable(texts))[codes] if len(codes) else np.zeros(0, bool)
    outside = words.summed(_leaves(pages, words, margin))
    cells = Lists.of(rows["cells"])
    outside += cells.summed(_leaves(pages, cells, margin))
    lacking = words.summed(~has_page) > 0
    return _Measured(
        (pages.counts > 0) & ~lacking, outside, words.summed(broken), _lines(words, page)
    )


def _is_unreadable(texts: pa.Array) -> pa.Array:
    """Whether a text says nothing: what could not be read, or marks in no order."""
    broken = pc.match_substring_regex(texts, BROKEN)
    telling = pc.or_(
        pc.match_substring_regex(texts, TELLING), pc.match_substring_regex(texts, MARKS)
    )
    return pc.or_(broken, pc.invert(telling)).to_numpy(zero_copy_only=False)


def _sides(pages: Lists, boxed: Lists) -> tuple[Floats, Floats]:
    """Width and height of the page that each box stands on; NaN where there is none."""
    page = boxed.numbers("page")
    known = (page >= 0) & (page < pages.counts[boxed.owner])
    at = np.where(known, pages.offsets[:-1][boxed.owner] + np.nan_to_num(page), 0).astype(np.int64)
    found = []
    for name in ("width", "height"):
        side = pages.numbers(name)
        of_page = side[at] if len(side) else np.full(len(at), np.nan)
        found.append(np.where(known, of_page, np.nan))
    return found[0], found[1]


def _leaves(pages: Lists, boxed: Lists, margin: float) -> Flags:
    """Whether a box leaves its page by more than a margin, is turned inside out, or is none."""
    width, height = _sides(pages, boxed)
    x0, y0, x1, y1 = (boxed.numbers(name) for name in ("x0", "y0", "x1", "y1"))
    within = (x0 >= -margin * width) & (x1 <= (1 + margin) * width)
    within &= (y0 >= -margin * height) & (y1 <= (1 + margin) * height)
    return ~(within & (x0 <= x1) & (y0 <= y1) & (x0 <= width) & (y0 <= height))


def _lines(words: Lists, page: Floats) -> Floats:
    """Lines of text: a word begins one if it stands off the middle of the one before."""
    if not len(page):
        return np.zeros(len(words.counts))
    y0, y1 = words.numbers("y0"), words.numbers("y1")
    middle, height = (y0 + y1) / 2, np.maximum(y1 - y0, 1e-6)
    begins = np.ones(len(page), bool)
    begins[1:] = (np.abs(np.diff(middle)) > height[1:] / 2) | (np.diff(page) != 0)
    begins[words.offsets[:-1][words.counts > 0]] = True
    return words.summed(begins)


def _facts(
    rows: pa.Table, measured: _Measured, words: Lists, texts: pa.Array, codes: Ints
) -> pa.Table:
    lengths = np.asarray(pc.utf8_length(texts), dtype=np.int64)
    digits = np.asarray(pc.count_substring_regex(texts, r"\p{Nd}"), dtype=np.int64)
    characters = words.summed(lengths[codes]) if len(codes) else np.zeros(rows.num_rows)
    digit = words.summed(digits[codes]) if len(codes) else np.zeros(rows.num_rows)
    signed = fingerprints.signatures(_hashes(texts)[codes], words.offsets)
    fields = Lists.of(rows["fields"])
    placed = Lists.of(fields.items.field("words")).counts > 0
    counted: dict[str, Any] = {
        "pages": Lists.of(rows["pages"]).counts,
        "words": words.counts,
        "lines": measured.lines,
        "fields": fields.counts,
        "fields_placed": fields.summed(placed),
        "cells": Lists.of(rows["cells"]).counts,
        "characters": characters,
        "digit_share": digit / np.maximum(characters, 1),
        "unreadable_share": measured.unreadable / np.maximum(words.counts, 1),
        "boxes_outside": measured.outside,
        "bands": _listed(fingerprints.bands(signed).view(np.int64)),
        "signature": pa.array([one.tobytes() for one in signed], pa.binary()),
        "reason": pa.nulls(rows.num_rows, TEXT),
        "language": _languages(rows["language"], words, texts, codes),
    }
    columns = []
    for column in FACTS:
        values = counted.get(column.name)
        if values is None:
            values = rows[column.name].combine_chunks()
        columns.append(pa.array(values).cast(column.type, safe=False))
    return pa.Table.from_arrays(columns, schema=FACTS)


def _listed(values: npt.NDArray[np.int64]) -> pa.Array:
    width = values.shape[1]
    offsets = pa.array(np.arange(len(values) + 1) * width, pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values.ravel()))


def _hashes(texts: pa.Array) -> fingerprints.Hashes:
    """A hash of each text without case: the same on every machine."""
    from hashlib import blake2b

    folded = (one.casefold().encode() for one in texts.to_pylist())
    joined = b"".join(blake2b(one, digest_size=8).digest() for one in folded)
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64)


def _languages(stated: pa.ChunkedArray, words: Lists, texts: pa.Array, codes: Ints) -> pa.Array:
    """The language of each annotation: what it states, else what its words say."""
    found, keys = stated.to_pylist(), None
    for at, language in enumerate(found):
        if language is None:
            keys = keys or [key_of(one) for one in texts.to_pylist()]
            own = codes[words.offsets[at] : words.offsets[at + 1]]
            found[at] = lexicon_for([keys[one] for one in own]).languages[0]
    return pa.array(found, TEXT)


def _reasons(facts: pa.Table, measured: _Measured, rows: pa.Table, filters: Filters) -> pa.Array:
    """The first reason that holds against each annotation, null where none does."""
    words = np.asarray(facts["words"])
    outside = np.asarray(facts["boxes_outside"]) / np.maximum(words, 1)
    holds: Mapping[str, Flags] = {
        "no_page": ~measured.has_pages,
        "too_few_words": words < filters.least_words,
        "too_many_words": words > filters.most_words,
        "no_field": np.asarray(facts["fields"]) == 0,
        "boxes_outside": outside > filters.most_outside,
        "unreadable": np.asarray(facts["unreadable_share"]) > filters.most_unreadable,
        "faults": Lists.of(rows["faults"]).counts > filters.most_faults,
    }
    names = [one for one in REASONS if one in holds]
    flags = np.column_stack([holds[name] for name in names])
    first = np.where(flags.any(axis=1), flags.argmax(axis=1), len(names))
    return pa.array([*names, None], TEXT).take(pa.array(first))


def _inside(pages: Lists, boxed: Lists) -> dict[str, pa.Array]:
    """The corners of boxes, moved onto their pages; those without a page as they were."""
    width, height = _sides(pages, boxed)
    found = {}
    for name, side in (("x0", width), ("y0", height), ("x1", width), ("y1", height)):
        given = boxed.numbers(name)
        moved = np.where(np.isnan(side), given, np.clip(given, 0.0, side))
        found[name] = pa.array(moved.astype(np.float32))
    return found


def _with(items: pa.StructArray, changed: Mapping[str, pa.Array]) -> pa.StructArray:
    """Structs with some of their fields replaced."""
    names = [one.name for one in items.type]
    arrays = [changed[name] if name in changed else items.field(name) for name in names]
    return pa.StructArray.from_arrays(arrays, names=names)
