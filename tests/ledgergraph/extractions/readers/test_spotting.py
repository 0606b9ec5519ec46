"""What tags of words offer for fields, and which reader a setting names."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ledgergraph.corpora.entities import LABELS
from ledgergraph.errors import BadSetting
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.labels import Sheet, sheet_of
from ledgergraph.extractions.readers.layout import layout_of
from ledgergraph.extractions.readers.spotting import Spotted, laid_out, placed, spotted
from ledgergraph.extractions.readers.transformed import of_kind

PAGE = Page("sha256:0", 0, 500, 1000)
LINES = ("Berg Works Ltd", "12 Hill Road", "4711 Springfield", "Invoice 2024-17", "15.03.2024",
         "Total 1.234,50 EUR")  # fmt: skip
TAGS = {
    "Berg": "B-seller.name", "Works": "I-seller.name", "Ltd": "I-seller.name",
    "12": "B-seller.address", "Hill": "I-seller.address", "Road": "I-seller.address",
    "4711": "I-seller.address", "Springfield": "I-seller.address", "Invoice": "B-type",
    "2024-17": "B-number", "15.03.2024": "B-issue_date", "1.234,50": "B-totals.gross",
}  # fmt: skip


def sheet() -> Sheet:
    """A page of six lines."""
    words = []
    for row, line in enumerate(LINES):
        at = 50.0
        for text in line.split():
            words.append(Word("sha256:0", 0, text, Box(at, 40 * row, at + 6 * len(text),
                                                       40 * row + 10)))  # fmt: skip
            at += 6 * (len(text) + 1)
    return sheet_of(layout_of("sha256:0", [PAGE], words))


def said(tags: dict[str, str], sure: float = 0.9) -> Spotted:
    """What tags of that probability offer; the rest of it is spread over all."""
    one = sheet()
    words = placed(one.layout)
    shares = np.full((len(words), len(LABELS)), (1 - sure) / (len(LABELS) - 1))
    for at, word in enumerate(words):
        shares[at, LABELS.index(tags.get(word.text, "O"))] = sure
    return spotted(one, words, LABELS, shares)


def test_tagged_words_become_canonical_values_with_their_boxes() -> None:
    offers = said(TAGS).offers
    values = {name: own[0].value for name, own in offers.items()}
    assert values == {
        "seller.name": "Berg Works Ltd", "seller.address": "12 Hill Road 4711 Springfield",
        "number": "2024-17", "issue_date": "2024-03-15", "totals.gross": "1234.5",
    }  # fmt: skip
    gross = offers["totals.gross"][0]
    assert (gross.raw, gross.box.y0, gross.page) == ("1.234,50", 200, 0)
    assert 0.85 < gross.evidence < 0.95


def test_words_that_are_no_day_or_amount_offer_none() -> None:
    offers = said({"Berg": "B-issue_date", "Works": "B-totals.gross"}).offers
    assert not offers


def test_an_address_goes_on_after_other_words_and_a_second_one_is_another_offer() -> None:
    tags = {**TAGS, "4711": "O"}
    assert said(tags).offers["seller.address"][0].value == "12 Hill Road Springfield"
    tags["Springfield"] = "B-seller.address"
    assert len(said(tags).offers["seller.address"]) == 2


def test_an_offer_is_known_by_the_tags_of_the_words_in_its_box() -> None:
    found = said(TAGS)
    gross = found.offers["totals.gross"][0]
    mean, least = found.at("totals.gross", 0, gross.box)
    assert mean == pytest.approx(least)
    assert mean > 0.85
    assert found.at("issue_date", 0, gross.box)[0] < 0.1
    assert math.isnan(found.at("totals.gross", 1, gross.box)[0])


def test_boxes_are_thousandths_of_the_page() -> None:
    one = sheet()
    seen = laid_out(one.layout, placed(one.layout))
    assert seen.boxes[0] == (100, 0, 148, 10)
    assert all(0 <= at <= 1000 for box in seen.boxes for at in box)


def test_a_setting_names_the_reader_or_says_what_is_wrong(tmp_path: Path) -> None:
    assert of_kind("rules", "", None) is None
    assert of_kind("candidates", "", None) is None
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_READER: is 'magic'"):
        of_kind("magic", "", None)
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_READER_FOLDER.*models make transformer"):
        of_kind("stack", str(tmp_path / "none"), None)


def test_the_head_for_types_says_what_the_document_is() -> None:
    found = replace(said(TAGS), types={"invoice": 0.2, "credit_note": 0.7, "receipt": 0.1})
    rules = [Candidate("type", "380", "Invoice", 0, Box(0, 0, 9, 9), 0.9)]
    kinds = found.of_kind(rules)
    assert [(one.value, one.evidence) for one in kinds] == [("381", 0.7), ("380", 0.2)]


def test_the_head_for_subtypes_makes_what_it_rules_out_less_likely() -> None:
    found = replace(said({**TAGS, "2024-17": "B-preceding_invoice"}), subtypes={"plain": 0.9})
    own = found.offers["preceding_invoice"]
    assert found.weighed("preceding_invoice", own)[0].evidence < 0.1 < own[0].evidence
    gross = found.offers["totals.gross"]
    assert found.weighed("totals.gross", gross) == gross
