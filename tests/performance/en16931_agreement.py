"""How far the rules of EN 16931 here agree with its official artefacts, rule by rule.

Not a part of `make bench`: it needs Saxon (`pip install saxonche`, in an environment of its
own that PYTHONPATH names) and the standard's XSLT files, which no library of the project has:
`EN16931-UBL-validation.xslt` and `EN16931-CII-validation.xslt` of the release at
github.com/ConnectingEurope/eInvoicing-EN16931, also in Maven's phive-rules-en16931.

    python tests/performance/en16931_agreement.py UBL.xslt CII.xslt [seed]

Real invoices are compared as they are, and some of them broken in a thousand ways:
elements left out or doubled, amounts, codes, dates and currencies changed.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ledgers import public_data

from ledgergraph.documents.limits import Limits
from ledgergraph.documents.markup import parse_xml
from ledgergraph.extractions.rules.en16931 import IDS, broken_rules

if TYPE_CHECKING:
    from lxml.etree import _Element

CODES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B")
SVRL_ID = re.compile(r"<svrl:failed-assert[^>]*?\bid=\"([^\"]+)\"")
AMOUNT = re.compile(r"-?\d+(\.\d+)?")
VARIANTS = 160
"""Of each invoice that is broken."""
BROKEN_FILES = 7
"""Invoices of each syntax that are broken."""


def variants(root: "_Element", seed: int) -> Iterator["_Element"]:
    """An invoice, and what becomes of it where one or two things in it are changed."""
    yield root
    dice = random.Random(seed)
    for _ in range(VARIANTS):
        changed = deepcopy(root)
        for _ in range(dice.choice((1, 1, 1, 2))):
            _change(changed, dice)
        yield changed


def _change(root: "_Element", dice: random.Random) -> None:
    inside = [one for one in root.iter() if one.getparent() is not None]
    one = dice.choice(inside)
    parent = one.getparent()
    if parent is None:
        return
    text, name = (one.text or "").strip(), one.tag.rpartition("}")[2]
    way = dice.random()
    if way < 0.35 or (way < 0.55 and not text):
        parent.remove(one)
    elif way < 0.45 and len(one):
        one.addnext(deepcopy(one))
    elif text in CODES and name in ("ID", "CategoryCode"):
        one.text = dice.choice(CODES)
    elif AMOUNT.fullmatch(text):
        value = float(text)
        one.text = dice.choice(
            (f"{value + 1:.2f}", f"{value + 0.01:.2f}", f"{-value:.2f}", f"{value:.3f}", "0",
             f"{value * 10:.2f}", f"{value + 0.4:.2f}")
        )  # fmt: skip
    elif text:
        one.text = dice.choice(("", "X1", "EUR", "2001-01-01", "20010101", "30", "DE123", "true"))
    elif one.attrib:
        del one.attrib[dice.choice(list(one.attrib))]


def official(stylesheet: Any, processor: Any, xml: str) -> set[str]:
    """The rules that the artefacts report, of those that are here too."""
    report = stylesheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
    return set(SVRL_ID.findall(report or "")) & IDS


def compare(syntax: str, xslt: str, seed: int) -> tuple[Counter[tuple[str, str]], int, int]:
    """How often a rule is broken to both, to one of them alone; documents, and those alike."""
    from lxml import etree
    from saxonche import PySaxonProcessor

    data = public_data()
    if data is None:
        raise SystemExit("LEDGERGRAPH_PUBLIC_DATA names no folder of real documents")
    folder = data / "XML-Rechnung" / syntax.upper()
    counts: Counter[tuple[str, str]] = Counter()
    documents = alike = 0
    with PySaxonProcessor(license=False) as processor:
        stylesheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=xslt)
        paths = sorted(folder.glob("*.xml"))
        chosen = set(random.Random(seed).sample(paths, BROKEN_FILES))
        for number, path in enumerate(paths):
            root = parse_xml(path.read_bytes(), Limits())
            every = variants(root, seed + number) if path in chosen else iter([root])
            for one in every:
                xml = etree.tostring(one, encoding="unicode")
                try:
                    theirs = official(stylesheet, processor, xml)
                except Exception as error:  # noqa: BLE001 - Saxon's own, where a value is no date
                    counts["cannot be judged", type(error).__name__] += 1
                    continue
                ours = {broken.id for broken in broken_rules(one, syntax)}
                documents += 1
                alike += ours == theirs
                counts.update((rule, "both") for rule in ours & theirs)
                counts.update((rule, "here alone") for rule in ours - theirs)
                counts.update((rule, "there alone") for rule in theirs - ours)
    return counts, documents, alike


def main() -> None:
    """Print the comparison as a table in Markdown."""
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for syntax, xslt in (("ubl", sys.argv[1]), ("cii", sys.argv[2])):
        counts, documents, alike = compare(syntax, xslt, seed)
        print(f"\n{syntax.upper()}: {documents} documents, {alike} alike\n")  # noqa: T201
        print("| rule | both | here alone | there alone |\n|---|---|---|---|")  # noqa: T201
        for rule in sorted({rule for rule, _ in counts}):
            row = [counts[rule, how] for how in ("both", "here alone", "there alone")]
            print(f"| {rule} | {row[0]} | {row[1]} | {row[2]} |")  # noqa: T201
        print(dict(counts) if not documents else "")  # noqa: T201


if __name__ == "__main__":
    main()
