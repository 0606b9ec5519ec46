"""Every metric: its name, what it counts and by what. Rules and boards name no other.

Belongs here: the declarations. Not here: where figures come from (runs, stored).

A counter never falls, also when the exporter starts again: what is counted is kept for ever.
What may fall since it is as things stand now (documents, findings) is a gauge. Labels have few
values, that code or settings name: never a document, a vendor, a person. None is called `job` or
`instance`: Prometheus names what it reads from so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

PREFIX = "ledgergraph_"
COUNTER: Final = "counter"
GAUGE: Final = "gauge"


@dataclass(frozen=True)
class Metric:
    """One metric: `name` without prefix, its sentence, its labels in their order."""

    name: str
    sentence: str
    labels: tuple[str, ...] = ()
    kind: Literal["counter", "gauge"] = GAUGE


class Figure(NamedTuple):
    """One value of a metric; the values of its labels in their order."""

    metric: str
    value: float
    labels: tuple[str, ...] = ()


METRICS = (
    Metric("build_info", "Always 1; which release, of which ledger.", ("version", "ledger")),
    Metric("up", "1 if a part answered when it was last asked, else 0.", ("part",)),
    Metric("figures_timestamp_seconds", "When the figures of a part were taken.", ("part",)),
    Metric("figures_seconds", "How long taking the figures of a part took.", ("part",)),
    # runs
    Metric("runs_total", "Runs that ended, by their job and how.", ("job_name", "status"), COUNTER),
    Metric("runs_unended", "Runs that have not ended.", ("status",)),
    Metric("run_oldest_queued_seconds", "How long the oldest run in the queue waits; 0 of none."),
    Metric("run_longest_seconds", "How long the longest run under way takes; 0 of none."),
    Metric(
        "job_success_timestamp_seconds", "When a run of a job last came through.", ("job_name",)
    ),
    Metric("job_failure_timestamp_seconds", "When a run of a job last failed.", ("job_name",)),
    Metric(
        "day_run_seconds",
        "Durations of the runs that ended within 24 hours: median, longest and their sum.",
        ("job_name", "of"),
    ),
    Metric(
        "day_step_seconds",
        "Durations of assets that were made within 24 hours: median, longest and their sum.",
        ("step", "of"),
    ),
    Metric(
        "day_steps", "Assets that runs made, or failed to, within 24 hours.", ("step", "status")
    ),
    Metric("asset_timestamp_seconds", "When an asset was last reported as made.", ("asset",)),
    Metric("check_failing", "1 if the latest evaluation of a check failed.", ("asset", "check")),
    Metric("daemon_healthy", "1 if a part of the Dagster daemon showed up in time.", ("daemon",)),
    Metric("tick_timestamp_seconds", "When a sensor or schedule last looked.", ("name",)),
    Metric("tick_failing", "1 if the last look of a sensor or schedule failed.", ("name",)),
    # what came in
    Metric("inbox_files_waiting", "Files in the inbox that were not taken in."),
    Metric("feedback_files_waiting", "Files in the feedback inbox that were not imported."),
    Metric("batches_total", "Batches that were taken in.", kind=COUNTER),
    Metric("files_total", "Files taken in: new and known ones.", ("outcome",), COUNTER),
    Metric("batches_waiting", "Batches that are not read to the end."),
    Metric("batches_failed", "Batches that wait and whose last run within 30 days failed."),
    Metric("batch_oldest_waiting_seconds", "How long the oldest waiting batch waits; 0 of none."),
    Metric("batch_arrival_timestamp_seconds", "When the latest batch was taken in."),
    Metric("day_files", "Files that came within 24 hours and are read, by outcome.", ("outcome",)),
    # what was read
    Metric("documents", "Documents that were accepted, as their container tells.", ("format",)),
    Metric("rejections", "What was rejected: documents, and rows of tables.", ("reason", "of")),
    Metric("documents_judged", "Parts of documents by quality and route.", ("level", "route")),
    # what was found
    Metric("invoices_scored", "Invoices that have a score."),
    Metric("findings", "Findings as they stand.", ("kind", "severity", "status")),
    Metric("kinds", "Kinds of findings by what came of testing them.", ("outcome",)),
    Metric("review_queue", "Findings and invoices that are laid before people next."),
    # what people said, and what was learned
    Metric("feedback_events_total", "Events of feedback that were ever stated.", kind=COUNTER),
    Metric("feedback_events", "Events of feedback that are in effect.", ("target", "verdict")),
    Metric("feedback_pending", "1 if feedback is not in effect yet, else 0."),
    Metric("champion_info", "Always 1; which model counts.", ("role", "version", "origin")),
    Metric("champion_timestamp_seconds", "Since when the model of a role counts.", ("role",)),
    Metric(
        "champion_score",
        "What the card of the model that counts says, on data that it never saw.",
        ("role", "slice", "measure"),
    ),
    Metric(
        "benchmark_score",
        "What champion and challenger came to on the same items when they were last compared.",
        ("role", "model"),
    ),
    Metric("benchmark_timestamp_seconds", "When a role's models were last compared.", ("role",)),
    # what must not be lost
    Metric("audit_entries_total", "Entries of the audit log.", kind=COUNTER),
    Metric("audit_faults", "Entries that are missing, or do not follow the one before."),
    Metric(
        "backup_timestamp_seconds",
        "When the newest whole backup was made; without one, when the log began.",
    ),
    Metric("disk_free_bytes", "Free space of the disk that a place lies on.", ("place",)),
    Metric("disk_size_bytes", "Size of the disk that a place lies on.", ("place",)),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def families(figures: Iterable[Figure]) -> Iterator[Family]:
    """The figures as the metrics that are declared, in the order of the declarations."""
    by_name: dict[str, list[Figure]] = {}
    for figure in figures:
        by_name.setdefault(figure.metric, []).append(figure)
    if strange := by_name.keys() - BY_NAME.keys():
        raise KeyError(f"not declared: {', '.join(sorted(strange))}")
    for metric in METRICS:
        if found := by_name.get(metric.name):
            family = {COUNTER: CounterMetricFamily, GAUGE: GaugeMetricFamily}[metric.kind](
                PREFIX + metric.name.removesuffix("_total"), metric.sentence, labels=metric.labels
            )
            for figure in found:
                family.add_metric(figure.labels, figure.value)
            yield family
