"""The Dockerfile: what images must be, as far as it can be read; building them is for CI."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [
    line
    for line in (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
TAKEN = {
    line.removeprefix("!")
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line.startswith("!")
}


def stage(name: str) -> tuple[str, list[str]]:
    """What a stage starts from, and its instructions."""
    at = next(n for n, line in enumerate(LINES) if re.fullmatch(rf"FROM \S+ AS {name}", line))
    end = next((n for n in range(at + 1, len(LINES)) if LINES[n].startswith("FROM ")), None)
    return LINES[at].split()[1], LINES[at + 1 : end]


def test_the_bases_are_an_argument_and_have_a_version() -> None:
    [base] = [line for line in LINES if line.startswith("ARG BASE=")]
    assert re.search(r":\d+\.\d+\.\d+-", base)
    known = set(re.findall(r"^FROM \S+ AS (\S+)", "\n".join(LINES), re.M))
    assert {line.split()[1] for line in LINES if line.startswith("FROM ")} <= {"${BASE}", *known}


def test_any_builder_of_images_can_build_them() -> None:
    assert not [line for line in LINES if re.search(r"--mount|--link|--chmod|<<", line)]


@pytest.mark.parametrize(
    ("target", "system"), [("core", "system"), ("networks", "system-networks")]
)
def test_what_runs_has_no_tools_to_build_with_and_no_rights(target: str, system: str) -> None:
    base, lines = stage(target)
    assert base == system
    assert not [line for line in lines if line.startswith(("RUN", "USER"))]
    *_, user = [line.split()[1] for line in stage(system)[1] if line.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user), "a number, which Kubernetes can see is not 0"


def test_an_image_with_spark_has_a_java_and_no_other_has() -> None:
    base, lines = stage("system-networks")
    assert base == "system"
    [java] = [line for line in LINES if "default-jre-headless" in line]
    assert java in lines
    assert "*,spark,*)" in java


def test_every_installation_is_held_to_the_lock() -> None:
    installs = [line for line in LINES if "uv pip install" in line]
    assert installs
    for line in installs:
        for one in re.findall(r"uv pip install ([^;&]*)", line):
            assert "lock.txt" in one or "pyg-lib" in one, one


def test_the_tool_that_installs_is_the_one_of_the_makefile() -> None:
    [own] = re.findall(r"^ARG UV=(\S+)", "\n".join(LINES), re.M)
    assert f"UV = {own}\n" in (ROOT / "Makefile").read_text()


def test_the_context_has_every_package_and_nothing_of_tests_or_secrets() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {one.removesuffix("*") for one in packages} <= TAKEN
    assert {"pyproject.toml", "requirements/lock.txt", "README.md", "LICENSE"} <= TAKEN
    assert not [one for one in TAKEN if one.startswith((".env", "tests", "deploy", "."))]
