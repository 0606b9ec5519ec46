"""Who finds a champion elsewhere knows what it reads, and has a row to try it with."""

import pyarrow as pa
import pytest

from ledgergraph.benchmarks.signatures import signature_of
from ledgergraph.extractions.schemas import WORDS
from ledgergraph.models.packaged import champion, folder_of


@pytest.mark.parametrize("role", ["compliance", "duplicate"])
def test_the_example_is_a_row_that_the_model_judges(role: str) -> None:
    found = signature_of(role, folder_of(role))
    assert list(found.example) == list(found.inputs) == list(champion(role).names)
    assert sum(value is not None for value in found.example.values()) > len(found.inputs) / 2
    row = pa.Table.from_pylist([dict(found.example)], pa.schema(found.inputs))
    assert 0 <= champion(role).predict(row)[0] <= 1


def test_the_reader_reads_words() -> None:
    found = signature_of("reader", folder_of("reader"))
    assert WORDS.rows([found.example]).num_rows == 1
    assert "value" in found.outputs
