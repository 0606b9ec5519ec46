"""Limits: how large, long or deep a file may be before it is rejected instead of read.

Belongs here: the settings, their defaults, and the sentence of a rejection.
Not here: where each is measured (sniffing, markup, hybrids, and the readers).
A limit is never a crash and never a cut: a file over one is a rejection that
says what was found, what is allowed, and which setting allows more.
"""

from dataclasses import dataclass

from ledgergraph.errors import BadInput

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The largest values that are still read. Each is a setting: see `variable`."""

    max_bytes: int = 256 * MEBIBYTE
    """Bytes of one file."""
    max_pages: int = 2_000
    """Pages of one PDF."""
    max_page_points: int = 14_400
    """Longest side of a page in points: 200 inches, the most that PDF 1.7 promises (annex C)."""
    max_stream_bytes: int = 256 * MEBIBYTE
    """Bytes that one compressed stream of a PDF unpacks to; a page at 600 dpi in colour has 100."""
    max_attachments: int = 100
    """Files that one PDF carries inside."""
    max_members: int = 1_000
    """Files inside one mail or archive, those in envelopes inside it too."""
    max_unpacked_bytes: int = 512 * MEBIBYTE
    """Bytes that all of them unpack to."""
    max_ratio: int = 200
    """How many times its packed size a member of an archive may have; tables have 20."""
    max_envelope_depth: int = 3
    """Envelopes inside one another: an archive in a mail is two."""
    max_xml_bytes: int = 64 * MEBIBYTE
    """Bytes of an XML document, of one inside a PDF after decompression."""
    max_xml_depth: int = 64
    """Elements inside one another in XML: an invoice needs about 10, the parser ends at 256."""
    max_cell_bytes: int = MEBIBYTE
    """Bytes of one cell of a table file."""
    max_words: int = 400_000
    """Words of one PDF: reading what they say takes about 10 s for each 100,000."""
    max_pixels: int = 100_000_000
    """Pixels of one page of an image; A3 at 600 dpi has 70 million."""
    max_all_pixels: int = 5_000_000_000
    """Pixels of all pages of an image; 500 of A4 at 300 dpi have 4,400 million."""
    max_scans: int = 500
    """Pages of one file on which text is recognised, at one to four seconds each."""
    max_seconds: float = 60.0
    """Seconds that taking the words of one PDF may last, or unpacking the pages of one image."""


def variable(limit: str) -> str:
    """The variable that sets a limit: `LEDGERGRAPH_MAX_BYTES` sets max_bytes."""
    return f"LEDGERGRAPH_{limit.upper()}"


def require_size(found: int, limits: Limits) -> None:
    """BadInput if a file of so many bytes is not read."""
    if found > limits.max_bytes:
        raise over(limits, "max_bytes", "too_large", found, "bytes")


def over(limits: Limits, setting: str, reason: str, found: int, what: str) -> BadInput:
    """The rejection of a file that is over a limit; `what` says what was counted."""
    allowed: int = getattr(limits, setting)
    return BadInput(
        reason,
        f"It has {found:,} {what}, and at most {allowed:,} are read. "
        f"Raise {variable(setting)} if the file is meant to be this large.",
    )
