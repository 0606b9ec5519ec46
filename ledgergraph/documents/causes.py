"""Why files are rejected, by kind of cause and how bad that is.

Belongs here: what each reason of a rejection is a case of. Not here: the reasons themselves
(each where it is found), and what is tried before a rejection (extractions.retries).

| cause | what it means |
|---|---|
| hostile | made to do harm: nothing of it is opened |
| damaged | cannot be opened, or nothing is in it |
| limit | over a limit that a setting raises |
| time, memory | reading it took more than is allowed |
| program | reading it failed or ended the process: a fault of ours |
| recognition | no text was found on its pages |
| extraction | text, and no field of an invoice in it |
| kind | a format, or a table, that is not read |
| erased | a person asked that its content be destroyed |
| content | a row or a value that breaks a rule |
"""

from collections.abc import Mapping
from typing import NamedTuple

from ledgergraph.issues import Severity


class Cause(NamedTuple):
    """A kind of cause, and the severity of such a rejection."""

    cause: str
    severity: Severity


REASONS: Mapping[Cause, tuple[str, ...]] = {
    Cause("hostile", Severity.HIGH): (
        "malware_test", "unpacks_too_far", "unsafe_name", "xml_entities", "nested_too_deep",
    ),
    Cause("program", Severity.HIGH): ("crashed", "failed"),
    Cause("damaged", Severity.MEDIUM): ("damaged", "empty", "encoding", "encrypted", "no_members"),
    Cause("time", Severity.MEDIUM): ("too_slow",),
    Cause("memory", Severity.MEDIUM): ("too_hungry",),
    Cause("recognition", Severity.MEDIUM): ("no_text", "too_small"),
    Cause("extraction", Severity.MEDIUM): ("nothing_found",),
    Cause("limit", Severity.LOW): (
        "too_large", "too_many_pages", "too_many_words", "too_many_pixels", "too_many_members",
        "too_many_attachments", "page_too_large", "cell_too_large", "xml_too_deep",
    ),
    Cause("kind", Severity.LOW): (
        "unsupported", "unknown_format", "not_a_ledger_table", "not_parquet",
    ),
    Cause("erased", Severity.LOW): ("erased",),
}  # fmt: skip
"""The reasons of each cause."""
OF_CONTENT = Cause("content", Severity.MEDIUM)
"""All others: a row or a value is wrong, and its sentence says how."""
_BY_REASON = {reason: cause for cause, reasons in REASONS.items() for reason in reasons}


def cause_of(reason: str) -> Cause:
    """The cause of a rejection with some reason."""
    return _BY_REASON.get(reason, OF_CONTENT)


def with_cause(rejection: Mapping[str, object]) -> dict[str, object]:
    """The row of a rejection with columns `cause` and `severity`."""
    cause, severity = cause_of(str(rejection["reason"]))
    return {**rejection, "cause": cause, "severity": severity.value}
