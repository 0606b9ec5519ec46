"""Quality: the report on what came in within a day, and how well it was read.

Belongs here: which batches and events it is made from. Not here: what is counted and
which limits there are (`ledgergraph.anomalies.quality`), and who is told (`sensors.quality`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

import dagster as dg

from assets import policies
from assets.lineage import Inputs, Made, domain_errors, written
from assets.pictures import bars
from ledgergraph.anomalies.quality.limits import QUALITY_CROSSINGS, crossed, crossings_table
from ledgergraph.anomalies.quality.measures import (
    BEFORE,
    LAST,
    QUALITY_MEASURES,
    WEEK,
    Batch,
    Period,
    Tally,
    measures_table,
    tally_of,
    tally_of_events,
)
from ledgergraph.anomalies.quality.page import QualityData, render, sentence_of
from ledgergraph.artifacts import WHOLE
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY, VALIDATIONS
from ledgergraph.feedback.events import Feedback, Target
from ledgergraph.tables import concat
from resources.doors import LedgerResource, StoreResource
from resources.feedback import said, settings_of
from resources.quality import Came, QualityResource, came_in, failed_since

PAGE = "quality.html"


class Day(dg.Config):
    """Which day the report is on."""

    until: str | None = None
    """Its end, ISO 8601 with a zone; the moment of the run if it is not named."""


@dg.asset(
    deps=[*policies.REJECTING, "validations", policies.FEEDBACK],
    **policies.on_request("anomalies", "html", version="1"),
)
def quality_report(
    context: dg.AssetExecutionContext,
    config: Day,
    store: StoreResource,
    ledger: LedgerResource,
    quality: QualityResource,
) -> dg.MaterializeResult:
    """What came in within 24 hours, how well it was read, and which limits that crosses."""
    home, limits = store.open(), quality.value()
    with domain_errors():
        now = datetime.now(UTC).isoformat(timespec="seconds")
        period = Period.stated(config.until or now)
        came = dict(came_in(home, period))
    failed = failed_since(context.instance, period.earliest) & came.keys()
    events = said(home, Target.FIELD)
    versions = {"ledgergraph": version("ledgergraph")}

    def compute(inputs: Inputs) -> Made:
        tallies = tallies_of(inputs, period, came, failed, events)
        crossings = crossed(tallies, limits)
        data = QualityData(
            ledger.name, period, tallies, limits, crossings, inputs.read, versions
        )  # fmt: skip
        tables = [
            (QUALITY_MEASURES, measures_table(tallies)),
            (QUALITY_CROSSINGS, crossings_table(crossings)),
        ]
        return Made(tables, {PAGE: render(data)}, facts_of(data))

    settings = {
        "until": period.until.isoformat(),
        "failed": sorted(failed),
        "limits": asdict(limits),
        "ledger": ledger.name,
        "versions": versions,
        **settings_of(events),
    }
    return written(
        context, home, compute, settings=settings, through_time=[policies.FEEDBACK], only=came
    )


def tallies_of(
    inputs: Inputs,
    period: Period,
    came: Mapping[str, Came],
    failed: Collection[str],
    events: Iterable[Feedback],
) -> dict[str, Tally]:
    """The tallies of the day, the one before and the seven before, one batch in memory a time."""
    spoken = list(events)
    tallies = {
        name: tally_of_events(event for event in spoken if name in period.names(event.at))
        for name in (LAST, BEFORE, WEEK)
    }
    reviewed = {event.document_id for event in spoken if event.document_id}
    for key, one in came.items():
        tally = tally_of(batch_of(inputs, key, one, has_failed=key in failed), reviewed)
        for name in period.names(one.arrived_at):
            tallies[name] += tally
    return tallies


def batch_of(inputs: Inputs, key: str, came: Came, *, has_failed: bool) -> Batch:
    """What the store has of one batch; its tables if it was read to the end."""
    held = {asset: {key: parts[key]} for asset, parts in inputs.manifests.items() if key in parts}
    own = Inputs(inputs.store, held, WHOLE)
    counts = (came.files, came.members, came.known, came.documents)
    if not {*policies.REJECTING, "validations"} <= held.keys():
        return Batch(key, *counts, has_failed=has_failed)
    refused = [own.table(REJECTIONS, of=asset) for asset in policies.REJECTING]
    return Batch(
        key,
        *counts,
        has_failed=has_failed,
        documents=own.table(DOCUMENTS),
        rejections=concat(REJECTIONS, refused),
        extractions=own.table(EXTRACTIONS),
        validations=own.table(VALIDATIONS),
        quality=own.table(QUALITY),
    )


def facts_of(data: QualityData) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a day: counts, and pictures of them; no name of a file."""
    last = data.last
    shown: dict[str, dg.MetadataValue] = {
        "summary": dg.MetadataValue.text(sentence_of(last)),
        "documents": dg.MetadataValue.int(last.count("documents", "all")),
        "rejected": dg.MetadataValue.int(last.count("documents", "rejected")),
        "limits crossed": dg.MetadataValue.int(len(data.crossings)),
    }
    if data.crossings:
        shown["crossed"] = dg.MetadataValue.md(
            "\n".join(f"- {one.sentence} {one.remedy}" for one in data.crossings)
        )
    for measure, what in (("level", "Documents by quality"), ("reason", "Rejections by reason")):
        if counts := last.of(measure):
            shown[what] = bars(counts, what)
    return shown
