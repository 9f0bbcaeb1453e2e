# `make help` lists the commands. Each command sets up what it needs; see README.md.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PYTHONPATH := layers/common
# Without bytecode, each of the many processes compiles its packages anew: that takes 3 seconds instead of 1.
unexport PYTHONDONTWRITEBYTECODE
# Values that the caller gives reach the commands through the environment, so that neither make nor the shell expands $ and quotes in them.
OPTIONS := SHOP CREDENTIALS DOMAIN DRY DAYS ORDERS PORT ORIGINS DATABASE_URL TABLE_NAMES DO STAGE WEBSITE QUICK
# Without strip it would never be empty, and an `export` without names exports, and so computes, every variable.
GIVEN := $(strip $(foreach name,$(OPTIONS),$(if $(filter undefined,$(origin $(name))),,$(name))))
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
$(if $(GIVEN),$(eval export $(GIVEN)))
# A misspelt variable would be ignored without a word.
KNOWN := $(OPTIONS) ENV SAM PYTHON PYTHONPATH RUNTIME_PYTHON
UNKNOWN := $(filter-out $(KNOWN) MAKEFLAGS MAKEOVERRIDES GNUMAKEFLAGS MFLAGS -%,$(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name))))
$(if $(UNKNOWN),$(error make knows no variable $(UNKNOWN), only: $(KNOWN)))
VENV := .venv/bin/python

# sam: the project's own (make sam), otherwise the one on PATH; build and deploy install the project's own if there is none.
ENV := default
SAM := $(or $(wildcard .venv-sam/bin/sam),$(shell command -v sam 2>/dev/null),.venv-sam/bin/sam)
# The interpreter of Lambda's runtime: sam needs it to build, and Lambda ignores bytecode of another version.
RUNTIME := $(shell sed -n 's/^ *Runtime: \(python3\.[0-9]*\)$$/\1/p' template.yaml)
RUNTIME_PYTHON = $(shell for python in $(RUNTIME) .venv/bin/python "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/*/bin/$(RUNTIME); do \
	"$$python" -c 'import sys; print(sys.executable) if "python%d.%d" % sys.version_info[:2] == "$(RUNTIME)" else sys.exit(1)' 2>/dev/null && break; done)
export SAM_CLI_TELEMETRY := 0

# What `make clean` removes; every command makes it again.
GENERATED := .venv .venv-bench .venv-sam .venv-checkov bench/quick build .aws-sam .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.PHONY: help run test proof bench check format lint types imports template fix openapi doctor status migrate quarantine sam build can-build deploy clean

help: ## List the commands (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: .venv/ready build/local/ready ## Run the whole system here; [ORDERS=<n>] [PORT=<n>] [ORIGINS=<origins>]; SHOP=<url> CREDENTIALS=<file> [DOMAIN=<domain>] [DRY=1] [DAYS=<number>] syncs your shop
	@# With exec, make sees the exit code 0 after Ctrl-C, instead of a shell that Ctrl-C killed.
	@exec $(VENV) -m local.run $${SHOP:+--shop "$$SHOP"} $${CREDENTIALS:+--credentials "$$CREDENTIALS"} $${DOMAIN:+--domain "$$DOMAIN"} $${DRY:+--dry} $${DAYS:+--days "$$DAYS"} \
	$${ORDERS:+--orders "$$ORDERS"} $${PORT:+--port "$$PORT"} $${ORIGINS:+--origins "$$ORIGINS"}

test: .venv/ready build/local/ready ## Run the tests
	@$(VENV) -m pytest --numprocesses $$(($$(nproc) + 1)) --maxprocesses 4 --dist worksteal

proof: .venv/ready build/local/ready ## Run the proofs whole: every crash point, all rounds, sequences and requests; `make test` tries a sample
	@WHOLE_PROOF=1 $(VENV) -m pytest tests/proof tests/runtime/test_contract.py tests/integration/sync/test_memory.py --numprocesses $$(($$(nproc) + 1)) --maxprocesses 4 --dist worksteal

bench: .venv/ready ## Measure the sync beside other programs into bench/RESULTS.md, in 15 minutes; QUICK=1 takes 2
	@$(MAKE) --no-print-directory --jobs=2 .venv-bench/bench build/local/ready
	@$(VENV) -m bench.run $${QUICK:+--quick}

check: format lint types imports template test ## Run all checks: format, lint, types, imports, template, tests

format: .venv/ready ## Check the format
	@$(VENV) -m ruff format --check .

lint: .venv/ready ## Check the code with ruff
	@$(VENV) -m ruff check .

types: .venv/ready ## Check the types with mypy
	@$(VENV) -m mypy

imports: .venv/ready ## Check the directions of imports (pyproject.toml)
	@PYTHONPATH=layers/common:. .venv/bin/lint-imports

template: .venv/ready .venv-checkov/bin/checkov ## Check template.yaml with cfn-lint, its serverless rules and checkov
	@.venv/bin/cfn-lint template.yaml --append-rules cfn_lint_serverless.rules
	@# Its script does not start in a folder whose path has a space.
	@.venv-checkov/bin/python -m checkov.main --config-file .checkov.yaml
	@if command -v "$(SAM)" >/dev/null; then "$(SAM)" validate --lint; \
	else echo "sam is not installed (make sam installs it): sam itself has not checked template.yaml." >&2; fi

fix: .venv/ready ## Correct the format and what ruff can correct
	@$(VENV) -m ruff check --fix .
	@$(VENV) -m ruff format .

openapi: .venv/ready ## Write docs/openapi.json from the handlers
	@$(VENV) -m local.openapi.document

# Without STAGE and DATABASE_URL, the operator's commands work on the local stack.
WHERE = $${STAGE:+--stage "$$STAGE"} $$([ -n "$$STAGE$$DATABASE_URL" ] || echo --local)

doctor: .venv/ready ## Find what is wrong and say what to do; [STAGE=<stage>] [WEBSITE=<id or domain>]
	@$(VENV) -m ops doctor $${WEBSITE:---all} $(WHERE)

status: .venv/ready ## Show every website's state and newest sync; [STAGE=<stage>]
	@$(VENV) -m ops status $(WHERE)

migrate: .venv/ready ## Add the columns and tables to the app's database; DATABASE_URL=<url> or STAGE=<stage>
	@$(VENV) -m ops migrate apply $(WHERE)

quarantine: .venv/ready ## Show, retry or release quarantined orders; [STAGE=<stage>] [DO='retry <id or domain> <order>']
	@set -f; $(VENV) -m ops quarantine $${DO:-list} $(WHERE)

build: $(SAM) ## Build for Lambda into .aws-sam
	@[ -n "$(RUNTIME_PYTHON)" ] || { echo "$(RUNTIME) is needed to build for Lambda, and was not found: install it, or put it first on PATH." >&2; exit 1; }
	@# sam packs no bytecode; without it, every cold start compiles the layer (393 instead of 178 ms).
	@python="$(RUNTIME_PYTHON)" && PATH="$$(dirname "$$python"):$$PATH" "$(SAM)" build \
	&& "$$python" -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build/CommonLayer

deploy: .venv/ready ## Deploy to AWS after a confirmation; ENV=prod for the other environment of samconfig.toml
	@$(VENV) -m ops.deployment check "$(ENV)"
	@$(MAKE) --no-print-directory build
	@$(VENV) -m ops.deployment sam "$(ENV)" --sam "$(SAM)"
	@$(VENV) -m ops.deployment next-steps "$(ENV)"

sam: .venv-sam/bin/sam ## Install the sam command into .venv-sam

clean: ## Remove everything that the other commands generate, except the data in .local
	@rm -rf $(GENERATED)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed $(GENERATED) and all __pycache__."
	@[ ! -e .local ] || echo "Kept .local, the data of make run: rm -r .local removes it."

can-build: .venv/ready
	@[ -n "$(RUNTIME_PYTHON)" ]

.venv/ready: local/setup.sh requirements/dev.txt
	@sh local/setup.sh

build/local/ready: .venv/ready requirements/runtime.txt layers/common/requirements.txt
	@$(VENV) -m local.packages

# Tools with environments of their own: their packages conflict with those of the checks.
.venv-sam/bin/sam: requirements/sam.txt
.venv-checkov/bin/checkov: requirements/checkov.txt
.venv-bench/bench: requirements/bench.txt
# pip before 23.3 fails on extras in hashed requirements.
.venv-sam/bin/sam .venv-checkov/bin/checkov .venv-bench/bench: local/setup.sh | .venv/ready
	@echo "Setting up .venv-$(@F) (once)…" >&2
	@rm -rf .venv-$(@F) && $(VENV) -m venv .venv-$(@F)
	@.venv-$(@F)/bin/python -m pip install -qq --disable-pip-version-check --no-input 'pip>=23.3'
	@.venv-$(@F)/bin/python -m pip install -qq --no-compile --disable-pip-version-check --no-input --require-hashes -r requirements/$(@F).txt
	@touch $@
