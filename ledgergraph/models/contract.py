"""The one contract of models: examples in, a model out; rows in, probabilities out; a folder.

A model is named columns of numbers to a probability. It knows nothing of where
they come from. What a folder holds is text: `card.json` says what the model is,
the other files belong to its algorithm. Nothing is pickled.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ledgergraph.errors import StaleInput

if TYPE_CHECKING:
    from ledgergraph.models.graphs import Graph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CARD = "card.json"


@dataclass(frozen=True)
class Examples:
    """Rows to learn from.

    Shapes: `matrix` (rows, columns) in the order of `names`, NaN where unknown;
    `target` (rows,) 0 or 1; `group` (rows,) says which rows belong together (one
    ledger, say): calibration never judges a group by a model that saw it.
    `directions` says of a column that more of it never makes an outcome less
    (1) or more (-1) likely; of columns that are not named it says nothing. `weight`
    (rows,) says how much each row counts; all count alike without it.
    """

    names: tuple[str, ...]
    matrix: Floats
    target: Floats
    group: Ints
    directions: Mapping[str, int] = field(default_factory=dict)
    weight: Floats | None = None


@dataclass(frozen=True)
class ModelCard:
    """What a model is, how it was made, and how good it is on data that it never saw."""

    role: str
    algorithm: str
    settings: Mapping[str, Any]
    seed: int
    examples: Mapping[str, Any]
    code_version: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    comparison: Sequence[Mapping[str, Any]] = ()

    def save(self, folder: Path) -> None:
        """Write the card into a folder."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "ModelCard":
        """The card of a folder. Raises StaleInput if there is none or this code cannot read it."""
        path = folder / CARD
        if not path.is_file():
            raise StaleInput(f"{folder.name} holds no {CARD}. Make it again with `make models`.")
        try:
            return ModelCard(**json.loads(path.read_text(encoding="utf-8")))
        except TypeError as error:
            raise StaleInput(
                f"{path.name} is of another version of Ledgergraph: {error}"
            ) from error


class Model(Protocol):
    """What every model can do."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads, in its own order."""
        ...

    def predict(self, rows: pa.Table) -> Floats:
        """A probability in [0, 1] for each row; a column that the table lacks is unknown."""
        ...

    def contributions(self, rows: pa.Table) -> Floats:
        """How much each column moved each row, in log odds; shape (rows, columns)."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model into a folder, made if need be."""
        ...


class GraphModel(Protocol):
    """What every model of a graph can do: the same as `Model`, for the judged nodes of a graph."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of judged nodes that it reads, in its own order."""
        ...

    def predict(self, graph: "Graph") -> Floats:
        """A probability in [0, 1] for each judged node; what the graph lacks is unknown."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model into a folder, made if need be."""
        ...


def matrix_of(rows: pa.Table, names: Sequence[str]) -> Floats:
    """Columns of a table as a matrix (rows, names); NaN for null and for a column not there."""
    matrix = np.full((rows.num_rows, len(names)), np.nan)
    there = set(rows.column_names)
    for at, name in enumerate(names):
        if name in there:
            column = rows[name]
            numbers = column if column.type == pa.float64() else column.cast(pa.float64())
            matrix[:, at] = numbers.to_numpy()
    return matrix
