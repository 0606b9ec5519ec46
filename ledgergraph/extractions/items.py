"""Table `items`: a row for each line of each document, with its language and in English.

Belongs here: the row, and which descriptions are translated. Not here: how lines are read
(line_items, einvoices), how a language is told (languages.guessing), how a text is translated
(translation).
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from ledgergraph.extractions.fields import typed_value
from ledgergraph.extractions.languages import key_of, lexicon_for
from ledgergraph.extractions.languages.guessing import guess
from ledgergraph.extractions.rules.document import Part, Stated, parts_of
from ledgergraph.extractions.schemas import ITEMS
from ledgergraph.extractions.translation import ENGLISH, Translated, Translator

NUMBERS = ("quantity", "unit_price", "price_base_quantity", "net", "tax_rate")


class Said(NamedTuple):
    """A description and its language, null where that cannot be told."""

    text: str
    language: str | None


def items_of(extractions: pa.Table, translator: Translator | None = None) -> pa.Table:
    """The items of a batch's documents as their chosen readings state them.

    `language` is that of the description by itself, null where it cannot be told. With a
    translator, `description_english` is what it made of it and `translated_by` the model; of a
    description that is English it is the description itself. Without one both are null. The
    original is never replaced.
    """
    parts = [part for part in parts_of(extractions) if part.lines]
    said = {
        (part.document_id, part.part, number): one
        for part in parts
        for number, one in _described(part)
    }
    english: Mapping[tuple[str, str], Translated] = {}
    if translator is not None:
        english = translator.english(
            (one.text, one.language) for one in said.values() if one.language not in (None, ENGLISH)
        )
    rows = []
    for part in parts:
        for number, line in part.lines.items():
            own = said.get((part.document_id, part.part, number))
            made = english.get((own.text, own.language or "")) if own else None
            rows.append(_row(part, number, line, own, made, translator is not None))
    return ITEMS.conform(ITEMS.rows(rows))


def language_of(texts: Iterable[str]) -> str:
    """The language in which a document's lines are, taken together, ISO 639-1."""
    joined = " ".join(texts)
    keys = [key_of(word) for word in joined.split()]
    return guess(joined, lexicon_for(keys).language).language


def _described(part: Part) -> list[tuple[int, Said]]:
    """The descriptions of a part with their languages: each by itself, helped by the others."""
    texts = {
        number: line["description"].value
        for number, line in part.lines.items()
        if "description" in line and line["description"].value.strip()
    }
    around = language_of(texts.values()) if texts else ENGLISH
    found = []
    for number, text in texts.items():
        told = guess(text, around)
        found.append((number, Said(text, told.language if told.is_sure else None)))
    return found


def _row(
    part: Part, number: int, line: Mapping[str, Stated], said: Said | None,
    made: Translated | None, is_translated: bool,
) -> dict[str, Any]:  # fmt: skip
    is_english = is_translated and said is not None and said.language == ENGLISH
    described = line.get("description")
    unit = line.get("unit")
    return {
        "document_id": part.document_id,
        "part": part.part,
        "line": number,
        "description": described.value if described else None,
        "language": said.language if said else None,
        "description_english": made.text if made else said.text if said and is_english else None,
        "translated_by": made.model if made else None,
        "translation_probability": made.probability if made else None,
        "unit": unit.value if unit else None,
        **{name: typed_value(name, line[name].value) if name in line else None
           for name in NUMBERS},
        "confidence": min((one.confidence for one in line.values()), default=None),
        "reading": next((one.reading for one in line.values()), None),
    }  # fmt: skip
