"""How often several invoices in one PDF are told apart, and one of several pages is not torn."""

import random
from collections.abc import Sequence
from dataclasses import replace

from ledgers import public_data
from sections import BENCHMARKS, Section

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.rendering import documents
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.parting import page_groups
from ledgergraph.extractions.transcripts import Transcript, transcribe

SEEDS, PAPERS = (9031, 9032, 9033), 40
"""Made companies that nothing learns from, and how many papers of each."""
PAIRS = 150


def parting() -> list[Section]:
    """Files of one invoice that are torn, and files of two that are told apart."""
    folder = public_data()
    sets: dict[str, list[Transcript]] = {}
    if folder is not None:
        paths = sorted(folder.rglob("*.pdf"))
        sets["real"] = [transcribe("d", path.read_bytes(), Limits()) for path in paths]
    sets["made"] = [
        transcribe("d", one.data, Limits())
        for seed in SEEDS
        for one in documents(make_company(seed, invoices=300, months=8).papers[:PAPERS])
    ]
    rows = []
    for name, read in sets.items():
        several = [one for one in read if len(one.pages) > 1]
        torn = sum(len(_groups(one)) > 1 for one in read)
        dice = random.Random(1)
        pairs = [tuple(dice.sample(read, 2)) for _ in range(PAIRS)]
        found = [_groups(*pair) for pair in pairs]
        right = sum(
            groups == [len(pair[0].pages), len(pair[1].pages)]
            for groups, pair in zip(found, pairs, strict=True)
        )
        whole = sum(len(groups) == 1 for groups in found)
        wrong = PAIRS - right - whole
        rows.append((name, len(read), len(several), torn, PAIRS, right, whole, wrong))
    sentence = (
        "Each file as it is, which holds one invoice, and two of them at random in one file, "
        "without their XML. Two that stay together are one record too few; wrong is to part "
        "them in another place."
    )
    columns = ("invoices", "files", "of several pages", "torn", "pairs", "told apart",
               "left together", "wrong")  # fmt: skip
    return [Section(BENCHMARKS, "Several invoices in one file", sentence, columns, rows)]


def _groups(*read: Transcript) -> Sequence[int]:
    """How many pages the parts of a file have that holds some documents one after another."""
    pages: list[Page] = []
    words: list[Word] = []
    for one in read:
        after = len(pages)
        pages += [replace(page, page=page.page + after) for page in one.pages]
        words += [replace(word, page=word.page + after) for word in one.words]
    return [len(group) for group in page_groups("d", pages, words)]
