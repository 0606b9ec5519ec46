"""Truth becomes labels and labelled pairs."""

import numpy as np
import pyarrow as pa

from ledgergraph.datasets.labelled_pairs import label_pairs, pair_targets
from ledgergraph.datasets.labels import examples_of, labels_of, targets

TRUTH = pa.table(
    {
        "invoice_id": ["a", "b", "c"],
        "is_issue": [True, False, True],
        "kinds": ["over_contract_value|dup_exact", None, "ghost_vendor"],
        "scored": [True, True, False],
    }
)


def test_what_nobody_could_tell_has_no_label() -> None:
    labels = labels_of(TRUTH)
    assert labels["invoice_id"].to_pylist() == ["a", "b"]
    found = targets(pa.table({"invoice_id": ["b", "c", "a"]}), labels)
    np.testing.assert_array_equal(found, [0.0, np.nan, 1.0])


def test_amount_above_the_contract_is_a_compliance_issue() -> None:
    assert labels_of(TRUTH)["has_compliance_issues"].to_pylist() == [True, False]


def test_examples_hold_labelled_rows_and_their_ledger() -> None:
    features = pa.table({"invoice_id": ["a", "b", "c"], "x": [1.0, None, 3.0]})
    found = examples_of([(features, labels_of(TRUTH))] * 2, ["x", "absent"])
    assert found.matrix.shape == (4, 2)
    assert found.group.tolist() == [0, 0, 1, 1]
    assert found.target.tolist() == [1, 0, 1, 0]


def test_two_copies_of_one_original_are_neither_right_nor_wrong() -> None:
    truth = pa.table({"invoice_id": ["b", "c"], "other_id": ["a", "a"]})
    pairs = pa.table({"invoice_id": ["b", "c", "d"], "other_id": ["a", "b", "a"]})
    labelled = label_pairs(pairs, truth)
    found = pair_targets(pairs, labelled)
    np.testing.assert_array_equal(found, [1.0, np.nan, 0.0])
