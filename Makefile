# Every target prepares what it needs; the only requirements are Python 3.11 or newer, make and git.

BIN := .venv/bin
PYTHON := $(BIN)/python
# For management commands that only look at the code, so that nobody's own data is opened.
SCRATCH := mkdir -p build/data && MAESTRO_DATA_DIR="$(CURDIR)/build/data"

IN_BROWSER := MAESTRO_CHROMIUM="$$(cat .venv/chromium)" DJANGO_ALLOW_ASYNC_UNSAFE=1

.DEFAULT_GOAL := help
.PHONY: help run demo test test-browser check openapi lock soak bench clean chromium

help:
	@echo 'make run      start the server and print its address (ARGS="--port 8001" passes options)'
	@echo 'make demo     the same, with agents at work in it (ARGS="--speed 4" for less patience)'
	@echo 'make test     run all tests, those in the browser too'
	@echo 'make check    lint, formatting, types, import rules, migrations, API schema, docs'
	@echo 'make soak     run the tests that take minutes'
	@echo 'make bench    run every benchmark'
	@echo 'make openapi  write docs/openapi.yaml, and the pages made from code'
	@echo 'make lock     resolve the packages in pyproject.toml again (ARGS=--upgrade for newer ones)'
	@echo 'make clean    remove what make has made'

run: .venv/.installed
	@$(PYTHON) manage.py serve $(ARGS)

demo: .venv/.installed
	@$(PYTHON) manage.py demo $(ARGS)

test: .venv/.installed-dev
	$(PYTHON) -m pytest -n 2 --dist loadscope -m "not browser and not soak"
	@$(MAKE) --no-print-directory test-browser

# A process of its own: Playwright's event loop and pytest-asyncio's cannot share one.
test-browser: .venv/.installed-dev chromium
	$(IN_BROWSER) $(PYTHON) -m pytest -m "browser and not soak"

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(SCRATCH) $(PYTHON) manage.py makemigrations --check --dry-run
	$(SCRATCH) $(PYTHON) manage.py spectacular --validate --fail-on-warn --file build/openapi.yaml
	git --no-pager diff --no-index --exit-code docs/openapi.yaml build/openapi.yaml
	$(PYTHON) -m pytest -q tests/docs

openapi: .venv/.installed
	$(SCRATCH) $(PYTHON) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	$(PYTHON) tools/write_api_docs.py
	$(PYTHON) tools/write_cli_docs.py

lock: .venv/.installed-dev
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group dev --constraints requirements.txt --output-file requirements-dev.txt

LOCK_OPTIONS = --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" $(ARGS)

soak: .venv/.installed-dev chromium
	$(PYTHON) -m pytest -m "soak and not browser"
	$(IN_BROWSER) $(PYTHON) -m pytest -m "soak and browser"

bench: .venv/.installed-dev chromium
	@for script in bench/[a-z]*.py; do \
		echo "== $$script"; $(IN_BROWSER) $(PYTHON) "$$script" || exit 1; \
	done

clean:
	rm -rf .venv build staticfiles \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

chromium: .venv/.installed-dev
	@tools/setup chromium

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@tools/setup dev
	@touch $@

.venv/.installed: requirements.txt $(if $(shell test -x $(PYTHON) && echo yes),,FORCE)
	@tools/setup run
	@touch $@

FORCE:
