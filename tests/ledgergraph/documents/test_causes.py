from ledgergraph.documents.batches import Entry
from ledgergraph.documents.causes import REASONS, cause_of
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.identity import document_id_of


def test_each_reason_has_one_cause():
    listed = [reason for reasons in REASONS.values() for reason in reasons]
    assert len(listed) == len(set(listed))


def test_faults_of_the_program_are_worse_than_limits_and_unknown_reasons_are_of_content():
    assert cause_of("crashed").severity.rank > cause_of("too_many_pages").severity.rank
    assert cause_of("no such reason").cause == "content"


def test_a_rejection_says_its_cause_and_severity():
    entry = Entry("a.pdf", document_id_of(b""), 0)
    _, rejected = examine([entry], lambda _: b"", Limits())
    assert rejected.select(["reason", "cause", "severity"]).to_pylist() == [
        {"reason": "empty", "cause": "damaged", "severity": "medium"}
    ]
