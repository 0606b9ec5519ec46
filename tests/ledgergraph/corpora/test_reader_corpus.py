"""Laws of the decision on all annotations, without Spark."""

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgergraph.corpora.annotations import Annotation, table_of
from ledgergraph.corpora.cleaning import Filters, facts_of
from ledgergraph.corpora.reader_corpus import LIGHT, Decided, Plan, decided
from ledgergraph.corpora.sampling import SPLITS
from tests.builders.annotated import annotation

PLAN = Plan(seed=3)
COUNT = 60


def annotations() -> list[Annotation]:
    """Papers of few vendors and templates, copies under other names, and variants of some."""
    found = [
        annotation(number, vendor=f"v{number % 12}", template=f"t{number % 6}")
        for number in range(COUNT)
    ]
    copies = [
        replace(found[at], annotation_id=f"copy/{at}", vendor=f"v{(at + 5) % 12}", template=None)
        for at in (1, 2, 3)
    ]
    variants = [
        replace(found[at], annotation_id=f"scan/{at}", derived_from=found[at].annotation_id,
                vendor=None, template=None)
        for at in (2, 7, 8)
    ]  # fmt: skip
    return [*found, *copies, *variants]


FACTS = facts_of(table_of(annotations()), Filters())


def decision(order: list[int], plan: Plan = PLAN) -> Decided:
    """What is decided where annotations come in some order."""
    facts = FACTS.take(pa.array(order))
    places = {
        "shard": pa.array(np.arange(len(order)) // 7, pa.int32()),
        "row": pa.array(np.arange(len(order)) % 7, pa.int32()),
    }
    columns = [places[name] if name in places else facts[name] for name in LIGHT.names]
    fit = facts.filter(pc.is_null(facts["reason"]))
    candidates = fit.select(["annotation_id", "bands", "signature"])
    return decided(pa.table(columns, schema=LIGHT), candidates, plan)


USUAL = decision(list(range(FACTS.num_rows)))


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_the_order_of_annotations_decides_nothing(seed: int) -> None:
    order = random.Random(seed).sample(range(FACTS.num_rows), FACTS.num_rows)
    again = decision(order)
    for name in ("annotation_id", "family", *SPLITS):
        assert again.corpus[name].equals(USUAL.corpus[name])
    for name in ("annotation_id", "reason"):
        assert again.rejections[name].equals(USUAL.rejections[name])


def test_of_near_duplicates_one_is_kept_with_its_variants() -> None:
    left = {
        row["annotation_id"]: row["reason"] for row in USUAL.rejections.to_pylist()
    }  # copies come first by name, so what they are copies of is left out
    near = {one for one, why in left.items() if why == "near_duplicate"}
    assert near == {"made/0001", "made/0002", "made/0003", "scan/2"}
    kept = set(USUAL.corpus["annotation_id"].to_pylist())
    assert {"scan/7", "scan/8", "made/0007"} <= kept | set(left)


@pytest.mark.parametrize("split", SPLITS)
def test_variants_stand_where_their_family_does(split: str) -> None:
    sides: dict[str, set[str]] = {}
    for row in USUAL.corpus.to_pylist():
        sides.setdefault(row["family"], set()).add(row[split])
    assert all(len(found) == 1 for found in sides.values())


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    order = list(range(FACTS.num_rows))
    smaller = decision(order, replace(PLAN, size=20))
    why = smaller.rejections.filter(pc.equal(smaller.rejections["reason"], "not_sampled"))
    held = smaller.corpus.num_rows
    assert held + why.num_rows <= USUAL.corpus.num_rows + 3
    assert held <= 22


def test_a_plan_is_what_its_settings_say() -> None:
    plan = Plan(Filters(least_words=9, alike=0.8), size=5, seed=2, split="split_70_15_15")
    assert Plan.of(plan.settings) == plan


def test_an_id_that_repeats_counts_once() -> None:
    twice = decision([*range(FACTS.num_rows), 10])
    why = [row for row in twice.rejections.to_pylist() if row["reason"] == "repeated_id"]
    assert [row["annotation_id"] for row in why] == [FACTS["annotation_id"][10].as_py()]
    assert twice.corpus["annotation_id"].equals(USUAL.corpus["annotation_id"])
