"""Copies and questions as a user asks for them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_a_graph_is_copied_restored_elsewhere_and_asked(
    tmp_path: Path, called: Callable[..., Any]
) -> None:
    one, other, copy = (str(tmp_path / name) for name in ("one", "other", "copy"))
    done = called("graph", "export", copy, "--home", one)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{copy}: 0 nodes and 0 relations, copy ")
    again = called("graph", "restore", copy, "--home", other)
    assert again.stdout == done.stdout
    asked = called("graph", "ask", "RETURN 1 AS x", "--format", "json", "--home", other)
    assert json.loads(asked.stdout) == [{"x": 1}]
    refused = called("graph", "ask", "CREATE (:Entity {key: 'E'})", "--home", other)
    assert refused.returncode == 1
    assert "CYPHER: may not be asked here: what the graph holds is only read." in refused.stderr
