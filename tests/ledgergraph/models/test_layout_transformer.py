"""The layout transformer: it learns, goes on, and says the same from a folder."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ledgergraph.errors import BadInput, StaleInput
from ledgergraph.models import layout_training, layout_transformer
from ledgergraph.models.layout_network import (
    Classes,
    Shape,
    checkpoint_body,
    licence_of,
    new_body,
)
from ledgergraph.models.layout_training import Epoch, Learned, Training, fit, mark_of
from ledgergraph.models.layout_windows import UNKNOWN, LaidOut, Lesson, windows_of

CLASSES = Classes(
    ("O", "B-sum", "I-sum", "B-name", "I-name"), ("none", "head", "row"), ("none", "first", "more"),
    ("bill", "order"), ("plain", "red"),
)  # fmt: skip
SMALL = Shape(width=12, layers=1, heads=2, pieces=280, length=64, overlap=16, dropout=0.1)
QUICK = Training(
    rate=1e-2, warm_up=5, batch=4, accumulated=2, epochs=6, held_out=0.2, seed=3, threads=1
)


def lesson(number: int) -> Lesson:
    """A page that names somebody at its top and a sum after the word Total."""
    rng = np.random.default_rng(number)
    words = ["Firma", f"Berg{number % 7}", *(["note"] * int(rng.integers(2, 8))), "Total",
             f"{rng.integers(10, 99)}.{rng.integers(10, 99)}", "thanks"]  # fmt: skip
    tags = [3, 4, *([0] * (len(words) - 5)), 0, 1, 0]
    boxes = [(50, 20 * at, 50 + 10 * len(word), 20 * at + 15) for at, word in enumerate(words)]
    kind = number % 2
    return Lesson(
        LaidOut([*words, "Order" if kind else "Bill"], [0] * (len(words) + 1),
                [*boxes, (0, 0, 9, 9)]),
        [*tags, 0], [0] * (len(words) + 1), [UNKNOWN] * (len(words) + 1), kind, UNKNOWN,
        f"vendor {number % 10}",
    )  # fmt: skip


LESSONS = [lesson(number) for number in range(48)]


@pytest.fixture(scope="module")
def learned() -> Learned:
    """A network that learned from the lessons."""
    return fit(LESSONS, CLASSES, SMALL, QUICK, device="cpu")


def weights(made: Learned) -> dict[str, np.ndarray]:
    """All numbers of a network."""
    return {name: one.numpy() for name, one in made.model.network.state_dict().items()}


def is_same(one: Learned, other: Learned) -> bool:
    """Whether two networks are the same to the last bit."""
    first, second = weights(one), weights(other)
    return all(np.array_equal(first[name], second[name]) for name in first)


def test_it_learns_tags_and_kinds_of_vendors_that_it_never_saw(learned: Learned) -> None:
    assert learned.history[-1].losses["all"] < learned.history[0].losses["all"] / 2
    assert max(one.f1 for one in learned.history) > 0.9
    unseen = [one for one in LESSONS if one.group in learned.held_out]
    judged = learned.model.predict([one.laid_out for one in unseen])
    right = [one.type == said.type.argmax() for one, said in zip(unseen, judged, strict=True)]
    assert np.mean(right) > 0.8


def test_the_same_lessons_give_the_same_network(learned: Learned) -> None:
    assert is_same(learned, fit(LESSONS, CLASSES, SMALL, QUICK, device="cpu"))


def test_a_training_that_was_stopped_goes_on_to_the_same_network(
    learned: Learned, tmp_path: Path
) -> None:
    for steps in (3, 12):  # in the middle of epochs
        fit(LESSONS, CLASSES, SMALL, QUICK, kept=tmp_path, device="cpu", most_steps=steps)
    after = fit(LESSONS, CLASSES, SMALL, QUICK, kept=tmp_path, device="cpu")
    assert after.history == learned.history
    assert is_same(after, learned)


def test_a_training_killed_while_it_put_a_checkpoint_in_its_place_goes_on(
    learned: Learned, tmp_path: Path
) -> None:
    fit(LESSONS, CLASSES, SMALL, QUICK, kept=tmp_path, device="cpu", most_steps=12)
    (tmp_path / "latest").replace(tmp_path / "old")
    told: list[Epoch] = []
    after = fit(LESSONS, CLASSES, SMALL, QUICK, tmp_path, told=told.append, device="cpu")
    assert len(told) < len(after.history)  # the others were over before
    assert is_same(after, learned)


@pytest.mark.parametrize(
    "change",
    [
        {"type": 1}, {"subtype": 0}, {"open": frozenset({1})}, {"group": "vendor 1"},
        {"tables": [1] * len(LESSONS[0].tags)}, {"cells": [0] * len(LESSONS[0].tags)},
        {"laid_out": replace(LESSONS[0].laid_out, boxes=[(0, 0, 9, 9)] * len(LESSONS[0].tags))},
        {"laid_out": replace(LESSONS[0].laid_out, pictures={0: np.zeros((2, 2), np.uint8)})},
    ],
)  # fmt: skip
def test_lessons_that_differ_in_anything_are_another_training(change: dict[str, Any]) -> None:
    other = [replace(LESSONS[0], **change), *LESSONS[1:]]
    assert mark_of(other, CLASSES, SMALL, QUICK) != mark_of(LESSONS, CLASSES, SMALL, QUICK)


def test_what_is_kept_of_another_training_is_refused(tmp_path: Path) -> None:
    fit(LESSONS, CLASSES, SMALL, QUICK, kept=tmp_path, device="cpu", most_steps=1)
    with pytest.raises(StaleInput, match="other documents or settings"):
        fit(LESSONS[1:], CLASSES, SMALL, QUICK, kept=tmp_path, device="cpu")


def test_it_stops_when_nothing_gets_better() -> None:
    still = replace(QUICK, rate=0.0, epochs=9)
    made = fit(LESSONS[:20], CLASSES, SMALL, still, device="cpu")
    assert len(made.history) == 1 + still.patience


def test_it_says_the_same_from_a_folder_without_anything_pickled(
    learned: Learned, tmp_path: Path
) -> None:
    learned.model.save(tmp_path)
    assert {one.suffix for one in tmp_path.iterdir()} == {".json", ".safetensors"}
    again = layout_transformer.load(tmp_path, "cpu")
    documents = [one.laid_out for one in LESSONS[:5]]
    for one, other in zip(learned.model.predict(documents), again.predict(documents), strict=True):
        for name, value in asdict(one).items():
            assert np.array_equal(value, getattr(other, name))


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StaleInput, match="models make transformer"):
        layout_transformer.load(tmp_path)


def test_every_word_of_a_long_document_is_judged(learned: Learned) -> None:
    words = [f"word{at}" for at in range(300)]
    document = LaidOut(words, [at // 150 for at in range(300)], [(1, 2, 3, 4)] * 300)
    windows = windows_of(document, learned.model.pieces, SMALL.length, SMALL.overlap)
    assert {at for one in windows for at in one.words} == set(range(300))
    assert all(len(one.pieces) <= SMALL.length for one in windows)
    assert all(len({at // 150 for at in one.words}) == 1 for one in windows)
    (judged,) = learned.model.predict([document])
    assert judged.tags.shape == (300, len(CLASSES.tags))
    assert np.allclose(judged.tags.sum(axis=1), 1.0, atol=1e-5)
    assert np.isclose(judged.type.sum(), 1.0)


def test_a_document_without_words_is_judged_too(learned: Learned) -> None:
    (judged,) = learned.model.predict([LaidOut([], [], [])])
    assert judged.tags.shape == (0, len(CLASSES.tags))


def test_with_a_chain_between_tags_it_learns_as_well() -> None:
    chained = replace(SMALL, has_chain=True)
    made = fit(LESSONS, CLASSES, chained, QUICK, device="cpu")
    assert max(one.f1 for one in made.history) > 0.9
    (judged,) = made.model.predict([LESSONS[0].laid_out])
    assert np.allclose(judged.tags.sum(axis=1), 1.0, atol=1e-4)


def test_the_other_body_learns_too_and_is_loaded_again(tmp_path: Path) -> None:
    made = fit(LESSONS[:30], CLASSES, replace(SMALL, body="lilt"), replace(QUICK, epochs=1),
               device="cpu")  # fmt: skip
    made.model.save(tmp_path)
    again = layout_transformer.load(tmp_path, "cpu")
    (one,), (other,) = (model.predict([LESSONS[0].laid_out]) for model in (made.model, again))
    assert np.array_equal(one.tags, other.tags)


def test_it_starts_from_a_checkpoint_and_names_its_licence(
    learned: Learned, tmp_path: Path
) -> None:
    learned.model.network.body.save_pretrained(tmp_path)
    learned.model.pieces.save(tmp_path)
    (tmp_path / "pieces.json").rename(tmp_path / "tokenizer.json")
    made = fit(LESSONS[:30], CLASSES, SMALL, replace(QUICK, epochs=1, rate=0.0),
               checkpoint=tmp_path, device="cpu")  # fmt: skip
    before, after = learned.model.network.body, made.model.network.body
    for name, one in before.state_dict().items():
        assert np.array_equal(one.numpy(), after.state_dict()[name].numpy()), name
    assert "NC" in licence_of(tmp_path)
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    assert licence_of(tmp_path) == "mit"


def test_a_checkpoint_that_would_run_code_or_is_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "lilt"}), encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(BadInput, match=r"no model\.safetensors"):
        checkpoint_body(tmp_path)
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(BadInput, match="'bert'"):
        checkpoint_body(tmp_path)


def test_documents_of_one_vendor_are_too_few() -> None:
    with pytest.raises(BadInput, match="1 vendors"):
        layout_training.parted(LESSONS[:1], QUICK)


def test_tags_that_a_source_does_not_label_are_no_mistakes() -> None:
    silent = [
        replace(one, tags=[0 if tag in (1, 2) else tag for tag in one.tags], open=frozenset({1, 2}))
        for one in LESSONS[:24]
    ]
    made = fit([*silent, *LESSONS[24:]], CLASSES, SMALL, QUICK, device="cpu")
    said = layout_training.tagged(made.model, [one.laid_out for one in silent])
    found = [1 in own for own in said]
    assert np.mean(found) > 0.8


# Checkpoints of others, and pictures


def saved(folder: Path, name: str, learned: Learned, **settings: object) -> Path:
    """A tiny checkpoint with random weights as transformers saves it, and pieces for it."""
    transformers = pytest.importorskip("transformers")
    config = getattr(transformers, f"{name}Config")(
        vocab_size=learned.model.pieces.size, hidden_size=12, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=24, max_position_embeddings=80,
        type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, **settings,
    )  # fmt: skip
    getattr(transformers, f"{name}ForTokenClassification")(config).save_pretrained(folder)
    learned.model.pieces.save(folder)
    (folder / "pieces.json").rename(folder / "tokenizer.json")
    return folder


LABELS_OF_OTHERS = {0: "O", 1: "B-TOTAL", 2: "I-TOTAL"}
LAYOUT = {"coordinate_size": 2, "shape_size": 2, "input_size": 224, "patch_size": 56}
BODIES = {"LayoutLMv3": LAYOUT, "Lilt": {"channel_shrink_ratio": 2}}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("labels", [3, 12])
def test_a_checkpoint_that_classifies_tokens_is_read_with_its_own_labels(
    learned: Learned, tmp_path: Path, name: str, labels: int
) -> None:
    names = {at: LABELS_OF_OTHERS.get(at, f"B-OTHER{at}") for at in range(labels)}
    folder = saved(tmp_path, name, learned, id2label=names, **BODIES[name])
    (folder / "labels.json").write_text('{"TOTAL": "totals.gross"}', encoding="utf-8")
    model = layout_transformer.load(folder, "cpu")
    assert model.classes.tags[:3] == ("O", "B-totals.gross", "I-totals.gross")
    (judged,) = model.predict([LESSONS[0].laid_out])
    assert judged.tags.shape == (len(LESSONS[0].laid_out.words), labels)
    assert np.allclose(judged.tags.sum(axis=1), 1.0, atol=1e-5)
    assert np.allclose(judged.tables, 1 / 3)
    assert len(layout_transformer.version_of(folder)) == 64


def test_a_checkpoint_with_an_image_branch_learns_with_it_or_without(
    learned: Learned, tmp_path: Path
) -> None:
    folder = saved(tmp_path / "checkpoint", "LayoutLMv3", learned, **LAYOUT)
    black = np.zeros((224, 224, 3), dtype=np.uint8)
    seen = [replace(one, laid_out=replace(one.laid_out, pictures={0: black})) for one in LESSONS]
    quick = replace(QUICK, epochs=1)
    with_pictures = replace(SMALL, has_images=True)
    made = fit(seen[:12], CLASSES, with_pictures, quick, checkpoint=folder, device="cpu")
    (one,) = made.model.predict([seen[0].laid_out])
    (grey,) = made.model.predict([LESSONS[0].laid_out])
    assert not np.array_equal(one.tags, grey.tags)
    made.model.save(tmp_path / "own")
    (again,) = layout_transformer.load(tmp_path / "own", "cpu").predict([seen[0].laid_out])
    assert np.array_equal(one.tags, again.tags)
    without = fit(seen[:12], CLASSES, SMALL, quick, checkpoint=folder, device="cpu")
    assert not any("patch" in name for name in without.model.network.state_dict())


def test_pictures_are_refused_where_the_body_sees_none(learned: Learned, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sees no pictures"):
        new_body(Shape(body="lilt", has_images=True), 300)
    folder = saved(tmp_path, "Lilt", learned, **BODIES["Lilt"])
    with pytest.raises(BadInput, match="sees no pictures"):
        checkpoint_body(folder, has_images=True)


def test_with_short_numbers_it_learns_as_well() -> None:
    made = fit(LESSONS[:24], CLASSES, SMALL, replace(QUICK, epochs=1, precision="bfloat16"),
               device="cpu")  # fmt: skip
    assert np.isfinite(made.history[0].losses["all"])
    with pytest.raises(BadInput, match="precision is 'half'"):
        fit(LESSONS, CLASSES, SMALL, replace(QUICK, precision="half"))
