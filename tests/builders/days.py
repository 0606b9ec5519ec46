"""A home into which files came at chosen moments, and were read; without a graph."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import dagster as dg

from assets.documents import documents
from assets.extractions import extractions, records, transcripts, validations
from ledgergraph.documents.limits import Limits
from resources.doors import LimitsResource, StoreResource, store_at
from resources.inbox import Inbox
from resources.intake import take_in, unseen
from resources.reader import ReaderResource
from resources.recognition import OcrResource
from resources.routes import RoutesResource
from resources.translator import TranslatorResource
from tests.builders.broken_files import a_ubl_invoice

READING = (documents, transcripts, extractions, records, validations)


def good(count: int, first: int = 0) -> dict[str, bytes]:
    """Invoices that are read."""
    return {f"i{first + at}.xml": a_ubl_invoice(f"I-{first + at}") for at in range(count)}


def bad(count: int, first: int = 0) -> dict[str, bytes]:
    """Files that are rejected."""
    return {f"n{first + at}.txt": f"note {first + at}".encode() for at in range(count)}


class Home:
    """A folder with an inbox and a store, in which a batch came at a moment."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, translator: str = "") -> None:
        self.folder = folder
        self.instance = instance
        self.translator = translator
        self.remembers = True
        self.door = StoreResource(url=str(folder / "store"))
        self.store = store_at(self.door.url)

    def take(self, files: Mapping[str, bytes], at: datetime) -> str:
        """Take files in at a moment; returns the key of their batch."""
        (self.folder / "inbox").mkdir(exist_ok=True)
        for name, data in files.items():
            (self.folder / "inbox" / name).write_bytes(data)
        inbox = Inbox(str(self.folder / "inbox"))
        fresh = unseen(self.store, inbox.listing())
        (key,) = take_in(inbox, self.store, fresh, at, Limits()).batches
        listing = self.folder / "store" / "batches" / f"{key}.json"
        os.utime(listing, (at.timestamp(), at.timestamp()))
        return key

    def read(self, key: str, tags: Mapping[str, str] | None = None) -> None:
        """Read a batch to the end, as the intake does."""
        self.instance.add_dynamic_partitions("intake_batches", [key])
        resources = {
            "store": self.door,
            "limits": LimitsResource(),
            "ocr": OcrResource(engine="off"),
            "reader": ReaderResource(),
            "routes": RoutesResource(remembers=self.remembers),
            "translator": TranslatorResource(setting=self.translator),
        }
        done = dg.materialize(
            READING, instance=self.instance, partition_key=key, resources=resources, tags=tags
        )
        assert done.success
