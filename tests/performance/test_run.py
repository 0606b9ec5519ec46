"""Pages of figures: a part that was measured changes its own sections and no others."""

from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
PAGE = "benchmarks"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """`make bench`, with its pages in a folder of the test."""
    monkeypatch.syspath_prepend(str(HERE))
    import run

    monkeypatch.setattr(run, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    return run


def section(bench: ModuleType, part: str, figure: int = 1) -> str:
    found: str = bench.written(bench.Section(PAGE, f"Of {part}", "S.", ("n",), [(figure,)]), part)
    return found


def wrote(bench: ModuleType, parts: list[str]) -> None:
    texts = [section(bench, part) for part in parts]
    (bench.ROOT / "docs" / f"{PAGE}.md").write_text("\n".join(["# Benchmarks\n", "O.\n", *texts]))


def parts_of(bench: ModuleType) -> list[str]:
    return list(bench.sections_in(bench.page_of(PAGE)))


def test_what_another_process_added_meanwhile_stays_where_it_is(bench: ModuleType) -> None:
    wrote(bench, ["xml_fields", "added_later", "receipts", "loop"])
    before = bench.sections_in(bench.page_of(PAGE))
    bench.put(PAGE, "receipts", [section(bench, "receipts", 7)])
    after = bench.sections_in(bench.page_of(PAGE))
    assert list(after) == list(before)
    assert {part for part in after if after[part] != before[part]} == {"receipts"}


def test_a_new_part_stands_where_the_parts_say(bench: ModuleType) -> None:
    wrote(bench, ["xml_fields", "added_later", "receipts", "loop"])
    bench.put(PAGE, "page_fields", [section(bench, "page_fields")])
    bench.put(PAGE, "leaks", [section(bench, "leaks")])
    assert parts_of(bench) == [
        "xml_fields", "added_later", "page_fields", "receipts", "leaks", "loop"
    ]  # fmt: skip


def test_only_parts_that_were_gone_before_it_measured_go(bench: ModuleType) -> None:
    wrote(bench, ["xml_fields", "long_gone", "added_later"])
    bench.put(PAGE, "loop", [section(bench, "loop")], gone={"long_gone"})
    assert parts_of(bench) == ["xml_fields", "added_later", "loop"]
