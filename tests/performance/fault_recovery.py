"""Injected faults: the share of papers that are read right in spite of each, with and without
retries. Engines that fail do so in processes of their own, as they would in a run.

What can be recovered is told by trying: a paper with a fault on its page that is read right
by the first look or by any other way, whether or not a run would have tried it.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from frail_engine import unbearable
from ledgers import read_files
from PIL import Image, ImageFilter
from sections import BENCHMARKS, Row, Section

from ledgergraph.corpora.rendering import MadeDocument, documents
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.corpora.synthetic import Order, papers_of_order
from ledgergraph.datasets.matching import is_same
from ledgergraph.errors import BadInput, BadSetting
from ledgergraph.extractions.engines import Picture, Recogniser, Sight, described, engine_named
from ledgergraph.extractions.engines.lines import LineReader
from ledgergraph.extractions.engines.pool import SECONDS, recogniser
from ledgergraph.extractions.retries import SMALLER, Way, _clearer, _larger, _mapped, persistent

SEED, PAPERS = 9401, 6
FAINT, USUAL = 110, 165
"""Dots per inch of pages with faults of their own, and of those on which engines fail."""
SLOW = 20.0
"""Seconds after which an engine that sleeps is stopped; else it has as long as in a run."""
FIELDS = ("number", "issue_date", "totals.gross")
"""A paper is read right if all of these are that it states."""
GIANT = 9000
"""Pixels of the longer side of a page that is giant."""

EVERY_WAY: Sequence[Way] = (lambda one: one, _larger, _clearer, *(way for _, way in SMALLER))
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


def bad(fault: str) -> Shown:
    """On which the engine has a fault, whatever process reads it."""
    return lambda picture: unbearable(picture, fault)


def whole(pictures: Iterable[Picture]) -> Iterator[Sight]:
    """The engine as it is, in this process."""
    return map(engine_named("rapidocr").recognise, pictures)


def apart(setting: str, seconds: float = SECONDS) -> Engine:
    """An engine in processes of its own."""

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        kept: dict[str, bytes] = {}
        engine = engine_named(setting)
        with recogniser(engine, 1, kept.get, kept.__setitem__, seconds) as opened:
            yield from opened.sights(pictures)

    return sights


def of_another_script(folder: Path) -> str:
    """The setting of the package's model as if it knew no Latin letter: it takes them for signs."""
    import onnx

    model = onnx.load(LineReader().file)
    (stated,) = (one for one in model.metadata_props if one.key == "character")
    stated.value = "\n".join("\u0416" if one.isalpha() else one for one in stated.value.split("\n"))
    onnx.save(model, folder / "another_script.onnx")
    return f"rapidocr:{folder / 'another_script.onnx'}"


FAULTS: Mapping[str, tuple[Shown, int]] = {
    "none": (plain, FAINT), "blur": (blurred, FAINT), "bad copy": (noisy, FAINT),
    "66 dpi": (small, FAINT), "askew": (askew, FAINT), "upside down": (upside_down, FAINT),
    "giant": (giant, FAINT), "engine crashes": (bad("crashes"), USUAL),
    "engine fails": (bad("fails"), USUAL), "engine never answers": (bad("never ends"), USUAL),
    "memory runs out": (bad("eats memory"), USUAL), "wrong language": (plain, USUAL),
}  # fmt: skip
"""How a page is shown, and how finely. An engine that fails does so in its own process."""


def faults() -> list[Section]:
    """Papers read right under each fault, of those that are read right without one."""
    made = _made()
    rows: list[Row] = []
    able: Sequence[str] = [one.name for one in made]
    total = [0, 0, 0, 0]
    with TemporaryDirectory() as place:
        foreign = apart(of_another_script(Path(place)))
        for name, (shown, dpi) in FAULTS.items():
            files = {one.name: _png(shown, one, dpi) for one in made if one.name in able}
            seconds = SLOW if name == "engine never answers" else SECONDS
            frail = whole if dpi == FAINT else apart("frail_engine", seconds)
            first = Recogniser("rapidocr", foreign if name == "wrong language" else frail)
            others = _others(name == "wrong language")
            before = _right(files, first)
            after = _right(files, persistent(first, others))
            can_be = _by_some_look(files, first, others) | after if dpi == FAINT else files.keys()
            if name == "none":
                able = sorted(after)
                continue
            counts = (len(files), len(can_be), len(before), len(after))
            rows.append((name, *counts, counts[3] / max(counts[1], 1)))
            total = [one + other for one, other in zip(total, counts, strict=True)]
    rows.append(("all faults", *total, total[3] / max(total[1], 1)))
    rows.append(_truncated(made))
    sentence = (
        f"{len(able)} made invoices whose {', '.join(FIELDS)} are read right without a fault. "
        f"Faults of the page stand at {FAINT} dpi; those that can be recovered are read right by "
        "some look at all, as it is, larger, clearer, smaller or by another engine. Those of the "
        f"engine stand at {USUAL} dpi: it ends its process, raises, never answers (and is stopped "
        f"after {SLOW:g} s of CPU time) or eats memory on this page, or its model knows no Latin "
        "letter. A truncated file has nothing to be read: right is that it is rejected with a "
        "sentence."
    )
    columns = ("fault", "papers", "can be recovered", "right at the first try",
               "right with retries", "share of what can be")  # fmt: skip
    return [Section(BENCHMARKS, "Faults and recovery", sentence, columns, rows)]


def _by_some_look(
    files: Mapping[str, bytes], first: Recogniser, others: Sequence[Recogniser]
) -> set[str]:
    """Names of the files that some look reads right, with what every way shows of the page."""
    found: set[str] = set()
    for engine, way in [
        *((first, way) for way in EVERY_WAY),
        *((one, EVERY_WAY[0]) for one in others),
    ]:
        left = {name: data for name, data in files.items() if name not in found}
        found |= _right(left, Recogniser(engine.name, partial(_shown_by, way, engine)))
    return found


def _shown_by(way: Way, engine: Recogniser, pictures: Iterable[Picture]) -> Iterator[Sight]:
    for picture in pictures:
        other = way(picture)
        for seen in engine.sights([other]):
            yield _mapped(seen, other, picture)


def _others(is_foreign: bool) -> list[Recogniser]:
    """Other engines that a run would ask: those installed, and the package's beside one's own."""
    found = [Recogniser("rapidocr", whole)] if is_foreign else []
    try:
        described("tesseract")
    except BadSetting:
        return found
    return [*found, Recogniser("tesseract", apart("tesseract"))]


@cache
def _made() -> Sequence[MadeDocument]:
    papers = (one for one in papers_of_order(Order(400, [SEED])) if one.type == "invoice")
    chosen = [one for one, _ in zip(papers, range(3 * PAPERS), strict=False)]
    whole_pages = (one for one in documents(chosen, ("pdf",)) if len(one.annotation.pages) == 1)
    return [one for one, _ in zip(whole_pages, range(PAPERS), strict=False)]


def _png(shown: Shown, one: MadeDocument, dpi: int) -> bytes:
    sink = io.BytesIO()
    shown(next(iter(pages_of(one.data, dpi)))).save(sink, "PNG", compress_level=1)
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
    count = len(refused)
    return ("truncated file", len(files), len(files), count, count, count / len(files))
