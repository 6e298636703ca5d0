# The verbs of this repository. Each sets up what it needs; nothing has to be installed before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# A strict editable install links file by file, so a new or removed file means a new link tree:
# a folder's time changes exactly then.
FOLDERS := $(shell find src domain adapters -type d -not -name __pycache__ -not -name '*.egg-info')

.PHONY: help setup serve test check bench docs clean

help: ## show these verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(VENV)/installed: constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vaultclock needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check setuptools -e '.[dev]' --config-settings editable_mode=strict
	touch $@ $(VENV)/linked

$(VENV)/linked: $(VENV)/installed $(FOLDERS)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . --config-settings editable_mode=strict
	touch $@

setup: $(VENV)/linked ## make .venv with everything that development and tests need

serve: setup ## serve AWS Backup on 127.0.0.1:4566 (ARGS="--clock frozen --start 2026-01-01T00:00:00Z")
	$(BIN)/vaultclock serve $(ARGS)

test: setup ## run every test, with 100 % branch coverage of the domain
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

check: setup ## ruff, mypy --strict, architecture tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_architecture.py

bench: setup ## measure against peers and limits; prints a table of ratios
	$(BIN)/python bench/run.py $(ARGS)

docs: setup ## write the generated reference pages
	$(BIN)/python tools/write_docs.py

clean: ## remove what the other verbs made
	rm -rf $(VENV) .bench build dist *.egg-info src/*.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
