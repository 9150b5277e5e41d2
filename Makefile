# Tammen: `make run` starts it, `make test` checks it, `make help` lists the rest.
# Everything is built on first use, into .venv, nlu/.venv and .tools, and only when a lock changed.

PYTHON ?= python3
ENVIRONMENT = $(PYTHON) tools/environments.py
BIN = .venv/bin
# `make test ARGS="tests/channels -k sms"`, `make talk ARGS="--lang en --channel sms"`, `make bench ARGS=webhook`
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: run test bench mutate nlu-report talk lint format lock audit sbom digests help
MAKEFLAGS += --no-print-directory

run: ## Starts everything and prints the addresses; Ctrl-C stops it (PORT=8000)
	@$(ENVIRONMENT) gateway
	@exec $(BIN)/tammen run $(ARGS)

test: ## Checks everything: lint, types, both databases, Valkey, Rasa, browser (ARGS="tests/channels -k sms")
	@$(ENVIRONMENT) dev
	@$(PYTHON) tools/browser.py
	@$(BIN)/python -m bot.embedded
	@$(BIN)/python -m pytest --numprocesses=logical --dist=worksteal --durations=10 $(ARGS)

bench: ## Measures speed against the targets and prints tables; fails where one is missed (ARGS=webhook)
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m bot.embedded
	@$(BIN)/python -m bench $(ARGS)

mutate: ## Puts faults into a copy of the code, one at a time, and lists those no test sees (ARGS="bot/outbox --sample 40")
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m bench.mutation $(ARGS)

nlu-report: ## Trains, measures what is understood and how fast, and writes nlu/report.md
	@$(ENVIRONMENT) dev nlu
	@$(BIN)/python -m bench.nlu_report

talk: ## Talks to Tammen in the terminal, on a throw-away database (ARGS="--lang en --channel sms")
	@$(ENVIRONMENT) gateway
	@$(BIN)/tammen talk $(ARGS)

lint: ## Style, density, types, dead code, dependencies, templates, shell scripts, Dockerfile
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m pytest -q -p no:randomly tests/project

format: ## Formats the code and mends what ruff can mend by itself
	@$(ENVIRONMENT) dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: ## Resolves both locks anew, keeping what fits (ARGS=--upgrade takes the newest)
	@$(PYTHON) -m tools.lock $(ARGS)

audit: ## Asks for known vulnerabilities of all that is pinned; fails on new ones, and when nobody answers
	@$(PYTHON) -m tools.audit $(ARGS)

sbom: ## Writes bills of materials (CycloneDX) into dist/sbom
	@$(ENVIRONMENT) dev
	@$(BIN)/python -m tools.sbom $(ARGS)

digests: ## Pins the images in the Dockerfile and in deploy/ by digest, as their registry names them
	@$(PYTHON) -m tools.digests $(ARGS)

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1mmake %-10s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
