import pytest

from ledgergraph.anomalies.measures import measured, named_measure
from ledgergraph.datasets.features import FEATURES


@pytest.mark.parametrize(
    ("value", "unit", "sentence", "text"),
    [
        (1.0, "flag", "whether it is new", "yes"),
        (0.125, "share", "", "12 %"),
        (1.0, "days", "", "1 day"),
        (-35.0, "days", "", "−35 days"),
        (2.0, "log10", "amount over the median", "100 times"),
        (2.0, "log10", "days since then, log10(1 + days)", "99 days"),
        (0.0, "log10", "earlier invoices, log10(1 + n)", "0"),
        (1e9, "log10", "days since then, log10(1 + days)", "beyond measure"),
        (-2.0, "log10", "how far it lies above the last, log10 with its sign", "-99"),
        (0.0, "log10", "mean log gap of the earlier numbers", "1"),
        (0.0792, "log10", "rise of the price since the first invoice", "20 %"),
        (4.0, "weekday", "", "Friday"),
        (-2.5, "deviations", "", "2.5 spreads below"),
        (float("nan"), "days", "", "unknown"),
        (3.0, "count", "", "3"),
    ],
)
def test_a_measure_is_told_in_its_unit(value, unit, sentence, text):
    assert measured(value, unit, sentence) == text


@pytest.mark.parametrize("feature", FEATURES.values(), ids=lambda feature: feature.name)
def test_no_measure_is_told_as_a_logarithm(feature):
    said = f"{named_measure(feature.sentence)}: {measured(0.5, feature.unit, feature.sentence)}"
    assert "log" not in said
    assert "nan" not in said
