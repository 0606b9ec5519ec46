"""The asset that examines a batch, in both of its ways."""

import io
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from PIL import Image, ImageDraw, ImageFont

from assets.documents import APART, documents
from assets.lineage import ANEW
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from resources.doors import LimitsResource
from resources.recognition import OcrResource
from tests.builders.days import Home

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def picture(text: str) -> bytes:
    page, sink = Image.new("RGB", (400, 120), "white"), io.BytesIO()
    ImageDraw.Draw(page).text((40, 40), text, "black", ImageFont.load_default(32))
    page.save(sink, "PNG")
    return sink.getvalue()


def test_a_batch_is_the_same_whether_or_not_each_file_is_tried_apart(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    home = Home(tmp_path, instance)
    files = {"a.png": picture("Invoice 4711"), "b.csv": b"vendor_id,name\nV1,Acme\n", "c": b"?"}
    key = home.take(files, NOON)
    instance.add_dynamic_partitions("intake_batches", [key])
    found = []
    ways: tuple[dict[str, str], ...] = ({}, {APART: "healing", ANEW: "healing"})
    for tags in ways:
        resources = {"store": home.door, "limits": LimitsResource(), "ocr": OcrResource()}
        done = dg.materialize(
            [documents], instance=instance, partition_key=key, resources=resources, tags=tags
        )
        assert done.success
        head = home.store.heads("documents")
        found.append([home.store.table(one, head).to_pylist() for one in (DOCUMENTS, REJECTIONS)])
    assert found[0] == found[1]
    assert [len(rows) for rows in found[0]] == [2, 1]
