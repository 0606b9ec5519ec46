"""What a reader gets wrong, as one HTML page: figures by slice, what was taken for what, crops.

Belongs here: the page of a reader's benchmark that people look at. Not here: what is right
(`benchmarks.reading`). It holds crops of documents, so it lies in the store, where erasure
finds it, and never in metadata. No script, nothing loaded; equal data, equal bytes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from html import escape

from ledgergraph.anomalies.report.strips import Strip, has_pages, pictures_of, strips_of
from ledgergraph.anomalies.wording import field_words, printable
from ledgergraph.benchmarks.reading import (
    ALIKE,
    INVENTED,
    MISSING,
    OTHER_FIELD,
    WRONG,
    Outcome,
    all_right,
    by,
    figures,
    mistaken,
)
from ledgergraph.datasets.matching import letters
from ledgergraph.datasets.readings import Known
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.turning import is_turned

KINDS: Mapping[str, str] = {
    MISSING: "missed",
    INVENTED: "invented: the document states no such field",
    WRONG: "another value",
    ALIKE: "alike: a letter or two are misread",
    OTHER_FIELD: "the value of another field",
}
"""The kinds of errors, in the words of the page."""
SLICES = ("source", "language", "layout", "degradation")
SHOWN, PER_KIND = 60, 3
"""Crops on the page, and of one kind of error of one field."""
WIDTH = 640
"""Pixels of a crop's width."""
LONGEST_RUN = 40
"""Words of one value at most."""
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-size:.85rem}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #d5d9e0}
th:first-child,td:first-child{text-align:left}
.map{overflow-x:auto}.map th{font-weight:400}.map td.own{background:#dce9f7}
figure{display:inline-block;margin:.6rem 1rem .6rem 0;vertical-align:top;max-width:20rem}
figure img{max-width:100%;border:1px solid #c9ced6}figcaption{font-size:.8rem}
"""
Content = Callable[[str], bytes | None]


def misread_page(
    documents: Sequence[Known],
    found: Sequence[Outcome],
    invented: Sequence[Outcome],
    content: Content,
    seen: Collection[str] = (),
) -> bytes:
    """The page on what a reader made of some documents.

    `content` gives the bytes of a file by its id, null where they are not at hand; `seen` are
    the groups (vendors) that the reader learned from.
    """
    wrong = [*(one for one in found if not one.right), *invented]
    parts = [
        "<h1>What the reader gets wrong</h1>",
        f"<p>{len(found):,} fields of {len(documents):,} documents; {len(wrong):,} errors. Right: "
        "letters and digits agree. All four: name, address, day and gross amount.</p>",
        "<h2>By slice</h2>", _by_slice(found, seen),
        "<h2>Errors by kind</h2>", _by_kind(wrong),
        "<h2>What was taken for what</h2>", _map(found),
        "<h2>On the page</h2>", *_crops(documents, wrong, content),
    ]  # fmt: skip
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>What the reader gets wrong</title><style>{STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    ).encode()


def _by_slice(found: Sequence[Outcome], seen: Collection[str]) -> str:
    marked = [
        replace(one, slices={**one.slices, "vendor": "seen" if one.group in seen else "unseen"})
        for one in found
    ]
    rows: list[Sequence[object]] = []
    if found:
        rows.append(("all", *asdict(figures(found)).values(), all_right(found)))
    for what in (*SLICES, "vendor"):
        groups: dict[str, list[Outcome]] = defaultdict(list)
        for one in marked:
            groups[one.slices.get(what, "unknown")].append(one)
        rows += [
            (f"{what} {name}", *asdict(one).values(), all_right(groups[name]))
            for name, one in by(marked, what).items()
        ]
    columns = ("of", "fields", "right", "as printed", "alike (95 %)", "surest 80 %",
               "error of confidence", "all four")  # fmt: skip
    return _table(columns, rows)


def _by_kind(wrong: Iterable[Outcome]) -> str:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in wrong:
        counts[one.field][one.error] += 1
    ordered = sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))
    total: Counter[str] = sum((one for _, one in ordered), Counter())
    rows = [
        (field_words(name), *(own[kind] or "" for kind in KINDS), own.total())
        for name, own in [*ordered, ("all", total)]
    ]
    return _table(("field", *KINDS.values(), "all"), rows)


def _map(found: Iterable[Outcome]) -> str:
    counts = mistaken(found)
    down = sorted({stated for stated, _ in counts})
    last = ("alike", "none", "not read")
    across = sorted({said for _, said in counts}, key=lambda one: (one in last, one))
    head = "".join(f"<th>{escape(one)}</th>" for one in ("stated \\ read as", *across))
    lines = []
    for stated in down:
        cells = "".join(
            f"<td{' class=own' if said == stated else ''}>{counts.get((stated, said)) or ''}</td>"
            for said in across
        )
        lines.append(f"<tr><th>{escape(stated)}</th>{cells}</tr>")
    return f'<div class="map"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    def cells(row: Iterable[object], tag: str) -> str:
        shown = (f"{one:.3f}" if isinstance(one, float) else str(one) for one in row)
        return "<tr>" + "".join(f"<{tag}>{escape(one)}</{tag}>" for one in shown) + "</tr>"

    return f"<table>{cells(columns, 'th')}{''.join(cells(row, 'td') for row in rows)}</table>"


def _crops(documents: Sequence[Known], wrong: Iterable[Outcome], content: Content) -> Iterable[str]:
    """A few errors of each kind and field where they stand, the surest first."""
    known = {one.name: one for one in documents}
    taken: Counter[tuple[str, str]] = Counter()
    shown = 0
    for one in sorted(wrong, key=lambda one: (-one.confidence, one.document, one.field)):
        if shown >= SHOWN or taken[one.field, one.error] >= PER_KIND:
            continue
        png = _crop(known[one.document], one, content)
        if png is None:
            continue
        taken[one.field, one.error] += 1
        shown += 1
        read = "nothing" if one.reading is None else one.reading.raw
        said = f"read: {printable(read)}"
        if one.stated is not None:
            said += f"; stated: {printable(one.stated)}"
        where = ", ".join(one.slices.get(what, "-") for what in SLICES)
        yield (
            f'<figure><img src="{png}" alt=""><figcaption><b>{escape(field_words(one.field))}</b>, '
            f"{escape(KINDS[one.error].partition(':')[0])}, confidence {one.confidence:.2f}<br>"
            f"{escape(said)}<br>{escape(where)}</figcaption></figure>"
        )
    if not shown:
        yield "<p>No file of these documents is at hand.</p>"


def _crop(known: Known, one: Outcome, content: Content) -> str | None:
    """The strip where a value was read, or where what was missed stands."""
    page, box = _place(known, one)
    if page is None or box is None:
        return None
    data = content(page.document_id)
    if data is None or not has_pages(data):
        return None
    row = {"document_id": page.document_id, "page": page.page, "box_unit": page.unit, **asdict(box)}
    askew = {(page.document_id, page.page): page} if is_turned(page) else {}
    strips: Sequence[Strip] = strips_of([row], askew)
    return pictures_of(data, strips, WIDTH)[0].uri


def _place(known: Known, one: Outcome) -> tuple[Page | None, Box | None]:
    if one.reading is not None and one.reading.box is not None:
        number, box = one.reading.page, one.reading.box
    else:
        run = words_of(known.printed.get(one.field), known.words)
        if not run:
            return None, None
        number, box = run[0].page, Box.around([word.box for word in run])
    return next((page for page in known.pages if page.page == number), None), box


def words_of(value: str | None, words: Sequence[Word]) -> Sequence[Word]:
    """The first words in a row that are a value by their letters and digits; none if there are no
    such."""
    wanted = letters(value)
    if not wanted:
        return ()
    bare = [letters(word.text) for word in words]
    for start, first in enumerate(bare):
        if not first or not wanted.startswith(first):
            continue
        text = ""
        for end in range(start, min(start + LONGEST_RUN, len(words))):
            text += bare[end]
            if text == wanted:
                return words[start : end + 1]
            if not wanted.startswith(text):
                break
    return ()
