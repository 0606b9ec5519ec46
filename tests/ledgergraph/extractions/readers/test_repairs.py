"""Letters that recognition took for others."""

import pytest

from ledgergraph.extractions.readers.repairs import (
    known_words,
    repaired_forms,
    repaired_word,
    words_in,
)

KNOWN = known_words({"selangor", "jalan", "taman", "tamar", "enterprise"})


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("4115O", "41150"),
        ("l2O0", "1200"),
        ("FO0DICIOUS", "FOODICIOUS"),
        ("WorId", "World"),
        ("J1ns", "Jlns"),
        ("SCLANGOR,", "SELANGOR,"),
        ("Jaian", "Jalan"),
    ],
)
def test_a_doubted_word_becomes_what_its_neighbours_or_known_words_say(
    read: str, meant: str
) -> None:
    assert repaired_word(read, 0.7, KNOWN) == meant


@pytest.mark.parametrize("read", ["PERMAS", "U5/N", "1851-A", "D.I.Y.", "SS4C/5,PETALING", "47301"])
def test_unknown_words_codes_and_numbers_stay(read: str) -> None:
    assert repaired_word(read, 0.8, KNOWN) == read


def test_what_was_read_surely_or_could_be_two_words_stays() -> None:
    assert repaired_word("SCLANGOR", 0.97, KNOWN) == "SCLANGOR"
    assert repaired_word("TAMAS", 0.5, KNOWN) == "TAMAS"


def test_words_to_repair_by_are_long_and_of_letters_alone() -> None:
    assert words_in("12, Jalan Tampoi 7/4, KL") == {"jalan", "tampoi"}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("99 SPEED MART 5/B", "99 SPEED MART S/B"),
        ("AMANO MALAYSIA SON BHD", "AMANO MALAYSIA SDN BHD"),
        ("Amano Sdn 8hd", "Amano Sdn bhd"),
        ("NO 5/8, 5/F JALAN SS 5/4", "NO 5/8, 5/F JALAN SS 5/4"),
        ("KEDAI MAJU SDN BHD", "KEDAI MAJU SDN BHD"),
        ("", ""),
    ],
)
def test_a_legal_form_with_one_misread_letter_is_set_right(read: str, meant: str) -> None:
    assert " ".join(repaired_forms(read.split(), {"sdnbhd", "limited"})) == meant
