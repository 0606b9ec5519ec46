import pytest

from ledgergraph.extractions.routing import (
    RECOGNISED,
    TEXT,
    Counted,
    Routes,
    Shape,
    counted,
    risk_allowed,
    risk_of,
    route,
)
from ledgergraph.issues import Kind, Severity

REMARK = (Kind.READING_UNSURE, Severity.INFO)
WRONG_RATE = (Kind.VAT_RATE_WRONG, Severity.MEDIUM)
MISMATCH = (Kind.HYBRID_MISMATCH, Severity.HIGH)
XML, PAGE = Shape(is_structured=True), Shape()
KNOWN = {"risk": 0.01, "adds_up": True, "earlier": 10}


@pytest.mark.parametrize(
    ("shape", "score", "violations", "unsure", "expected"),
    [
        (XML, 1.0, [], [], "fast"),
        (XML, 1.0, [REMARK], [], "fast"),
        (XML, 0.9, [WRONG_RATE], [], "standard"),
        (PAGE, 1.0, [], [], "standard"),  # nothing is known of its vendor
        (XML, 1.0, [MISMATCH], [], "full"),
        (PAGE, 0.9, [], ["seller.iban"], "full"),
        (PAGE, 0.5, [], [], "full"),
    ],
)
def test_the_route_follows_from_what_is_known(shape, score, violations, unsure, expected):
    chosen = route(shape, score, violations, unsure)
    assert chosen.route == expected
    assert chosen.reason


def test_a_sure_page_that_adds_up_of_a_vendor_with_a_clean_history_is_fast():
    assert route(PAGE, 0.95, [], [], **KNOWN).route == "fast"


@pytest.mark.parametrize(
    ("shape", "changed"),
    [
        (PAGE, {"risk": 0.6}),
        (PAGE, {"adds_up": False}),
        (PAGE, {"earlier": 1}),
        (PAGE, {"corrected": 2}),
        (Shape(pages=30), {}),
        (Shape(items=500), {}),
        (Shape(parts=2), {}),
        (Shape(text_quality=0.5), {}),
    ],
)
def test_each_doubt_by_itself_keeps_a_page_off_the_fast_route(shape, changed):
    chosen = route(shape, 0.95, [], [], **{**KNOWN, **changed})
    assert chosen.route == "standard"


def test_more_tolerated_risk_never_sends_fewer_documents_fast():
    risks = [at / 100 for at in range(20)]

    def fast(tolerated: float) -> int:
        within = Routes(fast_risk=tolerated)
        routes = (route(PAGE, 0.95, [], [], **{**KNOWN, "risk": one}, limits=within)
                  for one in risks)  # fmt: skip
        return sum(one.route == "fast" for one in routes)

    counts = [fast(0.01 + at / 50) for at in range(10)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_the_risk_grows_with_every_value_that_is_not_certain():
    assert risk_of([]) == 0.0
    assert risk_of([1.0, 1.0]) == 0.0
    assert 0.1 < risk_of([0.9, 0.95]) < 0.15


@pytest.mark.parametrize("seen", [TEXT, RECOGNISED])
def test_what_is_allowed_follows_from_how_often_documents_of_a_risk_were_wrong(seen):
    allowed = [risk_allowed(at / 100, seen) for at in range(100)]
    assert allowed == sorted(allowed)
    assert allowed[0] == 0.0
    assert allowed[99] == counted()[seen][-1].risk
    assert risk_allowed(1.0, seen) == 1.0


def test_recognised_pages_are_held_to_what_was_counted_on_recognised_pages():
    seen_badly = PAGE._replace(text_quality=0.97)
    assert (PAGE.seen, seen_badly.seen) == (TEXT, RECOGNISED)
    risk = risk_allowed(Routes().fast_risk, RECOGNISED) + 1e-6
    assert route(PAGE, 0.95, [], [], **{**KNOWN, "risk": risk}).route == "fast"
    assert route(seen_badly, 0.95, [], [], **{**KNOWN, "risk": risk}).route == "standard"


def test_few_documents_prove_little():
    few, many = Counted(0.1, 10, 0), Counted(0.1, 1_000, 0)
    assert few.share() > 0.1 > many.share() > 0.0
    assert Counted(0.1, 0, 0).share() == 1.0
    assert Counted(0.1, 1_000, 20).share() > 0.02


def test_one_of_many_counts_proves_less_than_one_alone():
    one = Counted(0.1, 1_000, 20)
    shares = [one.share(among) for among in (1, 2, 8, 20)]
    assert shares == sorted(set(shares))
    assert shares[0] < 0.05 < Counted(0.1, 100, 0).share(100)


def test_what_is_allowed_holds_for_all_counted_risks_together():
    rows = counted()[TEXT]
    allowed = [one for one in rows if one.risk <= risk_allowed(Routes().fast_risk)]
    assert allowed
    assert allowed[-1].share(len(rows)) <= Routes().fast_risk


def test_who_tolerates_no_wrong_document_gets_no_fast_page():
    none = Routes(fast_risk=0.0)
    assert route(PAGE, 1.0, [], [], **{**KNOWN, "risk": 0.0}, limits=none).route == "standard"
    assert route(XML, 1.0, [], [], limits=none).route == "fast"


@pytest.mark.parametrize(("corrected", "expected"), [(0, "fast"), (1, "standard")])
def test_one_correction_closes_the_route_where_none_is_tolerated(corrected, expected):
    known = {**KNOWN, "earlier": 50, "corrected": corrected}
    assert route(PAGE, 0.95, [], [], **known, limits=Routes(fast_corrected=0.0)).route == expected


def test_a_vendor_without_earlier_documents_is_fast_where_none_are_asked_for():
    known = {**KNOWN, "earlier": 0}
    assert route(PAGE, 0.95, [], [], **known, limits=Routes(fast_history=0)).route == "fast"


def test_the_reason_of_a_fast_page_says_how_many_earlier_ones_were_corrected():
    chosen = route(PAGE, 0.95, [], [], **{**KNOWN, "earlier": 20, "corrected": 1})
    assert chosen.route == "fast"
    assert "1 of 20 earlier ones" in chosen.reason
