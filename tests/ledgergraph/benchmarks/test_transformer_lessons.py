"""The transformer and its stack from made papers to a folder that reads."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ledgergraph.benchmarks.reading import Recipe
from ledgergraph.benchmarks.transformer_lessons import CONFUSED, Plan, make_transformer
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.readings import known_of
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadInput
from ledgergraph.extractions.readers.attended import LONGEST, looked_at
from ledgergraph.extractions.readers.page import read_page, viewed
from ledgergraph.extractions.readers.transformed import load, load_stack, of_kind, version
from ledgergraph.models import ranking
from ledgergraph.models.contract import ModelCard
from ledgergraph.models.layout_attention import attended
from ledgergraph.models.layout_network import Shape
from ledgergraph.models.layout_training import Training
from ledgergraph.models.layout_windows import LaidOut
from ledgergraph.models.ranking import RankingSettings
from orchestration.cli import main

TINY = Plan(
    seeds=(21,), other_seeds=(31,), papers=12, other_papers=16, languages=("en",),
    shape=Shape(width=24, layers=1, heads=2, pieces=600),
    training=Training(rate=5e-3, warm_up=5, accumulated=1, epochs=3, threads=1),
    recipe=Recipe(RankingSettings(rounds=8, folds=3)),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """A folder with a tiny transformer and its stack, and the table of its card."""
    folder = tmp_path_factory.mktemp("transformer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "LEAST", 8)  # choices of a kind, of these few documents
        return folder, make_transformer(folder, TINY)


def test_every_kind_is_judged_on_the_same_fields(
    made: tuple[Path, list[dict[str, object]]],
) -> None:
    folder, table = made
    of_all = {row["scorer"]: row for row in table if row["on"] == "all"}
    assert set(of_all) == {"rules", "candidates", "transformer", "stack"}
    assert len({row["items"] for row in of_all.values()}) == 1
    card = ModelCard.load(folder)
    assert card.examples["licence"] == "own weights, from scratch"
    assert 0 <= card.metrics["entity_f1"] <= 1
    counts = json.loads((folder / CONFUSED).read_text(encoding="utf-8"))
    assert sum(count for *_, count in counts) > 1_000


def test_both_kinds_read_a_page_from_the_folder_with_boxes_and_their_names(
    made: tuple[Path, list[dict[str, object]]],
) -> None:
    folder, _ = made
    (one, *_) = made_documents(Order(2, (41,)))
    known = known_of(one.annotation)
    for reader in (load(folder), load_stack(folder)):
        read = read_page(known.name, known.pages, known.words, reader)
        for own in read.readings:
            assert own.box is not None
            assert 0 <= own.confidence <= 1
    stacked = read_page(known.name, known.pages, known.words, load_stack(folder))
    assert load_stack(folder).name in {own.reader for own in stacked.readings}
    assert version("stack", str(folder)) != version("transformer", str(folder))
    assert of_kind("transformer", str(folder), None) is not None


def test_the_same_pages_are_read_the_same_twice(
    made: tuple[Path, list[dict[str, object]]],
) -> None:
    folder, _ = made
    (one, *_) = made_documents(Order(2, (42,)))
    known = known_of(one.annotation)
    first, second = (
        read_page(known.name, known.pages, known.words, load_stack(folder)) for _ in range(2)
    )
    assert first == second


def test_where_it_is_not_sure_the_rules_decide_if_they_offer_anything(
    made: tuple[Path, list[dict[str, object]]],
) -> None:
    (one, *_) = made_documents(Order(2, (41,)))
    known, spotter = known_of(one.annotation), load(made[0])
    view = viewed(known.name, known.pages, known.words)
    assert view is not None
    never, always = (replace(spotter, least=least).taken(view) for least in (2.0, 0.0))
    assert not never.keys() & view.rules.keys()
    assert always.keys() & view.rules.keys()
    assert all(one.sure >= 0.75 for name, one in spotter.taken(view).items()
               if name in view.rules and one.sure is not None)  # fmt: skip


def test_what_it_looks_at_is_drawn_over_the_page(
    made: tuple[Path, list[dict[str, object]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = made
    (one, *_) = made_documents(Order(2, (41,)))
    known, spotter = known_of(one.annotation), load(folder)
    view = viewed(known.name, known.pages, known.words)
    assert view is not None
    field = min(spotter.offers(view))
    data = one.data or b""
    looked = looked_at(spotter, known.pages, known.words, data, field, Limits())
    with Image.open(io.BytesIO(looked.png)) as picture:
        assert max(picture.size) in (LONGEST - 1, LONGEST, LONGEST + 1)
    assert looked.value
    shares = [share for _, share in looked.words]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-6
    with pytest.raises(BadInput, match=r"reads no shoe\.size here"):
        looked_at(spotter, known.pages, known.words, data, "shoe.size", Limits())
    (tmp_path / "paper.pdf").write_bytes(data)
    asked = ["attention", str(tmp_path / "paper.pdf"), "--folder", str(folder), "--field", field,
             "--out", str(tmp_path / "seen.png"), "--home", str(tmp_path / "home")]  # fmt: skip
    assert main(asked) == 0
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
    assert field in capsys.readouterr().out


def test_all_attention_of_a_window_goes_to_its_words(
    made: tuple[Path, list[dict[str, object]]],
) -> None:
    document = LaidOut(["Total", "12,50", "EUR"], [0] * 3, [(0, 0, 9, 9), (20, 0, 40, 9),
                                                            (50, 0, 60, 9)])  # fmt: skip
    found = attended(load(made[0]).transformer, document, [1])
    assert found.words.sum() == pytest.approx(1.0)
    assert found.words.argmax() == 1
    assert found.patches.size == 0


def test_seeds_that_are_learned_from_and_judged_on_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both learned from and judged on"):
        make_transformer(tmp_path, Plan(seeds=(1,), other_seeds=(1,)))
