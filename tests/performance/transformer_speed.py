"""How fast a layout transformer reads: by size, one page at a time and many together."""

from collections.abc import Sequence
from functools import partial

from sections import PERFORMANCE, Row, Section
from stopwatch import per_pass

from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.layout_lessons import Labelled, classes_of, labelled
from ledgergraph.datasets.readings import Known, known_of
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.readers.transformed import Spotter
from ledgergraph.models.layout_network import Shape, body_of, network_of, new_body
from ledgergraph.models.layout_transformer import LayoutTransformer
from ledgergraph.models.layout_windows import LaidOut, learned_pieces, windows_of
from ledgergraph.models.ranking import Curve

PAPERS, SEED = 24, 91
NETWORKS: dict[str, Shape] = {
    "192 wide, 3 layers": Shape(width=192, layers=3),
    "258 wide, 4 layers (usual)": Shape(),
    "258 wide, 4 layers, LiLT": Shape(body="lilt", width=264),
    "768 wide, 12 layers (as published checkpoints)": Shape(
        width=768, layers=12, heads=12, has_distances=True
    ),
}
"""Their weights are random: what they say is worth nothing, and takes as long."""


def transformer() -> list[Section]:
    """Reading made invoices of one page with networks of several sizes."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    order = Order(PAPERS, (SEED,), families=("modern", "classic"))
    found = [labelled(one.annotation) for one in made_documents(order)]
    papers = [one for one in found if one and len(one.annotation.pages) == 1]
    rows: list[Row] = []
    for name, shape in NETWORKS.items():
        model = _network(shape, papers)
        documents = [one.laid_out for one in papers]
        known = [known_of(one.annotation) for one in papers]
        windows = sum(len(windows_of(one, model.pieces, shape.length, shape.overlap))
                      for one in documents)  # fmt: skip
        seconds = 0.5 if shape.layers < 12 else 0.01
        alone = per_pass(partial(_one_by_one, model, documents), seconds) / len(papers)
        many = per_pass(partial(model.predict, documents), seconds) / len(papers)
        read = per_pass(partial(_read, model, known), seconds) / len(papers)
        rows.append((name, windows / len(papers), alone * 1e3, many * 1e3, read * 1e3, 60 / read))
    torch.set_num_threads(threads)
    words = sum(len(one.laid_out.words) for one in papers) / len(papers)
    sentence = (
        f"{len(papers)} made invoices of one page and {words:.0f} words on average; CPU time of "
        "the quickest pass, weights at random. Read: from words to fields, with the rules that "
        "look beside it. 200 ms an invoice and 200 invoices a minute are asked for."
    )
    columns = ("network", "windows a page", "tags, page by page: ms", "tags, all together: ms",
               "read: ms", "read: documents a minute")  # fmt: skip
    title = "Reading with a layout transformer on one core"
    return [Section(PERFORMANCE, title, sentence, columns, rows)]


def _network(shape: Shape, papers: Sequence[Labelled]) -> LayoutTransformer:
    pieces = learned_pieces((word for one in papers for word in one.laid_out.words), shape.pieces)
    classes = classes_of(one.annotation for one in papers)
    network = network_of(body_of(new_body(shape, pieces.size)), classes, shape)
    return LayoutTransformer(network, pieces, classes, shape, "cpu")


def _one_by_one(model: LayoutTransformer, documents: Sequence[LaidOut]) -> None:
    for one in documents:
        model.predict([one])


def _read(model: LayoutTransformer, known: Sequence[Known]) -> None:
    spotter = Spotter(model, {"": Curve()}, "none")
    for one in known:
        read_page(one.name, one.pages, one.words, spotter)
