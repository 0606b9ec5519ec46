"""How it is put together and started: environments, definitions, executors, the command line."""
