"""RVL-CDIP: pictures of scanned documents in 16 classes, without words.

Belongs here: its layouts (images/ with train.txt, val.txt and test.txt in labels/, or beside
it as Hugging Face keeps its archive; rows of Hugging Face with image and label). Its
classes are the annotation's `type`, in the source's own words; `invoice` means the same as ours.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.loaders.items import (
    Loaded,
    Picture,
    Taking,
    each,
    picture_of,
    read_bytes,
    split_of,
    unknown_layout,
)
from ledgergraph.corpora.loaders.rows import Row, is_on_disk, load_rows, picture_in
from ledgergraph.errors import BadInput

SOURCE = "rvl_cdip"
CLASSES = (
    "letter", "form", "email", "handwritten", "advertisement", "scientific report",
    "scientific publication", "specification", "file folder", "news article", "budget",
    "invoice", "presentation", "questionnaire", "resume", "memo",
)  # fmt: skip
"""The classes in the order of their numbers."""
LOOKED_FOR = ("folder images and train.txt, val.txt or test.txt in folder labels or beside it",)
LISTS = ("train.txt", "val.txt", "test.txt")


def load(folder: Path, taking: Taking) -> Iterator[Loaded]:
    """The documents of a folder; raises BadInput `unknown_layout`."""
    if is_on_disk(folder):
        yield from load_rows(
            SOURCE, folder, ("image", "label"), lambda row: _of_row(row, folder, taking)
        )
        return
    place = folder / "labels" if (folder / "labels").is_dir() else folder
    lists = [place / name for name in LISTS if (place / name).is_file()]
    if not lists or not (folder / "images").is_dir():
        raise unknown_layout(SOURCE, folder, LOOKED_FOR)
    for listed in lists:
        with listed.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    where = f"{listed.relative_to(folder).as_posix()}, line {number}"
                    make = partial(_of_line, line, where, listed.name, folder, taking)
                    yield each(SOURCE, where, make)


def _of_line(line: str, where: str, of: str, folder: Path, taking: Taking) -> Annotation:
    path, _, label = line.strip().rpartition(" ")
    if not path or not label.isdigit() or int(label) >= len(CLASSES):
        raise BadInput(
            "bad_labels",
            f"{where} must be a path and a class from 0 to {len(CLASSES) - 1}. Take the list "
            "from the data set again, or leave the line out.",
        )
    name = f"images/{path}"
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise BadInput(
            "bad_labels", f"{where} names a picture outside the folder. Leave the line out."
        )
    picture = picture_of(read_bytes(place, name, taking), name, taking)
    return _annotation(name, split_of(of), picture, CLASSES[int(label)])


def _of_row(row: Row, folder: Path, taking: Taking) -> Annotation:
    label = row.values["label"]
    if isinstance(label, int) and 0 <= label < len(CLASSES):
        label = CLASSES[label]
    if not isinstance(label, str):
        raise BadInput("bad_labels", f"{row.name} has no class. Leave the row out.")
    picture = picture_in(row, folder, taking)
    return _annotation(row.name, row.split, picture, label.replace("_", " "))


def _annotation(name: str, split: str | None, picture: Picture, type: str) -> Annotation:
    return Annotation(
        f"{SOURCE}/{name}", SOURCE, name, type, picture.pages, (), (),
        document_id=picture.document_id, media_type=picture.media_type, language="en",
        split=split,
    )  # fmt: skip
