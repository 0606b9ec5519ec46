"""What a part of `make bench` gives back, and how it stands in docs/.

Not here: measuring (processes, stopwatch), and which parts there are (run).
"""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Row = Sequence[object]
BENCHMARKS: Literal["benchmarks"] = "benchmarks"
PERFORMANCE: Literal["performance"] = "performance"
COMMAND = ".venv/bin/python tests/performance/run.py"


@dataclass(frozen=True)
class Section:
    """A heading with a sentence and a table of figures; `page` is the file that it stands in."""

    page: Literal["benchmarks", "performance"]
    title: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Row]


def skipped(page: Literal["benchmarks", "performance"], title: str) -> list[Section]:
    """The section of a part that needs real documents where there are none."""
    reason = "skipped: no public data (LEDGERGRAPH_PUBLIC_DATA names no folder)"
    return [Section(page, title, reason, (), ())]


def written(section: Section, part: str, load: float | None = None) -> str:
    """A section in Markdown, with the command that makes its figures.

    `load` is what the machine had to do in the minute before; it stands beside times.
    """
    lines = [f"## {section.title}", "", f"`{COMMAND} --only {part}`", "", section.sentence]
    if load is not None and section.page == PERFORMANCE and section.rows:
        lines[-1] += f" Load of the machine in the minute before: {load:.1f}."
    if section.rows:
        lines += ["", _line(section.columns), _line("---" for _ in section.columns)]
        lines += [_line(shown(cell) for cell in row) for row in section.rows]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def shown(value: object) -> str:
    """A figure with as many digits as it carries; text as it is, nothing as a dash."""
    if value is None or value != value:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
        return f"{value:,.{digits}f}"
    return str(value)


def machine() -> str:
    """The machine in words: what figures of time and memory depend on, and no name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cores} cores ({platform.machine()}), {memory:.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def sections_in(path: Path) -> dict[str, list[str]]:
    """The sections of a file of docs/ in Markdown, by the part that made them."""
    found: dict[str, list[str]] = {}
    if path.is_file():
        for text in path.read_text(encoding="utf-8").split("\n## ")[1:]:
            part = text.partition(f"`{COMMAND} --only ")[2].partition("`")[0]
            found.setdefault(part, []).append("## " + text.rstrip("\n") + "\n")
    return found


def write_page(path: Path, title: str, opening: str, sections: Iterable[str]) -> None:
    """Write one file of docs/ from its sections."""
    parts = [f"# {title}\n", f"{opening}\n", *sections]
    path.write_text("\n".join(parts), encoding="utf-8")
