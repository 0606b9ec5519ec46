"""The layout transformer as a network: a body that sees words with boxes, and heads on it.

Belongs here: bodies by name (LayoutLMv3, its image branch off by default; LiLT), from scratch
or from a checkpoint that somebody names; heads for tags, tables, cells, type and subtype; the chain
between neighbouring tags (CRF), if asked for; the loss. Not here: how it learns
(layout_training), windows (layout_windows).

torch and transformers are imported on first use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ledgergraph.errors import BadInput, StaleInput
from ledgergraph.models.layout_windows import BEGIN, END, PAD, SIGHT, UNKNOWN, needed

if TYPE_CHECKING:
    from torch import Tensor, nn

LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "layoutlmv3": "not stated in its folder; the weights that Microsoft publishes are "
        "CC BY-NC-SA 4.0: not for commercial use",
        "lilt": "not stated in its folder; the weights that its authors publish are MIT",
    }
)
"""What is known of the licences of checkpoints, by the kind of their body."""
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"type": 0.3, "tags": 0.4, "tables": 0.1, "cells": 0.1, "subtype": 0.1}
)
"""What each head counts in the loss: classification .3, fields .4, tables .2, subtype .1."""
CONFIG, CHECKPOINT = "config.json", "model.safetensors"


@dataclass(frozen=True)
class Shape:
    """How large the network is; with a checkpoint its body is that of the checkpoint.

    `body` is layoutlmv3 or lilt; `width` is of its states: a multiple of 6 and of the number
    of `heads`; `pieces` at most so many in the vocabulary, `length` in a window, of which
    `overlap` are shared with the next. `has_distances` lets LayoutLMv3 weigh how far words
    stand from each other, as its checkpoints do, and takes longer. `has_images` lets it see
    pages as pictures too (LayoutLMv3 alone): 1.5 to 2.3 times as long.
    """

    body: str = "layoutlmv3"
    width: int = 258
    layers: int = 4
    heads: int = 6
    pieces: int = 4_000
    length: int = 512
    overlap: int = 128
    dropout: float = 0.1
    has_chain: bool = False
    has_distances: bool = False
    has_images: bool = False
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))


@dataclass(frozen=True)
class Classes:
    """The names of what each head tells apart; tag 0 is what belongs to nothing."""

    tags: tuple[str, ...]
    tables: tuple[str, ...]
    cells: tuple[str, ...]
    types: tuple[str, ...]
    subtypes: tuple[str, ...]


class Seen(NamedTuple):
    """What the heads say, as log odds: tags, tables, cells (B, W, .), type and subtype (B, .)."""

    tags: "Tensor"
    tables: "Tensor"
    cells: "Tensor"
    type: "Tensor"
    subtype: "Tensor"


def new_body(shape: Shape, pieces: int) -> Mapping[str, Any]:
    """The configuration of a body from scratch, as transformers writes it."""
    if shape.body not in LICENCES:
        raise BadInput(
            "bad_setting", f"body is {shape.body!r}. It must be one of {', '.join(LICENCES)}."
        )
    if shape.has_images and shape.body != "layoutlmv3":
        raise BadInput("bad_setting", f"has_images is set, and {shape.body} sees no pictures.")
    if shape.width % 6 or shape.width % shape.heads:
        raise BadInput(
            "bad_setting",
            f"width is {shape.width}. It must be a multiple of 6 and of heads ({shape.heads}).",
        )
    same = {
        "model_type": shape.body, "vocab_size": pieces, "hidden_size": shape.width,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
        "intermediate_size": 4 * shape.width, "max_position_embeddings": shape.length + 2,
        "hidden_dropout_prob": shape.dropout, "attention_probs_dropout_prob": shape.dropout,
        "type_vocab_size": 1, "pad_token_id": PAD, "bos_token_id": BEGIN, "eos_token_id": END,
    }  # fmt: skip
    if shape.body == "lilt":
        return {**same, "channel_shrink_ratio": _shrunk(shape)}
    sixth = shape.width // 6
    return {**same, "coordinate_size": sixth, "shape_size": sixth,
            "visual_embed": shape.has_images, "input_size": SIGHT,
            "has_relative_attention_bias": shape.has_distances,
            "has_spatial_attention_bias": shape.has_distances}  # fmt: skip


def _shrunk(shape: Shape) -> int:
    """By how much the channel of the layout is narrower: 4, or what the heads allow."""
    return next(by for by in (4, 3, 2, 1) if shape.width % (by * shape.heads) == 0)


def checkpoint_body(folder: Path, has_images: bool = False) -> Mapping[str, Any]:
    """The configuration of a checkpoint's body, without its image branch unless asked for.

    Raises: BadInput `bad_checkpoint` if it is of another kind, or its weights are not in
    safetensors: other files run code when they are opened.
    """
    for name in (CONFIG, CHECKPOINT, "tokenizer.json"):
        if not (folder / name).is_file():
            raise BadInput(
                "bad_checkpoint",
                f"{folder.name} holds no {name}. A checkpoint is a folder with {CONFIG}, "
                f"{CHECKPOINT} and tokenizer.json, as transformers saves them.",
            )
    stated: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    if stated.get("model_type") not in LICENCES:
        raise BadInput(
            "bad_checkpoint",
            f"{folder.name} is of kind {stated.get('model_type')!r}. It must be one of "
            f"{', '.join(LICENCES)}.",
        )
    if stated["model_type"] != "layoutlmv3":
        if has_images:
            raise BadInput("bad_setting", f"has_images is set, and {folder.name} sees no pictures.")
        return stated
    if has_images and not stated.get("visual_embed", True):
        raise BadInput("bad_checkpoint", f"{folder.name} has no image branch. Leave it off.")
    return {**stated, "visual_embed": has_images, "input_size": SIGHT}


def licence_of(folder: Path) -> str:
    """The licence of a checkpoint: as its README states it, else what is known of its kind."""
    readme = folder / "README.md"
    if readme.is_file():
        for line in readme.read_text(encoding="utf-8", errors="replace").splitlines()[:60]:
            if line.lower().startswith("license:"):
                return line.partition(":")[2].strip()
    return LICENCES[str(checkpoint_body(folder)["model_type"])]


def body_of(config: Mapping[str, Any], checkpoint: Path | None = None) -> "nn.Module":
    """A body of a configuration, with the weights of a checkpoint or fresh ones."""
    transformers = needed("transformers", "reader")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    names = {"layoutlmv3": "LayoutLMv3", "lilt": "Lilt"}
    if config.get("model_type") not in names:
        raise StaleInput("The network's body is of a kind that this version does not know.")
    name = names[str(config["model_type"])]
    made = getattr(transformers, f"{name}Config").from_dict(dict(config))
    kind: Any = getattr(transformers, f"{name}Model")
    if checkpoint is None:
        found: nn.Module = kind(made)
    else:
        found = kind.from_pretrained(
            str(checkpoint), config=made, local_files_only=True, use_safetensors=True
        )
    return found


def asked(one: Mapping[str, "Tensor"]) -> dict[str, "Tensor"]:
    """A batch in the words of transformers; pieces of pictures come after those of text."""
    found = {"input_ids": one["pieces"], "bbox": one["boxes"],
             "attention_mask": one["is_piece"].long()}  # fmt: skip
    return found | ({"pixel_values": one["pixels"]} if "pixels" in one else {})


STANDARD_HEADS = ("classifier", "classifier.out_proj")
"""Where a checkpoint for token classification has its last layer: of one, or of two."""


def standard_tags(folder: Path) -> tuple[tuple[str, ...], Any] | None:
    """The names and the head of a checkpoint that classifies tokens; None of one that does not.

    A file `labels.json` in the folder may say which field each of its entities is:
    `{"TOTAL": "totals.gross"}`.
    """
    from safetensors.torch import load_file

    nn = needed("torch", "reader").nn
    weights = load_file(folder / CHECKPOINT)
    place = next((one for one in STANDARD_HEADS if f"{one}.weight" in weights), None)
    if place is None:
        return None
    layers: list[Any] = [(place, ())]
    if place != "classifier":
        layers.insert(0, ("classifier.dense", (nn.Tanh(),)))
    made: list[Any] = []
    for name, after in layers:
        kept = {part: weights[f"{name}.{part}"] for part in ("weight", "bias")}
        layer = nn.Linear(kept["weight"].shape[1], kept["weight"].shape[0])
        layer.load_state_dict(kept)
        made += [layer, *after]
    stated = json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("id2label", {})
    path = folder / "labels.json"
    fields = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    names = []
    for number in range(made[-1].out_features):
        prefix, dash, entity = str(stated.get(str(number), "O")).partition("-")
        names.append(f"{prefix}-{fields.get(entity, entity)}" if dash else "O")
    return tuple(names), nn.Sequential(*made)


def network_of(body: "nn.Module", classes: Classes, shape: Shape) -> Any:
    """A body with its heads; `network(batch as tensors)` gives Seen, `network.loss` the losses."""
    torch = needed("torch", "reader")
    nn, functional = torch.nn, torch.nn.functional
    config: Any = body.config

    class Network(nn.Module):  # type: ignore[name-defined,misc]
        """A body and its heads."""

        def __init__(self) -> None:
            super().__init__()
            width = config.hidden_size
            self.body = body
            self.dropout = nn.Dropout(shape.dropout)
            self.tags = nn.Linear(width, len(classes.tags))
            self.tables = nn.Linear(width, len(classes.tables))
            self.cells = nn.Linear(width, len(classes.cells))
            self.kind = nn.Linear(width, len(classes.types))
            self.narrow_kind = nn.Linear(width, len(classes.subtypes))
            self.chain = chain_of(len(classes.tags)) if shape.has_chain else None

        def forward(self, one: Mapping[str, "Tensor"]) -> Seen:
            """What the heads say of a batch."""
            states = self.body(**asked(one)).last_hidden_state
            states = self.dropout(states)
            rows = torch.arange(len(states), device=states.device)[:, None]
            words = states[rows, one["first"]]
            weight = one["is_word"].to(states.dtype)[..., None]
            whole = (words * weight).sum(1) / weight.sum(1).clamp(min=1.0)
            return Seen(
                self.tags(words), self.tables(words), self.cells(words),
                self.kind(whole), self.narrow_kind(whole),
            )  # fmt: skip

        def loss(
            self, seen: Seen, one: Mapping[str, "Tensor"], known: Mapping[str, "Tensor"]
        ) -> dict[str, "Tensor"]:
            """The loss of each head, 0 where nothing is known; `all` is their weighted sum."""
            found = {
                "tags": self._tag_loss(seen.tags.float(), one, known["allowed"]),
                **{
                    name: _entropy(getattr(seen, name), known[of])
                    for name, of in (("tables", "tables"), ("cells", "cells"),
                                     ("type", "types"), ("subtype", "subtypes"))
                },
            }  # fmt: skip
            weighed = [shape.weights[name] * value for name, value in found.items()]
            found["all"] = torch.stack(weighed).sum()
            return found

        def _tag_loss(
            self, odds: "Tensor", one: Mapping[str, "Tensor"], allowed: "Tensor"
        ) -> "Tensor":
            is_known = allowed.any(-1) & one["is_word"]
            if self.chain is not None:
                free = allowed | ~is_known[..., None]
                lost: Tensor = self.chain.loss(odds, free, one["is_word"])
                return lost / is_known.sum().clamp(min=1)
            of_all = torch.logsumexp(odds, -1)
            of_allowed = torch.logsumexp(odds.masked_fill(~allowed, NEVER), -1)
            lost = torch.where(is_known, of_all - of_allowed, torch.zeros_like(of_all)).sum()
            return lost / is_known.sum().clamp(min=1)

        def probabilities(self, seen: Seen, one: Mapping[str, "Tensor"]) -> "Tensor":
            """The probability of each tag of each word, (B, W, tags)."""
            odds = seen.tags.float()
            if self.chain is not None:
                chained: Tensor = self.chain.marginals(odds, one["is_word"])
                return chained
            alone: Tensor = functional.softmax(odds, -1)
            return alone

    def _entropy(odds: "Tensor", target: "Tensor") -> "Tensor":
        known = (target != UNKNOWN).sum().clamp(min=1)
        flat = odds.float().reshape(-1, odds.shape[-1])
        total: Tensor = functional.cross_entropy(
            flat, target.reshape(-1), ignore_index=UNKNOWN, reduction="sum"
        )
        return total / known

    return Network()


NEVER = -1e4
"""Log odds of what is not allowed."""


def chain_of(tags: int) -> Any:
    """A linear chain over tags (a conditional random field): each tag depends on the one before.

    `loss` is the negative log-likelihood that the allowed tags hold, summed; `marginals` are
    the probabilities of each tag of each word, given all others of its window.
    """
    torch = needed("torch", "reader")
    nn = torch.nn

    class Chain(nn.Module):  # type: ignore[name-defined,misc]
        """What follows what."""

        def __init__(self) -> None:
            super().__init__()
            self.steps = nn.Parameter(torch.zeros(tags, tags))
            self.start = nn.Parameter(torch.zeros(tags))
            self.end = nn.Parameter(torch.zeros(tags))

        def loss(self, odds: "Tensor", allowed: "Tensor", is_word: "Tensor") -> "Tensor":
            """Summed over the windows: log of all paths, less log of the allowed ones."""
            narrowed = odds.masked_fill(~allowed, NEVER)
            found: Tensor = (self._whole(odds, is_word) - self._whole(narrowed, is_word)).sum()
            return found

        def marginals(self, odds: "Tensor", is_word: "Tensor") -> "Tensor":
            """Forward and backward: (B, W, tags)."""
            ahead = self._forward(odds, is_word)
            behind = [self.end.expand_as(odds[:, 0])]
            for at in range(odds.shape[1] - 1, 0, -1):
                own = (odds[:, at] + behind[-1])[:, None, :] + self.steps[None]
                step = torch.logsumexp(own, -1)
                behind.append(torch.where(is_word[:, at, None], step, behind[-1]))
            together = torch.stack(ahead, 1) + torch.stack(behind[::-1], 1)
            found: Tensor = torch.softmax(together, -1)
            return found

        def _forward(self, odds: "Tensor", is_word: "Tensor") -> "list[Tensor]":
            found = [self.start + odds[:, 0]]
            for at in range(1, odds.shape[1]):
                own = torch.logsumexp(found[-1][:, :, None] + self.steps[None], 1) + odds[:, at]
                found.append(torch.where(is_word[:, at, None], own, found[-1]))
            return found

        def _whole(self, odds: "Tensor", is_word: "Tensor") -> "Tensor":
            found: Tensor = torch.logsumexp(self._forward(odds, is_word)[-1] + self.end, -1)
            return found

    return Chain()
