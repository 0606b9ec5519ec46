import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_module_imports_only_to_its_right() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    heavy = ["torch", "pandas", "sklearn", "lightgbm", "typst", "mlflow", "pyspark", "jpype"]
    loaded = python(
        "import sys; import orchestration.definitions; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_a_query_starts_without_dagster() -> None:
    loaded = python(
        "import sys; import orchestration.commands.query; print('dagster' in sys.modules)"
    )
    assert loaded.strip() == "False"


def test_string_selections_work_with_the_locked_versions() -> None:
    python("import dagster as dg; dg.AssetSelection.from_string('group:documents')")


def test_the_lock_names_no_index_and_no_package_without_a_hash() -> None:
    lock = (ROOT / "requirements" / "lock.txt").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^[a-z0-9][^ \n]*==[^ \n]+ ?(.*)$", lock, flags=re.MULTILINE)
    assert len(pinned) > 100
    assert all(rest.endswith("\\") for rest in pinned)


def test_no_module_of_the_wiring_reads_the_environment_but_one_and_a_program() -> None:
    folders = ["assets", "jobs", "sensors", "resources", "ledgergraph", "orchestration"]
    readers = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if re.search(r"os\.environ|getenv", path.read_text())
    ]
    # A program that Spark starts is told by variables of Spark's what it is to be.
    assert readers == ["resources/spark_executor.py", "orchestration/environments.py"]
