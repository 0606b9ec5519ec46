import tomllib
from importlib import resources

import pytest

from ledgergraph.extractions.languages import CODES, key_of, lexicon, lexicon_for, phrase_key


def the_file(code: str) -> dict:
    text = resources.files("ledgergraph.extractions.languages").joinpath(f"{code}.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", CODES)
def test_every_language_names_the_same_fields(code: str):
    german, other = the_file("de"), the_file(code)
    for group in ("labels", "headings"):
        assert other[group].keys() == german[group].keys()
    assert set(other["months"]) == {str(month) for month in range(1, 13)}
    assert {"380", "381", "384", "386", "389"} <= set(other["types"])


@pytest.mark.parametrize("code", CODES)
def test_every_label_is_found_under_its_field(code: str):
    words = lexicon((code,))
    for field, phrases in the_file(code)["labels"].items():
        for phrase in phrases:
            found = words.labels[phrase_key(phrase.rstrip("?"))]
            assert field in [meaning.field for meaning in found], phrase


@pytest.mark.parametrize("code", CODES)
def test_a_document_is_in_the_language_of_its_labels(code: str):
    labels = the_file(code)["labels"]
    phrases = [labels[field][0] for field in ("number", "issue_date", "due_date", "net", "gross")]
    keys = [key_of(word) for phrase in phrases for word in phrase.split()]
    assert lexicon_for(keys).language == code


def test_a_document_without_labels_is_read_as_english():
    assert lexicon_for(["lorem", "ipsum"]).languages == ("en",)


@pytest.mark.parametrize("form", ["N°", "Nº", "No.", "nr", "Number", "Nummer", "#", "N.º"])
def test_every_way_to_write_number_is_the_same_word(form: str):
    assert phrase_key(f"Invoice {form}") == "invoicenr"


def test_case_accents_and_punctuation_do_not_matter():
    assert phrase_key("USt.-Id.-Nr.:") == phrase_key("ust idnr")
    assert phrase_key("Échéance") == phrase_key("ECHEANCE")


def test_a_conflict_is_decided_by_the_documents_own_language():
    assert [m.field for m in lexicon(("it", "en")).labels["data"]] == ["issue_date"]
    assert "data" not in lexicon(("en",)).labels
