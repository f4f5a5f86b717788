# The names below are the whole manual. A fresh machine needs Python 3.11 or newer and this Makefile, nothing else.

VENV ?= .venv
PYTHON := $(VENV)/bin/python
SYSTEM_PYTHON ?= $(shell command -v python3.11 || command -v python3)
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r
# Two processors: one test process each. Browser tests share one site, so they run one after the other.
WORKERS ?= 2
PYTEST := $(PYTHON) -m pytest
# The slow tests lie side by side: who is done takes over half of what another still has.
SHARED := -n $(WORKERS) --dist worksteal
POSTGRES_TEST_URL ?= postgresql://postgres@127.0.0.1:5432/connector
REDIS_TEST_URL ?= redis://127.0.0.1:6379/9
MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))

.PHONY: help install demo run check format test test-scaled test-conformance test-state-machine test-browser test-full bench soak messages lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

install: $(VENV)/.dev-installed  ## make .venv with everything that development needs

demo: $(VENV)/.demo-installed $(MESSAGES)  ## both stand-ins, the site, workers, a full synchronization; ends with DEMO READY
	@exec $(PYTHON) -m scripts.demo

run: $(VENV)/.demo-installed $(MESSAGES)  ## the site and its workers, without stand-ins
	@exec $(PYTHON) -m scripts.run

check: $(VENV)/.dev-installed  ## format, lint, types, import contracts, migrations, system checks
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports --no-cache
	@state=$$(mktemp -d) && trap 'rm -rf "$$state"' EXIT && set -x && \
		STATE_DIR=$$state $(PYTHON) manage.py makemigrations --check --dry-run && \
		STATE_DIR=$$state $(PYTHON) manage.py check --fail-level WARNING

format: $(VENV)/.dev-installed  ## put the sources into the agreed form
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test: $(VENV)/.dev-installed $(MESSAGES)  ## the tests on the embedded default (SQLite, filesystem queue)
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) $(SHARED) -m "not browser and not scaled and not conformance and not state_machine and not soak"

test-scaled: $(VENV)/.dev-installed $(MESSAGES)  ## the same tests on PostgreSQL and Redis, which must run, and those that need them
	DATABASE_URL=$(POSTGRES_TEST_URL) REDIS_URL=$(REDIS_TEST_URL) $(PYTEST) $(SHARED) --ignore tests/sandbox -m "not browser and not embedded and not conformance and not state_machine and not soak"

test-conformance: $(VENV)/.dev-installed  ## what stand-ins and clients say against the published rules
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) $(SHARED) -m "conformance and not state_machine and not soak"

test-state-machine: $(VENV)/.dev-installed  ## every commit point killed once, and the state machine
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) $(SHARED) --timeout=1800 -m "state_machine and not soak"

test-browser: $(VENV)/.dev-installed $(MESSAGES)  ## headless Chromium against a running site
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) -m "browser and not soak"

test-full: test test-scaled test-conformance test-state-machine test-browser  ## both ways to run, conformance, state machine, browser

bench: $(VENV)/.dev-installed $(MESSAGES)  ## benchmark scenarios: a table, and JSON under .bench/
	$(PYTHON) -m benchmarks $(BENCH_ARGS)

soak: $(VENV)/.dev-installed $(MESSAGES)  ## the long tests
	$(PYTEST) -m soak --timeout=7200

messages: $(VENV)/.dev-installed  ## collect the texts to translate (needs gettext) and compile them
	@if command -v xgettext >/dev/null; then $(PYTHON) manage.py makemessages --locale nl --no-wrap --no-obsolete \
		--ignore '.venv/*' --ignore 'sandbox/*' --ignore 'tests/*'; \
	else echo "gettext is not installed: texts were not collected, only compiled."; fi
	@$(MAKE) --no-print-directory compile-messages

compile-messages: $(VENV)/.demo-installed $(MESSAGES)

locale/%.mo: locale/%.po | $(VENV)/.demo-installed
	@$(PYTHON) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

lock: $(VENV)/.dev-installed  ## resolve the lock files anew; UPGRADE="name name" lets these packages move
	$(PYTHON) -m pip install --quiet pip-tools
	$(PYTHON) scripts/lock.py $(UPGRADE)

clean:  ## take away what the demo, the tests and the tools left behind (not the state of `make run`)
	rm -rf .demo .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(PYTHON):
	$(SYSTEM_PYTHON) -m venv $(VENV)

# The development set contains the demo's, so either stamp is good for `make demo` as long as its lock file is not newer.
$(VENV)/.dev-installed: requirements/dev.txt | $(PYTHON)
	$(INSTALL) requirements/dev.txt
	@touch $(VENV)/.demo-installed $@

$(VENV)/.demo-installed: requirements/demo.txt | $(PYTHON)
	@echo "Installing the packages (once)."
	@$(INSTALL) requirements/demo.txt
	@touch $@
