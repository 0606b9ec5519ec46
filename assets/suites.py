"""Suites of Great Expectations: what must hold of a corpus, as counts and as a page.

Belongs here: the suite of the reader's corpus, and how one is run without leaving a trace:
an ephemeral context, no progress bars, no reports to anyone. What is kept are counts, never
values; and the page (Data Docs) without links to other hosts, equal for equal results.

The suite is run in pandas on one row an annotation, which a machine holds for millions. On
Spark the same took thirty times as long (100,000 rows: 7.8 s warm, against 0.2 s), since each
expectation is a job of its own.
"""

import json
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ledgergraph.corpora.reader_corpus import Plan
from ledgergraph.corpora.sampling import SIDES, SPLITS

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES, DOCS = "reader_corpus_expectations.json", "reader_corpus_docs.html"
"""The files that an asset keeps of a suite: counts by expectation, and the page."""
CONNECT = "pyspark.sql.connect"
TIES = ("vendor", "template", "family")
WHOLE_COLUMNS = ("annotation_id", "source", "family", "part", *SPLITS)
FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""When pages say they were made: the same results give the same page."""


@dataclass(frozen=True)
class Outcome:
    """One expectation: `unexpected` of `looked_at` rows break it; null where it counts none."""

    check: str
    passed: bool
    looked_at: int | None
    unexpected: int | None


def corpus_outcomes(corpus: pa.Table, plan: Plan, tolerance: float) -> dict[str, bytes]:
    """The files that tell whether rows of READER_CORPUS are as `plan` says, by name.

    `tolerance` is how far a side's share may be off.
    """
    with _undisturbed():
        outcomes, page = _run(_frame(corpus), _expectations(plan, tolerance))
    listed = json.dumps([asdict(one) for one in outcomes], indent=1)
    return {OUTCOMES: listed.encode(), DOCS: page.encode()}


def outcomes_in(data: bytes) -> list[Outcome]:
    """The outcomes that a kept file states."""
    return [Outcome(**one) for one in json.loads(data)]


def _frame(corpus: pa.Table) -> "pd.DataFrame":
    """What the suite looks at: sides, counts, and of each tie on how many sides it stands.

    Vendors and templates themselves are left out: a page must not name them.
    """
    rows: pd.DataFrame = corpus.to_pandas()
    kept = ["annotation_id", "source", "part", "pages", "words", "fields", "digit_share",
            "boxes_outside", *SPLITS]  # fmt: skip
    frame: pd.DataFrame = rows[kept].copy()
    frame["family"] = rows["family"]
    for split in SPLITS:
        for tie in TIES:
            frame[f"{tie}_sides_{split}"] = rows.groupby(tie)[split].transform("nunique")
        for side in SIDES:
            frame[f"{side}_{split}"] = (rows[split] == side).astype(float)
    return frame


def _part(name: str) -> Any:
    """A module of Great Expectations, which runs in pandas here, without Spark Connect.

    PySpark ends the process, as if all were well, when Connect is imported where the main
    module has no file: it takes that for its own doctests.
    """
    modules: dict[str, Any] = sys.modules
    if CONNECT in modules:
        return import_module(name)
    modules[CONNECT] = None
    try:
        return import_module(name)
    finally:
        del modules[CONNECT]


def _expectations(plan: Plan, tolerance: float) -> list[Any]:
    """What must hold, each with its sentence as `check`."""
    gxe = _part("great_expectations.expectations")
    filters = plan.filters
    ranges: list[tuple[str, str, float | None, float | None]] = [
        ("words are as many as filters allow", "words", filters.least_words, filters.most_words),
        ("every annotation has a page", "pages", 1, None),
        ("every annotation has a field", "fields", 1, None),
        ("digits are a share of characters", "digit_share", 0, 1),
    ]
    if filters.most_outside == 0:
        ranges.append(("boxes lie on their pages", "boxes_outside", 0, 0))
    for split in SPLITS:
        ranges += [
            (f"no {tie} stands on two sides of {split}", f"{tie}_sides_{split}", None, 1)
            for tie in TIES
        ]
    found = [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, meta={"check": "there are annotations"}),
        gxe.ExpectColumnValuesToBeUnique(column="annotation_id", meta={"check": "ids are unique"}),
    ]
    found += [
        gxe.ExpectColumnValuesToNotBeNull(column=one, meta={"check": f"{one} is stated"})
        for one in WHOLE_COLUMNS
    ]
    found += [
        gxe.ExpectColumnValuesToBeBetween(
            column=column, min_value=low, max_value=high, meta={"check": check}
        )
        for check, column, low, high in ranges
    ]
    for split, shares in SPLITS.items():
        known = {"check": f"sides of {split} are known"}
        found.append(
            gxe.ExpectColumnValuesToBeInSet(column=split, value_set=list(SIDES), meta=known)
        )
        for side, share in zip(SIDES, shares, strict=True):
            found.append(
                gxe.ExpectColumnMeanToBeBetween(
                    column=f"{side}_{split}", min_value=max(share - tolerance, 0.0),
                    max_value=share + tolerance, meta={"check": f"share of {side} in {split}"},
                )
            )  # fmt: skip
    return found


def _run(frame: "pd.DataFrame", expectations: Sequence[Any]) -> tuple[list[Outcome], str]:
    """The outcome of each expectation, in their order, and the page."""
    gx = _part("great_expectations")
    actions = _part("great_expectations.checkpoint")
    runs = _part("great_expectations.core.run_identifier")
    types = _part("great_expectations.data_context.types.base")
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = types.ProgressBarsConfig(globally=False)
    suite = context.suites.add(gx.ExpectationSuite("reader_corpus", expectations=[*expectations]))
    source = context.data_sources.add_pandas("corpus").add_dataframe_asset("annotations")
    data = source.add_batch_definition_whole_dataframe("whole")
    validation = context.validation_definitions.add(
        gx.ValidationDefinition(name="reader_corpus", data=data, suite=suite)
    )
    with TemporaryDirectory() as place:
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": place}
        index = {"class_name": "DefaultSiteIndexBuilder"}
        site = {"class_name": "SiteBuilder", "store_backend": backend,
                "site_index_builder": index}  # fmt: skip
        context.add_data_docs_site(site_name="page", site_config=site)
        checkpoint = gx.Checkpoint(
            name="reader_corpus",
            validation_definitions=[validation],
            actions=[actions.UpdateDataDocsAction(name="page", site_names=["page"])],
            result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
        )
        done = context.checkpoints.add(checkpoint).run(
            batch_parameters={"dataframe": frame},
            run_id=runs.RunIdentifier(run_name="reader_corpus", run_time=FIXED),
        )
        (page,) = (Path(place) / "validations").rglob("*.html")
        text = page.read_text("utf-8")
    (result,) = done.run_results.values()
    found = {one.expectation_config.meta["check"]: one for one in result.results}
    return [_outcome(found[one.meta["check"]]) for one in expectations], _alone(text)


def _outcome(result: Any) -> Outcome:
    counts: Mapping[str, Any] = result.result
    looked, unexpected = counts.get("element_count"), counts.get("unexpected_count")
    return Outcome(
        str(result.expectation_config.meta["check"]),
        bool(result.success),
        None if looked is None else int(looked),
        None if unexpected is None else int(unexpected),
    )


REMOTE = re.compile(r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<noscript\b.*?</noscript>",
                    re.DOTALL)  # fmt: skip
CHANGING = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
    r"|https?://[^\"'\s<]*great-?expectations[^\"'\s<]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)|\d{8}T\d{6}\.\d+Z"
)
STYLE = (
    "<style>body{font:15px sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}"
    ".navbar,.modal,.cooltip,button,#ge-cta-footer{display:none}</style></head>"
)


def _alone(page: str) -> str:
    """A page that asks no other host for anything, and says no moment and no drawn id."""
    text = CHANGING.sub("", REMOTE.sub("", page))
    return text.replace("</head>", STYLE, 1)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the warnings of libraries about one another, and without logs of a run."""
    import logging

    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
