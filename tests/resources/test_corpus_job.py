"""The Spark job on a small corpus: one session for all tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from ledgergraph.corpora.annotations import ANNOTATIONS, Annotation, annotations_in, table_of
from ledgergraph.corpora.cleaning import Filters
from ledgergraph.corpora.reader_corpus import Plan
from ledgergraph.errors import BadSetting, Corrupt
from resources import corpus_job, spark
from resources.store import Store
from tests.builders.annotated import annotation

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow
COUNT = 240


def annotations() -> list[Annotation]:
    found = [annotation(number) for number in range(COUNT)]
    twin = annotation(3)
    return [
        *found,
        annotation(9_001, words=twin.words, vendor="v59", template="t29"),  # nearly the same
        annotation(9_002, words=found[4].words, derived_from="made/0004", preset="scan",
                   vendor="v4", template="t4"),
        annotation(9_003, fields=()),
        annotation(9_004, words=found[5].words[:3]),
        annotation(9_005, faults=("a label does not occur in the text",)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("annotations")
    rows = table_of(annotations())
    pq.write_table(rows.slice(0, 100), folder / "a.parquet", row_group_size=30)
    pq.write_table(rows.slice(100), folder / "b.parquet", row_group_size=50)
    return [str(folder / "a.parquet"), str(folder / "b.parquet")]


@pytest.fixture(scope="module")
def session() -> "Iterator[SparkSession]":
    with spark.session("local[2]") as found:
        yield found


@pytest.fixture(scope="module")
def corpus(
    session: "SparkSession", inputs: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[corpus_job.Made, Path]:
    folder = tmp_path_factory.mktemp("corpus")
    return corpus_job.made(session, inputs, str(folder), Plan()), folder


def test_everything_read_is_in_the_corpus_or_among_the_rejections(corpus) -> None:
    made, _ = corpus
    there = made.corpus["annotation_id"].to_pylist()
    left = made.rejections["annotation_id"].to_pylist()
    assert sorted([*there, *left]) == sorted(one.annotation_id for one in annotations())
    why = dict(zip(left, made.rejections["reason"].to_pylist(), strict=True))
    assert why.pop("made/9001") == "near_duplicate"
    assert why.pop("made/9003") == "no_field"
    assert why.pop("made/9004") == "too_few_words"
    assert why.pop("made/9005") == "faults"
    assert set(why.values()) <= {"straddling"}


def test_a_copy_stands_where_what_it_was_made_of_stands(corpus) -> None:
    rows = {row["annotation_id"]: row for row in corpus[0].corpus.to_pylist()}
    copy, first = rows["made/9002"], rows["made/0004"]
    assert copy["family"] == "made/0004"
    assert copy["split_80_10_10"] == first["split_80_10_10"]


def test_neither_vendor_nor_template_stands_on_two_sides(corpus) -> None:
    for split in ("split_80_10_10", "split_70_15_15"):
        for tie in ("vendor", "template", "family"):
            sides: dict[str, set[str]] = {}
            for row in corpus[0].corpus.to_pylist():
                sides.setdefault(row[tie], set()).add(row[split])
            assert all(len(found) == 1 for found in sides.values()), (split, tie)


def test_files_hold_the_annotations_that_the_table_names(corpus) -> None:
    made, folder = corpus
    wrote = {str(one.relative_to(folder)) for one in folder.rglob("*.parquet")}
    assert wrote == set(made.parts) == set(made.corpus["part"].to_pylist())
    read = ds.dataset(folder, partitioning="hive").to_table()
    sides = dict(zip(read["annotation_id"].to_pylist(), read["split"].to_pylist(), strict=True))
    named = made.corpus.select(["annotation_id", "split_80_10_10"]).to_pylist()
    assert sides == {row["annotation_id"]: row["split_80_10_10"] for row in named}
    known = {one.annotation_id: one for one in annotations()}
    for one in annotations_in(read.drop_columns(["split"])):
        assert one.words == known[one.annotation_id].words
        assert one.fields == known[one.annotation_id].fields


def test_the_corpus_is_the_same_whatever_the_number_of_partitions(
    session: "SparkSession", inputs: list[str], corpus, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made, folder = corpus
    for partitions in (1, 7):
        session.conf.set("spark.sql.shuffle.partitions", str(partitions))
        monkeypatch.setattr(corpus_job, "MOST_PARTITIONS", partitions)
        target = tmp_path / str(partitions)
        again = corpus_job.made(session, inputs, str(target), Plan())
        assert again.corpus.equals(made.corpus)
        assert again.rejections.equals(made.rejections)
        for part in made.parts:
            assert (target / part).read_bytes() == (folder / part).read_bytes()


def test_a_sample_takes_as_many_as_it_says(
    session: "SparkSession", inputs: list[str], tmp_path: Path
) -> None:
    plan = Plan(Filters(most_faults=1), size=60, split="split_70_15_15")
    made = corpus_job.made(session, inputs, str(tmp_path), plan)
    why = made.rejections["reason"].to_pylist()
    assert made.corpus.num_rows + why.count("straddling") == pytest.approx(60, abs=2)
    assert sum(made.parts.values()) == made.corpus.num_rows


def test_where_nothing_is_fit_the_corpus_is_empty_and_all_is_told(
    session: "SparkSession", inputs: list[str], tmp_path: Path
) -> None:
    made = corpus_job.made(session, inputs, str(tmp_path), Plan(Filters(least_words=10_000)))
    assert made.corpus.num_rows == len(made.parts) == 0
    assert made.rejections.num_rows == len(annotations())
    assert corpus_job.made(session, [], str(tmp_path), Plan()).rejections.num_rows == 0


def test_large_row_groups_are_read_in_pieces(
    inputs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_job, "ROWS_OF_A_SHARD", 20)
    monkeypatch.setattr(corpus_job, "ROWS_AT_ONCE", 7)
    shards = corpus_job.shards_of(inputs)
    read = [
        (shard["shard"], first + at, one)
        for shard in shards.to_pylist()
        for first, rows in corpus_job._read(shard)
        for at, one in enumerate(rows["annotation_id"].to_pylist())
    ]
    assert [one for *_, one in read] == sorted(one.annotation_id for one in annotations())
    for shard in shards.to_pylist():
        own = [row for number, row, _ in read if number == shard["shard"]]
        assert own == list(range(shard["stop"] - shard["start"]))


def test_workers_elsewhere_are_not_sent_to_a_folder_of_this_machine(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    file = store.put_table(ANNOTATIONS, table_of([annotation(1)]))
    with pytest.raises(BadSetting, match=r"is sc://spark:443/, whose workers do not see"):
        corpus_job.places_of(store, [file], "sc://spark:443/;token=hunter2", tmp_path)


def test_files_that_were_changed_are_not_read(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    file = store.put_table(ANNOTATIONS, table_of([annotation(1)]))
    assert corpus_job.places_of(store, [file], "local[2]", tmp_path)
    place = store.local_path(file.uri)
    assert place is not None
    place.chmod(0o644)
    place.write_bytes(b"else")
    with pytest.raises(Corrupt, match="was changed"):
        corpus_job.places_of(store, [file], "local[2]", tmp_path)


def test_files_of_a_store_that_is_no_folder_are_copied_for_the_workers(tmp_path: Path) -> None:
    store = Store(f"memory://{tmp_path.name}")
    file = store.put_table(ANNOTATIONS, table_of([annotation(1)]))
    (place,) = corpus_job.places_of(store, [file], "local[2]", tmp_path)
    assert Path(place).read_bytes() == store.file(file)


def test_without_java_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_SPARK: .*Java 17 or 21.*JAVA_HOME"):
        spark.checked("local[*]")


def test_a_java_that_spark_does_not_know_is_refused(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    with pytest.raises(BadSetting, match="is version 11"):
        spark.checked("local[2]", str(tmp_path))


def test_a_url_that_is_no_spark_is_refused() -> None:
    with pytest.raises(BadSetting, match="must be local"):
        spark.checked("http://spark")
