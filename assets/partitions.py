"""Partition sets, each named by what one key is."""

import dagster as dg

intake_batches = dg.DynamicPartitionsDefinition(name="intake_batches")
"""One key is one intake batch: at most 500 documents or 256 MiB, named by their hash."""
