import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ledgergraph.errors import BadSetting
from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.items import items_of
from ledgergraph.extractions.languages.guessing import guess
from ledgergraph.extractions.translation import Translator, folders_of, translated
from tests.builders.translators import TEXTS, write_translator

pytest.importorskip("sentencepiece", reason="needs the extra networks: sentencepiece")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_translator(tmp_path_factory.mktemp("opus-mt-de-en"))


def copied(folder: Path, to: Path, **changed: Mapping[str, object] | None) -> Path:
    """A copy of a folder, with JSON files changed or left out."""
    for file in folder.iterdir():
        facts = changed.get(file.stem, {})
        if facts is None:
            continue
        if facts:
            (to / file.name).write_text(json.dumps({**json.loads(file.read_text()), **facts}))
        else:
            (to / file.name).write_bytes(file.read_bytes())
    return to


def lines(*texts: str) -> Sequence[Reading]:
    return [
        Reading("sha256:1", 0, "xml", at, "description", text, text, 1.0, "xml")
        for at, text in enumerate(texts)
    ]


def test_a_text_is_translated_the_same_whatever_stands_in_its_batch(checkpoint: Path) -> None:
    (folder,) = folders_of(str(checkpoint))
    alone = [next(translated(folder, [text])) for text in TEXTS[:3]]
    together = list(translated(folder, TEXTS[:6]))[:3]
    assert [text for text, _ in alone] == [text for text, _ in together]
    assert all(0 < sure <= 1 for _, sure in together)


def test_nothing_is_translated_twice(checkpoint: Path) -> None:
    kept: dict[str, bytes] = {}

    def recall(keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: kept[key] for key in keys if key in kept}

    translator = Translator(folders_of(str(checkpoint)), recall, kept.__setitem__)
    first = translator.english([(text, "de") for text in TEXTS[:4]])
    assert len(kept) == 4
    before = dict(kept)
    assert translator.english([(text, "de") for text in TEXTS[:4]]) == first
    assert kept == before


def test_a_text_that_two_languages_share_is_translated_in_both(
    checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "opus-mt-roa-en"
    folder.mkdir()
    config = {"_name_or_path": folder.name}
    copied(checkpoint, folder, config=config, tokenizer_config={"source_lang": "roa"})
    translator = Translator(folders_of(str(folder)))
    both = [("Transporte", "es"), ("Transporte", "pt")]
    assert set(translator.english(both)) == set(both)


def test_items_show_english_beside_the_original_and_leave_english_alone(checkpoint: Path) -> None:
    table = choose(lines("Wartung der Heizung", "Cleaning of the office", "4711"))
    rows = items_of(table, Translator(folders_of(str(checkpoint)))).to_pylist()
    assert [row["description"] for row in rows] == [
        "Wartung der Heizung", "Cleaning of the office", "4711",
    ]  # fmt: skip
    assert [row["language"] for row in rows][:2] == ["de", "en"]
    assert rows[0]["translated_by"].startswith("model:")
    assert rows[0]["description_english"] is not None
    assert rows[1]["description_english"] == "Cleaning of the office"
    assert rows[1]["translated_by"] is None


def test_without_a_translator_nothing_is_translated() -> None:
    rows = items_of(choose(lines("Wartung der Heizung"))).to_pylist()
    assert [(row["language"], row["description_english"]) for row in rows] == [("de", None)]


def test_the_licence_is_the_one_its_readme_states(checkpoint: Path, tmp_path: Path) -> None:
    assert folders_of(f"de={checkpoint}")[0].licence == "cc-by-4.0"
    bare = copied(checkpoint, tmp_path)
    (bare / "README.md").unlink()
    assert "not stated" in folders_of(str(bare))[0].licence


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"config": {"model_type": "t5"}}, "must be marian"),
        ({"tokenizer_config": {"target_lang": "fr"}}, "must translate into English"),
        ({"tokenizer_config": {"source_lang": None}}, "Name it with its language"),
        ({"vocab": None}, "holds no vocab.json"),
        ({"model": None}, "weights in another format"),
    ],
)
def test_a_folder_that_cannot_translate_says_why(
    checkpoint: Path, tmp_path: Path, changed: dict, sentence: str
) -> None:
    with pytest.raises(BadSetting, match=f"LEDGERGRAPH_TRANSLATOR: .*{sentence}"):
        folders_of(str(copied(checkpoint, tmp_path, **changed)))


def test_a_model_for_another_language_is_told(checkpoint: Path) -> None:
    with pytest.raises(BadSetting, match="named for fr and translates from de"):
        folders_of(f"de={checkpoint},fr={checkpoint}")
    with pytest.raises(BadSetting, match="names 'xx'"):
        folders_of(f"xx={checkpoint}")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="is no folder"):
        folders_of(str(tmp_path / "nowhere"))


def test_damaged_weights_are_told(checkpoint: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint, tmp_path)
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(BadSetting, match="cannot be loaded as a MarianMT model"):
        list(translated(folders_of(str(folder))[0], ["Wartung"]))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Reinigung und Wartung", "de"), ("Cleaning and maintenance", "en"),
        ("Nettoyage et entretien des bureaux", "fr"), ("Limpieza y mantenimiento", "es"),
        ("Pulizia e manutenzione degli uffici", "it"), ("Limpeza e manutenção", "pt"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["de", "en", None])
def test_a_line_is_in_its_own_language_whatever_surrounds_it(
    text: str, language: str, around: str | None
) -> None:
    told = guess(text, around)
    assert (told.language, told.is_sure) == (language, True)


def test_a_line_without_words_has_no_language_of_its_own() -> None:
    assert not guess("4711-A", "de").is_sure
