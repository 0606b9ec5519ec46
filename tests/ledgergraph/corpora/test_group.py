"""Laws of a group: the same whatever the workers, ids of its own, memory of a shard."""

from itertools import islice

import pyarrow as pa
import pytest

from ledgergraph.corpora.company import CASES
from ledgergraph.corpora.group import CASES_APART, Shard, group, shard_sizes
from ledgergraph.corpora.settings import CompanySettings


def test_the_number_of_workers_changes_nothing():
    alone, many = (list(group(5, 900, workers, shard_invoices=300)) for workers in (1, 2))
    assert [shard.name for shard in alone] == [shard.name for shard in many]
    for one, other in zip(alone, many, strict=True):
        assert all(rows.equals(other.tables[name]) for name, rows in one.tables.items())
        assert all(rows.equals(other.truth[name]) for name, rows in one.truth.items())


@pytest.fixture(scope="module")
def shards() -> list[Shard]:
    return list(group(6, 1000, shard_invoices=500))


def test_ids_are_unique_in_the_group_and_lead_to_rows(shards):
    for table, key in (("invoices", "invoice_id"), ("vendors", "vendor_id")):
        whole = pa.concat_tables([shard.tables[table] for shard in shards])
        assert whole.group_by(key).aggregate([]).num_rows == whole.num_rows
    for shard in shards:
        known = set(shard.tables["invoices"]["invoice_id"].to_pylist())
        assert set(shard.truth["truth"]["invoice_id"].to_pylist()) == known
        assert set(shard.tables["payments"]["invoice_id"].to_pylist()) <= known
        entities = set(shard.tables["invoices"]["entity_id"].to_pylist())
        assert entities <= set(shard.tables["statements"]["entity_id"].to_pylist())
        planted = shard.truth["cases"].to_pylist()
        payments = set(shard.tables["payments"]["payment_id"].to_pylist())
        assert {row["key"] for row in planted if row["table"] == "payments"} <= payments


def test_a_case_is_of_one_company_and_keeps_its_subjects(shards):
    numbers = [set(shard.truth["cases"]["case"].to_pylist()) for shard in shards]
    assert all(numbers)
    assert len(set.union(*numbers)) == sum(map(len, numbers))
    for place, own in enumerate(numbers):
        assert {one - place * CASES_APART for one in own} == set(range(len(own)))
        assert shards[place].truth["cases"].schema == CASES


def test_the_limit_of_everybody_stays_the_limit_of_everybody():
    usual = CompanySettings(has_company_levels=1.0)
    shard = next(group(7, 300, settings=usual))
    approvers = set(shard.tables["approval_limits"]["approver"].to_pylist())
    assert "*" in approvers
    assert all(one == "*" or one.startswith("C00001-") for one in approvers)


def test_sizes_are_even_and_a_pass_can_be_left():
    assert shard_sizes(1_000_001, 5_000) == [4976] * 26 + [4975] * 175
    assert len(list(islice(group(8, 1_000_000, shard_invoices=300), 2))) == 2


def test_a_group_without_room_is_refused():
    with pytest.raises(ValueError, match="200 invoices"):
        next(group(1, 100))
