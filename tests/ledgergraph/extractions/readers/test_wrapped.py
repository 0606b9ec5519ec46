"""A name that a narrow column breaks is read whole, and an address is no part of it."""

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.layout import Layout, layout_of
from ledgergraph.extractions.readers.wrapped import whole


def laid(*lines: tuple[float, float, str]) -> Layout:
    """A page of lines at places (x, y)."""
    words = []
    for x, y, line in lines:
        for text in line.split():
            words.append(Word("one", 0, text, Box(x, y, x + 5 * len(text), y + 10)))
            x += 5 * len(text) + 3
    return layout_of("one", [Page("one", 0, 600, 800, "pt")], words)


FOOT = ((40, 700, "Conseil Jacquet"), (40, 712, "Artisanat"), (40, 724, "44000 Nantes"))
NAME = Candidate("seller.name", "Conseil Jacquet", "Conseil Jacquet", 0, Box(40, 700, 118, 710), 1)


def test_a_broken_name_is_whole_where_it_stands_on_one_line_elsewhere() -> None:
    found = whole(laid((40, 40, "Conseil Jacquet Artisanat"), *FOOT), NAME)
    assert found.value == "Conseil Jacquet Artisanat"
    assert found.box.y1 == 722


def test_what_stands_below_a_name_and_nowhere_behind_it_is_no_part_of_it() -> None:
    assert whole(laid((40, 40, "Conseil Jacquet"), *FOOT), NAME) == NAME


def test_a_name_that_goes_on_on_its_line_ends_on_it() -> None:
    beside = (121, 700, "Sarl")
    page = laid((40, 40, "Conseil Jacquet Artisanat"), *FOOT, beside)
    assert whole(page, NAME) == NAME
