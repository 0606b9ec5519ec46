"""Documents of many media from papers, each with its annotation.

Belongs here: which file a paper becomes and what its annotation says. Not here: what stands
on it (sheets), where (typesetting), what an e-invoice states (einvoices), pictures (pictures).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.papers import BILLS, Paper, positive, sender_of
from ledgergraph.corpora.rendering import einvoices, pictures
from ledgergraph.corpora.rendering.looks import FAMILIES, look_of
from ledgergraph.corpora.rendering.marks import Sheet
from ledgergraph.corpora.rendering.sheets import sheet_of
from ledgergraph.corpora.rendering.typesetting import PDF_A, Press, Truth, press, truth_of
from ledgergraph.errors import BadInput
from ledgergraph.identity import document_id_of

SOURCE = "synthetic"
PDF, HYBRID, PNG, UBL, CII = "pdf", "hybrid", "png", "ubl", "cii"
MEDIA = (PDF, HYBRID, PNG, UBL, CII)
E_INVOICES = (HYBRID, UBL, CII)
PDF_TYPE, PNG_TYPE, XML = "application/pdf", "image/png", "application/xml"


@dataclass(frozen=True)
class MadeDocument:
    """A file with all that is known of it."""

    name: str
    data: bytes
    annotation: Annotation
    medium: str


def documents(
    papers: Iterable[Paper],
    media: Sequence[str] = (PDF,),
    families: Collection[str] = FAMILIES,
    dpi: int = 150,
) -> Iterator[MadeDocument]:
    """The papers as files, one after the other; which medium, its id decides.

    Only invoices and credit notes become hybrids, UBL and CII; other papers become PDF then.
    A paper of several pages becomes a picture each.

    Raises: BadInput `bad_setting` for a medium, a family or a resolution that is none.
    """
    if not media or not set(media) <= set(MEDIA):
        raise BadInput(
            "bad_setting", f"media is {', '.join(media) or 'empty'}. Media are {', '.join(MEDIA)}."
        )
    check_dpi(dpi)
    with press() as running:
        for paper in papers:
            medium = media[crc32(paper.invoice_id.encode()) % len(media)]
            if medium in E_INVOICES and (paper.type not in BILLS or paper.buyer is None):
                medium = PDF
            yield from document_of(running, paper, medium, families, dpi)


def check_dpi(dpi: int) -> None:
    """Raises: BadInput `bad_setting` for a resolution at which no page can be read."""
    if not 36 <= dpi <= 600:
        raise BadInput("bad_setting", f"dpi is {dpi}. It must be between 36 and 600.")


def annotations(
    papers: Iterable[Paper], families: Collection[str] = FAMILIES
) -> Iterator[Annotation]:
    """What stands on the pages of papers and where, without their files.

    For whatever learns from words and boxes. Ids are those of the paper; the unit is pt.
    """
    with press() as running:
        for paper in papers:
            sheet = sheet_of(paper, look_of(paper, families))
            tags = running.typeset(sheet)
            yield _annotation(sheet, truth_of(sheet, running.pdf(sheet), tags))


def document_of(
    running: Press, paper: Paper, medium: str, families: Collection[str] = FAMILIES, dpi: int = 150
) -> Iterator[MadeDocument]:
    """One paper as a file of a medium; as a picture one for each of its pages."""
    if medium in E_INVOICES:
        paper = positive(paper)
    sheet, name = sheet_of(paper, look_of(paper, families)), paper.invoice_id
    if medium in (UBL, CII):
        data = einvoices.ubl(paper) if medium == UBL else einvoices.cii(paper)
        stated = _annotation(sheet, Truth((), (), einvoices.fields_of(paper), ()))
        yield _finished(stated, f"{name}.{medium}.xml", data, XML, medium)
        return
    tags = running.typeset(sheet)
    data = running.pdf(sheet)
    annotation = _annotation(sheet, truth_of(sheet, data, tags))
    if medium == HYBRID:
        annotation = _with_terms(annotation, paper)
        data = einvoices.hybrid(running.pdf(sheet, standard=PDF_A), paper)
        yield _finished(annotation, f"{name}.hybrid.pdf", data, PDF_TYPE, medium)
        return
    if medium == PDF:
        yield _finished(annotation, f"{name}.pdf", data, PDF_TYPE, medium)
        return
    for page, picture in enumerate(pictures.pages_of(data, dpi)):
        shown = pictures.of_page(annotation, page, *picture.size)
        suffix = f"-{page + 1}" if len(annotation.pages) > 1 else ""
        data = pictures.png_of(picture)
        yield _finished(shown, f"{name}{suffix}.png", data, PNG_TYPE, medium)


def _with_terms(annotation: Annotation, paper: Paper) -> Annotation:
    """The annotation with what the XML states and the page does not, without words."""
    shown = {(one.field, one.line) for one in annotation.fields}
    terms = (one for one in einvoices.fields_of(paper) if (one.field, one.line) not in shown)
    return replace(annotation, fields=(*annotation.fields, *terms))


def _annotation(sheet: Sheet, truth: Truth) -> Annotation:
    paper = sheet.paper
    sender = sender_of(paper)
    return Annotation(
        annotation_id=f"{SOURCE}/{paper.invoice_id}", source=SOURCE, name=paper.invoice_id,
        type=paper.type, pages=truth.pages, words=truth.words, fields=truth.fields,
        cells=truth.cells, language=paper.language, vendor=sender.vat_id or sender.name,
        template=sheet.look.layout if truth.pages else None,
    )  # fmt: skip


def _finished(
    annotation: Annotation, name: str, data: bytes, media_type: str, medium: str
) -> MadeDocument:
    """The document with its bytes named in the annotation."""
    named = replace(
        annotation, annotation_id=f"{annotation.source}/{name}", name=name,
        document_id=document_id_of(data), media_type=media_type,
    )  # fmt: skip
    return MadeDocument(name, data, named, medium)
