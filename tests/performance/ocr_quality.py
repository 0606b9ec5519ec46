"""Engines: what each of them reads of made pages by how these arrive, and what that costs."""

import io
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from label_quality import DPI, SEEDS
from ledgers import public_data
from PIL import Image
from sections import BENCHMARKS, PERFORMANCE, Row, Section, skipped
from stopwatch import timed

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation import degraded, only_page
from ledgergraph.corpora.degradation.presets import own_presets
from ledgergraph.corpora.rendering import documents
from ledgergraph.corpora.rendering.pictures import pages_of
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadSetting
from ledgergraph.extractions.engines import (
    DEFAULT,
    MODULES,
    Picture,
    Sight,
    described,
    engine_named,
)
from ledgergraph.extractions.engines.rapid import PARAMETERS
from ledgergraph.extractions.page_quality import looks_of
from ledgergraph.extractions.pictures import scans_of_image

COMPARED = ("clean", "fax")
"""Presets that all engines read."""
TURNS = (90, 180, 270, -4, 4)
PAGES = 3
FACTS = ("company", "address", "date", "total")
RECEIPTS = 12


@dataclass
class Words:
    """How many words of the truth were read to the letter, accents and capitals included."""

    of: int = 0
    right: int = 0

    def add(self, truth: Annotation, sight: Sight) -> None:
        """Count one page; the same word twice has to be read twice."""
        wanted = Counter(word.text for word in truth.words)
        found = Counter(word.text for word in sight.words)
        self.of += wanted.total()
        self.right += (wanted & found).total()

    @property
    def share(self) -> float | None:
        """The share of them."""
        return self.right / self.of if self.of else None


def ocr() -> list[Section]:
    """Words read to the letter, by preset and by language, for each engine that is installed."""
    engines = [name for name in MODULES if _is_installed(name)]
    by_preset: dict[tuple[str, str], Words] = defaultdict(Words)
    by_language: dict[tuple[str, str], Words] = defaultdict(Words)
    looks = defaultdict(list)
    for preset, truth, picture in _made():
        looks[preset].append(looks_of(picture))
        for name in engines:
            if name == DEFAULT or preset in COMPARED:
                sight = engine_named(name).recognise(picture)
                by_preset[preset, name].add(truth, sight)
                if preset == "clean":
                    by_language[truth.language or "", name].add(truth, sight)
    presets = [
        (preset, *(_mean([getattr(one, name) for one in found])
                   for name in ("sharpness", "contrast", "noise", "letter_height")),
         *(by_preset[preset, name].share for name in engines))
        for preset, found in looks.items()
    ]  # fmt: skip
    languages = sorted({language for language, _ in by_language})
    sentence = (
        f"{len(looks['clean'])} first pages of made papers at {DPI} dpi through each preset: what "
        "is measured on the picture (means), and the share of printed words that are read to the "
        f"letter, by engine ({', '.join(f'{name}: {described(name)}' for name in engines)})."
    )
    measured = ("sharpness", "contrast", "noise", "letters, px")
    return [
        Section(BENCHMARKS, "What engines read of pages as they arrive", sentence,
                ("preset", *measured, *engines), presets),
        Section(BENCHMARKS, "The same by language", "Preset clean.",
                ("language", "words", *engines),
                [(one, by_language[one, engines[0]].of,
                  *(by_language[one, name].share for name in engines)) for one in languages]),
        _turned_pages(),
    ]  # fmt: skip


def ocr_receipts() -> list[Section]:
    """Facts of receipts that stand in what was recognised, and the CPU time that it took."""
    quality, speed = "What engines read of receipts", "Recognising receipts on one core"
    folder = public_data()
    scans = folder.parent / "sroie" / "train" if folder else None
    if scans is None or not scans.is_dir():
        return [*skipped(BENCHMARKS, quality), *skipped(PERFORMANCE, speed)]
    paths = sorted((scans / "img").iterdir())[:RECEIPTS]
    pictures = [_shown(path) for path in paths]
    facts = [
        json.loads((scans / "key" / f"{path.stem}.json").read_text(encoding="utf-8"))
        for path in paths
    ]
    loops = {"RapidOCR, its own loop": _own_loop}
    loops |= {name: partial(_texts, name) for name in MODULES if _is_installed(name)}
    shares: list[Row] = []
    _, cpu = _timed(lambda: [looks_of(one) for one in pictures])
    times: list[Row] = [("measuring the picture (part of ours)", cpu / len(pictures))]
    for name, loop in loops.items():
        loop(pictures[:1])  # loads its models
        said, cpu = _timed(partial(loop, pictures))
        texts = [_bare(text) for text in said]
        times.append((name, cpu / len(pictures)))
        found = {
            field: [
                _bare(one[field]) in _bare(text) for one, text in zip(facts, texts, strict=True)
            ]
            for field in FACTS
        }
        each = [sum(found[field]) / len(found[field]) for field in FACTS]
        whole = sum(map(all, zip(*found.values(), strict=True))) / len(facts)
        shares.append((name, *each, sum(each) / len(each), whole))
    sentence = (
        f"{len(pictures)} scanned receipts (SROIE, training part): the share whose labelled fact "
        "stands in the recognised words as they follow one another, letters and digits alone. Its "
        "own loop is RapidOCR as it comes, lines found on 960 pixels as ours are."
    )
    took_words = "The same receipts, one process, one thread; models loaded before."
    return [
        Section(BENCHMARKS, quality, sentence, ("engine", *FACTS, "mean", "all four"), shares),
        Section(PERFORMANCE, speed, took_words, ("step", "CPU s a receipt"), times),
    ]


def _timed(work: Callable[[], list[Any]]) -> tuple[list[Any], float]:
    """What a function gives, and CPU seconds of this process and of those that it started."""
    start = os.times()
    made, took = timed(work)
    end = os.times()
    children = end.children_user + end.children_system
    return made, took.cpu + children - start.children_user - start.children_system


def _shown(path: Path) -> Picture:
    (scan,) = scans_of_image(path.name, path.read_bytes(), "jpeg", Limits())
    assert scan.picture is not None
    return scan.picture


def _bare(text: str) -> str:
    return "".join(one for one in text.upper() if one.isalnum())


def _texts(name: str, pictures: Sequence[Picture]) -> list[str]:
    """The words of each picture in a row."""
    engine = engine_named(name)
    return [" ".join(one.text for one in engine.recognise(each).words) for each in pictures]


def _own_loop(pictures: Sequence[Picture]) -> list[str]:
    """The same by the package's own loop and usual settings."""
    engine = _package()
    found = []
    for one in pictures:
        pixels = np.frombuffer(one.rgb, np.uint8).reshape(one.height, one.width, 3)
        found.append(" ".join(engine(np.ascontiguousarray(pixels[:, :, ::-1])).txts or ()))
    return found


@cache
def _package() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={**PARAMETERS, "Global.use_cls": False, "Global.text_score": 0.0})


def _turned_pages() -> Section:
    """Clean pages turned: how often that is told, and what is read then."""
    rows: list[Row] = []
    pages = [(truth, picture) for preset, truth, picture in _made() if preset == "clean"][:PAGES]
    for degrees in TURNS:
        words, told = Words(), 0
        for truth, picture in pages:
            sight = engine_named("rapidocr").recognise(_turned(picture, degrees))
            words.add(truth, sight)
            told += abs((sight.turned_degrees - degrees + 180) % 360 - 180) < 1
        rows.append((degrees, len(pages), told, words.share))
    sentence = "Clean pages turned clockwise, read by rapidocr: told means within a degree."
    return Section(BENCHMARKS, "Pages on their side, head or askew", sentence,
                   ("degrees", "pages", "told", "words read"), rows)  # fmt: skip


@cache
def _made() -> tuple[tuple[str, Annotation, Picture], ...]:
    """One page of each language through each preset: its name, what stands there, its picture."""
    return tuple(_pages())


def _pages() -> Iterator[tuple[str, Annotation, Picture]]:
    for number, seed in enumerate(SEEDS):
        papers = make_company(seed, invoices=200, months=6).papers
        (one,) = documents(papers[:1])
        truth = only_page(one.annotation, 0)
        page = np.asarray(next(pages_of(one.data, DPI)).convert("RGB"))
        for preset in own_presets().values():
            found, data = degraded(truth, page, preset, number)
            image = Image.open(io.BytesIO(data)).convert("RGB")
            yield preset.name, found, Picture(image.width, image.height, image.tobytes())


def _turned(picture: Picture, degrees: float) -> Picture:
    page = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    page = page.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    return Picture(page.width, page.height, page.tobytes())


def _is_installed(name: str) -> bool:
    try:
        described(name)
    except BadSetting:
        return False
    return True


def _mean(values: list[Any]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None
