"""The domain of Ledgergraph: pure and typed, without Dagster and without network I/O."""
