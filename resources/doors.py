"""The resources that assets, jobs and sensors ask Dagster for; each is a URL or a few settings."""

import dagster as dg
from pydantic import PrivateAttr

from resources.inbox import Inbox
from resources.store import Store


class StoreResource(dg.ConfigurableResource):
    """Where everything is kept: a folder, `memory://…` or `s3://bucket/prefix`."""

    url: str
    _store: Store | None = PrivateAttr(default=None)

    def open(self) -> Store:
        """The store behind the URL, connected on first use."""
        if self._store is None:
            self._store = Store(self.url)
        return self._store


class InboxResource(dg.ConfigurableResource):
    """Where files arrive: a folder or an `s3://` prefix. It is only ever read."""

    url: str

    def open(self) -> Inbox:
        """The inbox behind the URL."""
        return Inbox(self.url)


class LedgerResource(dg.ConfigurableResource):
    """The company whose books these are."""

    name: str = "main"
