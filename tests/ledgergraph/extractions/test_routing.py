import pytest

from ledgergraph.extractions.routing import route
from ledgergraph.issues import Kind, Severity

REMARK = (Kind.READING_UNSURE, Severity.INFO)
WRONG_RATE = (Kind.VAT_RATE_WRONG, Severity.MEDIUM)
MISMATCH = (Kind.HYBRID_MISMATCH, Severity.HIGH)


@pytest.mark.parametrize(
    ("is_structured", "score", "violations", "unsure", "expected"),
    [
        (True, 1.0, [], [], "fast"),
        (True, 1.0, [REMARK], [], "fast"),
        (True, 0.9, [WRONG_RATE], [], "standard"),
        (False, 1.0, [], [], "standard"),  # a page is never exact
        (True, 1.0, [MISMATCH], [], "full"),
        (False, 0.9, [], ["seller.iban"], "full"),
        (False, 0.5, [], [], "full"),
    ],
)
def test_the_route_follows_from_what_is_known(is_structured, score, violations, unsure, expected):
    chosen = route(is_structured, score, violations, unsure)
    assert chosen.route == expected
    assert chosen.reason
