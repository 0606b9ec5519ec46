"""Pictures of lines to characters: the PP-OCR model that comes with RapidOCR, on ONNX Runtime.

Belongs here: one line in, its characters with places and scores out. Not here: where
lines are, and what words they make (rapid).

The same weights as in RapidOCR's own loop, for half the time: lines are shown as wide as
they are (there they are filled up to 320 pixels, and time goes with width), and of 18,709
characters those of other scripts than Latin are cut from the last layer, so that none of
them is taken for one of ours either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ledgergraph.errors import BadSetting
from ledgergraph.extractions.engines import SETTING
from ledgergraph.identity import sha256_of

MODEL = "PP-OCRv6_rec_small.onnx"
HEIGHT, STEP = 48, 8
"""Pixels of a line's height, and of the width that the model gives one character to."""
LONGEST = 3200
"""Pixels of width; longer lines are pressed together."""
LATIN = 0x180
"""Characters below are Latin, with all accents of European languages."""
SIGNS = ((0x2010, 0x2040), (0x20A0, 0x20C0))
"""Further characters that documents have: dashes, quotation marks, currencies."""
SINGLE = "™℅№"


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in a line: each character, how sure it is, and its middle in shares of width.

    Spaces are characters.
    """

    letters: Sequence[str]
    scores: Sequence[float]
    middles: Sequence[float]

    @property
    def score(self) -> float:
        """Mean score of its characters; 0 for an empty line."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


def is_ours(character: str) -> bool:
    """Whether documents in the languages that are read have a character."""
    code = ord(character) if len(character) == 1 else -1
    return 0 <= code < LATIN or character in SINGLE or any(a <= code < b for a, b in SIGNS)


@dataclass
class LineReader:
    """The model, which is loaded on first use; `path` is one's own, else the package's."""

    path: str = ""

    @cached_property
    def version(self) -> str:
        """What it reads beside the picture; the package's model is named by its version."""
        own = sha256_of(self.file.read_bytes())[:16] if self.path else MODEL
        return f"{own} {LATIN} {SIGNS} {SINGLE}"

    @property
    def file(self) -> Path:
        """The file of the model; raises BadSetting where there is none."""
        package = find_spec("rapidocr")
        folder = Path(package.origin if package and package.origin else "").parent / "models"
        found = Path(self.path) if self.path else folder / MODEL
        if not found.is_file():
            own = f"rapidocr:{self.path}" if self.path else "rapidocr"
            remedy = "Name a PP-OCR model in ONNX." if self.path else "Install rapidocr 3.10."
            raise BadSetting(SETTING, f"is {own}, and there is no file {found}. {remedy}")
        return found

    def read(self, bgr: Any) -> Line:
        """The characters of one line, from left to right; `bgr` is height by width by 3, uint8."""
        import cv2

        height, width = bgr.shape[:2]
        wide = min(max(ceil(HEIGHT * width / height), 1), LONGEST)
        shown = np.zeros((1, 3, HEIGHT, STEP * ceil(wide / STEP)), np.float32)
        small = cv2.resize(bgr, (wide, HEIGHT)).astype(np.float32)
        shown[0, :, :, :wide] = small.transpose(2, 0, 1) / 127.5 - 1
        session, characters = self._loaded
        scores = session.run(None, {session.get_inputs()[0].name: shown})[0][0]
        return _decoded(scores, characters, wide)

    @cached_property
    def _loaded(self) -> tuple[Any, Sequence[str]]:
        import onnxruntime

        model, characters = _cut(self.file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(model, options, providers=providers), characters


def _decoded(scores: Any, characters: Sequence[str], wide: int) -> Line:
    """Best character of each step; repeated ones are one, and the first means none."""
    best = scores.argmax(axis=1)
    sure = scores[np.arange(len(best)), best]
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(starts[1:], len(best))
    letters, found, middles = [], [], []
    for start, end in zip(starts, ends, strict=True):
        if best[start]:
            letters.append(characters[best[start]])
            found.append(float(sure[start:end].max()))
            middles.append(min((start + end) / 2 * STEP / wide, 1.0))
    return Line(letters, found, middles)


def _cut(path: Path) -> tuple[bytes, Sequence[str]]:
    """The model with the characters that are ours, and these by their number."""
    import onnx
    from google.protobuf.message import DecodeError
    from onnx import numpy_helper

    try:
        model = onnx.load(path)
        (stated,) = (one for one in model.metadata_props if one.key == "character")
    except (OSError, ValueError, DecodeError) as error:
        raise BadSetting(
            SETTING,
            f"names {path}, which is no PP-OCR model in ONNX that states its characters in its "
            "metadata. Name one as RapidOCR publishes them.",
        ) from error
    characters = ["", *stated.value.split("\n"), " "]
    kept = [at for at, one in enumerate(characters) if at == 0 or is_ours(one)]
    for weights in model.graph.initializer:
        if weights.dims and weights.dims[-1] == len(characters):
            few = np.ascontiguousarray(numpy_helper.to_array(weights)[..., kept])
            weights.CopyFrom(numpy_helper.from_array(few, weights.name))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    del model.graph.value_info[:]
    return model.SerializeToString(), [characters[at] for at in kept]
