"""What the chart's network policies let through, on a cluster whose network enforces policies."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]
CHART = Path(__file__).parents[2] / "deploy" / "helm" / "ledgergraph"
NEEDED = ("LEDGERGRAPH_TEST_KUBECONFIG", "LEDGERGRAPH_TEST_IMAGE")
POSTGRES, WEB, OTHER = 5432, 3000, 9999
SERVE = f"""
import http.server as h, threading
for port in {POSTGRES, WEB, OTHER}:
    serve = h.HTTPServer(("0.0.0.0", port), h.SimpleHTTPRequestHandler).serve_forever
    threading.Thread(target=serve).start()
"""
REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=4)
    print("open")
except OSError:
    print("closed")
"""
NOTHING = {
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "nothing"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}  # fmt: skip
Reaches = Callable[[str, str, int], bool]


def kubectl(*arguments: str, said: str | None = None) -> str:
    command = ["kubectl", "--kubeconfig", os.environ[NEEDED[0]], *arguments]
    done = subprocess.run(command, input=said, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def spaces() -> Iterator[dict[str, str]]:
    """Namespaces by what they are for, each with two pods that serve three ports."""
    lacking = [name for name in NEEDED if name not in os.environ]
    lacking += [tool for tool in ("kubectl", "helm") if shutil.which(tool) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not there: see tests/cluster/conftest.py")
    names = {one: f"ledgergraph-{one}-{uuid.uuid4().hex[:6]}"
             for one in ("ours", "others", "closed")}  # fmt: skip
    try:
        for name in names.values():
            kubectl("create", "namespace", name)
            for pod in ("one", "two"):
                kubectl("-n", name, "run", pod, "--restart=Never", "--image-pull-policy=Never",
                        f"--image={os.environ[NEEDED[1]]}", "--command", "--", "python", "-c",
                        SERVE)  # fmt: skip
        for name in names.values():
            kubectl("-n", name, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=120s")
        yield names
    finally:
        for name in names.values():
            kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")


@pytest.fixture(scope="module")
def reaches(spaces: dict[str, str]) -> Reaches:
    """Whether a pod of one namespace reaches a port of one of another, under the policies."""

    def reached(source: str, target: str, port: int) -> bool:
        address = kubectl("-n", spaces[target], "get", "pod", "two", "-o",
                          "jsonpath={.status.podIP}")  # fmt: skip
        said = kubectl("-n", spaces[source], "exec", "one", "--", "python", "-c", REACH, address,
                       str(port))  # fmt: skip
        return said.strip() == "open"

    began = time.monotonic()
    while not reached("others", "ours", WEB):
        assert time.monotonic() < began + 30, "nothing is reached even without policies"
    policies = subprocess.run(
        ["helm", "template", "ledgergraph", str(CHART), "--namespace", spaces["ours"],
         "--kube-version", "1.36.0", "--show-only", "templates/networkpolicies.yaml"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    kubectl("-n", spaces["ours"], "apply", "-f", "-", said=policies)
    kubectl("-n", spaces["closed"], "apply", "-f", "-", said=yaml.safe_dump(NOTHING))
    until = time.monotonic() + 30
    while reached("others", "closed", WEB):
        if time.monotonic() > until:
            pytest.skip("the network of this cluster enforces no policies")
    return reached


@pytest.mark.parametrize(
    ("source", "target", "port", "is_open"),
    [
        ("ours", "ours", OTHER, True),
        ("ours", "others", POSTGRES, True),
        ("ours", "others", OTHER, False),
        ("others", "ours", WEB, False),
        ("others", "ours", POSTGRES, False),
    ],
)
def test_only_pods_of_ours_and_services_that_are_named_are_reached(
    reaches: Reaches, source: str, target: str, port: int, is_open: bool
) -> None:
    assert reaches(source, target, port) == is_open
