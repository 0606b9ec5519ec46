"""An engine that reads as RapidOCR does, unless a picture is one that it cannot bear.

Loaded as `frail_engine:plain` it looks at nothing and sees one word, so that it is there at once.
The corner of a picture says what happens: the red of its first pixel is a number of FAULTS. A
picture that was made smaller has another corner, as long as only that one pixel is coloured.
It is loaded by its name, in whatever process reads.
"""

import os
from dataclasses import dataclass

from PIL import Image

from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Engine, Found, Picture, Sight, engine_named

FAULTS = {"never ends": 11, "crashes": 12, "eats memory": 13, "fails": 14, "still never ends": 15}
GREEN, BLUE = 177, 59
"""The rest of such a pixel, so that no picture has one by chance."""
BAND = 40
"""Pixels of the first row that are coloured where a fault outlives a smaller picture."""


@dataclass
class Frail:
    """RapidOCR, or less than it, and what it cannot bear."""

    setting: str
    name: str = "frail_engine"
    version: str = "1"

    def recognise(self, picture: Picture) -> Sight:
        """The words of a picture, or what its corner says."""
        red, green, blue = picture.rgb[:3]
        if (green, blue) == (GREEN, BLUE):
            if red in (FAULTS["never ends"], FAULTS["still never ends"]):
                while True:
                    pass
            if red == FAULTS["crashes"]:
                os.abort()
            if red == FAULTS["eats memory"]:
                bytearray(2**40)
            if red == FAULTS["fails"]:
                raise ValueError("the engine failed")
        if self.setting.endswith(":plain"):
            return Sight((Found("Total", Box(1, 1, picture.width / 2, 8), 0.97),))
        return engine_named("rapidocr").recognise(picture)


def load(path: str = "") -> Engine:
    """The engine."""
    return Frail(f"frail_engine:{path}" if path else "frail_engine")


def described(path: str = "") -> str:
    """For the eye."""
    return "frail 1"


def unbearable(page: Image.Image, fault: str) -> Image.Image:
    """A page on which the engine has a fault."""
    shown = page.convert("RGB")
    size = (BAND, BAND) if fault == "still never ends" else (1, 1)
    shown.paste((FAULTS[fault], GREEN, BLUE), (0, 0, *size))
    return shown
