"""Made documents in the numbers, languages and media that are asked for.

Belongs here: which companies and shops the papers come from, in which order, and how many
variants there are of each. Not here: how papers are made more varied and printed (rendering),
what happens to pages (degradation) and to words (text_noise).
"""

import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from PIL.Image import Image
from PIL.Image import open as open_picture

from ledgergraph.corpora.annotations import Annotation, Collecting, as_lines
from ledgergraph.corpora.catalogue import LANGUAGE_OF, LANGUAGES
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation.made import degraded_documents
from ledgergraph.corpora.degradation.presets import preset_named
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering import FAMILIES, MEDIA, MadeDocument, check_dpi, documents
from ledgergraph.corpora.rendering.looks import RECEIPT, evenly_laid
from ledgergraph.corpora.rendering.pictures import SHEET_DPI, contact_sheet, pages_of
from ledgergraph.corpora.rendering.shops import till_receipts
from ledgergraph.corpora.rendering.variety import varied
from ledgergraph.corpora.settings import CompanySettings
from ledgergraph.corpora.text_noise import variants
from ledgergraph.errors import BadInput

INVOICES = 300
"""Of a company of whose papers some are printed."""
TILL_EVERY = 4
"""One document of so many is the receipt of a till."""
IN_A_ROW = 3
"""Papers of one vendor before all others had as many: few vendors bill most of a company's."""
SELDOM_EVERY = 24
"""One invoice of so many has reminders, and one is a credit note, as long as there are such."""
FURTHER = 10_007
"""What is added to the seeds when all of their papers are printed."""
MOST_LANGUAGES = 64
"""Seeds of companies are so far apart: each language has a company of its own among them."""


MOST = {"papers": 1_000_000, "noised": 20}


@dataclass(frozen=True)
class Order:
    """What is asked for. The same order gives the same documents.

    Raises: BadInput `bad_setting` or `bad_preset` for a name or a number that is none.
    """

    papers: int
    seeds: Sequence[int]
    languages: Sequence[str] = LANGUAGES
    families: Sequence[str] = FAMILIES
    media: Sequence[str] = ("pdf",)
    dpi: int = 150
    presets: Sequence[str] = ()
    noised: int = 0

    def __post_init__(self) -> None:
        for name, known in (("languages", LANGUAGES), ("families", FAMILIES), ("media", MEDIA)):
            given = getattr(self, name)
            if not given or not set(given) <= set(known):
                wrong = ", ".join(sorted(set(given) - set(known))) or "nothing"
                raise _bad(name, f"names {wrong}", f"Name some of {', '.join(known)}")
        for name, least in (("papers", 1), ("noised", 0)):
            if not least <= getattr(self, name) <= MOST[name]:
                wish = f"between {least} and {MOST[name]:,}"
                raise _bad(name, f"is {getattr(self, name)}", f"Give a number {wish}")
        if not self.seeds or min(self.seeds) < 0:
            raise _bad("seeds", f"is {list(self.seeds)}", "Give numbers from 0 on, one at least")
        check_dpi(self.dpi)
        for name in self.presets:
            preset_named(name)


def _bad(name: str, fault: str, remedy: str) -> BadInput:
    return BadInput("bad_setting", f"{name} {fault}. {remedy}.")


USUAL = Order(
    papers=600, seeds=(1, 2), media=("pdf", "png"),
    presets=("scan", "fax", "photo", "worn_receipt"), noised=1,
)  # fmt: skip
"""What is made where nothing else is asked for."""


ANNOTATIONS_FILE = "annotations.jsonl"


class Kept(NamedTuple):
    """What a corpus keeps of one document: its annotation, and its file where it has one."""

    annotation: Annotation
    data: bytes | None


def made_documents(
    order: Order, done: Callable[[int], None] = lambda _: None
) -> Iterator[MadeDocument]:
    """The documents of an order one by one; `done` hears how many papers are printed.

    A paper of several pages is several documents where it becomes pictures.
    """
    yield from documents(_told(order, done), order.media, order.families, order.dpi)


def with_variants(made: Iterable[MadeDocument], order: Order) -> Iterator[Kept]:
    """Each document, its pages through one of the order's presets, and its noised variants."""
    presets = [preset_named(name) for name in order.presets]
    seed = order.seeds[0]
    for one in made:
        yield Kept(one.annotation, one.data)
        if presets:
            for annotation, data in degraded_documents([one], presets, seed, order.dpi):
                yield Kept(annotation, data)
        for annotation in variants([one.annotation], order.noised, seed):
            yield Kept(annotation, None)


def papers_of_order(order: Order) -> Iterator[Paper]:
    """The papers that an order's documents are made of."""
    laid = evenly_laid(_mixed(order), order.seeds[0], order.families)
    return islice(laid, order.papers)


def _told(order: Order, done: Callable[[int], None]) -> Iterator[Paper]:
    """The papers; each is done when the next one is asked for."""
    for at, paper in enumerate(papers_of_order(order), 1):
        yield paper
        done(at)


def _mixed(order: Order) -> Iterator[Paper]:
    """Papers of all languages in turn, and receipts among them."""
    has_tills, has_pages = RECEIPT in order.families, set(order.families) != {RECEIPT}
    languages = tuple(order.languages)
    pages = [_pages(language, order.seeds) for language in languages]
    tills = till_receipts(order.papers, order.seeds[0], languages)
    for at in count():
        if has_tills and (not has_pages or at % TILL_EVERY == TILL_EVERY - 1):
            yield next(tills)
        else:
            yield next(pages[at % len(pages)])


def _pages(language: str, seeds: Sequence[int]) -> Iterator[Paper]:
    """Papers in a language without end: of companies where it is spoken, each country in turn.

    The companies of all seeds take turns, so that few papers are of many companies too.
    """
    homes = tuple(country for country, own in LANGUAGE_OF.items() if own == language)
    for further in count():
        own = [
            _of_company(language, seed + further * FURTHER, homes[(place + further) % len(homes)])
            for place, seed in enumerate(seeds)
        ]
        for papers in zip_longest(*own):
            yield from (paper for paper in papers if paper is not None)


def _of_company(language: str, seed: int, home: str) -> Iterator[Paper]:
    """The papers of one company in a language."""
    of_language = seed * MOST_LANGUAGES + LANGUAGES.index(language)
    settings = replace(CompanySettings(), homes=(home,))
    company = make_company(of_language, invoices=INVOICES, settings=settings)
    chosen = [
        paper
        for paper in company.papers
        if paper.language == language and paper.number and paper.buyer
    ]
    reminders = company.others["reminders"].to_pylist()
    for paper in varied(_spread(chosen, reminders), of_language, reminders):
        yield replace(paper, invoice_id=f"{seed}-{language}-{paper.invoice_id}")


def _spread(papers: Sequence[Paper], reminders: Sequence[Mapping[str, Any]]) -> list[Paper]:
    """The papers, a few of each vendor at a time; what is seldom comes among the first.

    Those are invoices that are reminded of, and credit notes.
    """
    late = {row["invoice_id"] for row in reminders}
    reminded = [one for one in papers if one.invoice_id in late and one.iban]
    credits = [one for one in papers if one.type == "credit_note"]
    usual = [one for one in papers if one not in reminded and one not in credits]
    before: Counter[str] = Counter()
    rounds: dict[str, int] = {}
    for one in usual:
        rounds[one.invoice_id] = before[one.seller.name] // IN_A_ROW
        before[one.seller.name] += 1
    usual.sort(key=lambda one: rounds[one.invoice_id])
    for seldom, first in ((reminded, 0), (credits, SELDOM_EVERY // 2)):
        for at, one in enumerate(seldom, 1):
            usual.insert(at * SELDOM_EVERY - first, one)
    return usual


def write_documents(
    order: Order, folder: Path, done: Callable[[int], None] = lambda _: None
) -> Counter[str]:
    """Write an order's files and annotations into a folder; gives how many there are of each kind.

    Files go to `files/` under the name of their annotation, annotations as JSON Lines to
    `annotations.jsonl`, which is there once all files are. What a stopped run left in the
    folder is begun again.

    Raises: BadInput `bad_setting` for a folder that holds something else.
    """
    files, listed = folder / "files", folder / ANNOTATIONS_FILE
    partial = listed.with_suffix(".part")
    if partial.exists():
        shutil.rmtree(files, ignore_errors=True)
        partial.unlink()
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("bad_setting", f"{folder} holds files. Name a folder that is new or empty.")
    folder.mkdir(parents=True, exist_ok=True)
    partial.touch()
    files.mkdir()
    made = made_documents(order, done)
    counts: Counter[str] = Counter()
    with partial.open("w", encoding="utf-8", newline="\n") as lines:
        for annotation, data in with_variants(made, order):
            if data is not None:
                (files / annotation.name).write_bytes(data)
            lines.writelines(f"{line}\n" for line in as_lines([annotation]))
            counts[annotation.preset or annotation.type or "none"] += 1
    partial.replace(listed)
    return counts


@dataclass
class Tally:
    """The annotations of documents, and how many there are by type, language, layout, medium."""

    annotations: Collecting = field(default_factory=Collecting)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, truth: Annotation) -> None:
        """Count a document in."""
        self.annotations.add(truth)
        for what, name in (
            ("type", truth.type), ("language", truth.language), ("layout", truth.template),
            ("medium", truth.media_type or "words alone"),
            ("preset", truth.preset or "as printed"),
        ):  # fmt: skip
            of = self.counts.setdefault(what, {})
            of[name or "none"] = of.get(name or "none", 0) + 1


@dataclass
class Samples:
    """Pages for a contact sheet: the first of each layout and type, up to so many, and of each
    preset."""

    most: int
    printed: dict[tuple[str | None, str | None], Image] = field(default_factory=dict)
    degraded: dict[str, Image] = field(default_factory=dict)

    def seeing(self, kept: Iterable[Kept]) -> Iterator[Kept]:
        """The documents as they come, their first page kept where none of their kind is."""
        for one in kept:
            self.add(one.annotation, one.data)
            yield one

    def add(self, annotation: Annotation, data: bytes | None) -> None:
        """Keep a document's first page if it has a picture and none of its kind is kept."""
        if data is None:
            return
        if annotation.preset is not None:
            if annotation.preset not in self.degraded:
                self.degraded[annotation.preset] = _small(data)
            return
        kind = annotation.template, annotation.type
        is_pdf = annotation.media_type == "application/pdf"
        if is_pdf and kind not in self.printed and len(self.printed) < self.most:
            self.printed[kind] = next(pages_of(data, SHEET_DPI, 1))

    def sheet(self) -> bytes:
        """The pages side by side as a small PNG, the degraded ones last; empty if there is none."""
        return contact_sheet([*self.printed.values(), *self.degraded.values()])


def _small(data: bytes) -> Image:
    """A picture no larger than it is shown, but for a few times."""
    with open_picture(io.BytesIO(data)) as picture:
        picture.thumbnail((600, 1200))
        return picture.convert("RGB")
