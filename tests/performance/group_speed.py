"""A million invoices of a group in one streaming pass: how fast, and in how much memory."""

import resource
import time

from sections import PERFORMANCE, Row, Section

from ledgergraph.corpora.group import group

SEED = 9001
STEPS = (5_000, 50_000, 200_000, 1_000_000)
MEBIBYTE = 1024


def made_group() -> list[Section]:
    """One pass in one process, looked at whenever the invoices made reach a step."""
    start, rows, invoices, lines = time.process_time(), list[Row](), 0, 0
    for shards, shard in enumerate(group(SEED, STEPS[-1]), 1):
        invoices += shard.tables["invoices"].num_rows
        lines += shard.tables["journal_lines"].num_rows
        while len(rows) < len(STEPS) and invoices >= STEPS[len(rows)] * 0.985:
            spent = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
            rows.append((invoices, shards, lines, spent, invoices / spent, peak))
    sentence = (
        "Companies of about 5,000 invoices one after the other, every kind planted, with journal "
        "and statements, in one process: CPU time and the most memory until then."
    )
    columns = ("invoices", "companies", "journal lines", "CPU s", "invoices a second", "peak MiB")
    return [Section(PERFORMANCE, "A million invoices in one pass", sentence, columns, rows)]
