import io
import os

import pytest
from PIL import Image

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import TRIED_AGAIN, examine
from ledgergraph.documents.isolation import Apart
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Found, Recogniser, Sight
from ledgergraph.extractions.recovery import tried
from ledgergraph.identity import document_id_of

BOOKS = b"vendor_id,name,iban\nV1,Acme,DE02120300000000202051\n"


def tried_or_ended(name, data, limits):
    """What a library would do with one bad file: end the process; and a reader of ours: fail."""
    if name == "deadly.csv":
        os.abort()
    if name == "faulty.csv":
        raise KeyError("totals")
    return tried(None, name, data, limits)


def test_a_trial_says_what_sniffing_says():
    assert tried(None, "vendors.csv", BOOKS, Limits()).format == "csv"
    with pytest.raises(BadInput, match="nothing in it"):
        tried(None, "empty.csv", b"", Limits())


def test_a_trial_reads_with_the_words_that_are_known_of_pictures():
    sink, given = io.BytesIO(), []
    page = Image.new("L", (400, 200), 255)
    page.paste(0, (10, 10, 200, 40))
    page.save(sink, "PNG")

    def sights(pictures):
        for picture in pictures:
            given.append((picture.width, picture.height))
            words = ("Invoice", Box(10, 10, 60, 30)), ("R-1", Box(70, 10, 90, 30))
            yield Sight(tuple(Found(text, box, 0.9) for text, box in words))

    found = tried(Recogniser("rapidocr", sights), "a.png", sink.getvalue(), Limits())
    assert (found.format, given) == ("png", [(400, 200)])


@pytest.mark.parametrize(("name", "reason"), [("deadly.csv", "crashed"), ("faulty.csv", "failed")])
def test_the_file_to_blame_is_rejected_and_the_others_come_through(name, reason):
    files = {name: BOOKS + b"V2,Deadly,\n", "vendors.csv": BOOKS}
    contents = {document_id_of(data): data for data in files.values()}
    entries = [Entry(name, document_id_of(data), len(data)) for name, data in files.items()]
    with Apart() as apart:
        accepted, rejected = examine(
            entries, contents.__getitem__, Limits(), lambda *file: apart(tried_or_ended, *file)
        )
    assert accepted["name"].to_pylist() == ["vendors.csv"]
    assert rejected["name"].to_pylist() == [name]
    assert rejected["reason"].to_pylist() == [reason]
    is_tried_again = rejected["tried_with"].is_valid().to_pylist()
    assert is_tried_again == [reason in TRIED_AGAIN] == [reason == "failed"]
