# Everything that people do here, by one name each. `make` alone lists it. Only `cargo` and, for the template checks,
# Python 3 are needed; cargo-nextest, cargo-deny and cargo-machete are used where they are installed.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
PYTHON ?= python3
VENV := .venv
TEMPLATE := infra/template.yaml
WEB_ACL := infra/web-acl.yaml
# Options for `make run`, e.g. ARGS="--port 9000 --memory".
ARGS ?=

have = command -v $(1) >/dev/null 2>&1

##@ Try it
.PHONY: run demo
run: ## Start the whole service on this machine: the template, its functions, tables, buckets (ARGS="--help")
	@$(CARGO) build --quiet --workspace --bins
	@exec target/debug/zhitiao-local $(ARGS)

demo: ## Play one case from the report to the thank-you, with photos, and show what everybody sees
	@$(CARGO) build --quiet --workspace --bins
	@$(CARGO) run --quiet -p zhitiao-tests --example demo

##@ Change it
.PHONY: fmt test bench openapi
fmt: ## Format the code
	@$(CARGO) fmt --all

# The journeys start the real functions, so these are built first.
test: ## Run every test, and the template checks
	@$(CARGO) build --quiet --workspace --bins
	@if $(call have,cargo-nextest); then $(CARGO) nextest run --workspace && $(CARGO) test --quiet --workspace --doc; else $(CARGO) test --quiet --workspace; fi
	@$(MAKE) lint-template

bench: ## Measure the clock engine and the sanitizer (optimized build; compare rows of one run)
	@$(CARGO) bench --quiet -p zhitiao-domain --bench clock
	@$(CARGO) bench --quiet -p zhitiao-pictures --features scenes --bench sanitize

openapi: ## Write infra/openapi.json anew from the code
	@$(CARGO) run --quiet -p zhitiao-tests --example openapi > infra/openapi.json.new
	@mv infra/openapi.json.new infra/openapi.json

##@ Check it
.PHONY: lint lint-code lint-dependencies lint-template lint-security
lint: lint-code lint-dependencies lint-template lint-security ## Check format, code, dependencies and template

lint-code: ## Check format and code (rustfmt, clippy)
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings

lint-dependencies: ## Check licenses, bans and unused dependencies, where the tools are installed
	@if $(call have,cargo-deny); then $(CARGO) deny --log-level warn check; else echo "skipped: cargo-deny is not installed"; fi
	@if $(call have,cargo-machete); then $(CARGO) machete; else echo "skipped: cargo-machete is not installed"; fi

# The house rules of infra/rules judge the template as written and as CloudFormation sees it, and are tested themselves.
lint-template: export PYTHONPATH := infra
lint-template: $(VENV)/ready ## Check the template, with our own rules, as SAM and as CloudFormation read it
	@$(VENV)/bin/python infra/transform.py $(TEMPLATE) > $(VENV)/transformed.json
	@$(VENV)/bin/cfn-lint --include-checks I --append-rules infra/rules cfn_lint_serverless.rules \
		-- $(TEMPLATE) $(VENV)/transformed.json
	@$(VENV)/bin/cfn-lint --include-checks I -- $(WEB_ACL)
	@$(VENV)/bin/python -m unittest discover --quiet --start-directory infra/rules/tests

# Checkov brings 100 packages and takes minutes to install, so that it has an environment of its own and is not part of
# `make test`. It asks nobody on the internet; a finding that is meant is skipped beside the resource, with its reason.
lint-security: $(VENV)-checkov/ready ## Check the template for what is known to be unsafe (checkov)
	@$(VENV)-checkov/bin/checkov --skip-download --framework cloudformation --compact --quiet \
		--file $(TEMPLATE) $(WEB_ACL)

$(VENV)/ready: infra/requirements.txt
$(VENV)-checkov/ready: infra/requirements-checkov.txt
$(VENV)/ready $(VENV)-checkov/ready:
	@$(PYTHON) -m venv $(@D) || { echo "the template checks need $(PYTHON) with its venv module"; exit 1; }
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< \
		|| { echo "the template checks need the packages of $<: pip could not get them"; exit 1; }
	@touch $@

##@ Keep house
.PHONY: clean help
clean: ## Remove what was built; the local cloud's data in .local stays
	@$(CARGO) clean --quiet
	@rm -rf $(VENV) $(VENV)-checkov dist demo-out

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
