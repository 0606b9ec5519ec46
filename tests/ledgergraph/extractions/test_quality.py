from ledgergraph.evidence import Reading
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.quality import WEIGHTS, level_of, quality
from ledgergraph.extractions.schemas import PAGES, QUALITY, VALIDATIONS
from ledgergraph.issues import Kind, Severity

COMPLETE = {
    "number": "R-1", "type": "380", "issue_date": "2026-01-02", "currency": "EUR",
    "seller.name": "Acme GmbH", "seller.vat_id": "DE136695976", "buyer.name": "Buyer AG",
    "totals.net": "100", "totals.tax": "19", "totals.gross": "119",
}  # fmt: skip


def judged(
    fields: dict[str, str],
    *violations: tuple[Kind, Severity],
    reading: str = "page",
    confidence: float = 0.95,
    page_quality: float = 1.0,
) -> dict:
    readings = [
        Reading("sha256:1", 0, reading, None, field, value, value, confidence, "test")
        for field, value in fields.items()
    ]
    net = Reading("sha256:1", 0, reading, 0, "net", "100", "100", confidence, "test")
    broken = [
        {"document_id": "sha256:1", "part": 0, "rule": f"r{at}", "kind": kind, "severity": severity}
        for at, (kind, severity) in enumerate(violations)
    ]
    pages = PAGES.rows([{"document_id": "sha256:1", "page": 0, "quality": page_quality}])
    table = quality(choose([*readings, net] if fields else []), VALIDATIONS.rows(broken), pages)
    assert table.schema.equals(QUALITY.schema)
    [row] = table.to_pylist()
    assert all(0 <= row[name] <= 1 for name in ("score", *WEIGHTS))
    return row


def test_an_exact_xml_without_violations_is_excellent_and_fast():
    row = judged(COMPLETE, reading="xml", confidence=1.0)
    assert (row["score"], row["level"], row["route"]) == (1.0, "excellent", "fast")


def test_each_weakness_lowers_its_own_part():
    best = judged(COMPLETE)
    weaker = {
        "text_quality": judged(COMPLETE, page_quality=0.5),
        "extraction": judged(COMPLETE, confidence=0.85),
        "validation": judged(COMPLETE, (Kind.ARITHMETIC_ERROR, Severity.HIGH)),
        "business_rules": judged(COMPLETE, (Kind.VAT_RATE_WRONG, Severity.MEDIUM)),
        "completeness": judged({k: v for k, v in COMPLETE.items() if k != "currency"}),
    }
    for name, row in weaker.items():
        assert row[name] < best[name], name
        assert row["score"] < best["score"], name
        others = set(WEIGHTS) - {name}
        assert all(abs(row[other] - best[other]) < 1e-9 for other in others), name


def test_a_page_of_which_nothing_was_read_is_poor_and_reviewed():
    row = judged({})
    assert row["level"] == "unusable"
    assert row["route"] == "full"


def test_levels_cover_every_score():
    scores = [at / 100 for at in range(101)]
    levels = list(dict.fromkeys(level_of(score) for score in scores))
    assert levels == ["unusable", "poor", "fair", "good", "excellent"]
