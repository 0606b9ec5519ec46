"""Presets are checked when they are loaded, and errors say where and how to mend them."""

from pathlib import Path

import pytest

from ledgergraph.corpora.degradation.presets import own_presets, preset_named, presets_in
from ledgergraph.errors import BadInput

FINE = """
presets:
  mine:
    format: png
    steps:
      - {effect: fold, probability: 0.5, strength: [0.1, 0.9]}
"""


def loaded(folder: Path, text: str):
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return presets_in(path)


def test_the_package_has_the_ways_in_which_documents_arrive() -> None:
    assert set(own_presets()) >= {"clean", "scan", "fax", "photo", "worn_receipt"}
    assert own_presets()["clean"].steps == ()


def test_folds_stains_and_shadows_are_among_them() -> None:
    used = {step.effect for preset in own_presets().values() for step in preset.steps}
    assert used >= {"fold", "stain", "shadow", "crumple", "perspective", "stamp", "punch_holes"}
    assert len(used) >= 15


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    preset = preset_named("mine", loaded(tmp_path, FINE))
    assert preset.format == "png"
    assert (preset.steps[0].effect, preset.steps[0].probability) == ("fold", 0.5)


@pytest.mark.parametrize(
    ("found", "other", "says"),
    [
        ("fold", "tear", "step 1 has effect 'tear'. Effects are"),
        ("probability: 0.5", "probability: 2", "has probability 2. Give a number from 0 to 1"),
        ("[0.1, 0.9]", "[0.9, 0.1]", "Give two numbers, the lesser first, from 0 to 1"),
        ("[0.1, 0.9]", "much", "has strength 'much'"),
        ("probability", "chance", "has 'chance'. Known are effect, probability, strength"),
        ("png", "tiff", "has format 'tiff'. Formats are png and jpeg"),
        ("presets:", "presests:", "key presets"),
        ("{effect", "{{effect", "is no YAML"),
        ("- {effect", "{effect", "no list"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, found: str, other: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        loaded(tmp_path, FINE.replace(found, other, 1))
    assert "own.yaml" in error.value.sentence
    assert says in error.value.sentence


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.yaml cannot be read"):
        presets_in(tmp_path / "none.yaml")


def test_of_an_unknown_preset_the_known_are_told() -> None:
    with pytest.raises(BadInput, match="clean, scan"):
        preset_named("dirty")
