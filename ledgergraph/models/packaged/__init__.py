"""The default champions that come with the package: they score a company from its first day."""

from pathlib import Path

from ledgergraph.errors import StaleInput
from ledgergraph.models.boosting import BoostedTrees, load
from ledgergraph.models.contract import ModelCard

FOLDER = Path(__file__).parent
ROLES = ("compliance", "duplicate")
"""The roles whose packaged model scores rows of a table."""


def champion(role: str) -> BoostedTrees:
    """The packaged model of a role.

    Raises StaleInput if the package holds none; `make models` makes them.
    """
    return load(folder_of(role))


def card(role: str) -> ModelCard:
    """The packaged model's card: how it was made and how good it is. Raises as `champion`."""
    return ModelCard.load(folder_of(role))


def folder_of(role: str) -> Path:
    """Where the packaged model of a role lies. Raises as `champion`."""
    folder = FOLDER / role
    if not folder.is_dir():
        raise StaleInput(f"The package holds no {role} model. Make it with `make models`.")
    return folder
