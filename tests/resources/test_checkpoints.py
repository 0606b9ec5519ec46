"""Checkpoints of a training that goes on, beside stores of each kind."""

from pathlib import Path

from resources.checkpoints import checkpoints, forgotten
from resources.store import Store

NAME = "transformer/0123"


def kept(folder: Path, step: int) -> Path:
    """A checkpoint as a training writes it."""
    latest = folder / "latest"
    latest.mkdir(parents=True, exist_ok=True)
    for name in ("state.json", "weights.safetensors"):
        (latest / name).write_text(f"{name} {step}", encoding="utf-8")
    return latest


def texts(folder: Path) -> list[str]:
    """What a checkpoint holds."""
    return [one.read_text(encoding="utf-8") for one in sorted((folder / "latest").iterdir())]


def test_the_last_checkpoint_is_there_when_a_training_is_taken_up_again(store: Store) -> None:
    with checkpoints(store, NAME) as (folder, after):
        assert not (folder / "latest").exists()
        for step in (1, 2):
            after(kept(folder, step))
        kept(folder, 3)  # killed before it was told: elsewhere the one before counts
    with checkpoints(store, NAME) as (folder, _):
        step = 2 if store.local_path("") is None else 3
        assert texts(folder) == [f"state.json {step}", f"weights.safetensors {step}"]
    with checkpoints(store, "transformer/4567") as (other, _):
        assert not (other / "latest").exists()


def test_a_training_that_is_over_leaves_nothing_behind(store: Store) -> None:
    with checkpoints(store, NAME) as (folder, after):
        after(kept(folder, 1))
    forgotten(store, NAME)
    with checkpoints(store, NAME) as (folder, _):
        assert not (folder / "latest").exists()
    assert not [one for one in store.names("checkpoints") if one.endswith("state.json")]
