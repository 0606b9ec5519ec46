"""Laws of a synthetic company: its books agree with themselves, its truth with its books."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from stdnum.iban import is_valid
from stdnum.us import rtn

from ledgergraph.books import BOOK_TABLES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.planting import PLANTERS
from ledgergraph.corpora.settings import CASES, COMPLETE, EVERY_WEIGHT, SHIFTED, WEIGHTS
from ledgergraph.issues import Kind

CENT = Decimal("0.01")
COMPLETE_SEEDS = (1, 4, 10)
"""Companies of Portugal, Spain and the US."""
LOOK_ALIKE_SEEDS = range(201, 211)
DUPLICATES = [kind for kind in PLANTERS if kind.startswith("dup_")]


@pytest.fixture(scope="module")
def companies() -> list[Company]:
    usual = [make_company(1), make_company(2), make_company(3, settings=SHIFTED)]
    return [*usual, *(make_company(seed, settings=COMPLETE) for seed in COMPLETE_SEEDS)]


@pytest.fixture(scope="module", params=[0, 1, 2, 3, 4, 5])
def company(request, companies) -> Company:
    return companies[request.param]


def rows(company: Company, table: str) -> list[dict]:
    return company.tables[table].to_pylist()


def kinds_of(company: Company) -> dict[str, set[str]]:
    return {
        row["invoice_id"]: set(filter(None, row["kinds"].split("|")))
        for row in company.truth.to_pylist()
    }


def test_the_same_seed_gives_the_same_company(companies):
    again = make_company(1)
    assert all(table.equals(again.tables[name]) for name, table in companies[0].tables.items())
    assert companies[0].truth.equals(again.truth)
    assert companies[0].duplicates.equals(again.duplicates)
    assert companies[0].papers == again.papers


def test_another_seed_gives_another_company(companies):
    first, second, *_ = companies
    numbers = [set(c.tables["invoices"]["number"].to_pylist()) for c in (first, second)]
    assert len(numbers[0] & numbers[1]) < 0.02 * len(numbers[0])
    limits = [set(c.tables["approval_limits"]["max_amount"].to_pylist()) for c in (first, second)]
    assert limits[0] != limits[1]


def test_tables_have_the_columns_of_the_books_and_unique_keys(company):
    for name, table in company.tables.items():
        declared = BOOK_TABLES[name]
        assert dict(zip(table.schema.names, table.schema.types, strict=True)) == declared.columns
        assert table.group_by(list(declared.key)).aggregate([]).num_rows == table.num_rows
        for column in declared.required:
            assert table[column].null_count == 0, (name, column)


@pytest.mark.parametrize(("table", "column", "target", "key"), [
    ("invoices", "vendor_id", "vendors", "vendor_id"),
    ("invoices", "contract_id", "contracts", "contract_id"),
    ("invoices", "order_id", "purchase_orders", "order_id"),
    ("contracts", "vendor_id", "vendors", "vendor_id"),
    ("contract_amendments", "contract_id", "contracts", "contract_id"),
    ("purchase_orders", "vendor_id", "vendors", "vendor_id"),
    ("goods_receipts", "order_id", "purchase_orders", "order_id"),
    ("bank_changes", "vendor_id", "vendors", "vendor_id"),
    ("payments", "invoice_id", "invoices", "invoice_id"),
])  # fmt: skip
def test_every_reference_leads_to_a_row(company, table, column, target, key):
    wanted = set(company.tables[table][column].to_pylist()) - {None}
    if (table, column) == ("invoices", "vendor_id"):
        kinds = kinds_of(company)
        wanted = {
            row["vendor_id"] for row in rows(company, "invoices")
            if Kind.VENDOR_UNKNOWN not in kinds[row["invoice_id"]]
        }  # fmt: skip
    assert wanted <= set(company.tables[target][key].to_pylist())


def test_every_approval_and_entry_leads_to_a_row(company):
    keys = {"invoice": "invoices", "vendor": "vendors", "order": "purchase_orders"}
    known = {
        name: set(company.tables[table][f"{name}_id"].to_pylist()) for name, table in keys.items()
    }
    assert all(row["object_id"] in known[row["object"]] for row in rows(company, "approvals"))


def test_net_and_tax_make_gross_and_tax_follows_its_rate(company):
    for row in rows(company, "invoices"):
        assert row["net"] + row["tax"] == row["gross"]
        exact = row["net"] * row["tax_rate"] / 100
        assert row["tax"] == exact.quantize(CENT, rounding=ROUND_HALF_UP)


def test_quantity_times_price_is_net_but_for_the_rounding_of_lines(company):
    for row in rows(company, "invoices"):
        if row["unit_price"] is not None:
            assert abs(row["quantity"] * row["unit_price"] - row["net"]) <= CENT * row["lines"] / 2


def test_invoices_come_in_after_they_were_written_and_ids_follow_receipt(company):
    invoices = rows(company, "invoices")
    assert all(row["issue_date"] <= row["received_on"] for row in invoices)
    assert [r["received_on"] for r in invoices] == sorted(r["received_on"] for r in invoices)
    numbers = [int(row["invoice_id"]) for row in invoices]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_credit_notes_are_negative_and_name_their_invoice(company):
    credits = [row for row in rows(company, "invoices") if row["type"] == "credit_note"]
    assert credits
    assert all(row["gross"] < 0 and row["preceding_invoice"] for row in credits)
    assert all(r["gross"] > 0 for r in rows(company, "invoices") if r["type"] == "invoice")


def test_every_account_in_the_books_is_valid(company):
    for table in ("vendors", "bank_changes", "invoices", "employees", "payments"):
        accounts = set(company.tables[table]["iban"].to_pylist()) - {None}
        assert all(map(is_account, accounts)), table


def is_account(account: str) -> bool:
    """Whether it is an IBAN, or a routing number of the US and an account."""
    return is_valid(account) or rtn.is_valid(account.split()[0])


def test_the_size_and_the_share_of_issues_are_as_asked(company):
    assert 2850 <= company.truth.num_rows <= 3250
    share = sum(company.truth["is_issue"].to_pylist()) / company.truth.num_rows
    assert 0.045 <= share <= 0.09
    assert sum(company.truth["scored"].to_pylist()) >= 0.95 * company.truth.num_rows


def test_the_truth_names_each_invoice_once_and_kinds_of_the_catalogue(company):
    assert (
        company.truth["invoice_id"].to_pylist()
        == company.tables["invoices"]["invoice_id"].to_pylist()
    )
    for row in company.truth.to_pylist():
        kinds = set(filter(None, row["kinds"].split("|")))
        assert bool(kinds) == row["is_issue"]
        assert all(Kind(kind) in PLANTERS for kind in kinds)
        assert row["scored"] or not row["is_issue"]


def test_every_kind_is_planted_and_has_look_alikes(companies):
    planted = Counter(kind for c in companies for kinds in kinds_of(c).values() for kind in kinds)
    alike = Counter(kind for c in companies for kind in c.look_alikes["kind"].to_pylist())
    for company in companies:
        for row in company.cases.to_pylist():
            if row["table"] != "invoices":
                (alike if row["look_alike"] else planted)[row["kind"]] += 1
    for kind in (*EVERY_WEIGHT, *CASES):
        assert planted[kind] >= 6, kind
        assert alike[kind] >= 2 * planted[kind], kind
    assert len(planted) >= 45
    assert {Kind(kind).facts.group for kind in planted} == {kind.facts.group for kind in Kind}


def test_each_planted_case_has_three_look_alikes():
    planted, alike = Counter(), Counter()
    for seed in LOOK_ALIKE_SEEDS:
        company = make_company(seed, invoices=1500, settings=COMPLETE)
        planted.update(kind for own in kinds_of(company).values() for kind in own)
        alike.update(company.look_alikes["kind"].to_pylist())
        for row in company.cases.to_pylist():
            if row["table"] != "invoices":
                (alike if row["look_alike"] else planted)[row["kind"]] += 1
    assert len(planted) >= 45
    for kind, cases in planted.items():
        assert alike[kind] >= 3 * cases, (kind, cases, alike[kind])


def test_cases_name_the_rows_that_they_are_about_and_how_hard_they_are(company):
    kinds, cases = kinds_of(company), company.cases.to_pylist()
    keys = {
        name: {"|".join(str(row[column]) for column in BOOK_TABLES[name].key)
               for row in table.to_pylist()}
        for name, table in company.tables.items()
    }  # fmt: skip
    for case in cases:
        of = case["table"] if case["table"] in keys else "invoices"
        assert case["key"] in keys[of], case
        assert case["look_alike"] == (case["difficulty"] is None)
        assert case["look_alike"] or 0 <= case["difficulty"] <= 1
    named = {(row["key"], row["kind"]) for row in cases if row["table"] == "invoices"}
    assert named == {(key, kind) for key, own in kinds.items() for kind in own}


def test_a_company_with_the_usual_settings_plants_what_models_learned(companies):
    for company in companies[:3]:
        assert {Kind(row["kind"]) for row in company.cases.to_pylist()} <= set(WEIGHTS)
        assert not {"statements", "journal_lines"} & set(company.tables)


def test_look_alikes_are_no_issues(company):
    kinds = kinds_of(company)
    assert not any(kinds[row] for row in company.look_alikes["invoice_id"].to_pylist())


def test_a_duplicate_comes_no_earlier_than_its_original(company):
    place = {id_: n for n, id_ in enumerate(company.tables["invoices"]["invoice_id"].to_pylist())}
    kinds = kinds_of(company)
    for pair in company.duplicates.to_pylist():
        assert place[pair["other_id"]] < place[pair["invoice_id"]]
        assert pair["kind"] in kinds[pair["invoice_id"]]
        assert not kinds[pair["other_id"]]
    paired = set(company.duplicates["invoice_id"].to_pylist())
    assert paired == {i for i, own in kinds.items() if own & {k.value for k in DUPLICATES}}


def test_the_parts_of_a_split_add_up_to_the_original(company):
    net = {row["invoice_id"]: row for row in rows(company, "invoices")}
    parts = defaultdict(list)
    for pair in company.duplicates.to_pylist():
        if pair["kind"] == Kind.DUP_SPLIT:
            parts[pair["other_id"]].append(net[pair["invoice_id"]]["net"])
    assert parts
    for original, amounts in parts.items():
        assert len(amounts) == 2
        assert abs(sum(amounts) - net[original]["net"]) <= CENT


def test_billing_beyond_the_value_is_planted_and_never_honest(company):
    contracts = {row["contract_id"]: row for row in rows(company, "contracts")}
    amended = defaultdict(list)
    for row in rows(company, "contract_amendments"):
        amended[row["contract_id"]].append(row)
    kinds, billed, over = kinds_of(company), defaultdict(Decimal), set()
    for row in rows(company, "invoices"):
        contract = contracts.get(row["contract_id"])
        if contract is None or row["type"] != "invoice":
            continue
        billed[contract["contract_id"]] += row["net"]
        in_force = [
            a["value"] for a in amended[contract["contract_id"]]
            if a["amended_on"] <= row["received_on"] and a["value"] is not None
        ]  # fmt: skip
        value = in_force[-1] if in_force else contract["value"]
        tolerance = 1 + (contract["tolerance_pct"] or Decimal(0)) / 100
        if value is not None and billed[contract["contract_id"]] > value * tolerance + CENT:
            over.add(row["invoice_id"])
    assert over == {i for i, own in kinds.items() if Kind.OVER_CONTRACT_VALUE in own}


def test_missing_authority_is_planted_and_never_honest(company):
    limits = {row["approver"]: row["max_amount"] for row in rows(company, "approval_limits")}
    approvals = [row for row in rows(company, "approvals") if row["action"] == "approve"]
    signed = Counter(row["object_id"] for row in approvals)
    kinds = kinds_of(company)
    over = set()
    for row in rows(company, "invoices"):
        limit = limits.get(row["approver"])
        if limit is not None and row["net"] > limit and signed[row["invoice_id"]] == 1:
            over.add(row["invoice_id"])
    assert over == {i for i, own in kinds.items() if Kind.OVER_APPROVAL_LIMIT in own}


def test_what_was_billed_and_never_received_is_planted(company):
    received, ordered = defaultdict(Decimal), defaultdict(list)
    for row in rows(company, "goods_receipts"):
        received[row["order_id"]] += row["quantity"]
    for row in rows(company, "purchase_orders"):
        ordered[row["order_id"]].append(row["unit_price"])
    billed, last = defaultdict(Decimal), {}
    kinds = kinds_of(company)
    clean = {row["order_id"] for row in rows(company, "invoices")} - {
        row["order_id"] for row in rows(company, "invoices") if row["type"] != "invoice"
    }
    for row in rows(company, "invoices"):
        if row["order_id"] in clean and row["quantity"] is not None:
            billed[row["order_id"]] += row["quantity"]
            last[row["order_id"]] = row["invoice_id"]
    for order, quantity in billed.items():
        if Kind.QTY_ABOVE_RECEIPT in kinds[last[order]]:
            assert quantity > received[order]


def test_orders_under_a_framework_have_its_price(companies):
    seen = 0
    for company in companies:
        contracts = {row["contract_id"]: row for row in rows(company, "contracts")}
        for row in rows(company, "purchase_orders"):
            if row["contract_id"] is not None:
                agreed = contracts[row["contract_id"]]
                assert agreed["vendor_id"] == row["vendor_id"]
                assert agreed["unit_price"] == row["unit_price"]
                seen += 1
    assert seen > 50


def test_fewer_papers_are_the_first_of_more():
    company = make_company(4, invoices=300)
    ids = [paper.invoice_id for paper in company.papers]
    assert len(set(ids)) == len(ids) >= 200


def test_papers_agree_with_their_rows(company):
    booked = {row["invoice_id"]: row for row in rows(company, "invoices")}
    odd = {row["key"] for row in company.cases.to_pylist() if row["table"] == "documents"}
    for paper in company.papers:
        if paper.invoice_id in odd:
            continue
        row = booked[paper.invoice_id]
        assert (paper.number, paper.gross, paper.issue_date, paper.seller.name) == (
            row["number"], row["gross"], row["issue_date"], row["vendor_name"],
        )  # fmt: skip
        assert sum(line.net for line in paper.lines) == paper.net == row["net"]
        assert len(paper.lines) == row["lines"]
        assert paper.net + paper.tax == paper.gross


def test_a_company_too_small_for_habits_is_refused():
    with pytest.raises(ValueError, match="200 invoices"):
        make_company(1, invoices=50)
