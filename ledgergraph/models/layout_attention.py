"""What a layout transformer attends to when it judges some words.

Attention is rolled out over the layers (Abnar and Zuidema 2020): the mean of all heads, half of
it for a word itself, layer upon layer. It shows where what decides came from, and is no proof
of why: a network may look where it learns nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ledgergraph.models.contract import Floats
from ledgergraph.models.layout_network import asked
from ledgergraph.models.layout_transformer import LayoutTransformer, tensors
from ledgergraph.models.layout_windows import LaidOut, Window, batch_of, needed, windows_of


@dataclass(frozen=True)
class Attended:
    """Shares of attention: `words` (words,) of the document, `patches` (side, side) of its page.

    Both together make 1; words of other windows have 0, networks without pictures no patches.
    """

    words: Floats
    patches: Floats


def attended(model: LayoutTransformer, document: LaidOut, places: Sequence[int]) -> Attended:
    """What some words of one page (at least one) attend to, in the window that has most around."""
    torch = needed("torch", "reader")
    windows = windows_of(document, model.pieces, model.shape.length, model.shape.overlap)
    first = places[0]
    window = max((one for one in windows if first in one.words),
                 key=lambda one: min(first - one.words.start, one.words.stop - first))  # fmt: skip
    batch = batch_of([window], model.shape.has_images)
    body = model.network.body
    body.set_attn_implementation("eager")  # the others do not say what they attend to
    model.network.eval()
    with torch.inference_mode():
        seen = body(**asked(tensors(asdict(batch), model.device)), output_attentions=True)
    layers = [one[0].float().mean(0).cpu().numpy().astype(np.float64) for one in seen.attentions]
    own = [int(window.first[at - window.words.start]) for at in places if at in window.words]
    rolled = _rolled_out(layers)[own].mean(0)
    return _shares(rolled, window, len(document.words))


def _rolled_out(layers: Sequence[Floats]) -> Floats:
    found = np.eye(layers[0].shape[0])
    for one in layers:
        found = (0.5 * one + 0.5 * np.eye(one.shape[0])) @ found
    return found


def _shares(rolled: Floats, window: Window, count: int) -> Attended:
    """Attention to pieces as shares of words and patches; marks of begin and end have no part."""
    words, pieces = np.zeros(count), len(window.pieces)
    edges = [*window.first.tolist(), pieces - 1]
    for number, at in enumerate(window.words):
        words[at] = rolled[edges[number] : edges[number + 1]].sum()
    rest = rolled[pieces + 1 :]  # after the mark that begins the picture
    side = round(len(rest) ** 0.5)
    patches = rest[: side * side].reshape(side, side)
    whole = max(words.sum() + patches.sum(), 1e-12)
    return Attended(words / whole, patches / whole)
