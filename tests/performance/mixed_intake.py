"""A mixed inbox through the command: half of the documents say what they hold, half are pictures.

Kinds: XML, hybrids and PDF with text; scans of invoices and worn receipts of tills, all made.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ledgers import read_files
from sections import PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, Ran, ran, timed
from whole_runs import _asked, _steps

from ledgergraph.corpora.rendering.making import PDF_TYPE, XML
from ledgergraph.corpora.synthetic import Order, made_documents, with_variants
from ledgergraph.extractions.engines import Recogniser, engine_named
from ledgergraph.extractions.retries import persistent

SEED = 9501
DOCUMENTS = int(os.environ.get("BENCH_MIXED", "240"))
"""How many lie in the inbox; 240 take about three minutes on two idle cores."""
SHARES: Mapping[str, int] = {"XML": 6, "hybrid": 4, "PDF": 2, "scan": 6, "receipt": 6}
"""Of 24 documents."""
EACH = max(DOCUMENTS // 12, 1)
"""Documents of each kind that are read one by one, for the time of one."""
READING = ("documents", "transcripts", "extractions", "records", "validations")


def mixed() -> list[Section]:
    """Documents an hour of a mixed inbox, and seconds of one document by kind."""
    made = {kind: dict(_made(kind, DOCUMENTS * share // 24)) for kind, share in SHARES.items()}
    with TemporaryDirectory() as place:
        inbox, home = Path(place) / "inbox", Path(place) / "home"
        for kind, files in made.items():
            folder = inbox / kind
            folder.mkdir(parents=True)
            for name, data in files.items():
                (folder / name).write_bytes(data)
        run = ran([LEDGERGRAPH, "run", "--inbox", str(inbox), "--home", str(home)])
        steps = {name: own for name, own, _ in _steps(home)}
        read = _asked(home, "select count(distinct document_id) as n from extractions")[0]["n"]
    count = sum(map(len, made.values()))
    return [_whole(run, steps, count, read), _by_kind(made)]


def _whole(run: Ran, steps: Mapping[str, float], count: int, read: int) -> Section:
    reading = sum(own for name, own in steps.items() if name in READING)
    rows: list[Row] = [
        ("command run, report included", count, run.wall, run.cpu, run.cpu / count,
         3600 * count / run.wall, run.peak, run.peak_together),
        ("of it the steps that read", count, reading, None, None, 3600 * count / reading,
         None, None),
    ]  # fmt: skip
    kinds = ", ".join(f"{share} of 24 {kind}" for kind, share in SHARES.items())
    sentence = (
        f"{count} made documents: {kinds}; {read} were read. Asked for are 15,000 "
        "documents an hour on two cores. The first row "
        "holds what a run costs however many documents there are: its start, graph and report."
    )
    columns = ("what", "documents", "wall s", "CPU s", "CPU s a document", "documents an hour",
               "peak MiB", "together, MiB")  # fmt: skip
    return Section(PERFORMANCE, "A mixed inbox", sentence, columns, rows)


def _by_kind(made: Mapping[str, Mapping[str, bytes]]) -> Section:
    """Each document by itself, from its bytes to fields, in this process."""
    engine = engine_named("rapidocr")
    recogniser = persistent(Recogniser("rapidocr", lambda asked: map(engine.recognise, asked)))
    rows: list[Row] = []
    everything: list[tuple[float, float]] = []
    for kind, files in made.items():
        for name, data in islice(files.items(), 1):  # loads what is loaded once
            read_files({name: data}, recogniser)
        took = [
            timed(lambda one=name, data=data: read_files({one: data}, recogniser))[1]
            for name, data in islice(files.items(), 1, EACH + 1)
        ]
        own = [(one.wall, one.cpu) for one in took]
        everything += own
        rows.append((kind, len(own), *_spread(own)))
    rows.append(("all, each kind alike", len(everything), *_spread(everything)))
    sentence = (
        "From bytes to fields and records, one after the other in one process that has its models "
        "loaded; retries included. Asked for is a P95 of 2 s."
    )
    columns = ("kind", "documents", "CPU s a document", "median wall s", "P95 wall s", "worst s")
    return Section(PERFORMANCE, "One document of a mixed inbox", sentence, columns, rows)


def _spread(took: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    wall, cpu = (np.array(one) for one in zip(*took, strict=True))
    return (
        float(cpu.mean()),
        float(np.median(wall)),
        float(np.percentile(wall, 95)),
        float(wall.max()),
    )


def _made(kind: str, count: int) -> Iterator[tuple[str, bytes]]:
    """Files of a kind by name."""
    pages, tills = ("modern", "classic"), ("receipt",)
    orders = {
        "XML": Order(4 * count, [SEED], families=pages, media=("ubl", "cii")),
        "hybrid": Order(4 * count, [SEED + 1], families=pages, media=("hybrid",)),
        "PDF": Order(4 * count, [SEED + 2], families=pages),
        "scan": Order(4 * count, [SEED + 3], families=pages, presets=("scan", "fax")),
        "receipt": Order(4 * count, [SEED + 4], families=tills, presets=("worn_receipt", "photo")),
    }
    order = orders[kind]
    ends = {"XML": XML, "hybrid": PDF_TYPE, "PDF": PDF_TYPE}
    found = (
        one.data for one in with_variants(made_documents(order), order)
        if one.data is not None
        and bool(one.annotation.preset) == bool(order.presets)
        and one.annotation.media_type == ends.get(kind, one.annotation.media_type)
    )  # fmt: skip
    end = {XML: ".xml", PDF_TYPE: ".pdf"}.get(ends.get(kind, ""), ".png")
    for number, data in enumerate(islice(found, count)):
        yield f"{kind}-{number}{end}", data
