"""Readers with a layout transformer: alone, or as one more voice among what trees choose from.

Belongs here: both kinds as one thing from a folder, and what the transformer takes on a
document. Not here: what tags offer (spotting), how trees choose (learned), how either learns.

A folder holds the transformer's files, `spotting.json` (how likely what it takes is right, by
field) and, for the stack, the trees in `stack`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from ledgergraph.errors import StaleInput
from ledgergraph.extractions.line_items import Item, Table
from ledgergraph.extractions.readers import learned
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.choice import CANDIDATES, RULES, TRANSFORMER, checked
from ledgergraph.extractions.readers.learned import SHORT, Chooser, ReaderModel, Taken
from ledgergraph.extractions.readers.ranking import STACKED, View
from ledgergraph.extractions.readers.repairs import Known
from ledgergraph.extractions.readers.spotting import Spotted, laid_out, placed, spotted
from ledgergraph.extractions.readers.tagged_items import tagged_items
from ledgergraph.models import layout_transformer
from ledgergraph.models.contract import Floats
from ledgergraph.models.layout_transformer import LayoutTransformer
from ledgergraph.models.layout_windows import LaidOut, Pixels
from ledgergraph.models.ranking import Curve, curve_for
from ledgergraph.money import plain

CURVES, TREES = "spotting.json", "stack"
LEAST = 0.75
"""How likely what a transformer takes must be, at least, where rules offer something too."""
Views = Callable[[str, Sequence[int]], Mapping[int, Pixels]]
TOTALS = ("totals.lines", "totals.net", "totals.gross")
"""What the amounts of all rows may make."""


@dataclass(frozen=True)
class Spotter:
    """A transformer with its curves; `version` is the hash of its files.

    `views` gives pictures of a document's pages to one with an image branch; without, pages
    are grey to it. Where it is less sure than `least`, rules decide if they offer anything.
    """

    transformer: LayoutTransformer
    curves: Mapping[str, Curve]
    version: str
    views: Views | None = None
    least: float = LEAST

    @property
    def name(self) -> str:
        """How rows name it."""
        return f"model:{self.version[:SHORT]}"

    @property
    def known(self) -> Known:
        """It repairs no words."""
        return {}

    def spot(self, view: View) -> Spotted:
        """What its tags say of a document; noted in the view, so that trees see it."""
        words = placed(view.sheet.layout)
        (judged,) = self.transformer.predict([self.seen(view)])
        classes = self.transformer.classes
        found = spotted(view.sheet, words, classes.tags, judged.tags)
        rows = tagged_items(view.sheet, words, classes.tags, judged.tags, judged.tables,
                            judged.cells)  # fmt: skip
        view.spotted = replace(
            found, items=rows, types=_named(classes.types, judged.type),
            subtypes=_named(classes.subtypes, judged.subtype),
        )  # fmt: skip
        return view.spotted

    def seen(self, view: View) -> LaidOut:
        """A document as the transformer sees it."""
        layout = view.sheet.layout
        found = laid_out(layout, placed(layout))
        if self.views is None or not self.transformer.shape.has_images:
            return found
        pages = [one.page for one in layout.pages]
        return replace(found, pictures=self.views(layout.document_id, pages))

    def offers(self, view: View) -> dict[str, list[Candidate]]:
        """What it offers for each field of the header, what the document is among them."""
        seen = self.spot(view)
        found = {name: seen.weighed(name, own) for name, own in seen.offers.items()}
        if kinds := seen.of_kind(view.rules.get("type", ())):
            found["type"] = kinds
        return found

    def taken(self, view: View) -> dict[str, Taken]:
        """What it takes for each field that it is sure of; the rules' candidates come after.

        Its rows stand for those of the rules where these found none, or add up less well.
        """
        found = {
            name: Taken([*own, *view.rules.get(name, ())], sure)
            for name, own in self.offers(view).items()
            if (sure := self.sure(name, own[0].evidence)) >= self.least or name not in view.rules
        }
        rows = view.spotted.items if view.spotted else ()
        if rows and _adding_up(view, [one.item for one in rows]) > _adding_up(
            view, view.table.items
        ):
            view.table = Table(
                tuple(one.item for one in rows), frozenset().union(*(one.lines for one in rows)),
                self.name, tuple(one.share for one in rows),
            )  # fmt: skip
        return found

    def sure(self, name: str, share: float) -> float:
        """How likely what it takes for a field is right."""
        return curve_for(self.curves, name).at(odds_of(share))

    def save(self, folder: Path) -> None:
        """Write its files into a folder, made if need be."""
        self.transformer.save(folder)
        facts = {name: asdict(one) for name, one in sorted(self.curves.items())}
        (folder / CURVES).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Stack:
    """Trees that choose among candidates and what a transformer spots."""

    spotter: Spotter
    trees: ReaderModel

    @property
    def name(self) -> str:
        """How rows name it."""
        return self.trees.name

    @property
    def known(self) -> Known:
        """The words that it repairs by."""
        return self.trees.known

    def taken(self, view: View) -> dict[str, Taken]:
        """What the trees take for each field that is offered anything."""
        self.spotter.spot(view)
        return self.trees.taken(view)


def _named(names: Sequence[str], shares: Floats) -> dict[str, float]:
    return {name: float(share) for name, share in zip(names, shares, strict=False)}


def _adding_up(view: View, rows: Sequence[Item]) -> tuple[bool, bool, float]:
    """How well rows add up: that there are any, their sum is printed, and each is its product."""
    sums = [net for one in rows if (net := one.number("net")) is not None]
    printed = {one.value for name in TOTALS for one in view.rules.get(name, ())}
    told = [one.is_consistent for one in rows if one.is_consistent is not None]
    return bool(rows), plain(sum(sums, Decimal())) in printed if sums else False, (
        sum(told) / len(rows) if rows else 0.0
    )  # fmt: skip


def odds_of(share: float) -> float:
    """A probability as log odds, at most 7 either way."""
    near = min(max(share, 1e-3), 1 - 1e-3)
    return float(np.log(near / (1 - near)))


def load(folder: Path) -> Spotter:
    """The transformer of a folder.

    Raises: StaleInput if a file is missing or of another version; BadSetting without torch.
    """
    transformer = layout_transformer.load(folder)
    path = folder / CURVES
    if not path.is_file() and layout_transformer.is_standard(folder):
        return Spotter(transformer, {"": Curve()}, layout_transformer.version_of(folder))
    if not path.is_file():
        raise StaleInput(
            f"{folder.name} holds no {CURVES}: how sure its tags are is not known. Make it again "
            "with `ledgergraph models make transformer`."
        )
    facts = json.loads(path.read_text(encoding="utf-8"))
    curves = {
        name: Curve(tuple(one["scores"]), tuple(one["probabilities"]))
        for name, one in facts.items()
    }
    return Spotter(transformer, curves, layout_transformer.version_of(folder))


def load_stack(folder: Path) -> Stack:
    """The stack of a folder: its transformer and its trees. Raises as `load`."""
    if not (folder / TREES).is_dir():
        raise StaleInput(
            f"{folder.name} holds no folder {TREES}. Make it with `ledgergraph models make "
            "transformer`, which learns both."
        )
    return Stack(load(folder), learned.load(folder / TREES, STACKED))


def of_kind(kind: str, folder: str, champion: ReaderModel | None) -> Chooser | None:
    """The reader that a setting names; null for the rules alone.

    Raises: BadSetting for a kind that is none, or where its folder or torch is missing.
    """
    if kind == RULES:
        return None
    if kind == CANDIDATES:
        return champion
    checked(kind, folder)
    place = Path(folder)
    return load(place) if kind == TRANSFORMER else load_stack(place)


def version(kind: str, folder: str) -> Mapping[str, str]:
    """What tells one choice of reader from another; nothing for the usual one."""
    if kind == CANDIDATES:
        return {}
    if kind == RULES:
        return {"reader": kind}
    return {"reader": f"{kind} {layout_transformer.version_of(Path(folder))[:SHORT]}"}
