# make run · make test · make check: each sets up what it needs. See README.md.
SHELL := /bin/sh
export PYTHONPATH := layers/common
# What callers give goes through the environment as it is, past make's and the shell's reading of $ and quotes.
GIVEN := $(foreach name,SHOP CREDENTIALS DOMAIN DATABASE_URL DO,$(if $(filter undefined,$(origin $(name))),,$(name)))
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
$(if $(GIVEN),$(eval export $(GIVEN)))
VENV := .venv/bin/python

# sam: the project's own (make sam), else the one on PATH; build and deploy make the project's own where there is neither.
ENV := default
SAM := $(or $(wildcard .venv-sam/bin/sam),$(shell command -v sam 2>/dev/null),.venv-sam/bin/sam)
# The interpreter of Lambda's runtime: sam needs it to build, and bytecode of another version would be of no use.
RUNTIME := $(shell sed -n 's/^ *Runtime: \(python3\.[0-9]*\)$$/\1/p' template.yaml)
RUNTIME_PYTHON = $(shell for python in $(RUNTIME) .venv/bin/python "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/*/bin/$(RUNTIME); do \
	"$$python" -c 'import sys; print(sys.executable) if "python%d.%d" % sys.version_info[:2] == "$(RUNTIME)" else sys.exit(1)' 2>/dev/null && break; done)
export SAM_CLI_TELEMETRY := 0

.PHONY: run test check format lint types template openapi migrate quarantine sam build can-build deploy

.venv/ready: local/setup.sh requirements/dev.txt
	@sh local/setup.sh

build/local/ready: .venv/ready requirements/runtime.txt layers/common/requirements.txt
	@$(VENV) -m local.packages

run: .venv/ready build/local/ready
	@$(VENV) -m local.run $${SHOP:+--shop "$$SHOP"} $${CREDENTIALS:+--credentials "$$CREDENTIALS"} $${DOMAIN:+--domain "$$DOMAIN"}

test: .venv/ready build/local/ready
	@$(VENV) -m pytest --numprocesses $$(($$(nproc) + 1)) --maxprocesses 4 --dist worksteal

check: format lint types template test

format: .venv/ready
	@$(VENV) -m ruff format --check .

lint: .venv/ready
	@$(VENV) -m ruff check .

types: .venv/ready
	@$(VENV) -m mypy

# The API's document, of the handlers as they are; a test compares.
openapi: .venv/ready
	@$(VENV) -m local.openapi.document

migrate: .venv/ready
	@$(VENV) -m ops.migrate

quarantine: .venv/ready
	@set -f; $(VENV) -m ops.quarantine $${DO:-list}

sam: .venv-sam/bin/sam

# An older pip than 23.3 stumbles over the extras in hashed requirements.
.venv-sam/bin/sam: local/setup.sh requirements/sam.txt | .venv/ready
	@echo "Setting up .venv-sam (once)…" >&2
	@rm -rf .venv-sam && $(VENV) -m venv .venv-sam
	@.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --no-input --upgrade 'pip>=23.3'
	@.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/sam.txt
	@touch $@

template: .venv/ready
	@.venv/bin/cfn-lint template.yaml
	@if command -v "$(SAM)" >/dev/null; then "$(SAM)" validate --lint; \
	else echo "sam is not installed (make sam does that): cfn-lint alone has checked template.yaml." >&2; fi

# sam packs no bytecode; without it, every cold start compiles the layer anew (393 instead of 178 ms).
build: $(SAM)
	@[ -n "$(RUNTIME_PYTHON)" ] || { echo "$(RUNTIME) is needed to build for Lambda, and was not found: install it, or put it first on PATH." >&2; exit 1; }
	@python="$(RUNTIME_PYTHON)" && PATH="$$(dirname "$$python"):$$PATH" "$(SAM)" build \
	&& "$$python" -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build/CommonLayer

can-build: .venv/ready
	@[ -n "$(RUNTIME_PYTHON)" ]

deploy: build
	@"$(SAM)" deploy --config-env "$(ENV)"
