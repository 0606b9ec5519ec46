"""CORD: photographed receipts of Indonesia with words, groups and 30 labels (version 1 and 2).

Belongs here: its layouts (train, dev, test with image and json, which come in two archives
of which either may hold what belongs to the other; a Hugging Face column `ground_truth`
with the same JSON as text), and its labels in our fields. What has no field
of ours keeps its own name after `cord.`; nothing is left out.

A line item is what has one group_id; what is below it (`menu.sub_…`) are several of one
name in version 2, told apart by sub_group_id. Where a header label stands several times with
different values, none of them is the document's: each keeps its own name.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.loaders.items import (
    PICTURES,
    Loaded,
    Picture,
    Rejected,
    Taking,
    box_of,
    each,
    fault,
    files_below,
    json_of,
    no_json,
    on_page,
    own_field,
    picture_of,
    read_bytes,
    split_of,
    split_of_folder,
    unknown_layout,
)
from ledgergraph.corpora.loaders.rows import Row, is_on_disk, load_rows, picture_in
from ledgergraph.errors import BadInput
from ledgergraph.extractions.fields import Form, form_of
from ledgergraph.extractions.readers.recognisers import parsed_number
from ledgergraph.money import plain

SOURCE = "cord"
ITEMS = {
    "menu.nm": "description", "menu.cnt": "quantity", "menu.unitprice": "unit_price",
    "menu.price": "net",
}  # fmt: skip
HEADER = {
    "sub_total.subtotal_price": "totals.lines", "sub_total.discount_price": "totals.allowances",
    "sub_total.service_price": "totals.charges", "sub_total.tax_price": "totals.tax",
    "total.total_price": "totals.gross",
}  # fmt: skip
"""The source's labels and our fields, which mean the same; `subtotal.` is an older spelling."""
LOOKED_FOR = ("folders image (or images) and json, below train, dev and test or alone",)
NUMBER = re.compile(r"\d[\d.,]*")
CORNERS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")


def load(folder: Path, taking: Taking) -> Iterator[Loaded]:
    """The receipts of a folder; raises BadInput `unknown_layout`."""
    if is_on_disk(folder):
        columns = ("image", "ground_truth")
        yield from load_rows(SOURCE, folder, columns, lambda row: _of_row(row, folder, taking))
        return
    files = list(files_below(folder))
    labels = [(path, name) for path, name in files
              if path.suffix == ".json" and path.parent.name == "json"]  # fmt: skip
    pictures = {
        (path.parent.parent, path.stem): (path, name)
        for path, name in files
        if path.suffix.lower() in PICTURES and path.parent.name in ("image", "images")
    }
    if not labels or not pictures:
        raise unknown_layout(SOURCE, folder, LOOKED_FOR)
    elsewhere = {(place.name, stem): place for place, stem in pictures}
    own = {(path.parent.parent, path.stem) for path, _ in labels}
    for path, name in labels:
        place, stem = path.parent.parent, path.stem
        if (place, stem) not in pictures:  # the archives unpacked beside one another
            other = elsewhere.get((place.name, stem), place)
            place = place if (other, stem) in own else other
        beside = pictures.pop((place, stem), None)
        shown = name.as_posix()
        yield each(SOURCE, shown, partial(_of_files, path, shown, beside, folder, taking))
    for _, alone in pictures.values():
        yield Rejected(
            SOURCE, alone.as_posix(), "incomplete",
            f"{alone} has no file of labels in json/. Take all files of the data set, or leave "
            "the item out.",
        )  # fmt: skip


def _of_files(
    path: Path, name: str, beside: tuple[Path, Any] | None, folder: Path, taking: Taking
) -> Annotation:
    if beside is None:
        raise BadInput(
            "incomplete",
            f"{name} has no picture in image/. Take all files of the data set, or leave it out.",
        )
    shown = beside[1].as_posix()
    picture = picture_of(read_bytes(beside[0], shown, taking), shown, taking)
    stated = json_of(read_bytes(path, name, taking), name)
    part = path.parent.parent
    split = split_of_folder(folder) if part == folder else split_of(part.name)
    return _annotation(shown, split, picture, stated)


def _of_row(row: Row, folder: Path, taking: Taking) -> Annotation:
    stated = row.values["ground_truth"]
    truth = json_of(str(stated), row.name) if not isinstance(stated, Mapping) else stated
    return _annotation(row.name, row.split, picture_in(row, folder, taking), truth)


def _annotation(
    name: str, split: str | None, picture: Picture, stated: Mapping[str, Any]
) -> Annotation:
    lines = stated.get("valid_line")
    if not isinstance(lines, list):
        raise no_json(name, "has labels without a list valid_line")
    try:
        split = split or split_of(str((stated.get("meta") or {}).get("split") or ""))
        words, marked, faults = _words(lines, picture.pages[0], name)
        fields = tuple(_fields(marked, words, faults))
    except (AttributeError, KeyError, TypeError) as error:
        raise no_json(name, "has lines that are not as CORD writes them") from error
    return Annotation(
        f"{SOURCE}/{name}", SOURCE, name, "receipt", picture.pages, tuple(words), fields,
        document_id=picture.document_id, media_type=picture.media_type, language="id",
        split=split, faults=tuple(faults),
    )  # fmt: skip


Group = tuple[Any, Any]
"""A line item or another group, and of what is below a line item which of them."""
Marked = tuple[str, Group, tuple[int, ...]]
"""A label, its group and its words."""


def _words(
    lines: Sequence[Mapping[str, Any]], page: AnnotatedPage, name: str
) -> tuple[list[AnnotatedWord], list[Marked], list[str]]:
    words: list[AnnotatedWord] = []
    marked: list[Marked] = []
    empty = beyond = 0
    for line in lines:
        label = own_field(SOURCE, line["category"], name).removeprefix(f"{SOURCE}.")
        places = []
        for word in line["words"]:
            text = str(word["text"]).strip()
            box = box_of([word["quad"][corner] for corner in CORNERS], name)
            inside = on_page(box, page)
            empty += not text
            beyond += bool(text) and inside != box
            if not text or inside is None:
                continue
            if not word.get("is_key"):  # the word `Total` tells what the amount is, it is not it
                places.append(len(words))
            words.append(AnnotatedWord(0, text, inside))
        below = line.get("sub_group_id") if label.startswith("menu.sub_") else None
        marked.append((label, (line.get("group_id"), below), tuple(places)))
    faults = [fault("box_without_text", f"{empty} boxes have no text")] if empty else []
    if beyond:
        faults.append(
            fault("box_beyond_page", f"{beyond} boxes reach beyond the page or have no area")
        )
    return words, marked, faults


def _fields(
    marked: Sequence[Marked], words: Sequence[AnnotatedWord], faults: list[str]
) -> Iterator[FieldTruth]:
    """The fields of all labels: parts of one label in one group are one field."""
    joined: dict[tuple[str, Group], list[int]] = defaultdict(list)
    for label, group, places in marked:
        joined[re.sub(r"^subtotal\.", "sub_total.", label), group].extend(places)
    number_of = {group: at for at, group in enumerate(_ordered(joined))}
    ours = dict(_of_header(joined, words))
    for (label, group), own in joined.items():
        places = tuple(own)
        raw = " ".join(words[place].text for place in places)
        if not raw:
            faults.append(fault("label_without_text", f"{label} has no words of its own"))
            continue
        line = number_of.get(group[0]) if label.startswith("menu.") else None
        field = ITEMS.get(label) if line is not None else ours.get((label, group))
        value = _canonical(field, raw) if field else raw
        if value is None:
            faults.append(fault("number_unreadable", f"{label} is no number that can be read"))
            field, value = None, raw
        yield FieldTruth(field or f"{SOURCE}.{label}", line, value, raw, places)


def _ordered(joined: Mapping[tuple[str, Group], list[int]]) -> Iterator[Any]:
    """The groups in the order in which their line items begin."""
    yield from dict.fromkeys(group[0] for label, group in joined if label.startswith("menu."))


def _of_header(
    joined: Mapping[tuple[str, Group], list[int]], words: Sequence[AnnotatedWord]
) -> Iterator[tuple[tuple[str, Group], str]]:
    """Which labels state a field of ours: the only one of its name, or the first of equal ones."""
    for label, field in HEADER.items():
        found = [(group, " ".join(words[place].text for place in places))
                 for (name, group), places in joined.items() if name == label]  # fmt: skip
        if found and len({number_in(raw) for _, raw in found}) == 1:
            yield (label, found[0][0]), field


def _canonical(field: str, raw: str) -> str | None:
    if form_of(field) in (Form.AMOUNT, Form.NUMBER):
        return number_in(raw)
    return " ".join(raw.split())


def number_in(raw: str) -> str | None:
    """The number of a text as Indonesian receipts print it: `Rp 16.500`, `16,500`, `2 x`.

    A single sign before three digits groups them: the currency has no smaller unit in use.
    Null where there is no number, or two that differ.
    """
    found = NUMBER.findall(raw)
    numbers = set()
    for one in found:
        bare = one.rstrip(".,")
        sign = "," if bare.rfind(".") > bare.rfind(",") else "."
        numbers.add(parsed_number(bare, sign)[0])
    if len(numbers) != 1:
        return None
    is_negative = re.match(r"[^\d]*[-−–(][^\d]*\d", raw) is not None
    number = numbers.pop()
    return plain(-number if is_negative else number)
