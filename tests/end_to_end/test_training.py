"""Champions of a home as a user sees them: listed, rolled back, and scored with."""

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ledgergraph.artifacts import WHOLE, Manifest
from resources.store import Store
from tests.stores import the_head

Command = Callable[..., "CompletedProcess[str]"]
CHAMPION, SCORES = "compliance_champion", "invoice_scores"


@pytest.mark.slow
def test_a_roll_back_by_one_command_scores_with_the_earlier_champion(
    home: Path, tmp_path: Path, command: Command, called: Command
) -> None:
    shutil.copytree(home, tmp_path / "home")
    place = str(tmp_path / "home")
    store = Store(f"{place}/store")
    first = the_head(store, CHAMPION)
    card = first.file("card.json")
    assert card is not None
    other = store.put_file("card.json", store.file(card) + b"\n")
    kept = [file for file in first.files if file.table != "card.json"]
    second = store.commit(Manifest(CHAMPION, WHOLE, "1", (*kept, other), {"origin": "training"}))

    refused = called("models", "rollback", "compliance", "--home", place)
    assert refused.returncode == 1
    assert "--why" in refused.stderr

    done = command("models", "rollback", "compliance", "--home", place, "--why", "A test.")
    assert done.returncode == 0, done.stderr
    head = the_head(store, CHAMPION)
    assert head.settings["of"] == first.version
    assert head.settings["replaces"] == second
    assert the_head(store, SCORES).inputs[CHAMPION] == {WHOLE: head.version}
    listed = called("models", "history", "compliance", "--home", place).stdout.splitlines()
    assert [line[0] for line in listed] == [" ", " ", "*"]
    assert "roll-back" in listed[-1]
    assert "A test." in listed[-1]


def test_without_labels_there_is_nothing_to_learn_from(
    home: Path, tmp_path: Path, called: Command
) -> None:
    shutil.copytree(home, tmp_path / "home")
    done = called("train", "--home", str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "compliance: no labels, nothing to learn from",
        "duplicate: no labels, nothing to learn from",
        "reader: no labels, nothing to learn from",
    ]
