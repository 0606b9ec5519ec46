"""What a picture can do to the process that reads it, and that nothing else is lost by it."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pytest
from frail_engine import unbearable
from PIL import Image

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import ServiceMissing
from ledgergraph.extractions.engines import Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.engines.pool import FEW, recognised
from ledgergraph.extractions.reading import transcripts_of
from ledgergraph.extractions.retries import persistent
from ledgergraph.identity import document_id_of

PLAIN = "frail_engine:plain"
LONG, SHORT = 6.0, 0.5
"""Seconds in which a process starts and reads, and in which none does."""


def a_page(shade: int = 90) -> Image.Image:
    page = Image.new("RGB", (90, 60), "white")
    page.paste((shade, shade, shade), (20, 20, 60, 30))
    return page


def pixels(page: Image.Image) -> Picture:
    return Picture(page.width, page.height, page.tobytes())


def frail(seconds: float, kept: dict[str, bytes] | None = None, processes: int = 2) -> Recogniser:
    """The engine of a module of one's own, in processes of its own."""
    memory = {} if kept is None else kept

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        engine = engine_named(PLAIN)
        keep = memory.__setitem__
        return recognised(pictures, engine, processes, memory.get, keep, seconds)

    return Recogniser("frail_engine", sights)


@pytest.mark.parametrize(
    ("fault", "said"), [("crashes", "crashed"), ("eats memory", "too_hungry"), ("fails", "failed")]
)
@pytest.mark.parametrize("others", [1, FEW])
def test_a_fault_is_of_one_picture_alone_and_is_not_kept(fault: str, said: str, others: int):
    kept: dict[str, bytes] = {}
    pages = [*map(a_page, range(others)), unbearable(a_page(), fault), a_page(200)]
    sights = list(frail(60.0, kept).sights(map(pixels, pages)))
    assert [one.fault for one in sights] == [*[None] * others, said, None]
    assert [len(one.words) for one in sights] == [*[1] * others, 0, 1]
    assert len(kept) == others + 1


def test_an_engine_that_never_answers_is_stopped_and_the_page_looked_at_smaller():
    pages = [a_page(1), unbearable(a_page(), "sleeps")]
    well, late = persistent(frail(LONG)).sights(map(pixels, pages))
    assert (len(well.words), well.recovery) == (1, None)
    assert (len(late.words), late.recovery) == (1, "looked at two thirds as large")
    assert late.words[0].box.x1 == pytest.approx(45, abs=1)


def transcribed(files: Sequence[Image.Image], recogniser: Recogniser) -> list[tuple[str, str]]:
    """Reasons and sentences of the rejections of some files of one page or several."""
    blobs = {}
    for page in files:
        sink = io.BytesIO()
        page.save(sink, "PNG")
        blobs[document_id_of(sink.getvalue())] = sink.getvalue()
    entries = [Entry(f"{one}.png", one, len(data)) for one, data in blobs.items()]
    documents, _ = examine(entries, blobs.__getitem__, Limits())
    *_, rejected = transcripts_of(documents, blobs.__getitem__, Limits(), recogniser)
    return [(row["cause"], row["sentence"]) for row in rejected.to_pylist()]


def test_a_page_on_which_no_way_ends_is_a_rejection_by_time():
    sleeper = unbearable(a_page(), "always sleeps")
    ((cause, sentence),) = transcribed([sleeper], persistent(frail(SHORT)))
    assert cause == "time"
    assert "took longer than" in sentence


def giving_up(pictures: Iterable[Picture]) -> Iterator[Sight]:
    return (Sight(fault="too_slow") for _ in pictures)


def test_an_engine_that_ends_with_no_document_is_to_blame_and_not_they():
    broken = Recogniser("frail_engine", giving_up)
    assert len(transcribed([a_page(one) for one in range(4)], broken)) == 4
    with pytest.raises(ServiceMissing, match=r"frail_engine does not answer.*5 documents in a row"):
        transcribed([a_page(one) for one in range(6)], broken)


def test_a_document_of_pages_without_end_is_given_up_after_a_few():
    sink, asked = io.BytesIO(), []
    pages = [a_page(one) for one in range(12)]
    pages[0].save(sink, "TIFF", save_all=True, append_images=pages[1:])
    document_id = document_id_of(sink.getvalue())

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        for one in pictures:
            asked.append(one)
            yield Sight(fault="too_slow")

    entry = Entry("long.tiff", document_id, len(sink.getvalue()))
    documents, _ = examine([entry], lambda _: sink.getvalue(), Limits())
    engine = Recogniser("frail_engine", sights)
    *_, rejected = transcripts_of(documents, lambda _: sink.getvalue(), Limits(), engine)
    assert [row["reason"] for row in rejected.to_pylist()] == ["too_slow"]
    assert len(asked) == 3


def test_time_runs_out_for_a_few_pages_and_later_ones_are_given_up_at_once():
    asked = []

    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        for one in pictures:
            asked.append(one)
            yield Sight(fault="too_slow")

    pages = [pixels(a_page(one)) for one in range(10)]
    found = list(persistent(Recogniser("frail_engine", sights)).sights(pages))
    assert {one.fault for one in found} == {"too_slow"}
    assert len(asked) == 10 + 3 * 3
