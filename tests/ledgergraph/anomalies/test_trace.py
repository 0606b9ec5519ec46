import pyarrow as pa
import pytest

from ledgergraph.anomalies.findings import findings_of
from ledgergraph.anomalies.trace import Piece, as_text, trace, unresolved
from ledgergraph.artifacts import Manifest
from ledgergraph.errors import BadInput
from ledgergraph.extractions.schemas import VALIDATIONS
from ledgergraph.graph.schemas import DUPLICATES, SIMILAR_DOCUMENTS
from ledgergraph.issues import Kind
from tests.ledgergraph.anomalies.signs import (
    EVERYTHING,
    a_file,
    a_pair,
    a_reading,
    a_rule,
    a_score,
    a_violation,
    an_invoice,
    books,
    of_xml,
    signs,
    subjects,
)

CHAMPION = "c" * 64


def a_lookup(given, about, findings, similar=()):
    """Each table is one piece of one asset; extractions and records are stored by batch."""
    tables = {
        **about.records,
        "documents": about.documents,
        "extractions": about.extractions,
        "validations": given.validations,
        "duplicates": given.duplicates,
        "invoice_scores": given.scores,
        "findings": findings,
        "similar_documents": SIMILAR_DOCUMENTS.rows(similar),
    }

    def lookup(name):
        if name not in tables:
            return []
        through = {"compliance_champion": {"_": CHAMPION}} if name == "invoice_scores" else {}
        batch = "b1" if name in about.records else "_"
        manifest = Manifest(name, batch, "1", (), through_time=through)
        return [Piece(manifest, tables[name])]

    return lookup


def traced(given, about, **more):
    findings, _ = findings_of(given, about, EVERYTHING)
    lookup = a_lookup(given, about, findings)
    assert unresolved(findings, lookup) == []
    return trace(findings["finding_id"][0].as_py(), lookup, **more)


TWICE = books(invoices=[an_invoice("R-1"), an_invoice("R-2", days=3)])


def test_a_pair_leads_to_the_rows_and_columns_of_the_file():
    text = as_text(traced(signs(duplicates=[a_pair("R-2", "R-1")]), subjects(TWICE)))
    assert "gross 119: invoices.csv, row 1, column gross" in text
    assert "gross 119: invoices.csv, row 2, column gross" in text
    assert f"invoices.csv, csv, 1,000 bytes, {a_file('invoices.csv')}" in text


def test_a_paper_leads_to_the_box_on_its_page():
    readings = [
        a_reading("paper.pdf", "totals.gross", "119.00", chosen=False),
        of_xml("paper.pdf", "totals.gross", "199.00"),
    ]
    given = signs(validations=[a_violation("paper.pdf", Kind.HYBRID_MISMATCH, "totals.gross")])
    text = as_text(traced(given, subjects(files=["paper.pdf"], readings=readings)))
    assert "paper.pdf, page 1, box 100.0 200.0 180.0 212.0 pt" in text
    assert "totals.gross is 199.00, by xml" in text


def test_a_paper_names_those_most_like_it():
    others = [f"{number}.pdf" for number in range(5)]
    similar = [
        {"document_id": a_file("paper.pdf"), "other_id": a_file(name), "score": 0.9 + at / 100}
        for at, name in enumerate(others)
    ]
    about = subjects(
        files=["paper.pdf", *others], readings=[of_xml("paper.pdf", "totals.gross", "199.00")]
    )
    given = signs(validations=[a_violation("paper.pdf", Kind.HYBRID_MISMATCH, "totals.gross")])
    findings, _ = findings_of(given, about, EVERYTHING)
    lookup = a_lookup(given, about, findings, similar)
    text = as_text(trace(findings["finding_id"][0].as_py(), lookup))
    assert "similar: 4.pdf (0.94), 3.pdf (0.93), 2.pdf (0.92) and 2 more" in text


def test_a_record_of_a_paper_leads_to_the_readings_that_count():
    paper = an_invoice("P", document_id=a_file("paper.pdf"))
    about = subjects(
        books(invoices=[paper]),
        files=["paper.pdf"],
        readings=[a_reading("paper.pdf", "totals.gross", "119.00")],
    )
    text = as_text(traced(signs(fired=[a_rule("P", Kind.OVER_APPROVAL_LIMIT)]), about))
    assert "totals.gross is 119.00, by text, confidence 0.97: paper.pdf, page 1" in text


def test_a_score_leads_to_the_champion_that_gave_it():
    given = signs(fired=[a_rule("R-2", Kind.NO_RECEIPT)], scores=[a_score("R-2", 0.9)])
    text = as_text(traced(given, subjects(TWICE)))
    assert "compliance risk 0.900" in text
    assert f"compliance_champion @ {CHAMPION[:12]}" in text


def test_a_feature_leads_to_all_of_its_witnesses():
    ids = TWICE["invoices"]["record_id"].to_pylist()
    given = signs(fired=[a_rule("R-2", Kind.NO_RECEIPT)], witnesses=lambda *_: ids)
    chain = traced(given, subjects(TWICE), witnesses=lambda *_: ids)
    at = next(at for at, link in enumerate(chain.links) if link.step == "feature")
    beneath = [link for link in chain.links[at + 1 :][: len(ids)] if link.step == "record"]
    assert [link.depth for link in beneath] == [2, 2]


def test_a_link_names_the_manifest_that_holds_its_row():
    chain = traced(signs(duplicates=[a_pair("R-2", "R-1")]), subjects(TWICE))
    for link in chain.links:
        if link.ref is not None:
            assert link.manifest is not None
    held = {link.manifest.asset: link.manifest.partition for link in chain.links if link.manifest}
    assert held["invoices"] == "b1"


def test_an_unknown_finding_says_where_the_ids_are():
    findings, _ = findings_of(signs(), subjects(), EVERYTHING)
    with pytest.raises(BadInput, match="The report and the table findings list the ids"):
        trace("abcdef12", a_lookup(signs(), subjects(), findings))


def test_references_without_a_row_are_named_with_their_finding():
    given = signs(
        duplicates=[a_pair("R-2", "R-1")],
        validations=[a_violation("paper.pdf", Kind.ARITHMETIC_ERROR)],
    )
    about = subjects(TWICE, files=["paper.pdf"])
    findings, _ = findings_of(given, about, EVERYTHING)
    whole = a_lookup(given, about, findings)

    def emptied(name):
        gone = {"duplicates": DUPLICATES, "validations": VALIDATIONS}
        return (
            []
            if name == "documents"
            else [
                Piece(piece.manifest, gone[name].empty() if name in gone else piece.rows)
                for piece in whole(name)
            ]
        )

    lost = unresolved(findings, emptied)
    assert {ref.table for _, ref in lost} == {"duplicates", "validations", "documents"}
    assert {finding_id for finding_id, _ in lost} == set(findings["finding_id"].to_pylist())


def test_a_table_in_several_pieces_is_searched_in_all():
    given = signs(duplicates=[a_pair("R-2", "R-1")])
    about = subjects(TWICE)
    findings, _ = findings_of(given, about, EVERYTHING)
    whole = a_lookup(given, about, findings)

    def halved(name):
        return [
            Piece(Manifest(name, f"b{at}", "1", ()), piece.rows.slice(at, 1))
            for piece in whole(name)
            for at in range(max(len(piece.rows), 1))
        ]

    assert unresolved(findings, halved) == []
    chain = trace(findings["finding_id"][0].as_py(), halved)
    rows = [link for link in chain.links if link.step == "record"]
    assert {link.manifest.partition for link in rows} == {"b0", "b1"}
    assert isinstance(findings, pa.Table)
