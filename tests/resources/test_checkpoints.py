"""Checkpoints of a training that goes on, beside stores of each kind."""

import time
from pathlib import Path

from resources.checkpoints import MOST, checkpoints, forgotten
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


def test_a_run_that_is_taken_up_again_finds_all_of_its_trainings(store: Store) -> None:
    trainings = [f"graph/run/{number}" for number in range(2 * MOST)]
    for name in trainings:
        with checkpoints(store, name) as (folder, after):
            after(kept(folder, 1))
    for name in trainings:
        with checkpoints(store, name) as (folder, _):
            assert (folder / "latest").exists(), name
    forgotten(store, "graph/run")
    assert not store.names("checkpoints/graph")


def test_trainings_that_nobody_takes_up_again_leave_no_more_than_a_few(store: Store) -> None:
    for number in range(MOST + 1):
        with checkpoints(store, f"transformer/{number}") as (folder, after):
            after(kept(folder, number))
        time.sleep(0.01)  # that one was written before the other
    with checkpoints(store, "other/0") as (folder, after):
        after(kept(folder, 0))
    names = {one.split("/")[1:3][-1] for one in store.names("checkpoints/transformer")}
    assert names == {str(number) for number in range(1, MOST + 1)}
    assert store.names("checkpoints/other")
