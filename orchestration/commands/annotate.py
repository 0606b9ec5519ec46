"""`ledgergraph annotate export|import|agreement|sample`: people correct what was read.

Tasks go to Label Studio with what the reader read, its JSON export comes back as
annotations (JSON Lines), and the agreement of people is told label by label.
"""

import argparse
import csv
import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgergraph.corpora.review_sample import BY_CHANCE
from ledgergraph.errors import BadInput, BadSetting

if TYPE_CHECKING:
    from ledgergraph.corpora.drafts import Draft
    from ledgergraph.corpora.label_studio_tasks import Reviewed
    from resources.store import Store

LOCAL = "/data/local-files/?d="
"""Where Label Studio serves files of its own machine from."""
OF_HOME, OF_ANNOTATIONS = "{name}-{page}.png", LOCAL + "{source}/{name}"
IMAGE = "image/"
"""The media types that Label Studio shows; of a home all pages become pictures."""
PICTURES = "pictures"
"""The folder of pictures where none is named: what is served lies in one below the root."""
SHOWN = 20
"""Words on which two people differ that are printed of each pair."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="export|import|agreement|sample"
    )
    export = actions.add_parser("export", help="write tasks with what was read of each page")
    export.add_argument("--out", required=True, metavar="FILE", help="JSON that is imported there")
    export.add_argument(
        "--image",
        metavar="PATTERN",
        help="where a page's picture is, with {name}, {page}, {document_id}, {source} or "
        f"{{annotation_id}} in it; default {LOCAL}FOLDER/{OF_HOME} with the name of the folder of "
        f"pictures, of --annotations {OF_ANNOTATIONS}",
    )
    export.add_argument("--pictures", metavar="FOLDER", help="write the pages there as PNG")
    export.add_argument("--config", metavar="FILE", help="write the labelling configuration there")
    export.add_argument(
        "--no-words", action="store_true", help="show fields only, not the words of the page"
    )
    _sampled(export, None)
    sample = actions.add_parser("sample", help="which documents to look at first, as CSV")
    _sampled(sample, 50)
    back = actions.add_parser("import", help="annotations of an export, one JSON a line")
    back.add_argument("files", nargs="+", metavar="FILE")
    back.add_argument("--out", required=True, metavar="FILE")
    told = actions.add_parser("agreement", help="Cohen's kappa of each two people, by label")
    told.add_argument("files", nargs="+", metavar="FILE")


def _sampled(action: argparse.ArgumentParser, n: int | None) -> None:
    action.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    action.add_argument("--annotations", metavar="FILE", help="JSON Lines instead of a home")
    usual = "all" if n is None else str(n)
    action.add_argument("--n", type=int, default=n, help=f"so many documents; default {usual}")
    action.add_argument("--seed", type=int, default=0, help="of what is drawn by chance; default 0")
    action.add_argument(
        "--by-chance", type=float, default=BY_CHANCE, metavar="SHARE",
        help=f"of the sample that is drawn by chance; default {BY_CHANCE}",
    )  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """Do what is asked; prints counts, and what could not be used on stderr."""
    match given.action:
        case "export":
            return exported(given)
        case "sample":
            return sampled(given)
        case "import":
            return imported(given)
    return agreed(given)


def exported(given: argparse.Namespace) -> int:
    """Write the tasks of all documents, or of a review sample."""
    from ledgergraph.corpora.label_studio_tasks import labelling_config, labels_of, tasks_of

    if given.annotations and given.pictures:
        raise BadSetting("--pictures", "is for documents of a home; leave it out.")
    chosen = None if given.n is None else {one.item for one in _sample(given)}
    folder = Path(given.pictures or PICTURES).absolute().name
    image = given.image or (OF_ANNOTATIONS if given.annotations else f"{LOCAL}{folder}/{OF_HOME}")
    documents = tasks = unseen = 0
    labels: set[str] = set()
    with Path(given.out).open("w", encoding="utf-8") as file:
        file.write("[")
        for draft in _drafts(given):
            if chosen is not None and draft.annotation.annotation_id not in chosen:
                continue
            is_picture = (draft.annotation.media_type or "").startswith(IMAGE)
            if given.annotations and not given.image and not is_picture:
                unseen += 1
                continue
            documents += 1
            labels |= labels_of([draft])
            for task in tasks_of(draft, image, words=not given.no_words):
                file.write(("\n" if not tasks else ",\n") + json.dumps(task, ensure_ascii=False))
                tasks += 1
            if given.pictures:
                _write_pictures(_store(given), draft, Path(given.pictures))
        file.write("\n]\n")
    if given.config:
        Path(given.config).write_text(labelling_config(labels), encoding="utf-8")
    if unseen:
        print(
            f"{unseen:,} annotations are of no picture and left out; --image may name some",
            file=sys.stderr,
        )
    print(f"{documents:,} documents, {tasks:,} tasks: {given.out}")
    return 0


def sampled(given: argparse.Namespace) -> int:
    """Print the review sample, the most uncertain first."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["annotation_id", "uncertainty", "type", "language", "source"])
    for one in _sample(given):
        uncertainty = f"{one.uncertainty:.4f}"
        writer.writerow([one.item, uncertainty, one.type, one.language, one.source])
    return 0


def imported(given: argparse.Namespace) -> int:
    """Write the annotations of exports, one for each person and document."""
    from ledgergraph.corpora.annotations import as_lines

    reviewed, wrong = _reviewed(given.files)
    with Path(given.out).open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in as_lines(one.annotation for one in reviewed))
    people = len({one.annotator for one in reviewed})
    faults = sum(len(one.annotation.faults) for one in reviewed)
    print(
        f"{len(reviewed):,} annotations of {people:,} people, {faults:,} values not in canonical "
        f"form, {wrong:,} tasks not used: {given.out}"
    )
    return 0


def agreed(given: argparse.Namespace) -> int:
    """Print kappa by label of each two people, and words on which they differ."""
    from ledgergraph.corpora.agreement import TARGET, agreements

    reviewed, _ = _reviewed(given.files)
    found = agreements(reviewed)
    if not found:
        raise BadInput(
            "no_agreement",
            "No two people marked the same document. Give each document of a sample to two "
            "people, then export again.",
        )
    for one in found:
        print(
            f"{one.first} and {one.second}: kappa {one.kappa:.3f} on {one.words:,} words of "
            f"{one.documents:,} documents; {one.unmatched:,} words only one has, "
            f"{one.other_line:,} on another line"
        )
        for label in one.labels:
            note = "" if label.is_met else f"  below {TARGET}"
            print(
                f"  {label.label:24} {label.kappa:6.3f}  both {label.both:,}, only {one.first} "
                f"{label.first_only:,}, only {one.second} {label.second_only:,}{note}"
            )
        for word in one.differences[:SHOWN]:
            print(
                f"  {word.document}, page {word.page}: {word.text!r} is {word.first or 'none'} to "
                f"{one.first}, {word.second or 'none'} to {one.second}"
            )
        if len(one.differences) > SHOWN:
            print(f"  and {len(one.differences) - SHOWN:,} more")
    return 0


def _reviewed(files: Collection[str]) -> tuple[list["Reviewed"], int]:
    """What people made of the tasks of some exports, and how many tasks could not be used."""
    from ledgergraph.corpora.label_studio_tasks import reviewed_in

    tasks: list[Any] = []
    for name in files:
        try:
            listed = json.loads(Path(name).read_bytes())
        except ValueError as error:
            raise BadInput(
                "no_export", f"{name} is no JSON ({error}). Export the project as JSON."
            ) from error
        if not isinstance(listed, list):
            raise BadInput("no_export", f"{name} is no list of tasks. Export the project as JSON.")
        tasks += listed
    reviewed, wrong = [], 0
    for one in reviewed_in(tasks):
        if isinstance(one, BadInput):
            wrong += 1
            print(one.sentence, file=sys.stderr)
        else:
            reviewed.append(one)
    return reviewed, wrong


def _sample(given: argparse.Namespace) -> list[Any]:
    from ledgergraph.corpora.review_sample import Candidate, review_sample

    candidates = (
        Candidate(
            draft.annotation.annotation_id, draft.uncertainty, draft.annotation.type,
            draft.annotation.language, draft.origin or draft.annotation.source,
        )
        for draft in _drafts(given)
    )  # fmt: skip
    return review_sample(candidates, given.n, given.seed, given.by_chance)


def _store(given: argparse.Namespace) -> "Store":
    from orchestration.environments import Environment
    from resources.doors import store_at

    environment = Environment.read(home=given.home)
    return store_at(environment.store, environment.master_key_file)


def _drafts(given: argparse.Namespace) -> Iterator["Draft"]:
    """The drafts of a file of annotations, or of a home, batch by batch."""
    from ledgergraph.corpora.annotations import from_lines
    from ledgergraph.corpora.drafts import Draft, drafts_of
    from ledgergraph.documents.schemas import DOCUMENTS
    from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, WORDS

    if given.annotations:
        with Path(given.annotations).open(encoding="utf-8") as lines:
            yield from (Draft(one) for one in from_lines(lines, given.annotations))
        return
    store = _store(given)
    arrived, written, read = map(store.heads, ("documents", "transcripts", "extractions"))
    if not arrived:
        raise BadSetting(
            "--home",
            f"{store.url} has no documents. Name a home that `ledgergraph run` has filled.",
        )
    seen: set[str] = set()
    for batch in sorted(arrived.keys() & written.keys() & read.keys()):
        tables = [
            store.table(table, {batch: heads[batch]})
            for table, heads in (
                (DOCUMENTS, arrived), (PAGES, written), (WORDS, written), (EXTRACTIONS, read),
            )
        ]  # fmt: skip
        for draft in drafts_of(*tables):
            if draft.annotation.annotation_id not in seen:
                seen.add(draft.annotation.annotation_id)
                yield draft


def _write_pictures(store: "Store", draft: "Draft", folder: Path) -> None:
    """The pages of a document as PNG, named by the draft and the page."""
    from PIL import Image

    from ledgergraph.documents.images import image_format
    from ledgergraph.documents.limits import Limits
    from ledgergraph.evidence import Page
    from ledgergraph.extractions.pictures import scans_of_image, scans_of_pdf

    folder.mkdir(parents=True, exist_ok=True)
    one = draft.annotation
    document_id = str(one.document_id)
    data = store.blob(document_id)
    if format := image_format(data[:16]):
        scans = scans_of_image(document_id, data, format, Limits())
    else:
        pages = [
            Page(document_id, number, page.width, page.height, page.unit)
            for number, page in enumerate(one.pages)
        ]
        scans = scans_of_pdf(data, pages)
    for scan in scans:
        if scan.picture is None:  # of one colour
            page = Image.new("RGB", (round(scan.page.width), round(scan.page.height)), "white")
        else:
            size = (scan.picture.width, scan.picture.height)
            page = Image.frombytes("RGB", size, scan.picture.rgb)
        page.save(folder / f"{one.name}-{scan.page.page}.png")
