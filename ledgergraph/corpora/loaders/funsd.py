"""FUNSD: noisy scanned forms with words, labelled groups of them and links between groups.

Belongs here: its layouts (training_data and testing_data with annotations and images; rows
of Hugging Face with words, boxes of 0 to 1000, some of whole groups, and BIO tags). Its labels
are its own:
`funsd.question`, `funsd.answer`, `funsd.header`, `funsd.other`.

`line` joins what is linked: a question and its answers have the same number, null stands
for what has no partner. Rows of Hugging Face carry no links.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.loaders.items import (
    PICTURES,
    Loaded,
    Picture,
    Taking,
    bad_box,
    box_of,
    boxes_apart,
    each,
    fault,
    files_below,
    json_of,
    no_json,
    on_page,
    own_field,
    picture_of,
    read_bytes,
    scaled,
    split_of,
    split_of_folder,
    unknown_layout,
)
from ledgergraph.corpora.loaders.rows import (
    Row,
    is_on_disk,
    load_rows,
    picture_in,
    spans_of,
    value_of,
)
from ledgergraph.errors import BadInput

SOURCE = "funsd"
LOOKED_FOR = ("folders annotations and images, below training_data and testing_data or alone",)
PAIRED = {"question", "answer"}


def load(folder: Path, taking: Taking) -> Iterator[Loaded]:
    """The forms of a folder; raises BadInput `unknown_layout`."""
    if is_on_disk(folder):
        columns = ("image|image_path", "words|tokens", "bboxes|boxes", "ner_tags")
        yield from load_rows(SOURCE, folder, columns, lambda row: _of_row(row, folder, taking))
        return
    files = list(files_below(folder))
    pictures = {
        (path.parent.parent, path.stem): (path, name)
        for path, name in files
        if path.suffix.lower() in PICTURES and path.parent.name == "images"
    }
    labels = [(path, name) for path, name in files
              if path.suffix == ".json" and path.parent.name == "annotations"]  # fmt: skip
    if not labels or not pictures:
        raise unknown_layout(SOURCE, folder, LOOKED_FOR)
    for path, name in labels:
        beside = pictures.get((path.parent.parent, path.stem))
        shown = name.as_posix()
        yield each(SOURCE, shown, partial(_of_files, path, shown, beside, folder, taking))


def _of_files(
    path: Path, name: str, beside: tuple[Path, Any] | None, folder: Path, taking: Taking
) -> Annotation:
    if beside is None:
        raise BadInput(
            "incomplete",
            f"{name} has no picture in images/. Take all files of the data set, or leave it out.",
        )
    shown = beside[1].as_posix()
    picture = picture_of(read_bytes(beside[0], shown, taking), shown, taking)
    form = json_of(read_bytes(path, name, taking), name).get("form")
    if not isinstance(form, list):
        raise no_json(name, "has no list form")
    try:
        words, fields, faults = _of_form(form, picture.pages[0], name)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise no_json(name, "has groups that are not as FUNSD writes them") from error
    part = path.parent.parent
    split = split_of_folder(folder) if part == folder else split_of(part.name)
    return _annotation(shown, split, picture, words, fields, faults)


def _of_form(
    form: Sequence[Mapping[str, Any]], page: AnnotatedPage, name: str
) -> tuple[list[AnnotatedWord], list[FieldTruth], list[str]]:
    words: list[AnnotatedWord] = []
    fields: list[FieldTruth] = []
    empty = beyond = 0
    numbers = _pairs(form)
    for group in form:
        places = []
        for word in group["words"]:
            text = str(word["text"]).strip()
            box = box_of(word["box"], name)
            inside = on_page(box, page)
            empty += not text
            beyond += bool(text) and inside != box
            if text and inside is not None:
                places.append(len(words))
                words.append(AnnotatedWord(0, text, inside))
        if places:
            raw = " ".join(words[place].text for place in places)
            label = own_field(SOURCE, group["label"], name)
            fields.append(FieldTruth(label, numbers.get(group["id"]), raw, raw, tuple(places)))
    faults = [fault("box_without_text", f"{empty} boxes have no text")] if empty else []
    if beyond:
        faults.append(
            fault("box_beyond_page", f"{beyond} boxes reach beyond the page or have no area")
        )
    return words, fields, faults


def _pairs(form: Sequence[Mapping[str, Any]]) -> dict[Any, int]:
    """The number of each question or answer that is linked to one of the other kind."""
    label_of = {group["id"]: group["label"] for group in form}
    head: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        while head.get(one, one) != one:
            one = head[one]
        return one

    for group in form:
        for one, other in group.get("linking") or ():
            if {label_of.get(one), label_of.get(other)} == PAIRED:
                head.setdefault(one, one)
                head.setdefault(other, other)
                head[root(other)] = root(one)
    numbers: dict[Any, int] = {}
    for group in form:
        if group["id"] in head:
            numbers.setdefault(root(group["id"]), len(numbers))
    return {group["id"]: numbers[root(group["id"])] for group in form if group["id"] in head}


def _of_row(row: Row, folder: Path, taking: Taking) -> Annotation:
    picture = picture_in(row, folder, taking)
    page, texts = picture.pages[0], value_of(row, "words", "tokens") or []
    boxes, tags = value_of(row, "bboxes", "boxes") or [], row.values["ner_tags"] or []
    if not len(texts) == len(boxes) == len(tags):
        raise bad_box(row.name, f"has {len(texts)} words, {len(boxes)} boxes, {len(tags)} tags")
    texts = [str(text).strip() for text in texts]
    apart = boxes_apart(texts, [scaled(box_of(box, row.name), page) for box in boxes])
    placed = [on_page(box, page) for box in apart]
    kept = [at for at, box in enumerate(placed) if box is not None and texts[at]]
    words = [AnnotatedWord(0, texts[at], box)
             for at in kept if (box := placed[at]) is not None]  # fmt: skip
    fields = []
    for label, places in spans_of([tags[at] for at in kept]):
        raw = " ".join(words[place].text for place in places)
        fields.append(
            FieldTruth(own_field(SOURCE, label.lower(), row.name), None, raw, raw, places)
        )
    lost = len(texts) - len(kept)
    faults = [fault("box_without_text", f"{lost} words have no text or area")] if lost else []
    return _annotation(row.name, row.split, picture, words, fields, faults)


def _annotation(
    name: str, split: str | None, picture: Picture, words: Sequence[AnnotatedWord],
    fields: Sequence[FieldTruth], faults: Sequence[str],
) -> Annotation:  # fmt: skip
    return Annotation(
        f"{SOURCE}/{name}", SOURCE, name, "form", picture.pages, tuple(words), tuple(fields),
        document_id=picture.document_id, media_type=picture.media_type, language="en",
        split=split, faults=tuple(faults),
    )  # fmt: skip
