"""Checkpoints of a network that learns: written beside the last one, then put in its place.

Belongs here: weights, best weights, the optimizer's moments and where the loop stands, as
safetensors and JSON. Not here: the loops (layout_training, graph_training), where folders are
kept (resources.checkpoints).
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ledgergraph.errors import StaleInput

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

STATE, WEIGHTS, BEST, MOMENTS = (
    "state.json", "weights.safetensors", "best.safetensors", "moments.safetensors",
)  # fmt: skip
NEW, LATEST, OLD = "new", "latest", "old"
MARK = "mark"
After = Callable[[Path], None]
"""What hears of each checkpoint, by the folder that it stands in."""


class Loop(Protocol):
    """A training that runs: `state` is a dataclass that says where, `history` lists its epochs.

    `best` are the best weights so far; the loop calls `keep` wherever it may be taken up again.
    """

    state: Any
    best: "dict[str, Tensor]"
    keep: Callable[[], None]

    @property
    def network(self) -> "nn.Module":
        """What learns."""

    @property
    def optimizer(self) -> "Optimizer":
        """What moves its weights."""


def keep_in(
    folder: Path, mark: str, loop: Loop, epoch: type, device: str, after: After
) -> None:  # fmt: skip
    """Keep the checkpoints of a loop in a folder, and let it go on from the one that is there.

    `epoch` is the class of what its history lists. Raises StaleInput if the checkpoint is of
    another training.
    """
    found = taken_up(folder, mark, loop.network, loop.optimizer, device)
    if found is not None:
        facts, loop.best = found
        history = [epoch(**one) for one in facts.pop("history")]
        loop.state = type(loop.state)(history=history, **facts)
    loop.keep = lambda: after(
        keep(folder, asdict(loop.state), mark, loop.network, loop.best, loop.optimizer)
    )


def keep(
    folder: Path, facts: Mapping[str, Any], mark: str, network: "nn.Module",
    best: "Mapping[str, Tensor]", optimizer: "Optimizer",
) -> Path:  # fmt: skip
    """Write a checkpoint; killed at any point, the last whole one stays. Returns where it stands.

    `mark` tells the training from others, `facts` (JSON) say where it stands.
    """
    from safetensors.torch import save_file

    new, latest, old = (folder / one for one in (NEW, LATEST, OLD))
    for one in (new, old):
        shutil.rmtree(one, ignore_errors=True)
    new.mkdir(parents=True)
    save_file(plain(network.state_dict()), new / WEIGHTS)
    save_file(plain(best), new / BEST)
    save_file(_moments(network, optimizer), new / MOMENTS)
    text = json.dumps({**facts, MARK: mark}, sort_keys=True)
    (new / STATE).write_text(text + "\n", encoding="utf-8")
    if latest.is_dir():
        latest.replace(old)
    new.replace(latest)
    shutil.rmtree(old, ignore_errors=True)
    return latest


def taken_up(
    folder: Path, mark: str, network: "nn.Module", optimizer: "Optimizer", device: str
) -> "tuple[dict[str, Any], dict[str, Tensor]] | None":
    """Take up the checkpoint of a folder: its facts and best weights; None if there is none.

    Raises StaleInput if it is of another training.
    """
    from safetensors.torch import load_file

    latest, old = folder / LATEST, folder / OLD
    if old.is_dir() and not latest.is_dir():  # killed between the two renames of `keep`
        old.replace(latest)
    if not latest.is_dir():
        return None
    facts: dict[str, Any] = json.loads((latest / STATE).read_text(encoding="utf-8"))
    if facts.pop(MARK) != mark:
        raise StaleInput(
            f"{folder.name} keeps a training of other documents or settings. Name another "
            "folder, or remove this one to begin anew."
        )
    network.load_state_dict(load_file(latest / WEIGHTS))
    best = {name: one.to(device) for name, one in load_file(latest / BEST).items()}
    parameters = list(network.parameters())
    for name, value in load_file(latest / MOMENTS).items():
        at, _, what = name.partition(".")
        place = value.device if what == "step" else device
        optimizer.state[parameters[int(at)]][what] = value.to(place)
    return facts, best


def _moments(network: "nn.Module", optimizer: "Optimizer") -> "dict[str, Tensor]":
    found = {}
    for at, one in enumerate(network.parameters()):
        for name, value in optimizer.state.get(one, {}).items():
            found[f"{at}.{name}"] = value.detach().clone().contiguous().cpu()
    return found


def plain(weights: "Mapping[str, Tensor]") -> "dict[str, Tensor]":
    """Weights as they can be saved."""
    return {name: one.detach().clone().contiguous().cpu() for name, one in weights.items()}
