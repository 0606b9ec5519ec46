import re
from pathlib import Path

from ledgergraph.books import BOOK_TABLES

ROOT = Path(__file__).parents[2]


def test_the_readme_fits_one_screen_and_a_half() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 60


def test_every_column_of_the_books_is_documented() -> None:
    lines = (ROOT / "docs" / "books.md").read_text().splitlines()
    for table in BOOK_TABLES.values():
        line = next(one for one in lines if one.startswith(f"- `{table.name}`"))
        documented = re.findall(r"\*{0,2}(\w+)\*{0,2} \(", line)
        assert documented == list(table.columns)


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), (page, target)


def test_requirements_name_files_and_benchmarks_that_there_are() -> None:
    rows = (ROOT / "docs" / "requirements.md").read_text()
    run = (ROOT / "tests" / "performance" / "run.py").read_text()
    folders = (
        "assets",
        "deploy",
        "jobs",
        "ledgergraph",
        "orchestration",
        "resources",
        "sensors",
        "tests",
    )
    files = [str(path) for name in folders for path in (ROOT / name).rglob("*")]
    for name in re.findall(r"`([\w/]+/[\w./]+|\w+\.py)`", rows):
        assert any(f"{one}/".endswith(f"/{name.rstrip('/')}/") for one in files), name
    for named in re.findall(r"benchmarks? ((?:`\w+`(?:, )?)+)", rows):
        for name in re.findall(r"\w+", named):
            assert f'"{name}": ' in run, name
