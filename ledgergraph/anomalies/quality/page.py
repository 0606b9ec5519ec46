"""The quality of a period as one HTML page: no script, nothing loaded, equal data, equal bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files

from ledgergraph.anomalies.quality.limits import WATCHED, Crossing
from ledgergraph.anomalies.quality.measures import (
    BANDS,
    BEFORE,
    DAYS_BEFORE,
    LAST,
    LISTED,
    ROUTES,
    UNSURE,
    WEEK,
    Period,
    Tally,
)
from ledgergraph.anomalies.quality.settings import QualityLimits
from ledgergraph.anomalies.report.page import FORMATS
from ledgergraph.anomalies.wording import counted, day, field_words, listed, printable
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.extractions.quality import LEVELS
from ledgergraph.extractions.rules import RULES
from ledgergraph.extractions.rules.containers import RULE_ID as CONTAINER_RULE
from ledgergraph.extractions.rules.containers import SENTENCE as CONTAINER
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.extractions.rules.en16931 import SENTENCES as STANDARD
from ledgergraph.extractions.rules.hybrids import RULE_ID as HYBRID_RULE
from ledgergraph.extractions.rules.hybrids import SENTENCE as HYBRID
from ledgergraph.extractions.rules.layers import RULE_ID as LAYER_RULE
from ledgergraph.extractions.rules.layers import SENTENCE as LAYER

RULE_SENTENCES: Mapping[str, str] = {
    **{rule.id: rule.sentence for rule in RULES},
    CONTAINER_RULE: CONTAINER,
    HYBRID_RULE: HYBRID,
    LAYER_RULE: LAYER,
    **STANDARD,
}
ROUTE_WORDS: Mapping[str, str] = {
    "fast": "fast: exact XML, or a page read surely of a vendor whose others were right",
    "standard": "standard: read with confidence, or rules say something",
    "full": "full review: a person should look at it",
}
SOURCES: Mapping[str, str] = {
    "xml": "exact XML",
    "text": "text of the page",
    "ocr": "text recognised in a picture",
    "feedback": "a person's correction",
}
"""Where a field comes from."""
CAME: Mapping[str, str] = {
    "of the inbox": "files of the inbox",
    "inside mails and archives": "files inside mails and archives",
    "that came before": "files of these that came before",
}
EXAMINED: Mapping[str, str] = {
    "all": "documents that were examined",
    "rejected": "documents that were rejected",
    "recognised": "documents with text recognised in pictures",
    "healed": "documents of batches that failed and came through later",
}
UNREAD: Mapping[str, str] = {
    "waiting": "documents that wait to be read",
    "failed": "documents of batches that failed and wait for another try or a person",
}
MOST_ROWS = 15
"""Most rules and fields that the page lists."""


@dataclass(frozen=True)
class QualityData:
    """What the page shows: the tallies of the periods by name, and what was made of them."""

    ledger: str
    period: Period
    tallies: Mapping[str, Tally]
    limits: QualityLimits
    crossings: Sequence[Crossing]
    manifests: Sequence[Manifest]
    versions: Mapping[str, str]

    @cached_property
    def last(self) -> Tally:
        """The period that the report is on."""
        return self.tallies[LAST]


@dataclass(frozen=True)
class Line:
    """One count in three periods: `share` and `share_earlier` of its table in [0, 1], or null."""

    name: str
    last: int
    before: int
    per_day: float
    share: float | None = None
    share_earlier: float | None = None
    note: str = ""

    @property
    def is_none(self) -> bool:
        """Whether nothing was counted lately."""
        return not self.last


def render(data: QualityData) -> bytes:
    """The page as HTML in UTF-8."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"printable": printable, "count": "{:,}".format, "percent": percent}
    style = (files("ledgergraph.anomalies.report") / "style.css").read_text("utf-8")
    page = (files("ledgergraph.anomalies.quality") / "page.html").read_text("utf-8")
    return environment.from_string(page).render(style=style, **_shown(data)).encode()


def percent(share: float | None) -> str:
    """A share for the eye: `12.5 %`; nothing where there is none."""
    return "" if share is None else f"{share:.1%}".replace("%", " %")


def sentence_of(last: Tally) -> str:
    """A day in a few sentences: counts only."""
    came = last.count("files", "of the inbox")
    if not came:
        return "No file came in."
    known = last.count("files", "that came before")
    refused, judged = last.count("documents", "rejected"), last.count("documents", "judged")
    said = f"{counted(came, 'file')} came in"
    said += f", {counted(known, 'file')} of them known before" if known else ""
    documents = last.count("documents", "all")
    if documents:
        rejected = counted(refused, "was", "were") if refused else "none was"
        said += f". Of {counted(documents, 'document')} {rejected} rejected"
    routes = last.of("route")
    parts = [f"{routes[one]:,} {one}" for one in ROUTES if one in routes]
    if judged:
        said += f". Of {counted(judged, 'paper or e-invoice', 'papers and e-invoices')} "
        said += f"the routes are {listed(parts)}"
    unread = sum(last.of("unread").values())
    said += f". {counted(unread, 'document waits', 'documents wait')} to be read" if unread else ""
    return f"{said}."


def _shown(data: QualityData) -> dict[str, object]:
    return {
        "ledger": printable(data.ledger),
        "span": f"{moment(data.period.start)} to {moment(data.period.until)}",
        "lede": sentence_of(data.last),
        "crossings": data.crossings,
        "limits": _limits(data),
        "documents": data.limits.documents,
        "times": f"{data.limits.times_before:g}",
        "sure": SURE,
        "came": _lines(data, "files", CAME, words=CAME)
        + _lines(data, "documents", EXAMINED, words=EXAMINED)
        + _lines(data, "unread", UNREAD, words=UNREAD),
        "formats": _lines(data, "format", words=FORMATS, is_shared=True),
        "routes": _lines(data, "route", ROUTES, words=ROUTE_WORDS, is_shared=True),
        "levels": _lines(data, "level", [name for _, name in LEVELS], is_shared=True),
        "review": _lines(data, "review"),
        "reasons": _reasons(data, "reason"),
        "row_reasons": _reasons(data, "row_reason"),
        "rules": _lines(data, "rule", words=RULE_SENTENCES)[:MOST_ROWS],
        "sources": _sources(data),
        "bands": [name for _, name in BANDS],
        "fields": _fields(data),
        "rejected": data.last.rejected,
        "rejected_count": data.last.count("documents", "rejected"),
        "poorly_read": data.last.poorly_read,
        "poorly_count": data.last.count("review", "waiting for a person"),
        "listed": LISTED,
        "manifests": sorted(data.manifests, key=lambda one: (one.asset, one.partition)),
        "whole": WHOLE,
        "versions": dict(sorted(data.versions.items())),
    }  # fmt: skip


def moment(at: datetime) -> str:
    """An instant as it is spoken: `12 March 2026, 06:00 UTC`."""
    there = at.astimezone(UTC)
    return f"{day(there.date())}, {there:%H:%M} UTC"


def _limits(data: QualityData) -> list[dict[str, object]]:
    """Each watched share now and before, with what is allowed."""
    return [
        {
            "name": one.name,
            "share": data.last.share((one.part, one.whole)),
            "earlier": data.tallies[WEEK].share((one.part, one.whole))
            if data.tallies[WEEK].counts[one.whole]
            else None,
            "allowed": getattr(data.limits, one.setting),
            "part": data.last.counts[one.part],
            "whole": data.last.counts[one.whole],
        }
        for one in WATCHED
    ]


def _lines(
    data: QualityData,
    measure: str,
    names: Iterable[str] | None = None,
    words: Mapping[str, str] | None = None,
    *,
    is_shared: bool = False,
) -> list[Line]:
    """The counts of a measure in all periods: of the names given, else of all that occur."""
    found = {period: tally.of(measure) for period, tally in data.tallies.items()}
    occurring = dict.fromkeys([*found[LAST], *found[BEFORE], *found[WEEK]])
    totals = {period: sum(counts.values()) for period, counts in found.items()}

    def share(period: str, name: str) -> float | None:
        if not is_shared or not totals[period]:
            return None
        return found[period].get(name, 0) / totals[period]

    return [
        Line(
            (words or {}).get(name, name.replace("_", " ") if words is None else name),
            found[LAST].get(name, 0),
            found[BEFORE].get(name, 0),
            found[WEEK].get(name, 0) / DAYS_BEFORE,
            share(LAST, name),
            share(WEEK, name),
        )
        for name in (occurring if names is None else names)
    ]


def _reasons(data: QualityData, measure: str) -> list[Line]:
    """Rejections by reason, each with what one of them says and asks for."""
    said = {one.what: one.why for one in reversed(data.last.rejected)}
    return [
        Line(line.name, line.last, line.before, line.per_day, note=said.get(reason, ""))
        for line, reason in zip(
            _lines(data, measure),
            dict.fromkeys(
                name for period in (LAST, BEFORE, WEEK) for name in data.tallies[period].of(measure)
            ),
            strict=True,
        )
    ]


def _sources(data: QualityData) -> list[dict[str, object]]:
    """Fields by where they come from, with the share of each band of confidence."""
    rows: dict[str, list[int]] = {}
    for name in dict.fromkeys(one.name for one in data.last.counts if one.measure == "source"):
        counts = [data.last.count("source", name, band) for _, band in BANDS]
        row = rows.setdefault(SOURCES.get(name, name), [0] * len(BANDS))
        row[:] = [a + b for a, b in zip(row, counts, strict=True)]
    total = sum(map(sum, rows.values()))
    return [
        {
            "name": name,
            "fields": sum(counts),
            "share": sum(counts) / total,
            "bands": [count / sum(counts) for count in counts],
        }
        for name, counts in sorted(rows.items(), key=lambda one: (-sum(one[1]), one[0]))
    ]


def _fields(data: QualityData) -> list[dict[str, object]]:
    """The fields that were read unsurely or that people spoke of, the most doubtful first."""

    def unsure(tally: Tally, name: str) -> tuple[int, int]:
        read = sum(tally.count("field", name, band) for _, band in BANDS)
        return sum(tally.count("field", name, band) for band in UNSURE), read

    ranked: dict[tuple[int, int, int, str], dict[str, object]] = {}
    named = {one.name for one in data.last.counts if one.measure in ("field", "feedback")}
    for name in sorted(named):
        few, read = unsure(data.last, name)
        few_earlier, read_earlier = unsure(data.tallies[WEEK], name)
        wrong, right = (data.last.count("feedback", name, said) for said in ("wrong", "right"))
        if few or wrong or right:
            ranked[-wrong, -right, -few, name] = {
                "name": field_words(name),
                "read": read,
                "unsure": few,
                "share": few / read if read else None,
                "earlier": few_earlier / read_earlier if read_earlier else None,
                "wrong": wrong,
                "right": right,
                "wrong_earlier": data.tallies[WEEK].count("feedback", name, "wrong"),
            }
    return [ranked[rank] for rank in sorted(ranked)][:MOST_ROWS]
