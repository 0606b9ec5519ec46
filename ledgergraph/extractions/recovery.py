"""Recovery: a batch whose reading failed is read again with each document tried apart first.

Belongs here: what a trial does. Not here: the process that it is done in
(documents.isolation), and who asks for it (`sensors.healing`).
"""

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import document_of
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.documents.sniffing import Sniffed, sniff
from ledgergraph.extractions.engines import Recogniser
from ledgergraph.extractions.quality import quality
from ledgergraph.extractions.reading import extractions_of, records_of, transcripts_of
from ledgergraph.extractions.rules import validate
from ledgergraph.identity import document_id_of


def tried(recogniser: Recogniser | None, name: str, data: bytes, limits: Limits) -> Sniffed:
    """What a file is, after it was read to the end once; raises BadInput as `sniff` does.

    What reading rejects is for reading to say. Whatever ends, stops or starves the
    process does so here, and not in the middle of a batch. `recogniser` gives the words
    of pictures that are known already: engines run in processes of their own.
    """
    found = sniff(name, data, limits)
    entry = Entry(name, document_id_of(data), len(data))
    document = DOCUMENTS.rows([document_of(entry, found)])
    pages, words, _ = transcripts_of(document, lambda _: data, limits, recogniser)
    fields, _, _ = extractions_of(document, pages, words, lambda _: data, limits)
    records_of(document, fields, lambda _: data, limits)
    quality(fields, validate(fields, words, document), pages)
    return found
