"""`ledgergraph attention`: what a layout transformer looks at when it reads a field, as a picture.

The transformer is that of a folder, or the one that the home learned.
"""

import argparse
from contextlib import nullcontext
from pathlib import Path

from ledgergraph.errors import BadInput, BadSetting
from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("file", help="a PDF or a picture of a document")
    parser.add_argument("--field", default="totals.gross", help="the field; default totals.gross")
    parser.add_argument("--out", default="attention.png", help="the picture; default attention.png")
    parser.add_argument("--folder", help="of the transformer; default LEDGERGRAPH_READER_FOLDER, "
                        "else the one that the home learned")  # fmt: skip
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Write the picture, and print the words that are looked at most."""
    from ledgergraph.documents.sniffing import sniff
    from ledgergraph.extractions.readers.attended import looked_at
    from ledgergraph.extractions.readers.transformed import load
    from ledgergraph.extractions.recognition import transcripts
    from ledgergraph.identity import sha256_of
    from resources.doors import LimitsResource
    from resources.reader import learned_here, with_views
    from resources.recognition import OcrResource

    environment = Environment.read(home=given.home)
    path, store = Path(given.file), environment.opened_store()
    limits = LimitsResource(changed=dict(environment.limits)).value()
    folder = given.folder or environment.reader_folder
    with nullcontext(Path(folder)) if folder else learned_here(store) as place:
        spotter = load(place)
    data = path.read_bytes()
    try:
        sniffed = sniff(path.name, data, limits)
        refused: list[BadInput] = []
        paper = {"document_id": f"sha256:{sha256_of(data)}", "format": sniffed.format,
                 "pages": max(sniffed.pages or 1, 1)}  # fmt: skip
        with OcrResource(engine=environment.ocr).open(store) as recogniser:
            read = transcripts([paper], lambda _: data, limits, recogniser,
                               lambda _, error: refused.append(error))  # fmt: skip
        if refused:
            raise refused[0]
        if not read:
            raise BadInput("no_pages", "It has no pages to look at. Give a PDF or a picture.")
        spotter = with_views(spotter, lambda _: data, limits)
        found = looked_at(spotter, read[0].pages, read[0].words, data, given.field, limits)
    except BadInput as error:
        raise BadSetting("FILE", f"{path.name}: {error.sentence}") from error
    Path(given.out).write_bytes(found.png)
    print(f"{given.field}: {found.value}; {given.out} shows what was looked at")
    for word, share in found.words:
        print(f"{share:6.1%}  {word}")
    return 0
