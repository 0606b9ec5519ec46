"""Anomalies: scores, findings and the report.

Belongs here: which tables each is made from. Not here: what makes a finding
(`ledgergraph.anomalies`).
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow as pa

from assets import expectations, policies
from assets.lineage import Inputs, Made, as_made, written
from assets.pictures import bars, distribution
from assets.snapshots import snapshot_in
from ledgergraph.anomalies.review import REVIEW_QUEUE
from ledgergraph.anomalies.review import review_queue as questions
from ledgergraph.anomalies.schemas import COVERAGE, FINDINGS, INVOICE_SCORES
from ledgergraph.anomalies.verdicts import with_statuses
from ledgergraph.artifacts import WHOLE
from ledgergraph.books import BOOK_TABLES
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.extractions.columns import strangers_in
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS
from ledgergraph.extractions.vendor_hints import hints_of
from ledgergraph.extractions.vendor_memory import (
    NOTHING,
    VENDOR_HABITS,
    VENDOR_HISTORY,
    memory_of,
)
from ledgergraph.feedback.events import Feedback, Target
from ledgergraph.graph.decisions import decisions_on
from ledgergraph.graph.schemas import BOOKINGS, DUPLICATES
from ledgergraph.issues import Kind
from resources.doors import LedgerResource, StoreResource
from resources.feedback import said, settings_of
from resources.routes import RoutesResource

if TYPE_CHECKING:
    from ledgergraph.anomalies.report import ModelUsed


@dg.asset(
    deps=["invoice_features", "duplicates", "compliance_champion", "anomaly_champion"],
    **policies.whole("anomalies", "lightgbm", "pyod", version="2"),
)
def invoice_scores(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """One row per invoice: how likely it breaks an agreement or repeats another; how unusual it is.

    Of the most unusual ones also what makes them so.
    """

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.anomalies.scoring import anomaly_reasons, score
        from ledgergraph.anomalies.unusual import ANOMALY_REASONS
        from ledgergraph.datasets.schemas import INVOICE_FEATURES
        from ledgergraph.models import boosting, outliers

        with inputs.folder("compliance_champion") as folder:
            compliance = boosting.load(folder)
        with inputs.folder("anomaly_champion") as folder:
            anomaly = outliers.load(folder)
        features = inputs.table(INVOICE_FEATURES)
        scores = score(features, inputs.table(DUPLICATES), compliance, anomaly)
        reasons = anomaly_reasons(features, scores, anomaly)
        shown = ("risk", "compliance_risk", "duplicate_probability", "anomaly_score")
        picture = distribution({name: scores[name].to_numpy() for name in shown})
        return Made(
            [(INVOICE_SCORES, scores), (ANOMALY_REASONS, reasons)], facts={"scores": picture}
        )

    return written(context, store.open(), compute)


@dg.asset(
    deps=[
        "documents",
        "extractions",
        "validations",
        "bookings",
        "duplicates",
        "graph_snapshot",
        "invoice_features",
        "line_matches",
        "invoice_scores",
        "compliance_champion",
        policies.FEEDBACK,
    ],
    **policies.whole("anomalies", "parquet", version="5"),
)
def findings(
    context: dg.AssetExecutionContext, store: StoreResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Red flags for a person: what was found, how sure it is, what it could cost, and why."""
    home = store.open()
    decided = said(home, Target.FINDING, Target.PAIR)

    def compute(inputs: Inputs) -> Made:
        found, coverage = findings_from(inputs, ledger.kinds_off, decided)
        kinds = Counter(Kind(one).label for one in found["kind"].to_pylist())
        facts = {"kinds": bars(kinds, "Findings by kind")} if kinds else {}
        return Made([(FINDINGS, with_statuses(found, decided)), (COVERAGE, coverage)], facts=facts)

    settings = {"kinds_off": sorted(ledger.kinds_off), **settings_of(decided)}
    return written(context, home, compute, settings=settings, through_time=[policies.FEEDBACK])


def findings_from(
    inputs: Inputs, kinds_off: Collection[str], decided: Collection[Feedback]
) -> tuple[pa.Table, pa.Table]:
    """The tables `findings` and `coverage` from what stands in the store."""
    from ledgergraph.anomalies.judging import judge
    from ledgergraph.anomalies.subjects import Subjects
    from ledgergraph.datasets.schemas import INVOICE_FEATURES
    from ledgergraph.models.boosting import load

    snapshot = snapshot_in(inputs)
    subjects = Subjects(
        snapshot.books(),
        inputs.table(DOCUMENTS),
        inputs.table(EXTRACTIONS),
        inputs.table(BOOKINGS),
        line_matches=inputs.table(LINE_MATCHES),
    )
    with inputs.folder("compliance_champion") as folder:
        return judge(
            snapshot,
            subjects,
            inputs.table(VALIDATIONS),
            inputs.table(DUPLICATES),
            inputs.table(INVOICE_FEATURES),
            inputs.table(INVOICE_SCORES),
            load(folder),
            off=[Kind(one) for one in kinds_off],
            told_apart={one for pair in decisions_on(Target.PAIR, decided).apart for one in pair},
        )


@dg.asset(
    deps=[
        "extractions", "validations", "vendor_memory", "duplicates", "graph_snapshot", "findings"
    ],
    **policies.whole("anomalies", "parquet", version="3"),
)  # fmt: skip
def review_queue(
    context: dg.AssetExecutionContext, store: StoreResource, routes: RoutesResource
) -> dg.MaterializeResult:
    """What a person should look at next: the most uncertain money first, some of it by chance.

    Of documents on the fast route nothing that was read is asked, of those on full everything
    that decides; where a vendor usually does otherwise, the question says so.
    """
    home = store.open()
    answered = said(home, *Target)

    def compute(inputs: Inputs) -> Made:
        known = memory_of(inputs.table(VENDOR_HABITS), inputs.table(VENDOR_HISTORY))
        memory = known if routes.remembers else NOTHING
        queue = questions(
            inputs.table(FINDINGS),
            inputs.table(DUPLICATES),
            inputs.table(EXTRACTIONS),
            snapshot_in(inputs).rows("Invoice"),
            answered,
            quality=inputs.table(QUALITY),
            hints=hints_of(inputs.table(EXTRACTIONS), memory),
        )
        return Made([(REVIEW_QUEUE, queue)])

    settings = {**settings_of(answered), **routes.version()}
    return written(context, home, compute, settings=settings, through_time=["feedback"])


REPORTED = (
    "documents",
    "transcripts",
    "extractions",
    "records",
    "validations",
    "bookings",
    "duplicates",
    "graph_snapshot",
    "line_matches",
    "invoice_scores",
    "findings",
    "compliance_champion",
    "duplicate_champion",
    "anomaly_champion",
)


@dg.asset(
    deps=list(REPORTED),
    freshness_policy=policies.FRESH,
    **policies.whole("anomalies", "html", version="7"),
)
def anomaly_report(
    context: dg.AssetExecutionContext, store: StoreResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """The report for people: what was read, what is wrong, and the evidence of each finding."""

    def compute(inputs: Inputs) -> Made:
        return Made(files=report_from(inputs, ledger.name, versions))

    versions = {"ledgergraph": version("ledgergraph")}
    settings = {"ledger": ledger.name, "versions": versions}
    return written(context, store.open(), compute, settings=settings)


def report_from(inputs: Inputs, ledger: str, versions: Mapping[str, str]) -> dict[str, bytes]:
    """The report's files by name, from the manifests that were read and nothing else."""
    from ledgergraph.anomalies.report import ReportData, findings_csv, render

    data = ReportData(
        ledger=ledger,
        records=snapshot_in(inputs).books(),
        documents=inputs.table(DOCUMENTS),
        rejections=pa.concat_tables(
            [inputs.table(REJECTIONS, of=asset) for asset in policies.REJECTING]
        ),
        strangers=strangers_in(
            {
                name: inputs.table(one.records, of="records").select(
                    ["document_id", *one.columns, "extra"]
                )
                for name, one in BOOK_TABLES.items()
            }
        ),
        quality=inputs.table(QUALITY),
        extractions=inputs.table(EXTRACTIONS),
        bookings=inputs.table(BOOKINGS),
        pages=inputs.table(PAGES),
        invoice_scores=inputs.table(INVOICE_SCORES),
        findings=inputs.table(FINDINGS),
        coverage=inputs.table(COVERAGE),
        line_matches=inputs.table(LINE_MATCHES),
        manifests=inputs.read,
        models=[model_used(inputs, role) for role in ("compliance", "duplicate", "anomaly")],
        versions=versions,
        content=inputs.store.blob,
    )
    return {"report.html": render(data), "findings.csv": findings_csv(data)}


def model_used(inputs: Inputs, role: str) -> "ModelUsed":
    """What the report says of a champion, from its card."""
    from ledgergraph.anomalies.report import ModelUsed
    from ledgergraph.models.contract import ModelCard

    asset = f"{role}_champion"
    manifest = inputs.whole(asset)
    with inputs.folder(asset) as folder:
        card = ModelCard.load(folder)
    said = {"algorithm": card.algorithm, **judged(card.metrics)}
    return ModelUsed(role, manifest.version, str(manifest.settings["origin"]), said)


def judged(metrics: Mapping[str, Any]) -> dict[str, str]:
    """The average precision that a card states, on companies of each sort of habits."""
    return {
        f"average precision, {habits} habits": f"{of['average_precision']:.3f}"
        for habits, of in sorted(metrics.items())
        if "average_precision" in of
    }


@dg.asset_check(
    asset=findings,
    description="A reference that leads nowhere breaks the walk from a finding to its page.",
)
def every_reference_resolves(store: StoreResource) -> dg.AssetCheckResult:
    """Every row that a finding rests on is in the store."""
    from assets.lookup import lookup_from
    from ledgergraph.anomalies.trace import unresolved

    home = store.open()
    inputs = Inputs(home, {"findings": home.heads("findings")}, WHOLE)
    rows = inputs.table(FINDINGS)
    lost = unresolved(rows, lookup_from(home, inputs.whole("findings")))
    return dg.AssetCheckResult(
        passed=not lost,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"findings": rows.num_rows, "unresolved": len(lost)},
    )


@dg.asset_check(
    asset=invoice_scores,
    description="An invoice without a score is passed over; a stranger's score names nothing.",
)
def every_invoice_is_scored(store: StoreResource) -> dg.AssetCheckResult:
    """Every invoice with features has a risk, no other has, and each score is a probability."""
    from ledgergraph.datasets.schemas import INVOICE_FEATURES

    inputs = as_made(store.open(), "invoice_scores")
    scores, features = inputs.table(INVOICE_SCORES), inputs.table(INVOICE_FEATURES)
    return expectations.outcome(
        expectations.faults_of_scores(scores, features), scores=scores.num_rows
    )


@dg.asset_check(
    asset=anomaly_report,
    description="A finding that the report leaves out is seen by nobody.",
)
def the_report_names_every_finding(store: StoreResource) -> dg.AssetCheckResult:
    """The spreadsheet lists the findings that it was made from, and the page its manifests."""
    from ledgergraph.anomalies.report import provenance_of

    home = store.open()
    inputs = as_made(home, "anomaly_report")
    report = inputs.whole("anomaly_report")
    files = {file.table: home.file(file) for file in report.files}
    rows = csv.DictReader(io.StringIO(files["findings.csv"].decode("utf-8-sig"), newline=""))
    found = inputs.table(FINDINGS)
    named = {one["version"] for one in provenance_of(files["report.html"])["manifests"]}
    read = {version for parts in report.inputs.values() for version in parts.values()}
    faults = {
        **expectations.faults_of_report([row["finding_id"] for row in rows], found),
        "manifests left out": len(read - named),
        "unknown manifests": len(named - read),
    }
    return expectations.outcome(faults, findings=found.num_rows)
