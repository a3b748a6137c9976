# Every target sets up what it needs. `make` alone says what there is.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
STACK ?= dev
FORMAT ?= text
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE := # else each of the many processes that tests start compiles all that it imports
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check


.PHONY: help preview validate quota test test-slow spark coverage mutate mutate-code check actionlint format integration engine judges up bench schema docs docs-site lock dist clean

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

preview: $(VENV)/.runtime ## What STACK would create, and whether all stacks fit the quota; offline
	@$(BIN)/weighbridge preview $(STACK) --format $(FORMAT)

validate: $(VENV)/.runtime ## Check all specs and the quota file
	@$(BIN)/weighbridge validate

quota: $(VENV)/.runtime ## The quota ledger of all stacks
	@$(BIN)/weighbridge quota

test: $(VENV)/.dev ## All tests but the slow ones
	@$(BIN)/python -m pytest --quiet --numprocesses 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/.dev ## The slow tests: whole ways through real processes, and what takes many draws
	@$(BIN)/python -m pytest --quiet --numprocesses 2 --dist worksteal -m slow

spark: $(VENV)/.dev ## Spark in local mode counts as pyarrow does (fetched once, 450 MB; needs Java 17)
	@test -d .cache/spark/pyspark || $(PIP) install --target .cache/spark --no-deps --require-hashes \
		--requirement requirements-spark.lock
	@$(BIN)/python -m pytest --quiet tests/weighbridge/drift_monitor/test_spark_engine.py

coverage: $(VENV)/.dev ## The same, with lines and branches counted; fails below the floor in pyproject.toml
	@$(BIN)/python -m pytest --quiet --numprocesses 2 --dist loadfile -m "not slow" --cov --cov-report=term

mutate: $(VENV)/.dev ## Every alert made wrong in each place: the alerts' unit tests must notice (about ten minutes)
	@$(BIN)/python -m tests.mutants

mutate-code: $(VENV)/.dev ## 300 places of the quota's arithmetic and of rules made wrong: tests must notice (SEED=2: others)
	@$(BIN)/python -m tests.code_mutants --seed $(SEED)

check: $(VENV)/.dev ## Lint, format, types, imports, dead code, dependencies, spelling, workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/vulture
	@$(BIN)/deptry .
	@$(BIN)/codespell
	@$(BIN)/zizmor --offline --quiet .github action.yml
	@if command -v go >/dev/null; then $(MAKE) --no-print-directory actionlint; \
		else echo "actionlint was left out, as there is no Go here: CI runs it" >&2; fi

actionlint: ## What GitHub would refuse in a workflow (needs Go, which fetches the tool once); a part of check
	@go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

format: $(VENV)/.dev ## Rewrite the code in the project's format
	@$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

integration: $(VENV)/.dev ## Every Kubernetes object before a real kube-apiserver (built once, needs Go and apt)
	@$(BIN)/python -m pytest --quiet tests/integration
	@$(BIN)/python -m tests.integration.check

judges: $(VENV)/.dev ## kube-score and checkov on every Kubernetes object (built and installed once, needs Go)
	@$(BIN)/python -m tests.integration.judges

engine: $(VENV)/.dev ## The real Pulumi engine beside the offline preview, and a stack's whole life (built once, needs Go)
	@$(BIN)/python -m pytest --quiet --numprocesses 2 tests/engine

# The stack is made if it is missing, encrypted with SECRETS_PROVIDER where one is given, and your selected one stays. Its
# settings are where Pulumi.yaml says; a fresh checkout without them takes the encryption from the state.
# Without a terminal nobody can be asked: what the preview and the pack admit is deployed.
up: $(VENV)/.runtime ## Deploy STACK with the Pulumi CLI and the policy pack (needs credentials)
	@command -v pulumi >/dev/null || { echo "make up needs the Pulumi CLI: https://www.pulumi.com/docs/install/" >&2; exit 3; }
	@$(BIN)/weighbridge validate "$(STACK)"
	@[ -t 0 ] && [ -t 1 ] || unattended=--non-interactive; \
	export PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true; \
	pulumi stack export --stack "$(STACK)" --non-interactive >/dev/null 2>&1 \
		|| pulumi stack init "$(STACK)" --no-select $(if $(SECRETS_PROVIDER),--secrets-provider "$(SECRETS_PROVIDER)") \
			$$unattended || exit; \
	set -x; pulumi up --stack "$(STACK)" --policy-pack policies $${unattended:+--yes $$unattended}

bench: $(VENV)/.dev ## Speed, as ratios measured in one run
	@$(BIN)/python -m bench

schema: $(VENV)/.runtime ## Rewrite the published schemas from the models
	@$(BIN)/python -m weighbridge.spec.schema stacks

docs: $(VENV)/.dev ## Rewrite the generated tables and outputs of README.md and docs/
	@$(BIN)/python -m tests.support.readme --write

docs-site: ## The documents as a site, in .cache/site/html; fails on a link that leads nowhere
	@test -x .cache/site/venv/bin/mkdocs || { $(PYTHON) -m venv .cache/site/venv \
		&& .cache/site/venv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes \
			--requirement requirements-docs.lock; }
	@NO_MKDOCS_2_WARNING=true .cache/site/venv/bin/mkdocs build --strict

lock: ## Rewrite the lock files (needs uv)
	uv pip compile $(LOCK_FLAGS) $(LOCKED_EXTRAS) -o requirements.lock pyproject.toml
	uv pip compile $(LOCK_FLAGS) $(LOCKED_EXTRAS) --extra dev -c requirements.lock --no-strip-extras -o requirements-dev.lock pyproject.toml
	uv pip compile $(LOCK_FLAGS) -o requirements-docs.lock requirements-docs.in
	uv pip compile $(LOCK_FLAGS) -o requirements-spark.lock requirements-spark.in

# Universal: pip-tools locks what the Python needs that it runs on, and misses what a newer one needs besides.
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header
LOCKED_EXTRAS := $(foreach extra,admission build cloud monitor otlp planner tables,--extra $(extra))

dist: $(VENV)/.dev ## The sdist and the wheel of a release, in dist/
	@rm -rf dist && $(BIN)/python -m build --no-isolation

clean: ## Remove everything that make has made
	rm -rf $(VENV) .cache .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Weighbridge needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 3; }
	@echo "Setting up $(VENV) (once; about a minute) ..." >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what tests and checks need ..." >&2
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
