"""The resources that assets, jobs and sensors ask Dagster for; each is a URL or a few settings."""

from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import dagster as dg
from pydantic import Field

from ledgergraph.datasets.three_way.tolerances import Tolerances
from ledgergraph.documents.limits import Limits
from ledgergraph.feedback.retraining import Thresholds
from resources.alerts import Alerts
from resources.inbox import Inbox
from resources.spark import LOCAL, session
from resources.store import Store


class StoreResource(dg.ConfigurableResource):
    """Where everything is kept: a folder, `memory://…` or `s3://bucket/prefix`."""

    url: str
    master_key_file: str = ""

    def open(self) -> Store:
        """The store behind the URL, connected on first use.

        It is one for the whole process, not for a run or a look of the sensor: what it
        has read it need not read again.
        """
        return store_at(self.url, self.master_key_file)


class InboxResource(dg.ConfigurableResource):
    """Where files arrive: a folder or an `s3://` prefix. It is only ever read."""

    url: str

    def open(self) -> Inbox:
        """The inbox behind the URL."""
        return Inbox(self.url)


class FeedbackResource(dg.ConfigurableResource):
    """Where files of feedback arrive: a folder or an `s3://` prefix. It is only ever read."""

    url: str

    def open(self) -> Inbox:
        """The folder behind the URL."""
        return Inbox(self.url, "LEDGERGRAPH_FEEDBACK")


class PublicDataResource(dg.ConfigurableResource):
    """Where labelled data sets of others lie, one folder a source; empty where there are none."""

    folder: str = ""


class SparkResource(dg.ConfigurableResource):
    """Where Spark runs: `local[*]`, `k8s://…`, `spark://…`, or `sc://…` for Spark Connect."""

    url: str = LOCAL
    java_home: str = ""

    def session(self) -> AbstractContextManager[Any]:
        """A session that is gone after its block; BadSetting names what is missing."""
        return session(self.url, self.java_home)


class LimitsResource(dg.ConfigurableResource):
    """How large, long or deep a file may be: the limits that differ from their defaults."""

    changed: dict[str, float] = Field(default_factory=dict)

    def value(self) -> Limits:
        """All limits."""
        usual = asdict(Limits())
        return Limits(
            **{name: type(one)(self.changed.get(name, one)) for name, one in usual.items()}
        )


class RetrainingResource(dg.ConfigurableResource):
    """When a role learns again: the thresholds that differ from their defaults."""

    changed: dict[str, float] = Field(default_factory=dict)

    def value(self) -> Thresholds:
        """All thresholds."""
        usual = asdict(Thresholds())
        return Thresholds(
            **{name: type(one)(self.changed.get(name, one)) for name, one in usual.items()}
        )


class MatchingResource(dg.ConfigurableResource):
    """How far lines may lie off their order and receipts: tolerances that differ from defaults."""

    changed: dict[str, float] = Field(default_factory=dict)

    def value(self) -> Tolerances:
        """All tolerances."""
        usual = asdict(Tolerances())
        return Tolerances(
            **{name: type(one)(self.changed.get(name, one)) for name, one in usual.items()}
        )


class LedgerResource(dg.ConfigurableResource):
    """The company whose books these are, and the kinds of findings that it does not want."""

    name: str = "main"
    kinds_off: list[str] = Field(default_factory=list)


class AlertsResource(dg.ConfigurableResource):
    """How a person is told at once: URLs, empty where a way is not used."""

    webhook: str = ""
    mail: str = ""

    def open(self) -> Alerts:
        """The ways out."""
        return Alerts(self.webhook, self.mail)


@lru_cache(maxsize=8)
def store_at(url: str, master_key_file: str = "") -> Store:
    """The store behind a URL, the same one each time."""
    return Store(url, master_key_file)
