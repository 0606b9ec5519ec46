"""What loaders share: a rejected item, faults, pictures, words of a line, places of a value.

Not here: anything that only one source needs, and Hugging Face's files (rows).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import accumulate, groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation
from ledgergraph.documents.images import frames_of, image_format
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.identity import document_id_of
from ledgergraph.tables import TEXT, Table

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
SPLITS = {"train": "train", "dev": "dev", "val": "dev", "valid": "dev", "test": "test"}
"""Words in the names of folders and files that name a split, and ours."""
SPLIT = re.compile(
    r"(?<![a-z])(train|dev|valid|val|test)(?:ing|ation)?(?![a-z])(?:_data)?", re.IGNORECASE
)
GLUED_SPLIT = re.compile(r"task[\d_-]*(train|test)", re.IGNORECASE)
OWN_LABEL = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
AMOUNT_WORD = re.compile(r"[^\d.,-]*(-?\d[\d,]*(?:\.\d+)?|-?\.\d+)[^\d]*")

REJECTED_ITEMS = Table(
    "rejected_items",
    pa.schema([("source", TEXT), ("name", TEXT), ("reason", TEXT), ("sentence", TEXT)]),
    key=("source", "name", "reason"),
)
"""Items of public data sets that could not be taken: file, rule, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that was skipped: `name` is its file below the folder, `reason` a short code."""

    source: str
    name: str
    reason: str
    sentence: str


Loaded = Annotation | Rejected


@dataclass(frozen=True)
class Taking:
    """How items are taken: the limits on a picture, and who keeps its bytes, if anyone does."""

    limits: Limits = field(default_factory=Limits)
    keep: Callable[[bytes], object] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of an item: what names its bytes, and its pages."""

    document_id: str
    media_type: str
    pages: tuple[AnnotatedPage, ...]


def each(source: str, name: str, make: Callable[[], Annotation]) -> Loaded:
    """The item that `make` gives, or why there is none."""
    try:
        return make()
    except BadInput as error:
        return Rejected(source, name, error.reason, error.sentence)


def fault(rule: str, sentence: str) -> str:
    """A fault of an item's labels; it can be counted by its rule."""
    return f"{rule}: {sentence}"


def rule_of(fault: str) -> str:
    """The rule that a fault names."""
    return fault.partition(":")[0]


def split_of(*names: str) -> str | None:
    """The split that the first of some names states, in our words; null if none does."""
    for name in names:
        if match := GLUED_SPLIT.search(name) or SPLIT.search(name):
            return SPLITS[match[1].lower()]
    return None


def split_of_folder(folder: Path) -> str | None:
    """The split that the folder is, if it has the name of one and no other."""
    match = SPLIT.fullmatch(folder.name)
    return SPLITS[match[1].lower()] if match else None


def picture_of(data: bytes, name: str, taking: Taking) -> Picture:
    """The picture with these bytes; raises BadInput where it cannot be unpacked to the end."""
    format = image_format(data[:16])
    if format is None:
        raise BadInput(
            "no_picture",
            f"{name} is no JPEG, PNG or TIFF. Take it from the data set again, or leave it out.",
        )
    try:
        pages = tuple(
            AnnotatedPage(float(frame.width), float(frame.height), "px")
            for frame in frames_of(data, format, taking.limits)
        )
    except BadInput as error:
        raise BadInput(
            error.reason,
            f"{name}: the picture cannot be unpacked to the end ({error.reason}). Take it from "
            "the data set again, or leave it out.",
        ) from error
    if taking.keep is not None:
        taking.keep(data)
    return Picture(document_id_of(data), f"image/{format}", pages)


def read_bytes(path: Path, name: str, taking: Taking) -> bytes:
    """A file's bytes; BadInput where it is missing, unreadable or too large."""
    try:
        size = path.stat().st_size
        if size > taking.limits.max_bytes:
            raise BadInput(
                "too_large", f"{name} has {size:,} bytes, {taking.limits.max_bytes:,} are allowed."
            )
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            "unreadable",
            f"{name} cannot be read ({error.strerror}). Take it from the data set again, or "
            "leave the item out.",
        ) from error


def text_of(data: bytes) -> tuple[str, bool]:
    """The text of a file, and whether it was UTF-8; else it is read as Windows writes it."""
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), False


def json_of(data: bytes | str, name: str) -> dict[str, Any]:
    """The JSON object that a file holds; BadInput if it holds none."""
    text = text_of(data)[0] if isinstance(data, bytes) else data
    try:
        stated = json.loads(text)
        json.dumps(stated, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # half of a surrogate pair is a ValueError too
        raise no_json(name, f"is no JSON that can be used: {str(error)[:200]}") from error
    if not isinstance(stated, dict):
        raise no_json(name, "is JSON, but no object")
    return stated


def no_json(name: str, what: str) -> BadInput:
    """Why a file of labels says nothing."""
    return BadInput(
        "bad_labels", f"{name} {what}. Take it from the data set again, or leave the item out."
    )


def own_field(source: str, label: Any, name: str) -> str:
    """The field that a source's own label becomes; BadInput where it can be no name."""
    if not isinstance(label, str) or not OWN_LABEL.fullmatch(label):
        raise no_json(name, f"has a label that is no name ({str(label)[:40]!r})")
    return f"{source}.{label}"


def unknown_layout(source: str, folder: Path, looked_for: Sequence[str]) -> BadInput:
    """Why a folder is not the data set: what was looked for, none of which is there."""
    return BadInput(
        "unknown_layout",
        f"{folder} holds {source} in no layout that is known. Looked for were "
        f"{'; '.join(looked_for)}; a Hugging Face data set (dataset_dict.json or state.json "
        "beside data-*.arrow, or *.parquet). Name the folder that holds one of these.",
    )


def files_below(folder: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """Every file below a folder in a fixed order, with its path relative to the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path, PurePosixPath(path.relative_to(folder).as_posix())


def box_of(corners: Sequence[Any], what: str) -> Box:
    """The box of two corners (4 numbers) or of a quadrilateral (8); BadInput if it is none."""
    try:
        numbers = [float(one) for one in corners]
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_box(what, "has corners that are no numbers") from error
    if len(numbers) not in (4, 8):
        raise bad_box(what, f"has {len(numbers)} coordinates, a box has 4 or 8")
    if not all(abs(one) < 1e6 for one in numbers):  # NaN is not less either
        raise bad_box(what, "has corners beyond any page")
    xs, ys = numbers[0::2], numbers[1::2]
    return Box(min(xs), min(ys), max(xs), max(ys))


def bad_box(what: str, fault: str) -> BadInput:
    """Why the boxes of an item cannot be used."""
    return BadInput(
        "bad_box", f"{what} {fault}. Take it from the data set again, or leave the item out."
    )


def on_page(box: Box, page: AnnotatedPage) -> Box | None:
    """The part of a box that lies on its page; null if nothing of it does."""
    inside = Box(
        max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, page.width), min(box.y1, page.height)
    )
    return inside if inside.x0 < inside.x1 and inside.y0 < inside.y1 else None


def scaled(box: Box, page: AnnotatedPage, whole: float = 1000.0) -> Box:
    """A box whose coordinates are parts of `whole` of the page's sides, in the page's unit."""
    x, y = page.width / whole, page.height / whole
    return Box(box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y)


def words_of_line(text: str, box: Box, page: int = 0) -> list[AnnotatedWord]:
    """The words of a line whose box is known, each with its share of the box.

    The line is taken to be one row whose characters, spaces too, are of one width: the
    box of a word is as far off as its characters differ from the average of their line.
    """
    width = (box.x1 - box.x0) / max(len(text), 1)
    return [
        AnnotatedWord(
            page, match[0],
            Box(box.x0 + match.start() * width, box.y0, box.x0 + match.end() * width, box.y1),
        )
        for match in re.finditer(r"\S+", text)
    ]  # fmt: skip


def boxes_apart(texts: Sequence[str], boxes: Sequence[Box]) -> list[Box]:
    """The boxes of words, of which those in a row that have the same one share it.

    Sets made for models may give each word the box of its whole segment. A word's part is as
    in `words_of_line`; where a segment goes over several lines it is not that good.
    """
    found: list[Box] = []
    for box, run in groupby(zip(boxes, texts, strict=True), key=itemgetter(0)):
        lengths = [len(text) for _, text in run]
        width = (box.x1 - box.x0) / max(sum(lengths) + len(lengths) - 1, 1)
        starts = accumulate((one + 1 for one in lengths[:-1]), initial=0)
        found += [box] if len(lengths) == 1 else [
            Box(box.x0 + start * width, box.y0, box.x0 + (start + length) * width, box.y1)
            for start, length in zip(starts, lengths, strict=True)
        ]  # fmt: skip
    return found


def places_of_text(words: Sequence[str], value: str) -> list[tuple[int, ...]]:
    """Where a value stands in words, by its letters and digits alone, from first to last.

    It may begin or end inside a word where letters meet digits or signs (`DATE:25/12/2018`).
    """
    letters = [
        (place, at, letter)
        for place, word in enumerate(words)
        for at, letter in enumerate(word)
        if letter.isalnum()
    ]
    stream = "".join(letter.casefold()[:1] for _, _, letter in letters)
    wanted = "".join(letter.casefold()[:1] for letter in value if letter.isalnum())
    found, start = [], stream.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if _is_edge(words, letters, start) and _is_edge(words, letters, end):
            found.append(tuple(sorted({place for place, _, _ in letters[start:end]})))
        start = stream.find(wanted, start + 1)
    return found


def _is_edge(words: Sequence[str], letters: Sequence[tuple[int, int, str]], at: int) -> bool:
    """Whether something may begin before a letter: at a word, a sign, or a change to digits."""
    if at in (0, len(letters)):
        return True
    (before, _, one), (place, offset, other) = letters[at - 1], letters[at]
    return (
        before != place
        or not words[place][offset - 1].isalnum()
        or one.isdigit() != other.isdigit()
    )


def places_of_pieces(words: Sequence[str], value: str) -> tuple[int, ...]:
    """Where all pieces between the commas of a value stand; empty if one of them does not."""
    found: set[int] = set()
    for piece in re.split(r"[,;]", value):
        if not any(letter.isalnum() for letter in piece):
            continue
        places = places_of_text(words, piece)
        if not places:
            return ()
        found.update(places[0])
    return tuple(sorted(found))


def places_of_amount(words: Sequence[str], value: Decimal) -> list[tuple[int, ...]]:
    """The words that state an amount (point before the decimals), whatever stands around it."""
    found: list[tuple[int, ...]] = []
    for place, word in enumerate(words):
        match = AMOUNT_WORD.fullmatch(word)
        if match and decimal_in(match[1]) == value:
            found.append((place,))
    return found


def decimal_in(text: str) -> Decimal | None:
    """The number in a text that writes a point before decimals; null if it is none."""
    bare = re.sub(r"[^\d.\-]", "", text)
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None
