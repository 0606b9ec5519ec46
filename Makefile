# Python 3.11 or later and make are all that a machine needs.
PYTHON ?= python3
# What is installed beside the core: dev (with networks, spark, corpora, k8s), or some of these; `make setup EXTRAS=` the core alone.
EXTRAS ?= dev
UV = uv==0.13.9
READY = .venv/ready-$(subst $(comma),-,$(or $(EXTRAS),core))
BIN = .venv/bin
comma = ,

.PHONY: setup demo dev test bench models lock clean
.DELETE_ON_ERROR:

setup: $(READY)

$(READY): pyproject.toml requirements/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PYTHON: Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.$(if $(EXTRAS),[$(EXTRAS)])' --constraints requirements/lock.txt
	@rm -f .venv/ready-*; touch $@

demo: setup
	@$(BIN)/ledgergraph demo

dev: setup
	@$(BIN)/ledgergraph dev

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile

bench: setup
	$(BIN)/python tests/performance/run.py

models: setup
	@$(BIN)/ledgergraph models

lock:
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --output-file requirements/lock.txt --quiet
