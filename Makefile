# Every command of the project. `make` alone explains them; each sets up what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

UV_VERSION := 0.13.9
PRIVATE := $(or $(QOF_LOCAL_DIR),.local)
UV := $(PRIVATE)/uv/bin/uv
READY := .venv/.ready
PYTHON := .venv/bin/python
STACK := $(PYTHON) -m qof_local
BENCH := $(PRIVATE)/bench/venv
PYTEST := $(PYTHON) -m pytest
SOURCES := $(wildcard shared/src services/*/src deploy/local/src) deploy/k8s/validate.py loadtests tests
WITH_SERVERS := $(STACK) servers up && eval "$$($(STACK) servers env)" &&
# Without a Chromium the tests of the pages are skipped, except in CI, where that is a failure.
WITH_BROWSER := export QOF_TEST_CHROMIUM="$$($(STACK) browser $(if $(CI),,|| true))" &&
tests_of = $(or $(wildcard shared/tests/$(1) services/*/tests/$(1) deploy/local/tests/$(1) loadtests/tests/$(1)),$(error no tests of kind $(1)))
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(READY) ## Build .venv from uv.lock (automatic; needs Python 3.11 or newer with venv)

$(READY): uv.lock pyproject.toml deploy/local/setup.sh
	@sh deploy/local/setup.sh "$(PRIVATE)" $(UV_VERSION)
	@touch $@

.PHONY: demo
demo: $(READY) ## From nothing to instructed payments: PRACTICES=1000, or DATA=../shared/data YEAR=2012-13
	@$(STACK) demo $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(YEAR),--year $(YEAR)) $(if $(DATA),--data "$(DATA)") $(if $(SEED),--seed $(SEED))

.PHONY: up
up: $(READY) ## Start PostgreSQL, RabbitMQ and every service, privately; again is harmless
	@$(STACK) up

.PHONY: down
down: $(READY) ## Stop all of that; the data stay
	@$(STACK) down

.PHONY: status
status: $(READY) ## What runs, where, and how much memory it takes
	@$(STACK) status

.PHONY: operations
operations: $(READY) ## How the system is and what to do: queues, workers, dead letters, does the ledger balance
	@$(STACK) operations

.PHONY: servers
servers: $(READY) ## Start only PostgreSQL and RabbitMQ
	@$(STACK) servers up

.PHONY: test
test: check ## Everything CI runs: check, then every test against real servers
	@$(WITH_SERVERS) $(WITH_BROWSER) $(PYTEST) -n 2 --dist loadgroup $(if $(CI),--tb=native --durations=15) $(ARGS)

.PHONY: test-unit
test-unit: $(READY) ## Unit tests only (no servers); ARGS="-k words" goes to pytest
	@$(PYTEST) $(call tests_of,unit) $(ARGS)

.PHONY: test-spec
test-spec: $(READY) ## The rules and formulas against the published examples
	@$(PYTEST) $(call tests_of,spec) $(ARGS)

.PHONY: test-integration
test-integration: $(READY) ## Tests against real PostgreSQL and RabbitMQ
	@$(WITH_SERVERS) $(PYTEST) $(call tests_of,integration) $(ARGS)

.PHONY: test-e2e
test-e2e: $(READY) ## The whole system, from extract to payment
	@$(WITH_SERVERS) $(PYTEST) tests/e2e $(ARGS)

.PHONY: verify-engines
verify-engines: $(READY) ## The calculation against the slow engine on generated practices: N=1000000 SEED=words
	@$(PYTHON) -m tests.engines $(if $(N),--results $(N)) $(if $(SEED),--seed "$(SEED)") $(ARGS)

.PHONY: verify-published
verify-published: $(READY) ## Hold points, totals, factors and pounds against what was published: DATA=../shared/data
	@$(STACK) verify-published $(if $(FILE),--file "$(FILE)",--data "$(or $(DATA),../shared/data)") $(if $(NATION),--nation $(NATION)) $(if $(YEAR),--year $(YEAR)) $(if $(JSON),--json "$(JSON)")

.PHONY: mutation
mutation: $(BENCH)/.ready ## Would the tests notice a changed character? MODULES="calculator.kinds payments"; half an hour for all
	@$(BENCH)/bin/python -m tests.mutation $(MODULES) $(ARGS)

.PHONY: check
check: lock lint typecheck contracts ## lock, lint, typecheck and contracts

.PHONY: lock
lock: $(READY) ## Does uv.lock fit pyproject.toml?
	@$(UV) lock --check --quiet || { echo "uv.lock does not fit pyproject.toml; mend it with: $(UV) lock" >&2; exit 1; }

.PHONY: fmt
fmt: $(READY) ## Format the code and mend what ruff can
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

.PHONY: lint
lint: $(READY) ## Style: ruff
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

.PHONY: typecheck
typecheck: $(READY) ## Types: mypy --strict
	@.venv/bin/mypy $(SOURCES)

.PHONY: contracts
contracts: $(READY) ## Layers: import-linter
	@.venv/bin/lint-imports

.PHONY: lint-rules
lint-rules: $(READY) ## Are rule sets and money parameters sound and frozen? FILES="rules.yaml ..." for files that are not in the release yet
	@.venv/bin/python -m qof_calculator.adapters.rulesets $(FILES)
	@.venv/bin/python -m qof_payments.adapters.parameters

.PHONY: explain
explain: $(READY) ## Why these points, what if: PRACTICE=A81001 INDICATOR=AF06 NUMERATOR=60 [COLLECTION=...]; QOF_TOKEN, or the demo's
	@$(STACK) explain $(PRACTICE) $(INDICATOR) $(if $(COLLECTION),--collection $(COLLECTION)) $(if $(NUMERATOR),--numerator $(NUMERATOR)) $(if $(DENOMINATOR),--denominator $(DENOMINATOR))

.PHONY: docs
docs: $(READY) ## Write docs/contracts and docs/reference from the code
	@$(STACK) docs

.PHONY: observe
observe: $(READY) ## A Prometheus beside what runs, with all rules; says how Grafana gets the dashboard
	@$(STACK) observe $(ARGS)

.PHONY: screenshots
screenshots: $(READY) ## Every page at desktop and phone width, into .local/screenshots/index.html: ONLY="report signed"
	@$(WITH_SERVERS) $(WITH_BROWSER) $(PYTHON) -m tests.browser.screenshots "$(PRIVATE)/screenshots" $(ONLY)

.PHONY: web-assets
web-assets: $(READY) ## Fetch the NHS.UK frontend's style and script again (needs npm; they are kept in the project)
	@$(STACK) web-assets

$(BENCH)/.ready: uv.lock $(READY)
	@echo "bench: packages into $(BENCH)"
	@UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT="$(BENCH)" $(UV) sync --quiet --frozen --all-packages --group bench --python $(PYTHON)
	@touch $@

# The run draws its plot, so it is in the bench environment; table sizes are asked where the local stack is.
REHEARSED = eval "$$($(STACK) servers env)" && $(BENCH)/bin/python

.PHONY: loadtest
loadtest: up $(BENCH)/.ready ## Rehearse year end and check the ledger: SHAPE=herd (list: all) PRACTICES= SECONDS= MINUTES= RATE= FRESH=1
	@$(REHEARSED) -m loadtests $(SHAPE) $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(FRESH),--fresh) $(ARGS)

.PHONY: loadtest-ui
loadtest-ui: up $(BENCH)/.ready ## The same from Locust's own pages, for operators: SHAPE=herd, then open what it says
	@$(REHEARSED) -m locust -f loadtests/locustfile.py --web-host 127.0.0.1 $(if $(SHAPE),--rehearse $(SHAPE)) $(ARGS)

.PHONY: compare-scorecards
compare-scorecards: $(READY) ## What became worse between two runs: A=.local/loadtest/herd-... B=... TOLERANCE=0.2
	@$(PYTHON) -m loadtests.compare $(A) $(B) $(if $(TOLERANCE),--tolerance $(TOLERANCE))

.PHONY: bench-pipeline
bench-pipeline: $(BENCH)/.ready ## The same job by eight pipelines, side by side: BACKLOGS=1000,10000,50000 REPETITIONS=3
	@$(BENCH)/bin/python -m loadtests.benches.pipeline $(if $(BACKLOGS),--backlogs $(BACKLOGS)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: bench-ingest
bench-ingest: $(BENCH)/.ready ## Ingest beside a bare route and a usual handler: REQUESTS=6000 REPETITIONS=3
	@$(BENCH)/bin/python -m loadtests.benches.ingest $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: bench-nation
bench-nation: $(BENCH)/.ready ## From the first POST to the last report, at three sizes: SIZES=900,9000,90000 REPETITIONS=3
	@$(BENCH)/bin/python -m loadtests.benches.nation $(if $(SIZES),--sizes $(SIZES)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: bench-budget
bench-budget: $(READY) ## What a practice costs step by step, in microseconds of one idle process; no servers
	@$(PYTHON) -m loadtests.benches.nation.budget

.PHONY: bench-pages
bench-pages: $(BENCH)/.ready ## The report's page and the signature beside a bare page and a bare insert: PRACTICES=1000 REPETITIONS=3 ONLY="insert sign"
	@$(BENCH)/bin/python -m loadtests.benches.pages $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(if $(ONLY),--only "$(ONLY)") $(ARGS)

.PHONY: bench-overload
bench-overload: $(BENCH)/.ready ## One, two and four times what can be answered, with and without the door: PRACTICES=700 SECONDS_EACH=8 ROUNDS=3
	@$(BENCH)/bin/python -m loadtests.benches.overload $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(SECONDS_EACH),--seconds $(SECONDS_EACH)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

.PHONY: bench-eta
bench-eta: $(BENCH)/.ready ## Do people wait as long as they are told? Surge, drain, loss of a worker: PRACTICES=5000 REPETITIONS=1
	@$(BENCH)/bin/python -m loadtests.benches.eta $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: capacity
capacity: $(BENCH)/.ready ## What a cluster takes: measures a nation, predicts others and runs them, sizes three
	@$(BENCH)/bin/python -m loadtests.capacity $(ARGS)

.PHONY: bench-calculation
bench-calculation: $(BENCH)/.ready ## A nation's points, figures and pounds beside the alternatives: PRACTICES=9000 REPETITIONS=5
	@$(BENCH)/bin/python -m loadtests.benches.calculation $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: bench-seeing
bench-seeing: $(READY) ## What metrics and traces cost, in processor time for an extract: PRACTICES=1000 REPETITIONS=5
	@$(PYTHON) -m loadtests.benches.seeing $(if $(PRACTICES),--practices $(PRACTICES)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(ARGS)

.PHONY: k8s
k8s: $(READY) ## Render and check every Kubernetes manifest; no cluster needed
	@$(PYTHON) deploy/k8s/validate.py $(if $(CI),--require) $(ARGS)

.PHONY: clean
clean: ## Stop everything, then delete .venv, .local (with its data) and caches
	@if [ -x $(PYTHON) ]; then $(STACK) down; fi
	@cd "$(PRIVATE)" 2>/dev/null && rm -rf uv bench mutation screenshots postgres rabbitmq rabbitmq-dist rabbitmq-apt prometheus prometheus-dist prometheus-apt keys log run k8s.yaml *.lock || true
	@rmdir "$(PRIVATE)" 2>/dev/null || true
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
