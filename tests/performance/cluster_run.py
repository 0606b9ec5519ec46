"""What pods cost, and how soon a cluster is well again: figures that the tests on one take down."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from sections import PERFORMANCE, Row, Section
from stopwatch import ROOT

NEEDED = "LEDGERGRAPH_TEST_KUBECONFIG"
TITLE = "On a cluster"


def cluster() -> list[Section]:
    """The tests of tests/cluster, run once; what they took down, beside their sentences."""
    if not os.environ.get(NEEDED):
        reason = f"skipped: {NEEDED} names no cluster (tests/cluster/conftest.py)"
        return [Section(PERFORMANCE, TITLE, reason, (), ())]
    with TemporaryDirectory() as place:
        report = Path(place) / "tests.xml"
        command = [sys.executable, "-m", "pytest", "-n0", "tests/cluster",
                   "-o", "junit_family=xunit1", f"--junitxml={report}"]  # fmt: skip
        ended = subprocess.run(command, cwd=ROOT, check=False).returncode
        rows = rows_of(report)
    sentence = (
        "A tiny company and papers of another on one node, with Postgres, S3 and Neo4j beside it. "
        "Faults: from the fault to the end of the run that came through, waiting times of the "
        "instance among them (it looks after runs every 5 s; a pod may take 60 s to start). "
        + ("All tests passed." if ended == 0 else "Not all tests passed.")
    )
    return [Section(PERFORMANCE, TITLE, sentence, ("test", "figure", "value"), rows)]


def rows_of(report: Path) -> list[Row]:
    """Each figure with the test that took it down, as a sentence."""
    return [
        (case.attrib["name"].removeprefix("test_").replace("_", " "), one.attrib["name"],
         float(one.attrib["value"]))
        for case in ET.parse(report).iter("testcase")
        for one in case.iter("property")
    ]  # fmt: skip
