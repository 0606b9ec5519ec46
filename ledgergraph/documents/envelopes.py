"""Envelopes: mails, ZIP archives and signed files, no documents themselves but carrying some.

Belongs here: taking the members out, safely, and what is wrong with an envelope.
Not here: what a member is (sniffing), and where its bytes are kept (resources.intake).

Nothing is written under a member's name, and nothing is unpacked beyond the limits. An
envelope is opened as a whole or refused as a whole, with a sentence that names the
member: half of an archive would pass for all of it. A member that can be taken out is
a document of its own, however broken it is.
"""

import email
import email.header
import email.message
import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

from ledgergraph.documents.limits import MEBIBYTE, Limits, over, variable
from ledgergraph.documents.signatures import is_signed, signed_content
from ledgergraph.errors import BadInput

ENVELOPES = ("mail", "zip", "p7m")
"""Formats that are envelopes."""
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
OFFICE = (
    (b"word/", "a Word file"),
    (b"xl/", "an Excel workbook"),
    (b"ppt/", "a PowerPoint file"),
    (b"mimetypeapplication/vnd.oasis.opendocument", "an OpenDocument file"),
)
"""What stands in files that are ZIP archives by their form alone."""
MAIL_HEADER = re.compile(
    rb"\s*(?:(?:Return-Path|Received|Delivered-To|MIME-Version|Message-ID|From|To|Subject|Date"
    rb"|DKIM-Signature|ARC-Seal|Content-Type|X-[A-Za-z0-9-]{1,60}):[ \t][^\r\n]*\r?\n"
    rb"(?:[ \t][^\r\n]*\r?\n)*){2}",
    re.IGNORECASE,
)
HEAD_BYTES = 4096
"""So much of a file tells whether it may be an envelope."""
DIRECTORY_END = struct.Struct("<4s4H2LH")
DIRECTORY_ENTRY_BYTES = 1024
"""More than a member needs in the directory of an archive, its name included."""
LITTER = re.compile(r"(^|/)(__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
"""What file managers put into archives by themselves."""
SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature",
              "application/pgp-signature")  # fmt: skip
"""Parts of a mail that only sign the others."""
RATIO_FROM = MEBIBYTE
"""Smaller members may be packed as tightly as they like."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How members may be packed; what the others unpack to cannot be bounded while they do."""
BROKEN_ZIP = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError,
    RuntimeError, NotImplementedError, ValueError, LookupError,
)  # fmt: skip
"""What zipfile lets through where an archive is not what it should be."""
BROKEN_MAIL = (
    AttributeError, AssertionError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""The same of email."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside an envelope; `name` is its path there, unlike that of any other."""

    name: str
    data: bytes


@dataclass
class _Room:
    """What an envelope, with all that is inside its members, may still hold."""

    members: int
    bytes: int

    @property
    def is_over(self) -> bool:
        """Whether more was found than there was room for."""
        return self.members < 0 or self.bytes < 0


def may_be_envelope(head: bytes) -> bool:
    """Whether the file that begins with some bytes (HEAD_BYTES) is to be looked into."""
    is_mail = bool(MAIL_HEADER.match(head[:HEAD_BYTES]))
    return is_mail or head.startswith(ZIP_MARKS) or is_signed(head)


def envelope_format(data: bytes) -> str | None:
    """The format of an envelope, or null; an office file is none."""
    head = data[:HEAD_BYTES]
    if head.startswith(ZIP_MARKS):
        return None if office_file(data) else "zip"
    if is_signed(head):
        return "p7m"
    return "mail" if MAIL_HEADER.match(head) else None


def office_file(data: bytes) -> str | None:
    """What a ZIP archive is that only its program opens, in words; or null."""
    inside = data[:HEAD_BYTES] + data[-65_536:]  # names stand in the directory at the end
    if b"[Content_Types].xml" not in inside and b"opendocument" not in inside:
        return None
    return next((what for mark, what in OFFICE if mark in inside), None)


def members_of(format: str, data: bytes, limits: Limits) -> list[Member]:
    """What is inside an envelope, in its order; envelopes among them are members like others.

    Raises BadInput: damaged, encrypted, unsupported, no_members, unsafe_name,
    too_many_members, unpacks_too_far, nested_too_deep; what nested ones hold counts too.
    """
    return _opened(format, data, limits, _Room(limits.max_members, limits.max_unpacked_bytes), 1)


def _opened(format: str, data: bytes, limits: Limits, room: _Room, depth: int) -> list[Member]:
    found = list(OPENED_BY[format](data, limits, room))
    for member in found:
        inner = envelope_format(member.data)
        if inner is None:
            continue
        if depth == limits.max_envelope_depth:
            raise BadInput(
                "nested_too_deep",
                f"{_shown(member.name)} in it lies {depth + 1} envelopes deep, and no more than "
                f"{depth} are opened. Send what is inside, or raise "
                f"{variable('max_envelope_depth')}.",
            )
        try:
            _opened(inner, member.data, limits, room, depth + 1)
        except BadInput as error:
            if room.is_over or error.reason == "nested_too_deep":
                raise
            # The member is refused for it, when its turn comes.
    return found


def _take(name: str, size: int, room: _Room, limits: Limits) -> None:
    """Make room for a member, before it is unpacked."""
    room.members -= 1
    room.bytes -= size
    if room.members < 0:
        found = limits.max_members - room.members
        raise over(limits, "max_members", "too_many_members", found, "files inside, or more")
    if room.bytes < 0:
        raise BadInput(
            "unpacks_too_far",
            f"With {_shown(name)} it unpacks to more than {limits.max_unpacked_bytes:,} bytes, "
            f"and no more are taken out. Raise {variable('max_unpacked_bytes')} if it is meant to.",
        )


def _in_zip(data: bytes, limits: Limits, room: _Room) -> Iterator[Member]:
    _require_small_directory(data, limits)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        inside = [one for one in archive.infolist() if not one.is_dir()]
    except BROKEN_ZIP:
        raise _damaged_zip() from None
    wanted = [one for one in inside if not LITTER.search(one.filename)]
    if not wanted:
        raise BadInput(
            "no_members", "It is a ZIP archive without files. Ask the sender to send it again."
        )
    names: Counter[str] = Counter()
    for info in wanted:
        _require_harmless(info, limits)
        _take(info.filename, info.file_size, room, limits)
        try:
            content = _unpacked(archive, info)
        except BROKEN_ZIP:
            raise _damaged_zip(info.filename) from None
        if len(content) > info.file_size:
            raise _damaged_zip(info.filename)
        yield Member(_unlike_others(info.filename.replace("\\", "/"), names), content)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The content of a member; of one that has more than it states, one byte more than that."""
    longer = copy(info)  # zipfile passes over in silence what lies beyond the size
    longer.file_size += 1
    with archive.open(longer) as stream:
        return stream.read(longer.file_size)


def _require_small_directory(data: bytes, limits: Limits) -> None:
    """Look at how much there is to be listed, before it is."""
    start = data.rfind(b"PK\x05\x06")
    if start < 0 or len(data) - start < DIRECTORY_END.size:
        raise _damaged_zip()
    _, _, _, _, members, size, *_ = DIRECTORY_END.unpack_from(data, start)
    most = limits.max_members
    if members > most or size > most * DIRECTORY_ENTRY_BYTES:
        raise over(limits, "max_members", "too_many_members", members, "files inside, or more")


def _require_harmless(info: zipfile.ZipInfo, limits: Limits) -> None:
    """BadInput where a member hides its content, is packed unusually, or made to do harm."""
    name = info.filename
    if info.flag_bits & 1:
        raise BadInput(
            "encrypted",
            f"{_shown(name)} in it needs a password. Ask the sender for an archive without one.",
        )
    if info.compress_type not in METHODS:
        raise BadInput(
            "unsupported",
            f"{_shown(name)} in it is packed by method {info.compress_type}, which is not read. "
            "Ask the sender for an archive with the usual one, Deflate.",
        )
    parts = info.orig_filename.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    is_rooted = parts[0] == "" or parts[0][1:2] == ":"
    if is_link or is_rooted or ".." in parts or "\0" in info.orig_filename:
        raise BadInput(
            "unsafe_name",
            f"{_shown(info.orig_filename)} in it is {'a link' if is_link else 'a name'} that leads "
            "out of the archive, as attacks do. Ask the sender to pack it anew.",
        )
    if info.file_size > max(RATIO_FROM, limits.max_ratio * info.compress_size):
        raise BadInput(
            "unpacks_too_far",
            f"{_shown(name)} in it unpacks to {info.file_size:,} bytes, more than "
            f"{limits.max_ratio} times what it has. Raise {variable('max_ratio')} if it is "
            "meant to.",
        )


def _damaged_zip(name: str | None = None) -> BadInput:
    what = f"{_shown(name)} in it cannot be unpacked" if name else "its directory cannot be read"
    return BadInput(
        "damaged",
        f"It begins like a ZIP archive and {what}: it was cut or altered. "
        "Ask the sender to send it again.",
    )


def _in_mail(data: bytes, limits: Limits, room: _Room) -> Iterator[Member]:
    names: Counter[str] = Counter()
    try:
        for part in _parts(email.message_from_bytes(data), limits):
            content = _content(part)
            name = _file_name(part) or f"attachment {names.total() + 1}"
            _take(name, len(content), room, limits)
            yield Member(_unlike_others(name, names), content)
    except BROKEN_MAIL:
        raise BadInput(
            "damaged",
            "It begins like a mail and its parts cannot be taken apart. Ask the sender to send "
            "the attachments again.",
        ) from None
    if not names:
        raise BadInput(
            "no_members",
            "It is a mail without an attachment, and only attachments are read. Ask the sender "
            "for the document as a file.",
        )


def _in_signature(data: bytes, limits: Limits, room: _Room) -> Iterator[Member]:
    content = signed_content(data)
    name = "signed" + next((end for mark, end in ENDINGS if content.lstrip().startswith(mark)), "")
    _take(name, len(content), room, limits)
    yield Member(name, content)


ENDINGS = ((b"<", ".xml"), (b"\xef\xbb\xbf<", ".xml"), (b"%PDF-", ".pdf"))
"""How the file that was signed begins, and how its name would end: no signature tells it."""
OPENED_BY = {"zip": _in_zip, "mail": _in_mail, "p7m": _in_signature}


def _parts(message: email.message.Message, limits: Limits) -> Iterator[email.message.Message]:
    """The parts of a mail that are files, in its order."""
    waiting = [message]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > 10 * limits.max_members:
            raise over(limits, "max_members", "too_many_members", seen, "parts, or more")
        kind = part.get_content_type()
        if kind == "multipart/encrypted" or part.get_param("smime-type") == "enveloped-data":
            raise BadInput(
                "encrypted", "The mail is encrypted. Ask the sender for one that is not."
            )
        inner = part.get_payload()
        if kind.startswith("multipart/") and isinstance(inner, list):
            waiting.extend(one for one in reversed(inner) if not isinstance(one, str))
        elif kind not in SIGNATURES and _is_file(part):
            yield part


def _is_file(part: email.message.Message) -> bool:
    """Whether a part is more than the text of the mail."""
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_maintype() not in ("text", "multipart")


def _content(part: email.message.Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):  # a mail inside the mail
        first = inner[0] if inner else part
        return first.as_bytes() if isinstance(first, email.message.Message) else b""
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _file_name(part: email.message.Message) -> str | None:
    """The last piece of a part's file name: some programs name folders of their own."""
    stated = part.get_filename()
    if stated is None:
        return "message.eml" if part.get_content_type() == "message/rfc822" else None
    pieces = email.header.decode_header(stated)
    name = "".join(
        piece.decode(codec or "ascii", "replace") if isinstance(piece, bytes) else piece
        for piece, codec in pieces
    )
    last = re.split(r"[/\\]", "".join(one for one in name if one.isprintable()))[-1].strip()
    return last if last.strip(".") else None


def _unlike_others(name: str, names: Counter[str]) -> str:
    """A name with a number where it was there before."""
    plain = name.encode("utf-8", "replace").decode()
    names[plain] += 1
    return plain if names[plain] == 1 else f"{plain} ({names[plain]})"


def _shown(name: str) -> str:
    printable = "".join(one if one.isprintable() else "?" for one in name)
    return printable if len(printable) <= 80 else f"{printable[:77]}…"
