import os

import pytest

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.isolation import Apart
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.extractions.recovery import tried
from ledgergraph.identity import document_id_of

BOOKS = b"vendor_id,name,iban\nV1,Acme,DE02120300000000202051\n"


def tried_or_ended(name, data, limits):
    """What a library would do with one bad file: end the process."""
    if name == "deadly.csv":
        os.abort()
    return tried(name, data, limits)


def test_a_trial_says_what_sniffing_says():
    assert tried("vendors.csv", BOOKS, Limits()).format == "csv"
    with pytest.raises(BadInput, match="nothing in it"):
        tried("empty.csv", b"", Limits())


def test_a_file_that_ends_its_process_is_rejected_and_the_others_come_through():
    files = {"deadly.csv": BOOKS + b"V2,Deadly,\n", "vendors.csv": BOOKS}
    contents = {document_id_of(data): data for data in files.values()}
    entries = [Entry(name, document_id_of(data), len(data)) for name, data in files.items()]
    with Apart() as apart:
        accepted, rejected = examine(
            entries, contents.__getitem__, Limits(), lambda *file: apart(tried_or_ended, *file)
        )
    assert accepted["name"].to_pylist() == ["vendors.csv"]
    assert rejected["name"].to_pylist() == ["deadly.csv"]
    assert rejected["reason"].to_pylist() == ["crashed"]
    assert "another form" in rejected["sentence"][0].as_py()
