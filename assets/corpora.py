"""Corpora: made and labelled data to learn from."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pyarrow as pa
from pydantic import Field

from assets import expectations, policies
from assets.lineage import Inputs, Made, as_before, written
from assets.pictures import bars, picture
from assets.suites import DOCS, OUTCOMES, corpus_outcomes, outcomes_in
from ledgergraph.artifacts import WHOLE, File
from ledgergraph.corpora.annotations import ANNOTATIONS, Annotation, table_of
from ledgergraph.corpora.corrected import OWN_ANNOTATIONS, corrected
from ledgergraph.corpora.loaders import REJECTED_ITEMS, Taking, folders_below, state_of
from ledgergraph.corpora.loaders.collecting import collected
from ledgergraph.corpora.reader_corpus import READER_CORPUS, READER_CORPUS_REJECTIONS, Plan
from ledgergraph.corpora.sampling import SPLITS
from ledgergraph.corpora.training import (
    INVOICES,
    SEEDS,
    TRAINING_BOOKS,
    TRAINING_DUPLICATES,
    TRAINING_TRUTH,
)
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.errors import StaleInput
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.feedback.events import Feedback, corrections
from ledgergraph.identity import sha256_of
from resources import terminal
from resources.corpus_job import Files, places_of, target_of
from resources.corpus_job import made as corpus_made
from resources.doors import PublicDataResource, SparkResource, StoreResource
from resources.feedback import documents_of, settings_of, stated
from resources.store import Store, file_uri

SAMPLES = 12
"""Printed pages on the picture in the metadata, beside one of each preset: about 60 kB."""


class TrainingLedgers(dg.Config):
    """Which companies are made."""

    seeds: list[int] | None = Field(None, description="one company each; default as before")
    invoices: int | None = Field(None, ge=200, le=100_000, description="of each company, about")


@dg.asset(**policies.on_request("corpora", "synthetic", version="4"))
def training_ledgers(
    context: dg.AssetExecutionContext, config: TrainingLedgers, store: StoreResource
) -> dg.MaterializeResult:
    """Books of made companies with planted issues and look-alikes, and apart the truth.

    A role that is trained makes them itself: its models learn from those that stand here.
    """

    home = store.open()
    usual = {"seeds": list(SEEDS), "invoices": INVOICES}
    settings = as_before(home, "training_ledgers", usual, config)

    def compute(_: Inputs) -> Made:
        from ledgergraph.corpora import training

        ledgers = training.training_ledgers(settings["seeds"], settings["invoices"])
        return Made(training.as_tables(ledgers))

    return written(context, home, compute, settings=settings)


@dg.asset_check(
    asset=training_ledgers,
    description="A model learns wrong things from invoices whose truth is missing or another's.",
)
def every_training_invoice_has_its_truth(store: StoreResource) -> dg.AssetCheckResult:
    """Each ledger that was asked for is there, with the truth of each invoice and no other."""
    home = store.open()
    inputs = Inputs(home, {"training_ledgers": home.heads("training_ledgers")}, WHOLE)
    names = [f"seed {seed}" for seed in inputs.whole("training_ledgers").settings["seeds"]]
    invoices = inputs.table(TRAINING_BOOKS["invoices"]).select(["ledger", "invoice_id"])
    truth, pairs = inputs.table(TRAINING_TRUTH), inputs.table(TRAINING_DUPLICATES)
    faults = expectations.faults_of_training(names, invoices, truth, pairs)
    return expectations.outcome(faults, ledgers=len(names), invoices=invoices.num_rows)


@dg.asset_check(
    asset=training_ledgers,
    blocking=True,
    description="A model that could tell planted issues from single invoices would learn how they "
    "were planted, and fail on the books of others.",
)
def no_issue_shows_in_single_invoices(store: StoreResource) -> dg.AssetCheckResult:
    """Boosting on own attributes learns from every second ledger and fails on the others."""
    from ledgergraph.corpora import leakage, training

    home = store.open()
    inputs = Inputs(home, {"training_ledgers": home.heads("training_ledgers")}, WHOLE)
    tables = {table.name: inputs.table(table) for table in training.TRAINING_TABLES}
    ledgers = training.from_tables(tables)
    seen = [leakage.Seen(one.tables["invoices"], one.truth) for one in ledgers]
    report = leakage.leaks_among(seen)
    if report is None:
        why = (
            "Nothing was judged: one ledger teaches, so it takes another one to judge. "
            "Materialize training_ledgers with two seeds or more in its config, for instance "
            "seeds: [1, 2]."
        )
        return dg.AssetCheckResult(passed=True, metadata={"ledgers": len(seen), "why": why})
    return dg.AssetCheckResult(
        passed=not report.leaks,
        metadata={
            "ledgers": len(seen), "average precision": report.average_precision,
            "prevalence": report.prevalence, "found too well": dict(report.leaks),
            "found by kind": dict(report.found), "cases by kind": dict(report.cases),
        },
    )  # fmt: skip


class SyntheticDocuments(dg.Config):
    """Which documents are made; null is as before, at first the usual."""

    papers: int | None = Field(None, ge=1, le=100_000, description="how many; about 20 a second")
    seeds: list[int] | None = Field(None, description="of the companies that they come from")
    languages: list[str] | None = Field(None, description="of de, en, fr, es, it, pt")
    families: list[str] | None = Field(None, description="of modern, classic, receipt")
    media: list[str] | None = Field(None, description="of pdf, hybrid, png, ubl, cii")
    dpi: int | None = Field(None, ge=36, le=600, description="of the pictures")
    presets: list[str] | None = Field(
        None,
        description="a degraded copy of each page by one of clean, scan, fax, photo, worn_receipt; "
        "about 0.3 s a page",
    )
    noised: int | None = Field(
        None, ge=0, le=9, description="variants of each, with words as engines misread them"
    )


@dg.asset(**policies.on_request("corpora", "synthetic", version="4"))
def synthetic_documents(
    context: dg.AssetExecutionContext, config: SyntheticDocuments, store: StoreResource
) -> dg.MaterializeResult:
    """Papers of made companies and shops, clean, degraded and misread, with all that they say.

    The files are documents of the store, named by the annotations' document_id.
    """
    home = store.open()
    from ledgergraph.corpora import synthetic

    usual = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(synthetic.USUAL).items()
    }
    settings = as_before(home, "synthetic_documents", usual, config)

    def compute(_: Inputs) -> Made:
        order = synthetic.Order(**settings)
        kept, samples = synthetic.Tally(), synthetic.Samples(most=SAMPLES)
        with progress(context, order.papers) as done:
            made = synthetic.made_documents(order, done)
            for one in samples.seeing(synthetic.with_variants(made, order)):
                if one.data is not None:
                    home.take(io.BytesIO(one.data))
                kept.add(one.annotation)
        facts = {name: dg.MetadataValue.json(of) for name, of in kept.counts.items()}
        sheet = samples.sheet()
        shown = picture(sheet, "some of the pages") if sheet else None
        return Made(
            [(ANNOTATIONS, kept.annotations.table())],
            facts=facts | ({"sample (picture)": shown} if shown else {}),
        )

    return written(context, home, compute, settings=settings)


@contextmanager
def progress(context: dg.AssetExecutionContext, of: int) -> Iterator[Callable[[int], None]]:
    """A bar where somebody looks on, and a line in the log at each tenth."""
    tenth = max(1, of // 10)
    with terminal.progress(context.asset_key.path[-1], of) as bar:

        def done(papers: int) -> None:
            bar(papers)
            if papers % tenth == 0:
                context.log.info(f"{papers:,} of {of:,} papers are made.")

        yield done


class PublicDocuments(dg.Config):
    """Which labelled data sets of others are taken."""

    folders: dict[str, str] | None = Field(
        None,
        description="source (sroie, cord, funsd, rvl_cdip) and its folder; default as before, else "
        "those below LEDGERGRAPH_PUBLIC_DATA",
    )
    keep_pictures: bool | None = Field(
        None, description="keep their pictures in the store too; default as before, else no"
    )


@dg.asset(**policies.on_request("corpora", "public", version="2"))
def public_documents(
    context: dg.AssetExecutionContext,
    config: PublicDocuments,
    store: StoreResource,
    public_data: PublicDataResource,
) -> dg.MaterializeResult:
    """Real documents with labels of others, in our form; damaged items are listed apart.

    Made on request, of the folders that LEDGERGRAPH_PUBLIC_DATA or the config names. Pictures
    stay where they are unless they are asked for: names and hashes say which.
    """
    home = store.open()
    usual = {"folders": {}, "keep_pictures": False}
    settings = as_before(home, "public_documents", usual, config)
    root = public_data.folder
    folders = {source: Path(one) for source, one in settings["folders"].items()}
    folders = folders or (folders_below(Path(root)) if root else {})
    state = {source: state_of(one) for source, one in folders.items() if one.is_dir()}

    def compute(_: Inputs) -> Made:
        keep = (lambda data: home.take(io.BytesIO(data))) if settings["keep_pictures"] else None
        found = collected(folders, Taking(keep=keep))
        counts = {"items": found.items, "faults": found.faults, "rejected": found.reasons}
        tables = [(ANNOTATIONS, found.annotations), (REJECTED_ITEMS, found.rejected)]
        return Made(tables, facts=said_of(counts, nothing=not folders))

    return written(context, home, compute, settings={**settings, "state": state})


def said_of(counts: Mapping[str, Mapping[str, int]], *, nothing: bool) -> dict[str, Any]:
    """Counts by what they are, as metadata; where there is no data set, how to name one."""
    if nothing:
        return {
            "why": "No data set was named: set LEDGERGRAPH_PUBLIC_DATA, or folders in the config."
        }
    pictures = {f"{what} (picture)": bars(of, what) for what, of in counts.items() if of}
    return {what: dg.MetadataValue.json(dict(of)) for what, of in counts.items()} | pictures


class ReaderCorpus(dg.Config):
    """What the reader's corpus is to be; null is as before, at first the usual."""

    size: int | None = Field(None, ge=0, description="annotations of a stratified sample; 0: all")
    least: int | None = Field(None, ge=0, description="of each type, language and source, if any")
    seed: int | None = Field(None, description="what the sample and the sides are drawn by")
    split: str | None = Field(
        None, description="the split by which files are kept: split_80_10_10 or split_70_15_15"
    )
    tolerance: float | None = Field(
        None, ge=0, le=1, description="how far a side's share may be off before the check fails"
    )
    least_words: int | None = Field(None, ge=1, description="fewer words are left out")
    most_words: int | None = Field(None, ge=1, description="more words are left out")
    most_unreadable: float | None = Field(None, ge=0, le=1, description="share of the words")
    most_outside: float | None = Field(None, ge=0, le=1, description="share of boxes off the page")
    most_faults: int | None = Field(None, ge=0, description="known faults of the source's labels")
    alike: float | None = Field(
        None, ge=0.5, le=1, description="shared shingles from which two are near-duplicates"
    )


ANNOTATED = ("public_documents", "synthetic_documents")
"""The assets whose annotations a reader learns from, beside own documents."""


@dg.asset(deps=list(ANNOTATED), **policies.on_request("corpora", "spark", version="1"))
def reader_corpus(
    context: dg.AssetExecutionContext,
    config: ReaderCorpus,
    store: StoreResource,
    spark: SparkResource,
) -> dg.MaterializeResult:
    """What a reader learns from: cleaned, without near-duplicates, split so that nothing leaks.

    Made on request, by Spark: it needs Java 17 or 21 here, or a server that LEDGERGRAPH_SPARK
    names. `ledgergraph doctor` says what is missing.
    """
    home = store.open()
    usual = {**Plan().settings, "size": 0, "tolerance": 0.1}
    before = as_before(home, "reader_corpus", usual, config)
    settings = {name: before[name] for name in usual}
    plan = Plan.of({**settings, "size": settings["size"] or None})
    said = corrections(stated(home))
    earlier = [policies.FEEDBACK, "documents", "transcripts"] if said else []
    with TemporaryDirectory(prefix="corpus-") as place, ExitStack() as stack:
        scratch = Path(place)

        def compute(inputs: Inputs) -> Made:
            target = stack.enter_context(target_of(home, spark.url, scratch / "corpus"))
            own = table_of(own_documents(inputs, said))
            files = [*annotated_in(inputs), home.put_table(OWN_ANNOTATIONS, own)]
            urls = places_of(home, files, spark.url, scratch)
            with spark.session() as started:
                made = corpus_made(started, urls, target, plan)
            outcomes = corpus_outcomes(made.corpus, plan, settings["tolerance"])
            return Made(
                [
                    (READER_CORPUS, made.corpus),
                    (READER_CORPUS_REJECTIONS, made.rejections),
                    (OWN_ANNOTATIONS, own),
                ],
                Files(target, made.parts, outcomes),
                facts_of_corpus(home, made.corpus, made.rejections, outcomes[DOCS]),
            )

        settings |= settings_of(said)
        return written(context, home, compute, settings=settings, through_time=earlier)


def annotated_in(inputs: Inputs) -> list[File]:
    """The files of annotations that a corpus is made of."""
    of = [inputs.manifests.get(asset, {}) for asset in ANNOTATED]
    files = [manifest.file(ANNOTATIONS.name) for parts in of for manifest in parts.values()]
    return [file for file in files if file is not None]


def own_documents(inputs: Inputs, said: Sequence[Feedback]) -> Iterator[Annotation]:
    """Own documents that people corrected, of the batches that hold one."""
    ids = {event.document_id for event in said}
    batches = {
        key
        for key, manifest in inputs.manifests.get("documents", {}).items()
        if ids & documents_of(inputs.store, manifest)
    }
    held = {
        asset: {key: one for key, one in parts.items() if key in batches}
        for asset, parts in inputs.manifests.items()
        if asset in ("documents", "transcripts")
    }
    own = Inputs(inputs.store, held, WHOLE)
    return corrected(own.table(DOCUMENTS), own.table(PAGES), own.table(WORDS), said)


def facts_of_corpus(
    home: Store, corpus: pa.Table, rejections: pa.Table, page: bytes
) -> dict[str, Any]:
    """What the UI shows of a corpus: counts, pictures of them, and where the page lies."""
    shown: dict[str, Any] = {"data docs": dg.MetadataValue.path(home.path(page_uri(page)))}
    for name in (*SPLITS, "source", "type", "language", "preset"):
        shown[name] = bars(counts_of(corpus[name]), f"Annotations by {name}")
    if rejections.num_rows:
        shown["left out"] = bars(counts_of(rejections["reason"]), "Left out by reason")
    return shown


def page_uri(page: bytes) -> str:
    """Where the store keeps the page of a corpus."""
    return file_uri(DOCS, sha256_of(page))


def counts_of(values: pa.ChunkedArray) -> dict[str, int]:
    """How often each value occurs; null as a dash."""
    return {one["values"] or "-": one["counts"] for one in values.value_counts().to_pylist()}


@dg.asset_check(
    asset=reader_corpus,
    blocking=True,
    description="A reader that is judged on layouts, vendors or texts that it learned from looks "
    "better than it is; one that learned from damaged annotations is worse than it could be.",
)
def the_reader_corpus_is_sound(store: StoreResource) -> dg.AssetCheckResult:
    """The suite of Great Expectations: ids, sides, shares, ranges, and nothing on two sides."""
    home = store.open()
    manifest = Inputs(home, {"reader_corpus": home.heads("reader_corpus")}, WHOLE).whole(
        "reader_corpus"
    )
    file = manifest.file(OUTCOMES)
    if file is None:
        raise StaleInput("reader_corpus holds no outcomes of its suite. Materialize it again.")
    outcomes = outcomes_in(home.file(file))
    broken = {f"broken: {one.check}": one.unexpected or 1 for one in outcomes if not one.passed}
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"expectations": len(outcomes), **broken},
    )
