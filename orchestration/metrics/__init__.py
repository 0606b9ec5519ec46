"""Metrics: what Prometheus reads of a ledger, computed from stored facts at each look."""
