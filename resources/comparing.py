"""Where a ledger that outgrows one machine has its parties compared: Splink on Spark.

What is compared and what it weighs is the same on either engine (graph.likeness), and so
are the scores. Not here: sessions of Spark (resources.spark).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from resources.doors import SparkResource

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from splink.internals.database_api import DatabaseAPI

DUCKDB: Final = "duckdb"
SPARK: Final = "spark"


@contextmanager
def engine_of(name: str, spark: SparkResource) -> "Iterator[Callable[[], DatabaseAPI[Any]] | None]":
    """Splink's door to an engine by name; None is DuckDB, in this process."""
    if name != SPARK:
        yield None
        return
    with spark.session() as started:
        yield lambda: on_spark(started)


def on_spark(session: "SparkSession") -> "DatabaseAPI[Any]":
    """Splink on a session of Spark; it needs no functions but Spark's own, so no jar."""
    from splink import SparkAPI

    return SparkAPI(  # type: ignore[no-untyped-call]
        spark_session=session,
        break_lineage_method="persist",
        register_udfs_automatically=False,
        num_partitions_on_repartition=session.sparkContext.defaultParallelism,
    )
