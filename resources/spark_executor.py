"""What a pod of Spark runs, as the image of this project has no entry point of Spark's:

    python3 -m resources.spark_executor executor

Belongs here: from the variables that Spark gives a pod to the JVM of an executor. Not here:
what such a pod is (deploy/spark/executor.yaml), what is computed (resources.corpus_job).
"""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ledgergraph.errors import BadSetting

ROLE = "executor"
"""The one argument that Spark gives, by which the image would know what to be."""
BACKEND = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
ARGUMENTS = {
    "--driver-url": "SPARK_DRIVER_URL",
    "--executor-id": "SPARK_EXECUTOR_ID",
    "--cores": "SPARK_EXECUTOR_CORES",
    "--app-id": "SPARK_APPLICATION_ID",
    "--hostname": "SPARK_EXECUTOR_POD_IP",
    "--resourceProfileId": "SPARK_RESOURCE_PROFILE_ID",
    "--podName": "SPARK_EXECUTOR_POD_NAME",
}
MEMORY = "SPARK_EXECUTOR_MEMORY"


def command(variables: Mapping[str, str], java: str, jars: Path) -> list[str]:
    """The JVM of an executor: a program and its arguments.

    Raises BadSetting for a variable that Spark sets in every pod of its own.
    """
    for name in (MEMORY, *ARGUMENTS.values()):
        if not variables.get(name):
            raise BadSetting(name, "is not set: this is run by Spark, in a pod that it made.")
    memory = variables[MEMORY]
    places = (variables.get("SPARK_CONF_DIR"), variables.get("SPARK_CLASSPATH"), f"{jars}/*")
    return [
        java,
        *_options(variables),
        f"-Xms{memory}",
        f"-Xmx{memory}",
        "-cp",
        ":".join(place for place in places if place),
        BACKEND,
        *(part for flag, name in ARGUMENTS.items() for part in (flag, variables[name])),
    ]


def _options(variables: Mapping[str, str]) -> list[str]:
    """Options of the JVM, which Spark numbers."""
    found = ((re.fullmatch(r"SPARK_JAVA_OPT_(\d+)", name), value)
             for name, value in variables.items())  # fmt: skip
    return [value for _, value in sorted((int(at[1]), value) for at, value in found if at)]


def main() -> None:
    """Become the JVM: signals and the exit status are its own."""
    if sys.argv[1:] != [ROLE]:
        raise SystemExit(f"{sys.argv[1:]} is not what Spark asks of a pod: {ROLE}.")
    java = shutil.which("java")
    if java is None:
        raise SystemExit("This image has no Java. Build it with EXTRAS=,spark.")
    import pyspark

    home = Path(pyspark.__file__).parent
    os.environ["SPARK_HOME"] = str(home)
    os.execv(java, command(os.environ, java, home / "jars"))  # noqa: S606 - what Spark asks for


if __name__ == "__main__":
    main()
