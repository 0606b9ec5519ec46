"""One module a verb: `arguments(parser)` declares, `run(given)` does and returns the status."""
