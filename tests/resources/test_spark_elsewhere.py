"""Spark on other machines. A module of its own: a process has one Spark at a time."""

import os
import uuid
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

from ledgergraph.corpora.annotations import table_of
from ledgergraph.corpora.reader_corpus import Plan
from ledgergraph.errors import BadSetting, ServiceMissing
from resources import corpus_job, spark
from tests.builders.annotated import annotation

SPARK, PLACE = "LEDGERGRAPH_TEST_SPARK", "LEDGERGRAPH_TEST_SPARK_PLACE"
"""A Spark elsewhere, and a folder or s3:// URL that it reaches as this machine does."""


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_named_with_its_cause() -> None:
    url = "k8s://https://127.0.0.1:1"
    with pytest.raises(ServiceMissing, match=f"{url} does not answer.*Connection refused"):
        spark.session(url).__enter__()


@pytest.mark.slow
@pytest.mark.service
def test_a_spark_elsewhere_makes_the_same_corpus_byte_by_byte(tmp_path: Path) -> None:
    url, place = os.environ.get(SPARK), os.environ.get(PLACE)
    if not url or not place:
        pytest.skip(f"{SPARK} names no Spark (sc://, k8s://), or {PLACE} no place both reach")
    twin = annotation(9_001, words=annotation(3).words, vendor="v59", template="t29")
    rows = table_of([*(annotation(number) for number in range(240)), twin])
    pq.write_table(rows, tmp_path / "in.parquet", row_group_size=50)
    with spark.session("local[2]") as here:
        made = corpus_job.made(here, [str(tmp_path / "in.parquet")], str(tmp_path / "out"), Plan())
    assert "near_duplicate" in made.rejections["reason"].to_pylist()
    target = f"{place.rstrip('/')}/{uuid.uuid4().hex}"
    system, path = fsspec.core.url_to_fs(target)
    system.makedirs(path, exist_ok=True)
    try:
        system.put_file(str(tmp_path / "in.parquet"), f"{path}/in.parquet")
        with spark.session(url) as there:
            again = corpus_job.made(there, [f"{target}/in.parquet"], f"{target}/out", Plan())
        assert (again.corpus, again.rejections) == (made.corpus, made.rejections)
        assert again.parts == made.parts
        for part in made.parts:
            assert system.cat_file(f"{path}/out/{part}") == (tmp_path / "out" / part).read_bytes()
    finally:
        system.rm(path, recursive=True)


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("sc://127.0.0.1:1/;token=secret", ServiceMissing, r"sc://127\.0\.0\.1:1/ does not answer"),
        ("sc://127.0.0.1:1;token=secret", BadSetting, "sc://host:port"),
    ],
)
def test_a_spark_connect_server_that_is_not_there_is_said_soon(
    url: str, error: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("grpc_status", reason="pyspark[connect] is not installed")
    monkeypatch.setattr(spark, "ANSWERS_WITHIN", 0.2)
    with pytest.raises(error, match=said) as told, spark.session(url):
        pass
    assert "secret" not in str(told.value)
