"""Which reader a setting opens, and what it says where that cannot be."""

from pathlib import Path

import pytest

from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadSetting, StaleInput
from orchestration.environments import Environment
from resources.reader import ReaderResource
from resources.store import Store


def test_the_usual_reader_is_the_champion_and_changes_no_settings(tmp_path: Path) -> None:
    usual = ReaderResource()
    assert usual.open(None, Store(str(tmp_path)), Limits()) is None
    assert usual.through_time() == ()
    assert usual.version() == {}
    assert ReaderResource(kind="rules").version() == {"reader": "rules"}


def test_a_kind_that_is_none_and_a_folder_that_is_none_name_their_variables() -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_READER: is 'magic'.*stack"):
        Environment.read({"LEDGERGRAPH_READER": "magic"})
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_READER_FOLDER.*models make transformer"):
        Environment.read(
            {"LEDGERGRAPH_READER": "transformer", "LEDGERGRAPH_READER_FOLDER": "/of/nobody"}
        )


def test_a_folder_without_a_transformer_says_how_to_make_one(tmp_path: Path) -> None:
    environment = Environment.read(
        {"LEDGERGRAPH_READER": "stack", "LEDGERGRAPH_READER_FOLDER": str(tmp_path)}
    )
    chosen = ReaderResource(kind=environment.reader, folder=environment.reader_folder)
    with pytest.raises(StaleInput, match="models make transformer"):
        chosen.open(None, Store(str(tmp_path)), Limits())


def test_without_a_folder_it_is_that_of_the_home_or_says_how_to_make_one(tmp_path: Path) -> None:
    environment = Environment.read({"LEDGERGRAPH_READER": "transformer"})
    chosen = ReaderResource(kind=environment.reader, folder=environment.reader_folder)
    assert chosen.through_time() == ("transformer_benchmark",)
    with pytest.raises(StaleInput, match="job training_transformer"):
        chosen.open(None, Store(str(tmp_path)), Limits())
