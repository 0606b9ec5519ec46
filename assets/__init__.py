"""Assets: read through a resource, call one domain function, write, report.

Belongs here: what depends on what, and the checks beside each asset. Not here:
how anything is computed (`ledgergraph`) or kept (`resources`).
"""
