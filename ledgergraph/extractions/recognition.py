"""The papers of a batch to their words: what a file carries as text, else what is recognised.

Belongs here: which pages are pictures, and in what order they are read. Not here: text
layers (transcripts), pictures of pages (pictures), engines, fields (reading).

Pages of a PDF that have text are taken as they are, the others are recognised: a scan
in a file beside a page of text is read, and nothing that is known exactly is guessed.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from operator import attrgetter
from typing import Any

from ledgergraph.documents.isolation import REMEDY
from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadInput, ServiceMissing
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.engines import SETTING, Picture, Recogniser, Sight
from ledgergraph.extractions.engines.pool import SECONDS
from ledgergraph.extractions.pictures import Scan, recognised_page, scans_of_image, scans_of_pdf
from ledgergraph.extractions.transcripts import Transcript, transcribe

IMAGES = ("png", "jpeg", "tiff")
PAPER = ("pdf", "hybrid", *IMAGES)
"""Formats with pages."""
NO_TEXT = BadInput(
    "no_text",
    "No text was found on any of its pages. Look whether they are blank or too faint; if they "
    "are not, send the original file, or a scan at 200 dpi or more.",
)
NOT_RECOGNISED = BadInput(
    "no_text",
    "No page has text that can be read: it is a picture, or its fonts carry no characters, and "
    f"{SETTING}=off leaves pictures unread. Set {SETTING}=rapidocr, or send the original file.",
)
MOST_GIVEN_UP = 3
"""Pages of a document that no way of looking came to an end with: then it is given up itself."""
MOST_IN_A_ROW = 5
"""Documents with such pages, and none that is read between them: then the engine is to blame."""

Document = Mapping[str, Any]
Refuse = Callable[[Document, BadInput], None]
"""Told of each document that cannot be read, and why."""


def transcripts(
    papers: Iterable[Document],
    read: Callable[[str], bytes],
    limits: Limits,
    recogniser: Recogniser | None,
    refuse: Refuse,
) -> list[Transcript]:
    """The pages and words of documents with pages, in their order.

    A document without any word is refused, except a hybrid, which has its XML; so is one with
    several pages that were given up. Raises ServiceMissing where documents in a row are.
    """
    found: dict[str, Transcript] = {}
    kept = list(papers)
    lost = _Lost(recogniser.name if recogniser else "")

    def wanted() -> Iterator[Scan]:
        """Take the text of each document; give the pages that have none."""
        for document in kept:
            document_id = document["document_id"]
            try:
                scans = _scans(document, read, limits, found, recogniser is not None)
                yield from takewhile(lambda scan: not lost.is_over(scan.page.document_id), scans)
            except BadInput as error:
                found.pop(document_id, None)
                refuse(document, error)

    for page, words, fault in _recognised(wanted(), recogniser):
        lost.note(page, fault)
        one = found.get(page.document_id)
        if one is not None:  # else a later page of it was damaged
            one.pages[:] = [*(known for known in one.pages if known.page != page.page), page]
            one.words.extend(words)
    for one in found.values():
        one.pages.sort(key=attrgetter("page"))
        one.words.sort(key=attrgetter("page"))
    silent = NO_TEXT if recogniser else NOT_RECOGNISED
    for document in kept:
        document_id = document["document_id"]
        if document_id in found and (lost.is_over(document_id) or not found[document_id].words):
            del found[document_id]
            if document["format"] != "hybrid":
                refuse(document, lost.reason(document_id) or silent)
    return list(found.values())


@dataclass
class _Lost:
    """Pages that were given up, by document, and whether the engine is to blame."""

    engine: str
    pages: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    in_a_row: set[str] = field(default_factory=set)

    def note(self, page: Page, fault: str | None) -> None:
        """Count a page; raises ServiceMissing if the engine came to an end with none lately."""
        if fault is None:
            self.in_a_row.clear()
            return
        self.pages[page.document_id] += 1
        self.faults[page.document_id] = fault
        self.in_a_row.add(page.document_id)
        if len(self.in_a_row) >= MOST_IN_A_ROW:
            remedy = (
                f"It gave up pages of {MOST_IN_A_ROW} documents in a row ({fault}). Look whether "
                f"it runs by itself (`ledgergraph doctor`), or set {SETTING} to another engine."
            )
            raise ServiceMissing(f"The engine {self.engine}", remedy)

    def is_over(self, document_id: str) -> bool:
        """Whether so many pages of a document were given up that no more are looked at."""
        return self.pages[document_id] >= MOST_GIVEN_UP

    def reason(self, document_id: str) -> BadInput | None:
        """Why a document is given up; null where none of its pages was."""
        fault = self.faults.get(document_id)
        if fault is None:
            return None
        said = SAID.get(fault, SAID["failed"])
        return BadInput(
            fault,
            f"{self.pages[document_id]} of its pages could not be recognised: the engine {said}, "
            f"also on smaller pictures of them. {REMEDY}",
        )


SAID = {
    "too_slow": f"took longer than {SECONDS:g} s",
    "too_hungry": "took more memory than is allowed",
    "crashed": "ended the process that it ran in",
    "failed": "failed",
}
"""What an engine did, by the reason of the rejection."""


def _scans(
    document: Document,
    read: Callable[[str], bytes],
    limits: Limits,
    found: dict[str, Transcript],
    is_wanted: bool,
) -> Iterator[Scan]:
    """Note what a document carries as text; give the pages to be recognised, if wanted."""
    document_id, format_ = document["document_id"], document["format"]
    pages = document["pages"] or 1
    if format_ in IMAGES:
        found[document_id] = Transcript([], [])
        if is_wanted:
            _require_few(pages, limits)
            yield from scans_of_image(document_id, read(document_id), format_, limits)
        return
    pdf = read(document_id)
    text = found[document_id] = transcribe(document_id, pdf, limits)
    if is_wanted and text.unread:
        _require_few(len(text.unread), limits)
        yield from scans_of_pdf(pdf, text.unread)


def _require_few(pages: int, limits: Limits) -> None:
    if pages > limits.max_scans:
        raise over(limits, "max_scans", "too_many_pages", pages, "pages without text")


def _recognised(
    scans: Iterator[Scan], recogniser: Recogniser | None
) -> Iterator[tuple[Page, list[Word], str | None]]:
    """The pages of scans with their words, and the fault of those given up; blank ones unseen."""
    waiting: deque[Scan] = deque()
    blank: deque[Scan] = deque()

    def pictures() -> Iterator[Picture]:
        for scan in scans:
            if scan.picture is None:
                blank.append(scan)
            else:
                waiting.append(Scan(scan.page, None, scan.scale))
                yield scan.picture

    if recogniser is None:
        deque(scans, maxlen=0)  # takes the text of each; none is given to be recognised
        return
    for sight in recogniser.sights(pictures()):
        yield *recognised_page(waiting.popleft(), sight, recogniser.name), sight.fault
    for scan in blank:
        yield *recognised_page(scan, Sight(), recogniser.name), None
