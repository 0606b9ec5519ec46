"""What a pod of Spark runs, from the variables that Spark gives it."""

from pathlib import Path

import pytest

from ledgergraph.errors import BadSetting
from resources import spark_executor

GIVEN = {
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@10.0.0.7:40001",
    "SPARK_EXECUTOR_ID": "1",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "1024m",
    "SPARK_APPLICATION_ID": "spark-1",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.8",
    "SPARK_EXECUTOR_POD_NAME": "ledgergraph-exec-1",
    "SPARK_RESOURCE_PROFILE_ID": "0",
    "SPARK_CONF_DIR": "/opt/spark/conf",
    "SPARK_JAVA_OPT_10": "-Dlast=1",
    "SPARK_JAVA_OPT_2": "-Dname=two words",
    "SPARK_JAVA_OPT_0": "-Dfirst=1",
}


def test_an_executor_is_told_who_it_is_and_who_started_it() -> None:
    found = spark_executor.command(GIVEN, "/usr/bin/java", Path("/jars"))
    at = found.index(spark_executor.BACKEND)
    told = dict(zip(found[at + 1 :: 2], found[at + 2 :: 2], strict=True))
    assert told["--driver-url"] == GIVEN["SPARK_DRIVER_URL"]
    assert told["--podName"] == "ledgergraph-exec-1"
    assert found[found.index("-cp") + 1] == "/opt/spark/conf:/jars/*"
    assert {"-Xms1024m", "-Xmx1024m"} < set(found)


def test_options_of_the_jvm_keep_their_order_and_their_spaces() -> None:
    found = spark_executor.command(GIVEN, "/usr/bin/java", Path("/jars"))
    assert found[1:4] == ["-Dfirst=1", "-Dname=two words", "-Dlast=1"]


@pytest.mark.parametrize("name", [spark_executor.MEMORY, *spark_executor.ARGUMENTS.values()])
def test_a_pod_that_spark_did_not_make_is_told_so(name: str) -> None:
    with pytest.raises(BadSetting, match=name):
        spark_executor.command({**GIVEN, name: ""}, "/usr/bin/java", Path("/jars"))
