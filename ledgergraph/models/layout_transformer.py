"""A fitted layout transformer: documents laid out in, classes with probabilities out; a folder.

Belongs here: prediction over windows with votes, and saving and loading (safetensors and
JSON, never pickled). Not here: the network (layout_network), how it learns (layout_training).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ledgergraph.errors import BadInput, StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.models.contract import Floats
from ledgergraph.models.layout_network import (
    CHECKPOINT,
    CONFIG,
    Classes,
    Shape,
    body_of,
    checkpoint_body,
    network_of,
    standard_tags,
)
from ledgergraph.models.layout_windows import (
    FILE,
    Batch,
    LaidOut,
    Pieces,
    Window,
    batch_of,
    needed,
    windows_of,
)

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
NETWORK, FACTS = "network.safetensors", "network.json"
VERSION = 1
AT_ONCE, ON_GPU = 4, 32
"""Windows in a batch, on a processor and on a GPU."""
DOCUMENTS = 64
"""Documents whose windows are judged together."""


@dataclass(frozen=True)
class Judged:
    """What a network says of one document: probabilities, (words, classes) and (classes,)."""

    tags: Floats
    tables: Floats
    cells: Floats
    type: Floats
    subtype: Floats


class LayoutTransformer:
    """A fitted network with its pieces; `device` is where it computes."""

    def __init__(
        self, network: Any, pieces: Pieces, classes: Classes, shape: Shape, device: str
    ) -> None:
        self.network = network.to(device)
        self.pieces, self.classes, self.shape, self.device = pieces, classes, shape, device

    def predict(self, documents: Iterable[LaidOut]) -> list[Judged]:
        """What it says of each document; words in two windows get the mean of both, by votes.

        A vote counts more the further the word is from the window's edge. Windows of several
        documents are judged together, those of like length.
        """
        torch = needed("torch", "reader")
        self.network.eval()
        with torch.inference_mode():
            return [one for some in _parts(documents, DOCUMENTS) for one in self._judged(some)]

    def _judged(self, documents: Sequence[LaidOut]) -> Iterator[Judged]:
        windows = [
            windows_of(one, self.pieces, self.shape.length, self.shape.overlap) for one in documents
        ]
        places = [(at, number) for at, own in enumerate(windows) for number in range(len(own))]
        places.sort(key=lambda one: len(windows[one[0]][one[1]].pieces))
        seen: dict[tuple[int, int], dict[str, Floats]] = {}
        for some in _parts(places, ON_GPU if self.device == "cuda" else AT_ONCE):
            batch = batch_of([windows[at][number] for at, number in some], self.shape.has_images)
            found = self._seen(batch)
            for row, place in enumerate(some):
                seen[place] = {name: value[row] for name, value in found.items()}
        for at, one in enumerate(documents):
            own = [(window, seen[at, number]) for number, window in enumerate(windows[at])]
            yield self._together(one, own)

    def _together(self, one: LaidOut, own: Sequence[tuple[Window, Mapping[str, Floats]]]) -> Judged:
        """What the windows of a document say of its words, and of itself."""
        names = ("tags", "tables", "cells")
        sizes = {name: len(getattr(self.classes, name)) for name in names}
        sums = {name: np.zeros((len(one.words), size)) for name, size in sizes.items()}
        votes = np.zeros((len(one.words), 1))
        for window, found in own:
            count, place = len(window.words), slice(window.words.start, window.words.stop)
            weight = _votes(count)
            votes[place] += weight
            for name in names:
                sums[name][place] += weight * found[name][:count]
        shares = {name: total / np.maximum(votes, 1e-9) for name, total in sums.items()}
        type_, subtype = (
            np.mean([found[name] for _, found in own], axis=0) if own else np.zeros(0)
            for name in ("type", "subtype")
        )  # fmt: skip
        return Judged(shares["tags"], shares["tables"], shares["cells"], type_, subtype)

    def _seen(self, batch: Batch) -> dict[str, Floats]:
        torch = needed("torch", "reader")
        one = tensors(asdict(batch), self.device)
        seen = self.network(one)
        found = {"tags": self.network.probabilities(seen, one)} | {
            name: torch.softmax(getattr(seen, name).float(), -1)
            for name in ("tables", "cells", "type", "subtype")
        }
        return {name: value.cpu().numpy().astype(np.float64) for name, value in found.items()}

    def save(self, folder: Path) -> None:
        """Write its files into a folder, made if need be."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: one.contiguous().cpu() for name, one in self.network.state_dict().items()}
        save_file(weights, folder / NETWORK)
        facts = {
            "version": VERSION, "shape": asdict(self.shape), "classes": asdict(self.classes),
            "body": self.network.body.config.to_dict(),
        }  # fmt: skip
        text = json.dumps(facts, indent=1, sort_keys=True, default=str)
        (folder / FACTS).write_text(text + "\n", encoding="utf-8")
        self.pieces.save(folder)


def load(folder: Path, device: str | None = None) -> LayoutTransformer:
    """The transformer of a folder, on the device that there is.

    Raises: StaleInput if a file is missing or of another version; BadSetting without torch.
    """
    needed("torch", "reader")
    if is_standard(folder):
        return load_standard(folder, device)
    for name in (NETWORK, FACTS, FILE):
        if not (folder / name).is_file():
            raise StaleInput(
                f"{folder.name} holds no {name}: it is no layout transformer. Make one with "
                "`ledgergraph models make transformer`."
            )
    from safetensors.torch import load_file

    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    if facts.get("version") != VERSION:
        raise StaleInput(f"{folder.name}/{FACTS} is of another version. Make the model again.")
    shape = Shape(**facts["shape"])
    classes = Classes(**{name: tuple(own) for name, own in facts["classes"].items()})
    network = network_of(body_of(facts["body"]), classes, shape)
    network.load_state_dict(load_file(folder / NETWORK))
    return LayoutTransformer(network, Pieces.load(folder), classes, shape, device or device_here())


def is_standard(folder: Path) -> bool:
    """Whether a folder is a checkpoint as transformers saves it, and not one of ours."""
    return (folder / CONFIG).is_file() and not (folder / FACTS).is_file()


def load_standard(folder: Path, device: str | None = None) -> LayoutTransformer:
    """A checkpoint that classifies tokens (LayoutLMv3 or LiLT), with its own labels as tags.

    Its other heads say nothing: each class is as likely as the others. Raises: BadInput if it
    is of another kind, or classifies no tokens.
    """
    torch = needed("torch", "reader")
    config = checkpoint_body(folder)
    head = standard_tags(folder)
    if head is None:
        raise BadInput(
            "bad_checkpoint",
            f"{folder.name} classifies no tokens: it can be learned from, not read with. Name it "
            "as the checkpoint of `ledgergraph models make transformer`.",
        )
    tags, layers = head
    classes = Classes(tags, ("outside", "head", "body"), ("outside", "first", "further"),
                      ("unknown",), ("plain",))  # fmt: skip
    shape = Shape(body=str(config["model_type"]), width=int(config["hidden_size"]))
    network = network_of(body_of(config, folder), classes, shape)
    network.tags = layers
    for quiet in (network.tables, network.cells, network.kind, network.narrow_kind):
        torch.nn.init.zeros_(quiet.weight)
        torch.nn.init.zeros_(quiet.bias)
    pieces = Pieces.load(folder, "tokenizer.json")
    return LayoutTransformer(network, pieces, classes, shape, device or device_here())


def version_of(folder: Path) -> str:
    """The hash of a transformer's files: what it would say, and nothing else."""
    own = (CONFIG, CHECKPOINT, "tokenizer.json") if is_standard(folder) else (FACTS, NETWORK, FILE)
    files = [folder / name for name in own]
    return sha256_of(canonical_json([[one.name, sha256_of(one.read_bytes())] for one in files]))


def device_here() -> str:
    """`cuda` where there is a device, else `cpu`."""
    return "cuda" if needed("torch", "reader").cuda.is_available() else "cpu"


def device_called(name: str | None) -> str:
    """A device by its name, by default the one that there is; BadInput if there is none such."""
    if name not in (None, "", "cpu", "cuda"):
        raise BadInput("bad_setting", f"device is {name!r}. It must be cpu or cuda, or empty.")
    if name == "cuda" and device_here() != "cuda":
        raise BadInput("bad_setting", "device is cuda, and torch sees none here. Leave it empty.")
    return name or device_here()


def tensors(arrays: Mapping[str, Any], device: str) -> "dict[str, Tensor]":
    """Arrays as tensors on a device, those that are there."""
    torch = needed("torch", "reader")
    return {
        name: torch.from_numpy(one).to(device) for name, one in arrays.items() if one is not None
    }


def _votes(count: int) -> Floats:
    """The weight of each word of a window: 1 at its edges, more inside."""
    at = np.arange(count, dtype=np.float64)
    return np.asarray((1.0 + np.minimum(at, count - 1 - at))[:, None])


def _parts(of: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(of)
    while some := list(islice(rest, size)):
        yield some
