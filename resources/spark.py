"""Spark: a session by URL, started for one piece of work and gone after it.

    local[*], local[2]      on this machine; needs Java 17 or 21
    k8s://https://…         pods of a cluster, by the settings of SPARK_CONF_DIR (deploy/spark)
    spark://host:7077       a standalone cluster
    sc://host:15002         a Spark Connect server; needs no Java here

Belongs here: where Spark runs, what it needs, and what it must not leave behind. Not here:
what it computes (resources.corpus_job). Workers of a cluster run the image of this project.
"""

import re
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from ledgergraph.errors import BadSetting, ServiceMissing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VARIABLE = "LEDGERGRAPH_SPARK"
LOCAL = "local[*]"
"""On this machine, with all its cores."""
SCHEMES = ("local", "k8s://", "spark://", "sc://")
JAVAS = (17, 21)
"""The versions of Java that Spark 4 is made for."""
MEMORY = "2g"
"""Of the JVM where Spark runs on this machine; the workers' comes on top."""
LINES_OF_LOG = 15
ANSWERS_WITHIN = 20
"""Seconds that a Spark Connect server has to accept a connection."""


def checked(url: str, java_home: str = "") -> str:
    """What would run a session, in words; starts nothing but `java -version`.

    `java_home` is the folder of a Java; without one it is the first of PATH, as Spark has it.

    Raises BadSetting that names what to install or to set.
    """
    if not url.startswith(SCHEMES):
        raise BadSetting(VARIABLE, f"is {url!r}, must be local[*] or start with "
                         f"{', '.join(SCHEMES[1:])}.")  # fmt: skip
    version = _pyspark()
    if url.startswith("sc://"):
        return f"Spark {version}, at a Connect server"
    return f"Spark {version}, Java {_java(url, java_home)}"


def shown(url: str) -> str:
    """A URL for the eye: without the parameters of Spark Connect, of which one is a token."""
    return url.partition(";")[0]


def _pyspark() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return version_of("pyspark")
    except PackageNotFoundError as error:
        raise BadSetting(
            VARIABLE, "needs PySpark, which is not installed. Install extra `spark` of ledgergraph."
        ) from error


def _java(url: str, home: str) -> int:
    """The version of Java that Spark would use."""
    remedy = (
        f"is {url}, which needs Java {JAVAS[0]} or {JAVAS[1]}. Install one (as "
        f"openjdk-{JAVAS[0]}-jre-headless) or name its folder in JAVA_HOME; or name a server of "
        "Spark Connect, sc://…, which needs none here."
    )
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if program is None:
        raise BadSetting(VARIABLE, f"{remedy} None is found.")
    try:
        said = subprocess.run(  # noqa: S603 - java, asked its version
            [program, "-version"], capture_output=True, text=True, timeout=60, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise BadSetting(VARIABLE, f"{remedy} {program} does not run: {error}.") from error
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    version = int(found.group(1)) if found else 0
    if version not in JAVAS:
        raise BadSetting(VARIABLE, f"{remedy} {program} is version {version or 'unknown'}.")
    return version


@contextmanager
def session(url: str, java_home: str = "", name: str = "ledgergraph") -> "Iterator[SparkSession]":
    """A Spark session; it is stopped, its JVM ended and its files removed, whatever happens.

    Raises BadSetting before anything is started if something is missing, and ServiceMissing
    if what a URL names does not answer.
    """
    checked(url, java_home)
    with quiet():
        if url.startswith("sc://"):
            with _connected(url, name) as found:
                yield found
            return
        with (
            TemporaryDirectory(prefix="spark-") as scratch,
            TemporaryFile("w+") as log,
            _started(url, name, scratch, log) as found,
        ):
            yield found


@contextmanager
def _connected(url: str, name: str) -> "Iterator[SparkSession]":
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    try:
        _require_answer(url)
        found = SparkSession.builder.remote(url).appName(name).create()
        _ = found.version
    except ImportError as error:
        raise BadSetting(
            VARIABLE, f"is {shown(url)}, for which pyspark[connect] is to be installed: {error}."
        ) from error
    except PySparkException as error:
        raise ServiceMissing(shown(url), f"Start a Spark Connect server there: {error}") from error
    try:
        yield found
    finally:
        found.stop()


def _require_answer(url: str) -> None:
    """ServiceMissing if nothing speaks gRPC there: Spark itself would try for ten minutes.

    BadSetting, which shows no parameter, for a URL that is none.
    """
    import grpc  # type: ignore[import-untyped]
    from pyspark.sql.connect.client import DefaultChannelBuilder

    try:
        builder = DefaultChannelBuilder(url)
    except ValueError as error:
        raise BadSetting(
            VARIABLE, f"is {shown(url)}, must be sc://host:port, parameters as /;name=value."
        ) from error
    with builder.toChannel() as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=ANSWERS_WITHIN)
        except grpc.FutureTimeoutError as error:
            raise ServiceMissing(
                shown(url),
                "Start a Spark Connect server there; with a token or use_ssl=true in the URL it is "
                "to speak TLS, without them it is not.",
            ) from error


@contextmanager
def _started(url: str, name: str, scratch: str, log: IO[str]) -> "Iterator[SparkSession]":
    """A session of a JVM of its own, which says what it says into a log."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    conf = SparkConf()
    for key, value in _settings(url, name, scratch).items():
        conf.set(key, value)
    handler = signal.getsignal(signal.SIGINT)
    popen: dict[str, Any] = {"stdout": log, "stderr": log}
    try:
        gateway = launch_gateway(conf=conf, popen_kwargs=popen)  # type: ignore[no-untyped-call]
    except PySparkException as error:
        raise ServiceMissing(url, f"Its JVM did not start: {_tail(log)}") from error
    found = None
    try:
        try:
            context = SparkContext(conf=conf, gateway=gateway)
        except Py4JError as error:
            raise ServiceMissing(
                url, f"No session came about with what SPARK_CONF_DIR says: {_reason(error)}"
            ) from error
        if url.startswith("local"):
            context.pythonExec = sys.executable
        found = SparkSession(context)
        yield found
    finally:
        if found is not None:
            found.stop()
        _ended(gateway)
        # PySpark keeps the gateway of an ended JVM, and would go on with it.
        SparkContext._gateway = SparkContext._jvm = None
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)


def _settings(url: str, name: str, scratch: str) -> dict[str, str]:
    """What a session is started with, beside what SPARK_CONF_DIR says."""
    always = {
        "spark.master": url,
        "spark.app.name": name,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.maxResultSize": "0",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    }
    if not url.startswith("local"):
        return always
    return {
        **always,
        "spark.driver.memory": MEMORY,
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": str(Path(scratch) / "warehouse"),
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={scratch}",
        "spark.sql.shuffle.partitions": "8",
    }


def _ended(gateway: Any) -> None:
    """End the JVM behind a gateway: it goes when its input is closed."""
    gateway.shutdown()
    process = gateway.proc
    process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _reason(error: Exception) -> str:
    """What Java says of a fault and its causes, without where in its code."""
    cause = getattr(error, "java_exception", None)
    said: list[str] = []
    while cause is not None:
        said.append(str(cause.toString()))
        cause = cause.getCause()
    return "; ".join(said) or str(error)


def _tail(log: IO[str]) -> str:
    log.seek(0)
    return " | ".join(line.strip() for line in log.readlines()[-LINES_OF_LOG:])


@contextmanager
def quiet() -> Iterator[None]:
    """Without PySpark's warning of pandas 3, of which only Arrow's side is used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        yield
