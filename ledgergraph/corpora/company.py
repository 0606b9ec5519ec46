"""A synthetic company: its ledger tables, and beside them the truth about what is wrong.

Belongs here: making a company from a seed. The tables are those of `books`,
without provenance, as an ERP would export them; the truth is apart from them,
and nothing in a table hints at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from ledgergraph.corpora.accounting import account_for
from ledgergraph.corpora.actors import Approver, Draft, Entity, Payment, Subject, Vendor
from ledgergraph.corpora.booking import (
    enter,
    name_ids,
    number_invoices,
    pay,
    release,
    sort_payments,
)  # fmt: skip
from ledgergraph.corpora.calendars import working_day_before
from ledgergraph.corpora.catalogue import CURRENCIES, DIAL_CODES, FIRST_NAMES, LEGAL_FORMS, SURNAMES
from ledgergraph.corpora.firm import Firm, Manners, Person, by_magnitude, one_of, place, within
from ledgergraph.corpora.identifiers import digits, iban, vat_id
from ledgergraph.corpora.ledger import TABLES, reminders
from ledgergraph.corpora.papers import Paper, paper_of
from ledgergraph.corpora.planting import plant, plant_late, plant_pages
from ledgergraph.corpora.planting.duplicates import credited
from ledgergraph.corpora.planting.pages import Sheaf
from ledgergraph.corpora.settings import CompanySettings
from ledgergraph.corpora.trade import simulate
from ledgergraph.corpora.vendors import a_vendor, an_occasional_vendor, rate_at

TEXT: pa.DataType = pa.string()
TRUTH: pa.Schema = pa.schema(
    [("invoice_id", TEXT), ("is_issue", pa.bool_()), ("kinds", TEXT), ("scored", pa.bool_())]
)
PAIRS = pa.schema([("invoice_id", TEXT), ("other_id", TEXT), ("kind", TEXT)])
LOOK_ALIKES = pa.schema([("invoice_id", TEXT), ("kind", TEXT)])
PLANTED_PAPERS = 200
"""Among so many first papers are those that something is wrong with as pages."""
CASES = pa.schema(
    [("case", pa.int64()), ("kind", TEXT), ("table", TEXT), ("key", TEXT),
     ("difficulty", pa.float64()), ("look_alike", pa.bool_())]
)  # fmt: skip


@dataclass(frozen=True)
class Company:
    """A company as its books show it, and what only its maker knows.

    `tables` hold the columns of `books`, invoices in order of receipt. `truth`
    has a row for each invoice: whether it is an issue, its kinds joined by `|`,
    and whether it may be judged (a price that has only begun to creep may not).
    `duplicates` pairs the later invoice with the original; `look_alikes` names
    honest invoices that resemble a kind. `cases` names everything that was planted,
    invoices and what is none (vendors, payments, entries, statements, pages): the
    table and key of each subject, and how hard the case is to see; look-alikes
    that are no invoices stand there too. `papers` are the invoices that exist
    as pages too, the first n of them for any n; `embedded` holds by invoice what an
    XML inside the page's file states where that is not what the page shows.
    `others` are tables that an import does not know: reminders, and sales orders
    where a journal is kept.
    """

    seed: int
    name: str
    home: str
    tables: Mapping[str, pa.Table]
    others: Mapping[str, pa.Table]
    truth: pa.Table
    duplicates: pa.Table
    look_alikes: pa.Table
    cases: pa.Table
    papers: Sequence[Paper]
    embedded: Mapping[str, Paper]


def make_company(
    seed: int, *, invoices: int = 3000, months: int = 24, settings: CompanySettings | None = None
) -> Company:
    """A company with about that many invoices received over that many months.

    The same arguments give the same company, bit for bit, on any machine.
    Raises ValueError for fewer than 200 invoices or 6 months: no room for habits.
    """
    if invoices < 200 or months < 6:
        raise ValueError("A company needs at least 200 invoices and 6 months.")
    firm = _found(seed, invoices, months, settings or CompanySettings())
    rng = np.random.default_rng([seed, 3])
    honest = invoices * (
        1 - firm.settings.issue_share * (1 + firm.settings.look_alikes_per_case / 3.4)
    )
    while len(firm.drafts) < honest:
        is_occasional = rng.random() < firm.manners.occasional_share
        simulate(firm, an_occasional_vendor(firm, rng) if is_occasional else a_vendor(firm, rng))
    _credit_some(firm, np.random.default_rng([seed, 4]))
    plant(firm)
    _tax_by_state(firm)
    return _frozen(firm)


def _tax_by_state(firm: Firm) -> None:
    """American vendors charge the sales tax of where they are, whoever moved or copied them."""
    for vendor in firm.vendors:
        is_exempt = vendor.trade == "rent" and vendor.tax_rate == 0
        if vendor.country == firm.manners.home == "US" and not is_exempt:
            rate = rate_at(vendor.country, vendor.category.vat, vendor.city)
            vendor.tax_rate = round(float(rate) * 100)


def _found(seed: int, invoices: int, months: int, settings: CompanySettings) -> Firm:
    """The firm before its first vendor: its constants, sites, people and limits."""
    rng = np.random.default_rng([seed, 2])
    home = one_of(rng, settings.homes)
    manners = Manners(
        home, CURRENCIES.get(home, "EUR"), within(rng, settings.hardness),
        within(rng, settings.foreign_share), by_magnitude(rng, settings.amount_level),
        within(rng, settings.clerk_noise), within(rng, settings.late_share),
        by_magnitude(rng, settings.lag_days), by_magnitude(rng, settings.receipt_lag_days),
        within(rng, settings.bank_change_share), within(rng, settings.credit_share),
        within(rng, settings.occasional_share), within(rng, settings.young_share),
        bool(rng.random() < 0.5), bool(rng.random() < settings.has_company_levels),
    )  # fmt: skip
    first = date(int(rng.integers(2019, 2025)), int(rng.integers(1, 13)), 1)
    after = first.year * 12 + first.month - 1 + months
    last = date(after // 12, after % 12 + 1, 1).toordinal() - 1
    name = one_of(rng, SURNAMES[home])
    low, high = settings.sites
    sites = round(int(rng.integers(low, high + 1)) * (invoices / 3000) ** 0.4)
    entities = [_entity(rng, home, name, number) for number in range(1, max(2, sites) + 1)]
    return Firm(
        seed, settings, manners, first.toordinal(), last, entities, _approvers(rng, settings),
        employees=[_employee(rng, home, number) for number in range(1, max(25, invoices // 60))],
    )  # fmt: skip


def _entity(rng: np.random.Generator, home: str, group: str, number: int) -> Entity:
    street, postcode, city = place(rng, home)
    name = f"{group} {city.split(',')[0]} {LEGAL_FORMS[home][number % 2]}"
    return Entity(f"E{number:02d}", name, street, postcode, city, home, vat_id(rng, home))


def _approvers(rng: np.random.Generator, settings: CompanySettings) -> list[Approver]:
    """Levels of authority with several people each, the highest one practically without limit."""
    limit = by_magnitude(rng, settings.lowest_limit)
    levels, approvers = (
        int(rng.integers(settings.limit_levels[0], settings.limit_levels[1] + 1)),
        [],
    )
    users = iter(rng.permutation(900) + 100)
    for level in range(levels):
        unit = 500 if limit >= 2000 else 50
        amount = 10_000_000 if level == levels - 1 else round(limit / unit) * unit
        low, high = settings.approvers_per_level
        count, amount = int(rng.integers(low, high + 1)), max(unit, amount) * 100
        approvers += [Approver(f"U{next(users)}", amount, level) for _ in range(count)]
        limit *= by_magnitude(rng, settings.limit_ratio)
    return approvers


def _employee(rng: np.random.Generator, home: str, number: int) -> Person:
    name = f"{one_of(rng, FIRST_NAMES[home])} {one_of(rng, SURNAMES[home])}"
    street, postcode, city = place(rng, home)
    return Person(
        f"P{number:04d}",
        name,
        f"{street}, {postcode} {city}",
        iban(rng, home),
        f"+{DIAL_CODES[home]} {digits(rng, 9, first=1)}",
    )


def _credit_some(firm: Firm, rng: np.random.Generator) -> None:
    """Ordinary credit notes, mostly for a part."""
    for draft in list(firm.drafts):
        if rng.random() < firm.manners.credit_share and draft.vendor.mode != "stages":
            share = 1.0 if rng.random() < 0.3 else within(rng, (0.05, 0.5))
            credit = credited(draft, draft.issued + int(rng.integers(3, 40)), rng, share)
            if credit.received <= firm.last and (share == 1.0 or abs(credit.net) < draft.net):
                firm.drafts.append(credit)


def _frozen(firm: Firm) -> Company:
    rng = np.random.default_rng([firm.seed, 5])
    _entered_on_working_days(firm)
    number_invoices(firm, rng)
    release(firm, rng)
    name_ids(firm, rng)
    pay(firm, np.random.default_rng([firm.seed, 8]))
    if firm.settings.keeps_journal:
        enter(firm, np.random.default_rng([firm.seed, 15]))
    plant_late(firm)
    sort_payments(firm)
    tables = {name: make(firm) for name, make in TABLES.items()}
    others: dict[str, pa.Table] = {}
    if firm.settings.keeps_journal:
        kept, others["sales_orders"] = account_for(firm)
        tables |= kept
    others["reminders"] = reminders(firm, np.random.default_rng([firm.seed, 25]))
    papers, embedded = _papers(firm)
    truth = pa.table(
        {
            "invoice_id": [d.invoice_id for d in firm.drafts],
            "is_issue": [bool(d.kinds) for d in firm.drafts],
            "kinds": ["|".join(sorted(d.kinds)) for d in firm.drafts],
            "scored": [d.is_scored for d in firm.drafts],
        },
        schema=TRUTH,
    )
    return Company(
        firm.seed, firm.entities[0].name, firm.manners.home,
        tables, others, truth, _pairs(firm), _look_alikes(firm), _cases(firm), papers, embedded,
    )  # fmt: skip


def _entered_on_working_days(firm: Firm) -> None:
    """Vendors and changes of accounts, entered by people."""
    home = firm.manners.home
    for vendor in firm.vendors:
        vendor.registered_on = working_day_before(vendor.registered_on, home)
        vendor.accounts = [
            account if account.logged_on is None
            else account._replace(logged_on=working_day_before(account.logged_on, home))
            for account in vendor.accounts
        ]  # fmt: skip


def _pairs(firm: Firm) -> pa.Table:
    copies = [d for d in firm.drafts if d.copy_of is not None and d.kinds]
    return pa.table(
        {
            "invoice_id": [d.invoice_id for d in copies],
            "other_id": [d.copy_of.invoice_id for d in copies if d.copy_of],
            "kind": [min(d.kinds) for d in copies],
        },
        schema=PAIRS,
    )


def _look_alikes(firm: Firm) -> pa.Table:
    rows = [
        (d.invoice_id, kind) for d in firm.drafts if not d.kinds for kind in sorted(d.resembles)
    ]
    return pa.table(
        {"invoice_id": [i for i, _ in rows], "kind": [k.value for _, k in rows]}, schema=LOOK_ALIKES
    )


def _cases(firm: Firm) -> pa.Table:
    rows = [
        (place_, case.kind.value, case.table, _key(subject), case.difficulty, case.is_look_alike)
        for place_, case in enumerate(firm.cases) for subject in case.subjects
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in CASES]
    return pa.table(dict(zip(CASES.names, columns, strict=True)), schema=CASES)


def _key(subject: Subject) -> str:
    if isinstance(subject, str):
        return subject
    if isinstance(subject, Vendor):
        return subject.vendor_id
    return subject.payment_id if isinstance(subject, Payment) else subject.invoice_id


def _paper(draft: Draft) -> Paper:
    """The page of an invoice; its own rate and terms take the place of its vendor's."""
    paper = paper_of(draft)
    if draft.rate is not None:
        tax = Decimal(draft.gross - draft.net) / 100
        rate = Decimal(draft.rate) / 100
        paper = replace(paper, tax_rate=rate, tax=tax, gross=paper.net + tax)
    if draft.terms is not None and draft.due is not None:
        paper = replace(paper, due_date=date.fromordinal(draft.due))
    return paper


def _papers(firm: Firm) -> tuple[tuple[Paper, ...], Mapping[str, Paper]]:
    order = np.random.default_rng([firm.seed, 6]).permutation(len(firm.drafts))
    drafts = [firm.drafts[i] for i in order[:500]]
    able = [at for at, draft in enumerate(drafts[:PLANTED_PAPERS]) if not draft.kinds]
    sheaf = Sheaf(firm, [_paper(draft) for draft in drafts], able)
    plant_pages(sheaf)
    return tuple(sheaf.papers), sheaf.embedded
