"""What can go wrong, as one tree. Every message names the thing, the rule and the remedy.

LedgerError
├── BadInput         a file, row or field breaks a rule; becomes a Rejection, never a failed run
│   └── Erased       a document whose content was destroyed on request
├── BadSetting       a setting is missing or wrong; names its variable
├── StaleInput       stored data is missing, or of a version this code cannot read
├── Corrupt          stored bytes are not what their hash says
├── Busy             another process holds the home or the graph; may be retried
└── ServiceMissing   a service does not answer; names its URL and what to start; may be retried
"""

import re

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def concealed(text: str) -> str:
    """A text whose URLs name neither user nor password: errors are read by whoever may look."""
    return _CREDENTIALS.sub("", text)


class LedgerError(Exception):
    """Base of all errors that Ledgergraph raises on purpose."""

    is_retryable = False


class BadInput(LedgerError):
    """A file, row or field breaks a rule.

    `reason` is a short code for counting (`encrypted`, `too_many_pages`), the
    sentence says what was found, which rule it breaks, and what to do about it.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Erased(BadInput):
    """The content of a document was destroyed on request."""

    def __init__(self, document_id: str) -> None:
        super().__init__(
            "erased",
            f"Document {document_id[:19]}… was erased on request, and is not read again. Remove "
            "the file from the inbox.",
        )


class BadSetting(LedgerError):
    """A setting is missing or wrong; the message starts with its variable."""

    def __init__(self, variable: str, sentence: str) -> None:
        super().__init__(concealed(f"{variable}: {sentence}"))
        self.variable = variable


class StaleInput(LedgerError):
    """Stored data is missing or of a version that this code cannot read."""


class Corrupt(LedgerError):
    """Stored bytes are not what their hash says."""


class Busy(LedgerError):
    """Another process holds what this one needs."""

    is_retryable = True


class ServiceMissing(LedgerError):
    """A service does not answer."""

    is_retryable = True

    def __init__(self, url: str, remedy: str) -> None:
        super().__init__(concealed(f"{url} does not answer. {remedy}"))
        self.url = url
