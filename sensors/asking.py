"""Asking again: a run that failed uses up its run key, and the reason for it stays.

Belongs here: the key of the next request. Not here: why a run is asked for, and
batches, which are read in other ways after they failed (`sensors.healing`).
"""

import dagster as dg

ASKED = "ledgergraph/asked"
"""Run tag: for what a run was asked for, the same for each that follows a failed one."""
AGAIN = 2
"""So often a run is asked for again; `failures` tells a person of each that failed."""


def asked_again(instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.RunRequest:
    """The request under a key that no failed run of it has used up, `AGAIN` times at most.

    The key names the failed run that it follows, so it stays the same until that
    run's successor fails; after the last it stays for good.
    """
    asked = {ASKED: str(request.run_key)}
    failed = instance.get_run_records(
        dg.RunsFilter(tags=asked, statuses=[dg.DagsterRunStatus.FAILURE]),
        limit=AGAIN,
        ascending=True,
    )
    key = f"{request.run_key} after {failed[-1].dagster_run.run_id}" if failed else request.run_key
    return request.with_replaced_attrs(run_key=key, tags={**request.tags, **asked})
