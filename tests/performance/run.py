"""Every figure of docs/benchmarks.md (quality) and docs/performance.md (time and memory).

    python tests/performance/run.py                          measures all parts but the longest
    python tests/performance/run.py --only NAME …            measures some parts, prints them
    python tests/performance/run.py --only NAME … --write    and puts them in their places

Each part is one function that gives sections. What needs real documents reads
them below LEDGERGRAPH_PUBLIC_DATA and says so where there are none.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path

from sections import Section, machine, sections_in, write_page, written
from stopwatch import ROOT

PARTS: Mapping[str, str] = {
    "xml_fields": "reading_quality",
    "page_fields": "reading_quality",
    "hybrid_mismatches": "reading_quality",
    "hybrid_differences": "hybrid_differences",
    "parting": "parting_quality",
    "paper_fields": "reading_quality",
    "layout_fields": "rendering_speed",
    "items": "item_quality",
    "receipts": "reading_quality",
    "reader": "reading_quality",
    "reader_errors": "reader_errors",
    "alternatives": "alternatives",
    "types": "type_quality",
    "similar": "similarity_quality",
    "similar_million": "similarity_quality",
    "routes": "routing_quality",
    "faults": "fault_recovery",
    "ocr": "ocr_quality",
    "ocr_receipts": "ocr_quality",
    "bookings": "reading_quality",
    "parties": "party_quality",
    "discriminator": "realism",
    "receipts_learned": "learning",
    "alignment": "label_quality",
    "compliance": "ranking_quality",
    "duplicates": "ranking_quality",
    "rereads": "reread_quality",
    "rules": "ranking_quality",
    "line_matching": "line_quality",
    "leaks": "ranking_quality",
    "graph_search": "graph_contest",
    "graph_contest": "graph_contest",
    "graph_relations": "graph_contest",
    "graph_audits": "graph_contest",
    "anomaly": "anomaly_quality",
    "graph_outliers": "graph_outliers",
    "loop": "loop_quality",
    "few_labels": "few_labels",
    "platform": "platform_run",
    "gains": "reading_gains",
    "xml_speed": "reading_speed",
    "page_speed": "reading_speed",
    "transformer": "transformer_speed",
    "books_speed": "reading_speed",
    "broken_speed": "reading_speed",
    "corpora": "making_speed",
    "reader_corpus": "corpus_speed",
    "made_group": "group_speed",
    "rendering": "rendering_speed",
    "degradation": "label_quality",
    "starting": "starting_speed",
    "store": "starting_speed",
    "backup": "backup_speed",
    "sealing": "backup_speed",
    "inbox": "looking_speed",
    "ticks": "looking_speed",
    "graph": "graph_speed",
    "graph_growth": "graph_speed",
    "graph_million": "graph_speed",
    "judging": "judging_speed",
    "duplicates_speed": "matching_speed",
    "inference": "inference_speed",
    "graph_sizes": "graph_contest",
    "graph_scale": "graph_scale",
    "mixed": "mixed_intake",
    "demo": "whole_runs",
    "ledger": "whole_runs",
    "nightly": "nightly_speed",
    "assets": "asset_costs",
    "cluster": "cluster_run",
}
"""The parts in the order of their sections, and the module of each."""
ON_REQUEST = ("similar_million", "graph_million", "graph_scale", "cluster")
"""Parts that take an hour, much memory or a cluster: measured only where they are named."""
BUILDERS = str(ROOT / "tests" / "builders")
"""What tests and parts are made of, such as broken files."""
PAGES = {
    "benchmarks": (
        "Benchmarks",
        "How good it is. What was measured: documents of others, and made companies of seeds that "
        "no model learned from.",
    ),
    "performance": ("Performance", "How long it takes, and how much memory it needs."),
}


def main() -> int:
    """Measure the parts that were asked for; 0 if all of them could be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="with --only: write them to docs/")
    given = parser.parse_args()
    gone = {page: sections_in(page_of(page)).keys() - PARTS.keys() for page in PAGES}
    for name in given.only or [name for name in PARTS if name not in ON_REQUEST]:
        start, load = time.perf_counter(), os.getloadavg()[0]
        texts: dict[str, list[str]] = {page: [] for page in PAGES}
        for section in part(name)():
            text = written(section, name, load)
            texts[section.page].append(text)
            say(text)
        if given.write or not given.only:
            for page, own in texts.items():
                put(page, name, own, gone[page])
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)  # noqa: T201
    return 0


def page_of(page: str) -> Path:
    """Where a page of docs/ stands."""
    return ROOT / "docs" / f"{page}.md"


def put(page: str, name: str, own: list[str], gone: Collection[str] = ()) -> None:
    """Write the sections of a part to their page of docs/ as it is now, in the order of PARTS.

    Those of parts that are `gone` go. One that this process does not know was added while
    it measured: it stays behind the sections that it follows.
    """
    title, opening = PAGES[page]
    found = {**sections_in(page_of(page)), name: own}
    order, last = {part: at for at, part in enumerate(PARTS)}, 0
    place = {part: (last := order.get(part, last)) for part in found}
    made = f"{opening} Made by `make bench` on {machine()}."
    kept = [part for part in sorted(found, key=place.__getitem__) if part not in gone]
    write_page(page_of(page), title, made, [text for part in kept for text in found[part]])


def part(name: str) -> Callable[[], list[Section]]:
    """The function of a part; its module is imported only where it is measured."""
    if BUILDERS not in sys.path:
        sys.path.append(BUILDERS)
    found: Callable[[], list[Section]] = getattr(import_module(PARTS[name]), name)
    return found


def say(text: str) -> None:
    """Show a section as soon as it is there."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
