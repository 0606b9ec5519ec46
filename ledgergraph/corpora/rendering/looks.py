"""How a vendor's papers look: layout, font, colours and logo, each drawn from its look.

Belongs here: what layouts there are, which fonts, and how a vendor comes by its own. Not
here: what stands on the page (sheets) and how it is placed (layouts/*.typ).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from zlib import crc32

import numpy as np

from ledgergraph.corpora.papers import Paper, PaperParty, sender_of
from ledgergraph.errors import BadInput

MODERN, CLASSIC, RECEIPT = "modern", "classic", "receipt"
FAMILIES = (MODERN, CLASSIC, RECEIPT)
ALL_PAPERS, TILLS = "all papers", "receipts of tills"


@dataclass(frozen=True)
class Layout:
    """One way of placing a paper: its family, and of which fonts it is set."""

    family: str
    fonts: str
    for_: str = ALL_PAPERS


LAYOUTS: Mapping[str, Layout] = {
    "letterhead": Layout(MODERN, "libertinus"),
    "band": Layout(MODERN, "sans"),
    "sidebar": Layout(MODERN, "sans"),
    "minimal": Layout(MODERN, "sans"),
    "cards": Layout(MODERN, "sans"),
    "columns": Layout(MODERN, "any"),
    "window": Layout(CLASSIC, "any"),
    "ruled": Layout(CLASSIC, "serif"),
    "typewriter": Layout(CLASSIC, "mono"),
    "form": Layout(CLASSIC, "sans"),
    "pillars": Layout(CLASSIC, "any"),
    "engraved": Layout(CLASSIC, "serif"),
    "till80": Layout(RECEIPT, "mono", TILLS),
    "till58": Layout(RECEIPT, "mono", TILLS),
    "slip80": Layout(RECEIPT, "sans", TILLS),
    "slip58": Layout(RECEIPT, "sans", TILLS),
}
"""The layouts by the name of their file."""

FONTS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "libertinus": (("Libertinus Serif", 10.0),),
    "sans": (("Lato", 9.3), ("Source Sans Pro", 9.8), ("Manrope", 8.8), ("DejaVu Sans", 8.2)),
    "serif": (
        ("Libertinus Serif", 10.2), ("STIXGeneral", 10.0), ("New Computer Modern", 9.8),
        ("DejaVu Serif", 8.3),
    ),
    "mono": (("DejaVu Sans Mono", 8.0),),
}  # fmt: skip
"""Families with the size in pt at which they are about equally large."""
FONT_FILES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "font_lato": ("files", ("Lato-Regular", "Lato-Bold", "Lato-Light", "Lato-Italic")),
    "font_source_sans_pro": (
        "files",
        ("SourceSansPro-Regular", "SourceSansPro-Bold", "SourceSansPro-Light", "SourceSansPro-It"),
    ),
    "font_manrope": ("files", ("Manrope-Regular", "Manrope-Bold", "Manrope-Light")),
    "matplotlib": (
        "mpl-data/fonts/ttf",
        (
            "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif",
            "DejaVuSerif-Bold", "DejaVuSerif-Italic", "STIXGeneral", "STIXGeneralBol",
            "STIXGeneralItalic",
        ),
    ),
}  # fmt: skip
"""Fonts beside those that the compiler carries, by the package that ships them (OFL, DejaVu)."""
ACCENTS = (
    "#1f4e79", "#7a1f2b", "#2f6b3a", "#4a4a4a", "#8a5a00", "#3d2f6b", "#005f6b", "#b3471d",
    "#0b6e99", "#9b1c5a", "#1d1d1f", "#365314", "#92400e", "#1e3a8a", "#7c2d12", "#155e63",
)  # fmt: skip
PALES = 0.90
"""How far towards white the accent goes where it lies behind text."""


@dataclass(frozen=True)
class Look:
    """How the papers of one vendor look; `shape` and `turn` draw its logo."""

    layout: str
    font: str
    size: float
    accent: str
    pale: str
    shape: int
    turn: int
    is_upper: bool
    is_tight: bool

    @property
    def family(self) -> str:
        """The family of its layout."""
        return LAYOUTS[self.layout].family


def layouts_for(paper: Paper, families: Collection[str] = FAMILIES) -> list[str]:
    """The layouts that suit a paper: rolls for receipts of tills, pages for all else.

    Raises: BadInput `bad_setting` for a family that is none, and where none is left.
    """
    if unknown := set(families) - set(FAMILIES):
        raise BadInput(
            "bad_setting",
            f"families names {min(unknown)!r}, which is none. Families are {', '.join(FAMILIES)}.",
        )
    kind = _kind(paper)
    found = [name for name, one in LAYOUTS.items() if one.for_ == kind and one.family in families]
    if not found:
        raise BadInput(
            "bad_setting",
            f"No layout of the families {', '.join(sorted(families))} suits a {paper.type}. "
            f"Add {RECEIPT if kind == TILLS else MODERN}.",
        )
    return found


def _kind(paper: Paper) -> str:
    return TILLS if paper.type == "receipt" else ALL_PAPERS


def look_of(paper: Paper, families: Collection[str] = FAMILIES) -> Look:
    """The look of the vendor of a paper: the same for all its papers of a kind."""
    rng = np.random.default_rng([paper.look, 17])
    draws = rng.random(8)
    usual = layouts_for(paper, families)
    layout = paper.layout or usual[int(draws[0] * len(usual))]
    if layout not in LAYOUTS:
        raise BadInput(
            "bad_setting",
            f"layout {layout!r} is none. Layouts are {', '.join(LAYOUTS)}.",
        )
    of = LAYOUTS[layout].fonts
    fonts = (*FONTS["sans"], *FONTS["serif"]) if of == "any" else FONTS[of]
    font, size = fonts[int(draws[1] * len(fonts))]
    accent = ACCENTS[int(draws[2] * len(ACCENTS))]
    return Look(
        layout, font, round(size * (0.96 + 0.08 * draws[3]), 2), accent, _paler(accent, PALES),
        int(draws[4] * 10), int(draws[5] * 360), bool(draws[6] < 0.2), bool(draws[7] < 0.3),
    )  # fmt: skip


def evenly_laid(
    papers: Iterable[Paper], seed: int, families: Collection[str] = FAMILIES
) -> Iterator[Paper]:
    """The papers, each layout about equally often among those of its kind.

    A sender keeps its layout; a new one has that which the fewest papers have until then, of
    several the one that the seed draws. So the first papers are the same however many follow.
    """
    ranks = {name: crc32(f"{seed} {name}".encode()) for name in LAYOUTS}
    chosen: dict[tuple[str, PaperParty], str] = {}
    counts: Counter[str] = Counter()
    for paper in papers:
        who = _kind(paper), sender_of(paper)
        if who not in chosen:
            usual = layouts_for(paper, families)
            chosen[who] = min(usual, key=lambda one: (counts[one], ranks[one]))
        name = paper.layout or chosen[who]
        counts[name] += 1
        yield replace(paper, layout=name)


def _paler(color: str, share: float) -> str:
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (255 - one) * share):02x}" for one in parts)


def font_files() -> list[tuple[str, bytes]]:
    """Name and bytes of each font file, in a fixed order.

    Raises: ModuleNotFoundError where a package that ships them is not installed.
    """
    return [
        (f"{name}.ttf", resources.files(package).joinpath(folder, f"{name}.ttf").read_bytes())
        for package, (folder, names) in FONT_FILES.items()
        for name in names
    ]
