"""Errors of the packaged reader by kind, and its figures by layout, language, preset and vendor."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache

from sections import BENCHMARKS, Row, Section

from ledgergraph.benchmarks.reader_lessons import Size, made_lessons
from ledgergraph.benchmarks.reading import (
    ALIKE,
    INVENTED,
    MISSING,
    OTHER_FIELD,
    WRONG,
    Outcome,
    all_right,
    by,
    figures,
    judged,
    mistaken,
)
from ledgergraph.extractions.engines import Recogniser, engine_named
from ledgergraph.extractions.readers.learned import load
from ledgergraph.models.packaged import folder_of

SEEDS = (9607,)
SIZE = Size(papers=96, tills=30, degraded=16, worn=16)
KINDS = (MISSING, INVENTED, WRONG, ALIKE, OTHER_FIELD)
COLUMNS = ("of", "fields", "right", "as printed", "alike (95 %)", "surest 80 %",
           "error of confidence", "all four")  # fmt: skip
CONFUSED = 15
"""Pairs of fields listed that are taken for one another most often."""


def reader_errors() -> list[Section]:
    """What the reader gets wrong on made documents that no model learned from."""
    found, invented = _judged()
    wrong = [*(one for one in found if not one.right), *invented]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in wrong:
        counts[one.field][one.error] += 1
    stated = Counter(one.field for one in found)
    kinds: list[Row] = [
        (name, stated[name], *(own[kind] for kind in KINDS), own.total())
        for name, own in sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))
    ]
    total = sum(counts.values(), Counter[str]())
    kinds.append(("all", len(found), *(total[kind] for kind in KINDS), total.total()))
    slices: list[Row] = [_row("all", found)]
    for what in ("source", "language", "layout", "degradation"):
        slices += [
            _row(f"{what} {name}", [one for one in found if one.slices.get(what) == name])
            for name in by(found, what)
        ]
    pairs = Counter(mistaken(found))
    swaps = [(one, other, count) for (one, other), count in pairs.most_common()
             if one != other][:CONFUSED]  # fmt: skip
    sentence = (
        f"{len({one.document for one in found})} made documents of seeds {SEEDS} with the packaged "
        "reader. Missed is a field that is stated and not read; invented one that is read and not "
        "stated, told where the truth is complete; alike a letter or two misread (95 %). The "
        "benchmark of the assets has the same with crops, and with vendors seen and unseen."
    )
    return [
        Section(BENCHMARKS, "Errors of the reader by kind", sentence,
                ("field", "stated", *KINDS, "all"), kinds),
        Section(BENCHMARKS, "Most often taken for", "The cells of the confusion matrix beside its "
                "diagonal that are largest.", ("stated", "read as", "times"), swaps),
        Section(BENCHMARKS, "The reader by layout, language and preset", "The same documents.",
                COLUMNS, slices),
    ]  # fmt: skip


def _row(name: str, found: Sequence[Outcome]) -> Row:
    return (name, *asdict(figures(found)).values(), all_right(found))


@cache
def _judged() -> tuple[list[Outcome], list[Outcome]]:
    engine = engine_named("rapidocr")
    recogniser = Recogniser("rapidocr", lambda asked: map(engine.recognise, asked))
    return judged(made_lessons(SIZE, SEEDS, recogniser), load(folder_of("reader")))
