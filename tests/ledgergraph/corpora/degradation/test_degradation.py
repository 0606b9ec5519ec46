"""Boxes follow the picture, whatever happens to it, and the same seed gives the same bytes."""

import io

import numpy as np
import pytest
from PIL import Image

from ledgergraph.corpora.annotations import (
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    Cell,
    FieldTruth,
    as_lines,
    from_lines,
)
from ledgergraph.corpora.degradation import changed, degraded, only_page
from ledgergraph.corpora.degradation.presets import LOOKS, SHIFTS, Preset, Step, own_presets
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.identity import document_id_of

WIDTH, HEIGHT = 620, 877
MM = 75 / 25.4
SPOTS = [(x, y) for x in (80, 310, 540) for y in (90, 330, 560, 790)]
SIZE = 4
PRESETS = sorted(own_presets())


def blank() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), 255, np.uint8)


def marked() -> np.ndarray:
    picture = blank()
    for x, y in SPOTS:
        picture[y - SIZE : y + SIZE, x - SIZE : x + SIZE] = 0
    return picture


def annotation(unit: str = "px", scale: float = 1.0) -> Annotation:
    words = tuple(
        AnnotatedWord(0, f"w{at}", Box(*(scale * one for one in (x - 4, y - 4, x + 4, y + 4))))
        for at, (x, y) in enumerate(SPOTS)
    )
    return Annotation(
        "test/page", "test", "page", "invoice",
        (AnnotatedPage(WIDTH * scale, HEIGHT * scale, unit),), words,
        (FieldTruth("number", None, "w0 w1", "w0 w1", (0, 1)),),
        (Cell(0, 0, 0, 0, words[2].box, 0, (2,)),),
        vendor="Acme", template="modern",
    )  # fmt: skip


def always(effect: str, strength: float = 0.8) -> Preset:
    return Preset("test", "png", (90, 90), (Step(effect, 1.0, strength, strength),))


def offsets(preset: Preset, seed: int) -> list[float]:
    """How far each spot of ink is from where the moves of the preset say, in pixels."""
    shown, moves = changed(marked(), preset, np.random.default_rng(seed), MM)
    empty, _ = changed(blank(), preset, np.random.default_rng(seed), MM)
    assert shown.shape == empty.shape
    ink = np.abs(empty.astype(float) - shown).sum(axis=2)
    found = []
    for spot in np.array(SPOTS, float):
        points = spot[None, :]
        for move in moves:
            points = move(points)
        x, y = points[0]
        reach = 14
        top, left = max(round(y) - reach, 0), max(round(x) - reach, 0)
        part = ink[top : round(y) + reach, left : round(x) + reach].copy()
        part[part < 0.3 * part.max()] = 0
        if part.sum() < 300:  # hidden by a hole, or beyond an edge
            continue
        rows, columns = np.indices(part.shape)
        middle_x = (columns * part).sum() / part.sum() + 0.5 + left
        middle_y = (rows * part).sum() / part.sum() + 0.5 + top
        found.append(float(np.hypot(middle_x - x, middle_y - y)))
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_ink_is_where_its_box_went_for_every_preset(preset: str) -> None:
    found = [off for seed in range(4) for off in offsets(own_presets()[preset], seed)]
    assert len(found) >= 3 * len(SPOTS)
    assert max(found) < 2.0


@pytest.mark.parametrize("effect", sorted(SHIFTS))
@pytest.mark.parametrize("strength", [0.1, 1.0])
def test_ink_is_where_its_box_went_for_every_effect_that_moves(
    effect: str, strength: float
) -> None:
    found = [off for seed in range(2) for off in offsets(always(effect, strength), seed)]
    assert len(found) == 2 * len(SPOTS)
    assert max(found) < 1.0


@pytest.mark.parametrize("effect", sorted(LOOKS))
def test_an_effect_changes_the_look_and_moves_nothing(effect: str) -> None:
    coloured = marked()
    coloured[100:200, 100:200] = (200, 60, 60)
    shown, moves = changed(coloured, always(effect), np.random.default_rng(3), 2 * MM)
    assert moves == []
    assert shown.shape == coloured.shape
    assert shown.dtype == np.uint8
    assert not np.array_equal(shown, coloured)


def test_there_are_at_least_fifteen_effects() -> None:
    assert len(LOOKS) + len(SHIFTS) >= 15


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_seed_gives_the_same_bytes_and_another_others(preset: str) -> None:
    def made(seed: int) -> tuple[Annotation, bytes]:
        return degraded(annotation(), marked(), own_presets()[preset], seed)

    assert made(1) == made(1)
    assert (made(1)[1] == made(2)[1]) is (preset == "clean")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_degraded_annotation_states_its_file(preset: str) -> None:
    found, data = degraded(annotation(), marked(), own_presets()[preset], 5)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (found.pages[0].width, found.pages[0].height)
        assert found.media_type == f"image/{picture.format.lower()}"
    assert found.document_id == document_id_of(data)
    assert (found.derived_from, found.preset) == ("test/page", preset)
    assert found.annotation_id == f"test/page+{preset}-5"
    assert (found.vendor, found.template) == ("Acme", "modern")
    assert next(from_lines(as_lines([found]), "test")).fields == found.fields


def test_pages_in_points_are_scaled_to_pixels() -> None:
    in_points, in_pixels = (
        degraded(one, marked(), own_presets()["scan"], 4)[0]
        for one in (annotation("pt", 0.5), annotation("px", 0.5))
    )
    preset = own_presets()["clean"]
    one, _ = degraded(annotation("pt", 0.5), marked(), preset, 4)
    assert [word.box for word in one.words] == [word.box for word in annotation().words]
    assert len(in_points.words) == len(in_pixels.words) == len(SPOTS)


def test_words_beyond_the_edge_are_left_out_and_the_others_renamed() -> None:
    truth = annotation()
    gone = AnnotatedWord(0, "gone", Box(-30, 10, -10, 20))
    fields = (FieldTruth("number", None, "gone w0", "gone w0", (0, 1)),)
    moved = Annotation("test/cut", "test", "cut", None, truth.pages, (gone, *truth.words), fields)
    found, _ = degraded(moved, marked(), own_presets()["clean"], 1)
    assert [word.text for word in found.words] == [word.text for word in truth.words]
    assert found.fields[0].words == (0,)
    assert found.fields[0].value == "gone w0"


def test_pages_of_a_document_are_taken_apart() -> None:
    words = (AnnotatedWord(0, "a", Box(1, 1, 9, 9)), AnnotatedWord(1, "b", Box(1, 1, 9, 9)))
    truth = Annotation(
        "test/two", "test", "two", None, (AnnotatedPage(10, 10, "px"),) * 2, words,
        (
            FieldTruth("number", None, "a", "a", (0,)),
            FieldTruth("currency", None, "EUR", "b", (1,)),
            FieldTruth("type", None, "380", "380"),
        ),
        (Cell(0, 0, 0, 1, Box(1, 1, 9, 9), 0, (1,)),),
    )  # fmt: skip
    second = only_page(truth, 1)
    assert [word.text for word in second.words] == ["b"]
    assert [(one.field, one.words) for one in second.fields] == [("currency", (0,)), ("type", ())]
    assert [(cell.page, cell.words) for cell in second.cells] == [(0, (0,))]
    with pytest.raises(BadInput, match="only_page"):
        degraded(truth, blank(), own_presets()["clean"], 1)


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="three channels"):
        degraded(annotation(), np.zeros((10, 10), np.uint8), own_presets()["scan"], 1)


def test_narrow_and_tiny_pictures_go_through_every_preset() -> None:
    for name in PRESETS:
        for height, width in ((900, 150), (30, 40)):
            page = Annotation(
                "test/slip", "test", "slip", None, (AnnotatedPage(width, height, "px"),), (), ()
            )
            picture = np.full((height, width, 3), 240, np.uint8)
            for seed in range(3):
                degraded(page, picture, own_presets()[name], seed)
