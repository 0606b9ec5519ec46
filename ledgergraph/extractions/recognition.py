"""The papers of a batch to their words: what a file carries as text, else what is recognised.

Belongs here: which pages are pictures, and in what order they are read. Not here: text
layers (transcripts), pictures of pages (pictures), engines, fields (reading).

Pages of a PDF that have text are taken as they are, the others are recognised: a scan
in a file beside a page of text is read, and nothing that is known exactly is guessed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from ledgergraph.documents.limits import Limits, over
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.engines import SETTING, Picture, Recogniser, Sight
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

    A document without any word is refused, except a hybrid, which has its XML.
    """
    found: dict[str, Transcript] = {}
    kept = list(papers)

    def scans() -> Iterator[Scan]:
        """Take the text of each document; give the pages that have none."""
        for document in kept:
            document_id = document["document_id"]
            try:
                yield from _scans(document, read, limits, found, recogniser is not None)
            except BadInput as error:
                found.pop(document_id, None)
                refuse(document, error)

    for page, words in _recognised(scans(), recogniser):
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
        if document_id in found and not found[document_id].words:
            del found[document_id]
            if document["format"] != "hybrid":
                refuse(document, silent)
    return list(found.values())


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
) -> Iterator[tuple[Page, list[Word]]]:
    """The pages of scans with their words. Blank ones are not looked at."""
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
        yield recognised_page(waiting.popleft(), sight, recogniser.name)
    for scan in blank:
        yield recognised_page(scan, Sight(), recogniser.name)
