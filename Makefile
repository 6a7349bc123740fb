# Everything a person or a machine does with Matinee. `make run` and `make test` work on a fresh clone.
PYTHON ?= python3
PY := $(CURDIR)/.venv/bin/python
NPM := $(PY) -m project.supervisor.frontend
NPM_DESKTOP := $(NPM) --in electron
API_TYPES := exec -- openapi-typescript ../docs/openapi.json --default-non-nullable=false -o src/types/api.gen.ts
CHECK_ENV := DJANGO_SETTINGS_MODULE=project.settings SECRET_KEY=only-for-the-checks-of-this-makefile-0000000000 DATA_DIR=/tmp/matinee-checks
.DEFAULT_GOAL := help
.PHONY: help run venv check check-python check-tests check-pages check-electron test test-fast test-slow browser nginx schema sizes bench-party bench-streaming bench-fanout soak

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: ## Install, build, start everything; http://localhost:8000
	@exec $(PYTHON) manage.py up

venv:
	@$(PYTHON) manage.py venv --dev

check: venv ## The gate: formats, lint, import contracts, types, fast tests (<= 90 s on 2 cores)
	@$(NPM) install
	@$(MAKE) --no-print-directory -j2 --output-sync=target check-tests check-python check-pages check-electron

check-python:
	@$(PY) -m ruff format --check --quiet . && $(PY) -m ruff check --quiet .
	@.venv/bin/lint-imports --no-logo | tail -n 1
	@$(CHECK_ENV) $(PY) -m mypy
	@$(CHECK_ENV) $(PY) manage.py check --fail-level WARNING
	@$(CHECK_ENV) $(PY) manage.py schema --check

check-tests:
	@$(PY) -m pytest -q tests/domain tests/contract tests/test_architecture.py

check-pages:
	@$(NPM) run lint
	@$(NPM) run typecheck
	@$(NPM) $(API_TYPES) --check >/dev/null 2>&1 || { echo "frontend/src/types/api.gen.ts is old; run make schema"; exit 1; }
	@$(NPM) run test

check-electron:
	@$(NPM_DESKTOP) install
	@$(NPM_DESKTOP) run lint
	@$(NPM_DESKTOP) run typecheck
	@$(NPM_DESKTOP) run test
	@$(NPM_DESKTOP) run build

test: check test-fast test-slow ## check, then everything with real servers and a real browser

test-fast: venv
	$(PY) -m pytest -q -n 2 tests/services tests/api tests/consumers

test-slow: venv browser nginx
	$(PY) -m pytest -q --durations=10 tests/adapters tests/e2e tests/faults

browser:
	@sh .ci/debian-package chromium chromium google-chrome

nginx:
	@sh .ci/debian-package nginx nginx

schema: venv ## Write docs/openapi.json, docs/asyncapi.json and the TypeScript types again
	@$(NPM) install
	@$(CHECK_ENV) $(PY) manage.py schema
	@$(NPM) exec -- openapi-typescript ../docs/openapi.json --default-non-nullable=false -o src/types/api.gen.ts

sizes: venv ## Median, p90 and largest module, function and component, beside the goals
	@$(PY) tests/bench/sizes.py

bench-party: venv browser ## Skew, recovery and command times of 2, 4 and 8 Chromium pages, beside other products' rules
	@$(PY) -m tests.bench.party $(if $(PAGES),--pages $(PAGES))

bench-streaming: venv browser ## The engine beside bare tools: CPU, first pictures, quality (ONLY=cpu,times for some)
	@$(PY) tests/bench/streaming.py $(if $(ONLY),--only $(ONLY))

bench-fanout: venv ## Telling everybody in a room, beside Node ws, stock channels and Syncplay (SECONDS=2 ONLY=5,1000)
	@$(PY) tests/bench/fanout.py $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY))

soak: venv ## Kill each process again and again while it works, then the long versions of the tests
	$(PY) -m pytest -q tests/faults
	$(PY) -m pytest -q -s -m soak tests
