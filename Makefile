# make alone lists every chore. Needs Python 3.11 or newer and make; everything else it installs.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3 python,$(shell command -v $(p))))
BIN := .venv/bin
WORKERS ?= 2
SEEDS ?= 200

.DEFAULT_GOAL := help
.PHONY: help demo test chaos lint lock docs pictures wheel clean

help: ## list the chores
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.run ## import the samples into a practice workspace and export them again to out/
	$(BIN)/tasksheet demo

test: .venv/.dev ## run every test
	$(BIN)/python -m pytest -n $(WORKERS)

chaos: .venv/.dev ## import SEEDS random sheets with kills and faults; every row must be there once
	$(BIN)/python -m tests.whole.chaos --seeds $(SEEDS) --workers $$((2 * $(WORKERS)))

lint: .venv/.dev ## style, types, and the walls between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/.dev ## write docs/fields.md, docs/filters.md and templates/ anew from their tables
	$(BIN)/python docs/generate.py

pictures: .venv/.run ## draw sheets of an exported workbook to docs/pictures/ (LibreOffice comes from Debian)
	@if ! command -v soffice >/dev/null || ! command -v pdftoppm >/dev/null || ! fc-list | grep -q Carlito; then \
		set -e; root=; test "$$(id -u)" = 0 || root=sudo; $$root apt-get update -qq; \
		$$root apt-get install -y -qq --no-install-recommends libreoffice-calc poppler-utils fontconfig fonts-crosextra-carlito; \
	fi
	$(BIN)/python docs/pictures.py

lock: ## pin the newest versions that setup.cfg allows
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check .
	build/lock/bin/pip freeze --exclude tasksheet > requirements.lock
	build/lock/bin/pip install --quiet --disable-pip-version-check '.[dev]'
	build/lock/bin/pip freeze --exclude tasksheet > requirements-dev.lock

wheel: .venv/.dev ## build dist/tasksheet-…-py3-none-any.whl
	rm -rf build/lib build/bdist* dist
	$(BIN)/python -m build --wheel

clean: ## remove what the chores made
	rm -rf .venv build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.run: requirements.lock setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@
