"""What came in lately, as the store and Dagster tell: batches by when they were taken in.

Belongs here: choosing batches without reading those of other days. Not here: what is
counted of them (`ledgergraph.anomalies.quality`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import dagster as dg
from pydantic import Field

from ledgergraph.anomalies.quality.measures import Period
from ledgergraph.anomalies.quality.settings import QualityLimits
from resources.intake import listing
from resources.store import Store

INTAKE = "intake"
"""The job that reads a batch."""
SKEW = timedelta(hours=1)
"""How far the clock of a service may be behind that of the intake."""


class QualityResource(dg.ConfigurableResource):
    """When a person is told of the quality of a day: limits that differ from their defaults."""

    changed: dict[str, float] = Field(default_factory=dict)

    def value(self) -> QualityLimits:
        """All limits."""
        usual = asdict(QualityLimits())
        return QualityLimits(
            **{name: type(one)(self.changed.get(name, one)) for name, one in usual.items()}
        )


@dataclass(frozen=True)
class Came:
    """When a batch came in, and how many: files of the inbox, members of mails and archives,
    of both those that came before; distinct documents that are new.
    """

    arrived_at: datetime
    files: int
    members: int
    known: int
    documents: int


def came_in(store: Store, period: Period) -> Iterator[tuple[str, Came]]:
    """The batches of a period and of the days that it is compared with, by key.

    A listing is written once, after its files came in: older ones are not opened.
    """
    for uri in store.written_since("batches/", period.earliest - SKEW):
        key = PurePosixPath(uri).stem
        found = listing(store, key)
        arrived_at = datetime.fromisoformat(found.arrived_at)
        if period.names(arrived_at):
            members = sum(one.envelope_id is not None for one in found.files)
            new = [one.document_id for one in found.files if not one.is_known]
            known = len(found.files) - len(new)
            files = len(found.files) - members
            yield key, Came(arrived_at, files, members, known, len(set(new)))


def failed_since(instance: dg.DagsterInstance, moment: datetime) -> frozenset[str]:
    """The batches of which a run failed at a moment or later."""
    failed = dg.RunsFilter(
        job_name=INTAKE, statuses=[dg.DagsterRunStatus.FAILURE], updated_after=moment
    )
    batches = (run.tags.get("dagster/partition") for run in instance.get_runs(failed))
    return frozenset(one for one in batches if one)
