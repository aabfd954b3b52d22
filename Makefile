# The menu. It needs make, Python 3.11 or later and a package index; all else goes into .venv.

# The newest Python that can make a virtual environment; `make PYTHON=… test` takes another.
ifndef PYTHON
PYTHON := $(shell for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
endif

BIN := .venv/bin
PACKAGES := $(wildcard packages/*)
PINS := constraints.txt pyproject.toml $(PACKAGES:=/pyproject.toml)
TESTERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: demo serve test check bench docs build prove constraints clean help

demo: .venv/demo.stamp ## Use the example shop and show what each service receives
	@$(BIN)/python example/demo.py

serve: .venv/demo.stamp ## Open the example shop and its admin in a browser
	@$(BIN)/python example/serve.py

test: .venv/test.stamp ## Run all tests on SQLite; the last lines say what was skipped
	@# In the order of their names: those that take longest come first, not last. One more than
	@# there are cores, as many tests wait for another process.
	$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder

check: .venv/lint.stamp ## Lint, check the format, the types, the floors and the contract's types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest --quiet tests/core/contract/test_typing.py

bench: .venv/test.stamp ## Measure each case beside its floor in the same run; CASE=… takes some, ROUNDS=… more often
	$(BIN)/python -m bench $(CASE) $(if $(ROUNDS),--rounds $(ROUNDS))

docs: .venv/docs.stamp ## Build the documentation into docs/_build; a warning is an error
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env -b html docs docs/_build

build: .venv/test.stamp ## Build the wheel and the sdist of each package into dist/
	for package in $(PACKAGES); do $(BIN)/python -m build --outdir dist $$package || exit 1; done

prove: .venv/test.stamp ## Plant a fault for each promise and see it caught
	$(BIN)/python tests/prove.py

constraints: .venv/pins.stamp ## Renew constraints.txt with the newest versions that fit together
	@echo '# The one set of pins, made by `make constraints`; not edited by hand.' > .venv/pins.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--group pyproject.toml:dev --group pyproject.toml:mariadb $(PACKAGES:packages/%=--no-emit-package %) \
		$(PACKAGES:=/pyproject.toml) >> .venv/pins.txt
	mv .venv/pins.txt constraints.txt

clean: ## Remove what the other commands made
	rm -rf .venv dist docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

help: ## Show this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# A stamp per dependency group: what is installed is installed once, until a pin changes.
.venv/%.stamp: $(PINS) | $(BIN)/python
	@# --group came with pip 25.1
	$(PIP) install 'pip>=25.1'
	$(PIP) install --constraint constraints.txt --group $* $(PACKAGES:%=--editable %)
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "DSN needs Python 3.11 or later with venv; found none." >&2; exit 1; }
	$(PYTHON) -m venv .venv
