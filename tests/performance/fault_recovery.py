"""Injected faults: the share of papers that are read right in spite of each, with and without
retries."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from ledgers import read_files
from PIL import Image, ImageFilter
from sections import BENCHMARKS, Row, Section

from ledgergraph.corpora.rendering import MadeDocument, documents
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.synthetic import Order, papers_of_order
from ledgergraph.datasets.matching import is_same
from ledgergraph.errors import BadInput
from ledgergraph.extractions.engines import Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.retries import persistent

SEED, PAPERS, DPI = 9401, 6, 110
FIELDS = ("number", "issue_date", "totals.gross")
"""A paper is read right if all of these are that it states."""
GIANT = 9000
"""Pixels of the longer side of a page that is giant."""

Shown = Callable[[Image.Image], Image.Image]
Engine = Callable[[Iterable[Picture]], Iterator[Sight]]


def plain(picture: Image.Image) -> Image.Image:
    """As it was printed."""
    return picture


def noisy(picture: Image.Image) -> Image.Image:
    """Grey on grey with grain, as a bad copy of a copy."""
    rng = np.random.default_rng(SEED)
    faint = 150 + np.asarray(picture.convert("L"), float) * 0.25
    return Image.fromarray(np.clip(faint + rng.normal(0, 9, faint.shape), 0, 255).astype(np.uint8))


def small(picture: Image.Image) -> Image.Image:
    """At a resolution of 66 dpi."""
    return picture.resize((round(picture.width * 0.6), round(picture.height * 0.6)))


def blurred(picture: Image.Image) -> Image.Image:
    """Out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(1.4))


def askew(picture: Image.Image) -> Image.Image:
    """Laid by 6 degrees off."""
    return picture.rotate(6, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)


def upside_down(picture: Image.Image) -> Image.Image:
    """Turned by half."""
    return picture.rotate(180)


def giant(picture: Image.Image) -> Image.Image:
    """Scanned much too fine."""
    share = GIANT / max(picture.size)
    return picture.resize((round(picture.width * share), round(picture.height * share)))


def failing(error: type[BaseException], most: int) -> Engine:
    """The engine, failing with an error on pictures with more pixels, and all the later ones.

    It fails as libraries do: in the middle, after other pictures were asked for.
    """

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        asked = list(pictures)
        for one in asked:
            if one.width * one.height > most:
                raise error("the engine failed")
            yield engine_named("rapidocr").recognise(one)

    return sights


def whole(pictures: Iterable[Picture]) -> Iterator[Sight]:
    """The engine as it is."""
    return map(engine_named("rapidocr").recognise, pictures)


FAULTS: Mapping[str, tuple[Shown, Engine]] = {
    "none": (plain, whole), "blur": (blurred, whole), "bad copy": (noisy, whole),
    "66 dpi": (small, whole), "askew": (askew, whole), "upside down": (upside_down, whole),
    "giant": (giant, whole), "engine crashes": (plain, failing(RuntimeError, 0)),
    "engine is too slow": (plain, failing(TimeoutError, 0)),
    "memory runs out": (plain, failing(MemoryError, 600_000)),
}  # fmt: skip


def faults() -> list[Section]:
    """Papers read right under each fault, of those that are read right without one."""
    made = _made()
    rows: list[Row] = []
    able: Sequence[str] = [one.name for one in made]
    total = [0, 0, 0]
    for name, (shown, engine) in FAULTS.items():
        files = {one.name: _png(shown, one) for one in made if one.name in able}
        before = _right(files, Recogniser("rapidocr", engine))
        alone = engine_named("rapidocr").recognise
        after = _right(files, persistent(Recogniser("rapidocr", engine), alone=alone))
        if name == "none":
            able = sorted(after)
        counts = (len(files), len(before), len(after))
        rows.append((name, *counts, counts[2] / max(counts[0], 1)))
        if name != "none":
            total = [one + other for one, other in zip(total, counts, strict=True)]
    rows.append(("all faults", *total, total[2] / max(total[0], 1)))
    rows.append(_truncated(made))
    sentence = (
        f"{len(made)} made invoices at {DPI} dpi; those are counted whose "
        f"{', '.join(FIELDS)} are read right without a fault, since the others cannot be "
        "recovered. Retries: the page larger, clearer, smaller or alone. A truncated file has "
        "nothing to be read: right is that it is rejected with a sentence."
    )
    columns = ("fault", "papers", "right at the first try", "right with retries", "share")
    return [Section(BENCHMARKS, "Faults and recovery", sentence, columns, rows)]


@cache
def _made() -> Sequence[MadeDocument]:
    papers = (one for one in papers_of_order(Order(400, [SEED])) if one.type == "invoice")
    chosen = [one for one, _ in zip(papers, range(3 * PAPERS), strict=False)]
    whole_pages = (one for one in documents(chosen, ("pdf",)) if len(one.annotation.pages) == 1)
    return [one for one, _ in zip(whole_pages, range(PAPERS), strict=False)]


def _png(shown: Shown, one: MadeDocument) -> bytes:
    sink = io.BytesIO()
    shown(next(iter(pages_of(one.data, DPI)))).save(sink, "PNG", compress_level=1)
    return sink.getvalue()


def _right(files: Mapping[str, bytes], recogniser: Recogniser) -> set[str]:
    """Names of the files whose fields are all read right; one that fails fails alone."""
    truths = {one.name: {field.field: field.value for field in one.annotation.fields
                         if field.line is None} for one in _made()}  # fmt: skip
    found = set()
    for name, data in files.items():
        try:
            read = read_files({name: data}, recogniser)
        except (RuntimeError, OSError, MemoryError, BadInput):
            continue
        values = {row["field"]: row["value"] for row in read.extractions.to_pylist()
                  if row["line"] is None and row["chosen"]}  # fmt: skip
        if all(field in values and is_same(field, values[field], truths[name][field])
               for field in FIELDS if field in truths[name]):  # fmt: skip
            found.add(name)
    return found


def _truncated(made: Sequence[MadeDocument]) -> Row:
    files = {one.name: one.data[: len(one.data) // 3] for one in made}
    refused = read_files(files).rejections["sentence"].to_pylist()
    return ("truncated file", len(files), len(refused), len(refused), len(refused) / len(files))
