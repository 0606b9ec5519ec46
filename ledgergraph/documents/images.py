"""Images of pages: PNG, JPEG and TIFF, opened safely and turned as they are shown.

Belongs here: frames and their limits, damage, orientation (EXIF), and colours made
plain RGB. Not here: what is written on them (extractions.engines).

A TIFF has a page for each of its frames. Other images are one page, also where
they are animated: what moves is no page.
"""

import io
import struct
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ledgergraph.documents.limits import Limits, over, variable
from ledgergraph.errors import BadInput

FORMATS = {"PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "TIFF": "tiff"}
"""Formats as Pillow names them (MPO: a JPEG with further pictures behind), and ours."""
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
)
SMALLEST = 8
"""Pixels of a side below which nothing can be read."""
BAND = 256
"""Rows of pixels whose depth is changed at once: copies of a whole page take gigabytes."""
BROKEN = (
    OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError,
    EOFError, MemoryError, struct.error, UnidentifiedImageError,
)  # fmt: skip
"""What Pillow raises where the bytes are not what they should be."""
Image.MAX_IMAGE_PIXELS = None  # the limit is a setting of ours, checked before anything is unpacked


def image_format(head: bytes) -> str | None:
    """The format of the image that begins with some bytes, or null."""
    return next((name for mark, name in SIGNATURES if head.startswith(mark)), None)


def count_pages(data: bytes, format: str, limits: Limits) -> int:
    """How many pages an image has, each of which can be unpacked.

    Raises BadInput: damaged, too_many_pages, too_many_pixels, too_slow, too_small.
    """
    return sum(1 for _ in frames_of(data, format, limits))


def frames_of(data: bytes, format: str, limits: Limits) -> Iterator[Image.Image]:
    """The pages of an image in order, upright and in RGB; raises as `count_pages`.

    The limits on all pixels and on time are those of the file. What is done with a page
    before the next is asked for takes none of that time.
    """
    pixels, seconds = 0, 0.0
    with closing(_opened(data, format)) as image:
        for index in range(limits.max_pages + 1):
            # The thread's own time: a crowded machine must not refuse what another accepts.
            start = time.thread_time()
            if not _is_at(image, index, format):
                return
            if index == limits.max_pages:
                raise over(limits, "max_pages", "too_many_pages", index + 1, "pages")
            pixels += image.width * image.height
            if pixels > limits.max_all_pixels:
                what = f"pixels on its first {index + 1} pages"
                raise over(limits, "max_all_pixels", "too_many_pixels", pixels, what)
            page = _shown(image, limits)
            seconds += time.thread_time() - start
            if seconds > limits.max_seconds:
                raise BadInput(
                    "too_slow",
                    f"Unpacking its first {index + 1} pages took longer than the limit of "
                    f"{limits.max_seconds:g} s. Raise {variable('max_seconds')}, or send the "
                    "pages in several files.",
                )
            yield page


def frame_of(data: bytes, index: int, limits: Limits) -> Image.Image:
    """One page of an image that was accepted, upright and in RGB; `index` counts from 0."""
    format_ = image_format(data[:16]) or ""
    with closing(_opened(data, format_)) as image:
        if not _is_at(image, index, format_):
            raise _damaged(format_)
        return _shown(image, limits)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings of broken files from the log: what is wrong is said as a rejection."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _opened(data: bytes, format: str) -> Image.Image:
    known = [theirs for theirs, ours in FORMATS.items() if ours == format]
    try:
        with _quiet():
            return Image.open(io.BytesIO(data), formats=known)
    except BROKEN:
        raise _damaged(format) from None


def _is_at(image: Image.Image, index: int, format: str) -> bool:
    """Go to a page; false where there is none of that number."""
    if index == 0:
        return True
    if format != "tiff":
        return False
    try:
        with _quiet():
            image.seek(index)
    except EOFError:
        return False
    except BROKEN:
        raise _damaged(format) from None
    return True


def _shown(image: Image.Image, limits: Limits) -> Image.Image:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise over(limits, "max_pixels", "too_many_pixels", width * height, "pixels on a page")
    if min(width, height) < SMALLEST:
        raise BadInput(
            "too_small",
            f"It is an image of {width} by {height} pixels, on which nothing can be read. "
            "Send the document itself, scanned at 200 dpi or more.",
        )
    try:
        image.load()
        return _plain(ImageOps.exif_transpose(image))
    except BROKEN:
        raise _damaged(FORMATS.get(image.format or "", "")) from None


def _plain(image: Image.Image) -> Image.Image:
    """The same in RGB, 8 bits a colour, on white where it is transparent."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        is_deep = bool(values.max(initial=0) > 255)  # of 16 bits, not of 8
        grey = np.empty(values.shape, np.uint8)
        for top in range(0, len(values), BAND):
            band = np.nan_to_num(values[top : top + BAND]).clip(0, 65_535 if is_deep else 255)
            grey[top : top + BAND] = band.astype(np.uint16) >> 8 if is_deep else band
        return Image.fromarray(grey).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, seen).convert("RGB")
    return image.convert("RGB")


def _damaged(format: str) -> BadInput:
    name = {"png": "a PNG image", "jpeg": "a JPEG image", "tiff": "a TIFF image"}.get(
        format, "an image"
    )
    return BadInput(
        "damaged",
        f"It begins like {name} and cannot be unpacked to the end: it was cut or altered. "
        "Ask the sender to send it again.",
    )
