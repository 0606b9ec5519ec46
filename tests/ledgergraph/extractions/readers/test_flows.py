"""Flows of a page: what stands beside what, and what is read before it."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.readers.flows import flows_of
from ledgergraph.extractions.readers.page import read_page


def words_of(lines: Iterable[tuple[float, float, str]]) -> list[Word]:
    """Lines of (x, y, text), 5 pt a character and 10 pt high."""
    words = []
    for x, y, text in lines:
        at = x
        for part in text.split():
            words.append(Word("sha256:0", 0, part, Box(at, y, at + 5 * len(part), y + 10)))
            at += 5 * (len(part) + 1)
    return words


SIDEBAR = [
    (20, 60 + 27 * at, text)
    for at, text in enumerate(
        [
            "Muster GmbH", "Hauptstraße 1", "10115 Berlin", "Tel. 030 123456", "RECHNUNGSNUMMER",
            "R-2024-17", "RECHNUNGSDATUM", "05.03.2024", "FÄLLIG AM", "04.04.2024",
            "USt-IdNr.", "DE136695976",
        ]
    )
]  # fmt: skip
MAIN = [
    (200, 50, "Rechnung"),
    (200, 90, "Kunden AG"),
    (200, 104, "Am Hafen 7"),
    (200, 118, "20095 Hamburg"),
    (200, 160, "Wir danken für Ihren Auftrag und berechnen wie folgt"),
    *[
        cell
        for at, name in enumerate(["Schrauben verzinkt", "Muttern", "Beratung", "Anfahrt"])
        for cell in [
            (200, 199 + 19 * at, f"Position {name}"),
            (400, 199 + 19 * at, "1"),
            (450, 199 + 19 * at, "100,00"),
            (520, 199 + 19 * at, "100,00"),
        ]
    ],
    (200, 292, "Nettobetrag"),
    (520, 292, "400,00"),
    (200, 306, "USt. 19 %"),
    (520, 306, "76,00"),
    (200, 320, "Rechnungsbetrag"),
    (520, 320, "476,00"),
]


def test_a_sidebar_is_read_before_what_stands_beside_it():
    flows = [" ".join(word.text for word in flow) for flow in flows_of(words_of(SIDEBAR + MAIN))]
    assert len(flows) == 2
    assert flows[0].startswith("Muster GmbH Hauptstraße 1 10115 Berlin")
    assert "Hafen" not in flows[0]


def test_labels_of_a_sidebar_find_their_values_below():
    words = words_of(SIDEBAR + MAIN)
    found = read_page("sha256:0", [Page("sha256:0", 0, 595, 842)], words).readings
    header = {one.field: one.value for one in found if one.line is None}
    assert header["number"] == "R-2024-17"
    assert (header["issue_date"], header["due_date"]) == ("2024-03-05", "2024-04-04")
    assert (header["buyer.name"], header["totals.gross"]) == ("Kunden AG", "476")


def test_the_columns_of_a_table_are_one_flow():
    lines = [(60, 100 + 14 * at, f"Beschreibung der Leistung Nummer {at}") for at in range(30)]
    amounts = [(400, 100 + 28 * at, "2 Stück 50,00 100,00") for at in range(15)]
    assert len(flows_of(words_of(lines + amounts))) == 1


def test_labels_and_their_values_are_one_flow():
    labels = [(60, 100 + 14 * at, "Bezeichnung des Feldes hier") for at in range(30)]
    values = [(300, 100 + 14 * at, "Wert der danach steht") for at in range(30)]
    assert len(flows_of(words_of(labels + values))) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 500), st.integers(0, 800), st.sampled_from(["Wort", "12,50", "Hafen 7"])
        ),
        min_size=30, max_size=90,
    )
)  # fmt: skip
def test_no_word_is_lost_or_doubled(lines: list[tuple[float, float, str]]):
    words = words_of(lines)
    assert Counter(word for flow in flows_of(words) for word in flow) == Counter(words)
