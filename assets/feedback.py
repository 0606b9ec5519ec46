"""Feedback: what people said, as tables.

Belongs here: the asset that all who learn from people, or obey them, read. Not
here: how events come in (`resources.feedback`), and what follows from them.
"""

from collections import Counter

import dagster as dg

from assets import expectations, policies
from assets.lineage import Inputs, Made, written
from ledgergraph.feedback.events import Target, feedback_table
from ledgergraph.feedback.schemas import FEEDBACK, FEEDBACK_REJECTIONS
from resources.doors import StoreResource
from resources.feedback import all_events, rejections, state_of, stated, strangers


@dg.asset(**policies.on_request("feedback", "parquet", version="1"))
def feedback(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """Everything that people said of fields, findings, invoices, pairs and parties."""
    home = store.open()

    def compute(inputs: Inputs) -> Made:
        events, lines = feedback_table(all_events(home)), rejections(home)
        return Made([(FEEDBACK, events), (FEEDBACK_REJECTIONS, lines)])

    return written(context, home, compute, settings=state_of(home))


@dg.asset_check(
    asset=feedback,
    description="What is said of a document, an invoice or a finding that is not there does "
    "nothing; who said it should know.",
)
def every_event_is_about_something_that_there_is(store: StoreResource) -> dg.AssetCheckResult:
    """What every event names is in the store: documents, invoices, vendors, findings."""
    home = store.open()
    events = stated(home)
    unknown = Counter(event.target for event, _ in strangers(home, events))
    faults = {f"of unknown {target}": unknown[target] for target in Target if unknown[target]}
    return expectations.outcome(faults, events=len(events))
