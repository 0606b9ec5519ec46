"""What a picture can do to the process that reads it, and that nothing else is lost by it."""

import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from frail_engine import unbearable
from PIL import Image

from ledgergraph.documents.batches import Entry
from ledgergraph.documents.examination import examine
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import ServiceMissing
from ledgergraph.evidence import Box
from ledgergraph.extractions.engines import Found, Picture, Recogniser, Sight, engine_named
from ledgergraph.extractions.engines.pool import FEW, recogniser
from ledgergraph.extractions.page_quality import Looks
from ledgergraph.extractions.reading import transcripts_of
from ledgergraph.extractions.retries import persistent
from ledgergraph.identity import document_id_of

PLAIN = "frail_engine:plain"
LONG, SHORT = 2.0, 0.5
"""Seconds of CPU time in which a process surely reads, and in which one that does not end is."""


def a_page(shade: int = 90) -> Image.Image:
    page = Image.new("RGB", (90, 60), "white")
    page.paste((shade, shade, shade), (20, 20, 60, 30))
    return page


def pixels(page: Image.Image) -> Picture:
    return Picture(page.width, page.height, page.tobytes())


def frail(
    seconds: float, kept: dict[str, bytes] | None = None
) -> AbstractContextManager[Recogniser]:
    """The engine of a module of one's own, in processes of its own."""
    memory = {} if kept is None else kept
    return recogniser(engine_named(PLAIN), 2, memory.get, memory.__setitem__, seconds)


@pytest.mark.parametrize(
    ("fault", "said"), [("crashes", "crashed"), ("eats memory", "too_hungry"), ("fails", "failed")]
)
@pytest.mark.parametrize("others", [1, FEW])
def test_a_fault_is_of_one_picture_alone_and_is_not_kept(fault: str, said: str, others: int):
    kept: dict[str, bytes] = {}
    pages = [*map(a_page, range(others)), unbearable(a_page(), fault), a_page(200)]
    with frail(60.0, kept) as engine:
        sights = list(engine.sights(map(pixels, pages)))
    assert [one.fault for one in sights] == [*[None] * others, said, None]
    assert [len(one.words) for one in sights] == [*[1] * others, 0, 1]
    assert len(kept) == others + 1


def test_an_engine_that_never_answers_is_stopped_and_the_page_looked_at_smaller():
    pages = [a_page(1), unbearable(a_page(), "never ends")]
    with frail(LONG) as engine:
        well, late = persistent(engine).sights(map(pixels, pages))
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
    endless = unbearable(a_page(), "still never ends")
    with frail(SHORT) as engine:
        ((cause, sentence),) = transcribed([endless], persistent(engine))
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


@dataclass
class Itself:
    """An engine that sees the number of the process that reads, and is unsure on dark pictures."""

    setting: str = __name__
    name: str = "itself"
    version: str = "1"

    def recognise(self, picture: Picture) -> Sight:
        box, sure = Box(1, 1, 9, 9), 0.9 if picture.rgb[0] else 0.6
        return Sight((Found(f"{os.getpid():06d}", box, sure),), looks=Looks(letter_height=20.0))


def load(path: str = "") -> Itself:
    """As `engine_named` finds it."""
    return Itself()


def test_second_looks_are_of_the_processes_that_look_first_and_end_with_them():
    kept: dict[str, bytes] = {}
    pages = [pixels(Image.new("RGB", (60, 40), (shade, 9, 9))) for shade in (0, 70, 0, 80, 0, 90)]
    with recogniser(Itself(), 2, kept.get, kept.__setitem__) as engine:
        sights = list(persistent(engine).sights(pages))
        sights += persistent(engine).sights(pages[1:2])
    assert [one.words[0].confidence for one in sights] == [0.6, 0.9, 0.6, 0.9, 0.6, 0.9, 0.9]
    assert len(kept) > len(pages)  # they were looked at in other ways as well
    looked = {json.loads(one)["words"][0][0] for one in kept.values()}
    assert len(looked) <= 2
    assert str(os.getpid()) not in looked
    for number in map(int, looked):
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
