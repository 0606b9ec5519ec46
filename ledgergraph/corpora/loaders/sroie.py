"""SROIE: scanned receipts of shops in Malaysia, their lines, and four facts of each (ICDAR 2019).

Belongs here: its layouts (img/box/key folders; the official folders named after tasks; rows
of Hugging Face), its labels in our fields, and its known faults, reported item by item:
labels that do not occur in the text, boxes without text, dates and totals that are none.

Dates are read with the day first, totals with a point before the decimals.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from ledgergraph.corpora.alignment import likeliest
from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.loaders.items import (
    PICTURES,
    Loaded,
    Picture,
    Rejected,
    Taking,
    bad_box,
    box_of,
    boxes_apart,
    decimal_in,
    each,
    fault,
    files_below,
    json_of,
    on_page,
    picture_of,
    places_of_amount,
    places_of_pieces,
    places_of_text,
    read_bytes,
    scaled,
    split_of,
    split_of_folder,
    text_of,
    unknown_layout,
    words_of_line,
)
from ledgergraph.corpora.loaders.rows import (
    Row,
    is_on_disk,
    load_rows,
    picture_in,
    spans_of,
    value_of,
)
from ledgergraph.evidence import Box
from ledgergraph.extractions.languages import lexicon
from ledgergraph.extractions.names import name_key
from ledgergraph.extractions.readers.recognisers import Style, dates_in
from ledgergraph.money import plain

SOURCE = "sroie"
ROLES = {
    "img": "picture", "image": "picture", "images": "picture",
    "box": "boxes", "boxes": "boxes",
    "key": "labels", "keys": "labels", "entities": "labels",
}  # fmt: skip
"""What the folders of the layouts that people use hold."""
TASK = re.compile(r"task[\d_-]*(train|test)", re.IGNORECASE)
"""The official folders, such as `0325updated.task1train(626p)`."""
LABELS = {
    "company": "seller.name", "date": "issue_date", "address": "seller.address",
    "total": "totals.gross",
}  # fmt: skip
"""The source's labels and our fields, which mean the same."""
COMPACT_DATE = re.compile(
    r"\b(?:(20\d\d)(0[1-9]|1[0-2])([0-3]\d)|([0-3]\d)(0[1-9]|1[0-2])(20\d\d))\b"
)
"""A date without signs between year, month and day, either way round."""
LOOKED_FOR = (
    "folders img, box and key (or images, entities), below train and test or alone",
    "folders named task1train, task2train, task3-test as the organisers ship them",
)
Line = tuple[str, Box]


def load(folder: Path, taking: Taking) -> Iterator[Loaded]:
    """The receipts of a folder; raises BadInput `unknown_layout`."""
    if is_on_disk(folder):
        columns = ("image|images|image_path", "words|texts|tokens", "bboxes|boxes|bbox")
        yield from load_rows(SOURCE, folder, columns, lambda row: _of_row(row, folder, taking))
        return
    items = _items(folder)
    if not items:
        raise unknown_layout(SOURCE, folder, LOOKED_FOR)
    for (split, stem), files in sorted(items.items(), key=lambda item: (item[0][0] or "", item[0])):
        picture = files.get("picture")
        if picture is None or "boxes" not in files:
            shown = next(iter(files.values()))[1].as_posix()
            lacking = "no picture" if picture is None else "no file of boxes"
            yield Rejected(
                SOURCE, shown, "incomplete",
                f"{shown} has {lacking} beside it ({stem}). Take all files of the data set, or "
                "leave the item out.",
            )  # fmt: skip
            continue
        name = picture[1].as_posix()
        yield each(SOURCE, name, partial(_of_files, name, split, files, taking))


Files = dict[str, tuple[Path, PurePosixPath]]


def _items(folder: Path) -> dict[tuple[str | None, str], Files]:
    """The files of each item by what they hold; items are told apart by split and stem."""
    items: dict[tuple[str | None, str], Files] = defaultdict(dict)
    for path, name in files_below(folder):
        parent = path.parent.name
        role = ROLES.get(parent.lower())
        if role is None and TASK.search(parent):
            role = _role_of(path)
        if role is not None and (role == "picture") == (path.suffix.lower() in PICTURES):
            split = split_of(*reversed(name.parts[:-1])) or split_of_folder(folder)
            items[split, path.stem].setdefault(role, (path, name))
    return items


def _role_of(path: Path) -> str | None:
    """What a file of an official folder holds, by what it begins with."""
    if path.suffix.lower() in PICTURES:
        return "picture"
    if path.suffix.lower() != ".txt":
        return None
    with path.open("rb") as stream:
        is_json = stream.read(16).lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{")
    return "labels" if is_json else "boxes"


def _of_files(name: str, split: str | None, files: Files, taking: Taking) -> Annotation:
    path, _ = files["picture"]
    picture = picture_of(read_bytes(path, name, taking), name, taking)
    boxes_name = files["boxes"][1].as_posix()
    text, is_utf8 = text_of(read_bytes(files["boxes"][0], boxes_name, taking))
    faults = [] if is_utf8 else [fault("not_utf8", "the file of boxes is not UTF-8")]
    labels: Mapping[str, Any] | None = None
    if "labels" in files:
        labels_name = files["labels"][1].as_posix()
        labels = json_of(read_bytes(files["labels"][0], labels_name, taking), labels_name)
    return _annotation(name, split, picture, _lines_of(text, boxes_name), labels, faults)


def _lines_of(text: str, name: str) -> Iterator[Line]:
    """The lines of a file of boxes: eight coordinates and what stands there, which has commas."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip(" ,\t\x1a"):
            continue
        parts = line.split(",", 8)
        if len(parts) < 8:
            raise bad_box(f"{name}, line {number}", f"has {len(parts)} values, not 8 and a text")
        yield (parts[8] if len(parts) > 8 else ""), box_of(parts[:8], f"{name}, line {number}")


def _of_row(row: Row, folder: Path, taking: Taking) -> Annotation:
    """A receipt of Hugging Face: lines or words with boxes, and entities or BIO tags."""
    picture = picture_in(row, folder, taking)
    texts = value_of(row, "words", "texts", "tokens") or []
    boxes = value_of(row, "bboxes", "boxes", "bbox") or []
    if len(texts) != len(boxes):
        raise bad_box(row.name, f"has {len(texts)} texts and {len(boxes)} boxes")
    listed = [(str(text), box_of(box, row.name)) for text, box in zip(texts, boxes, strict=True)]
    labels = value_of(row, "entities", "labels")
    tags = value_of(row, "ner_tags", "label")
    if isinstance(labels, str):
        labels = json_of(labels, row.name)
    if labels is None and isinstance(tags, list) and len(tags) == len(texts):
        # Sets with tags have boxes of 0 to 1000, as models take them.
        page = picture.pages[0]
        apart = boxes_apart([text for text, _ in listed], [scaled(box, page) for _, box in listed])
        listed = [(text, box) for (text, _), box in zip(listed, apart, strict=True)]
        labels = _tagged([text for text, _ in listed], tags)
    return _annotation(row.name, row.split, picture, listed, labels, [])


def _tagged(texts: Sequence[str], tags: Sequence[Any]) -> dict[str, str]:
    """The labels that tags mark: each label's first run of words."""
    found: dict[str, str] = {}
    for label, places in spans_of(tags):
        found.setdefault(label.lower(), " ".join(texts[place] for place in places))
    return found


def _annotation(
    name: str, split: str | None, picture: Picture, listed: Iterator[Line] | Sequence[Line],
    labels: Mapping[str, Any] | None, faults: list[str],
) -> Annotation:  # fmt: skip
    page = picture.pages[0]
    words = _words(listed, page, faults)
    if labels is None:
        faults.append(fault("no_labels", "no file states what the receipt says"))
    stated = {label: str((labels or {}).get(label) or "").strip() for label in LABELS}
    fields = [] if labels is None else list(_fields(stated, words, page, faults))
    return Annotation(
        f"{SOURCE}/{name}", SOURCE, name, "receipt", picture.pages, tuple(words), tuple(fields),
        document_id=picture.document_id, media_type=picture.media_type, language="en",
        vendor=name_key(stated["company"]), split=split, faults=tuple(faults),
    )  # fmt: skip


def _words(
    listed: Iterator[Line] | Sequence[Line], page: AnnotatedPage, faults: list[str]
) -> list[AnnotatedWord]:
    """The words of all lines; what is wrong with boxes is a fault."""
    words: list[AnnotatedWord] = []
    empty = beyond = 0
    for text, box in listed:
        inside = on_page(box, page)
        empty += not text.strip()
        beyond += bool(text.strip()) and inside != box
        if inside is None:
            continue
        words += words_of_line(text.strip(), inside)
    if empty:
        faults.append(fault("box_without_text", f"{empty} boxes have no text"))
    if beyond:
        faults.append(
            fault("box_beyond_page", f"{beyond} boxes reach beyond the page or have no area")
        )
    return words


def _fields(
    stated: Mapping[str, str], words: Sequence[AnnotatedWord], page: AnnotatedPage,
    faults: list[str],
) -> Iterator[FieldTruth]:  # fmt: skip
    for label, field in LABELS.items():
        raw = stated[label]
        if not raw:
            faults.append(fault("label_missing", f"{label} is not stated"))
            continue
        value = canonical(label, raw)
        if value is None:
            faults.append(fault(f"{label}_unreadable", f"{label} is none that can be read"))
            continue
        places = _places(label, raw, words, page)
        if not places:
            faults.append(fault("label_not_in_text", f"{label} does not occur in the text"))
        yield FieldTruth(field, None, value, raw, places)


def canonical(label: str, raw: str) -> str | None:
    """The value of a label as our fields hold it; null for a date or total that is none."""
    if label == "date":
        spaced = COMPACT_DATE.sub(lambda match: "-".join(filter(None, match.groups())), raw)
        found = dates_in(spaced, Style(".", False, lexicon(("en",)).months))
        return found[0].value.isoformat() if found else None
    if label == "total":
        number = decimal_in(raw)
        return None if number is None else plain(number)
    return " ".join(raw.split())


def _places(
    label: str, raw: str, words: Sequence[AnnotatedWord], page: AnnotatedPage
) -> tuple[int, ...]:
    """The words that state a label; of an amount that stands often, those behind its label."""
    texts = [word.text for word in words]
    if label == "address":
        return next(iter(places_of_text(texts, raw)), ()) or places_of_pieces(texts, raw)
    if label != "total":
        return next(iter(places_of_text(texts, raw)), ())
    number = decimal_in(raw)
    found = [] if number is None else places_of_amount(texts, number)
    found = found or list(places_of_text(texts, re.sub(r"[^\d.,]", "", raw)))
    return likeliest(LABELS[label], found, page, words) if len(found) > 1 else next(iter(found), ())
