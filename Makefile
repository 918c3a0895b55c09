# Everything that people do here, by one name each. `make` alone lists it. Only `cargo`, a C compiler and Python 3 are
# needed, and for deploying the AWS CLI; cargo-nextest is used where it is installed.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
PYTHON ?= python3
VENV := .venv
TEMPLATE := infra/template.yaml
# Where the template must be creatable: one region of each kind that docs/operators.md names.
REGIONS := cn-north-1 cn-northwest-1 ap-southeast-1 us-east-1
# Templates of stacks beside it: the front's limits, and the second copy's bucket in another account.
BESIDE := infra/web-acl.yaml infra/backup-bucket.yaml
# Options for `make run`, e.g. ARGS="--port 9000 --memory".
ARGS ?=
# What `make package` builds, and for what: x86_64 or arm64.
FUNCTIONS ?=
# The number of a release: that of Cargo.toml where nothing is said.
VERSION ?=
ARCH ?= x86_64
# Programs that `make audit` needs and a fresh machine does not have, at versions that were tried.
TOOLS := .tools
CARGO_DENY := 0.20.2
CARGO_MACHETE := 0.9.2

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
.PHONY: fmt test test-deploy drill test-browser bench bench-startup bench-pages openapi template
fmt: ## Format the code
	@$(CARGO) fmt --all

# The journeys start the real functions, so these are built first.
test: ## Run every test, check the template, deploy it into an emulator, and go through the pages in a browser
	@$(CARGO) build --locked --quiet --workspace --bins
	@if $(call have,cargo-nextest); then $(CARGO) nextest run --locked --workspace && $(CARGO) test --locked --quiet --workspace --doc; else $(CARGO) test --locked --quiet --workspace; fi
	@$(PYTHON) -m unittest discover --quiet --start-directory infra/release/tests
	@$(MAKE) lint-template
	@$(MAKE) test-deploy
	@$(MAKE) test-browser

test-deploy: export PYTHONPATH := infra:tests/deploy
test-deploy: $(VENV)/ready ## Deploy the template into an AWS emulator on this machine, compare it and use it
	@$(CARGO) build --locked --quiet --workspace --bins
	@$(VENV)/bin/python tests/deploy/run.py

drill: export PYTHONPATH := infra:tests/deploy
drill: $(VENV)/ready ## Lose a stack in the emulator, recover it from its second copy into another, compare by hash
	@$(CARGO) build --locked --quiet --workspace --bins
	@$(VENV)/bin/python tests/deploy/run.py DrillTest

# Chromium and the Chinese fonts are those of the machine, or are installed on the way.
test-browser: export PYTHONPATH := tests/browser:tests/deploy
test-browser: $(VENV)-browser/ready ## Go through the residents' pages in a browser: journeys, sizes, contrast, links (NAMES="draft tabs")
	@$(CARGO) build --locked --quiet --workspace --bins
	@$(VENV)-browser/bin/python tests/browser/run.py $(NAMES)

bench: ## Measure the clock engine and the sanitizer (optimized build; compare rows of one run)
	@$(CARGO) bench --quiet -p zhitiao-domain --bench clock
	@$(CARGO) bench --quiet -p zhitiao-pictures --features scenes --bench sanitize

bench-startup: ## Measure how report-intake starts as on Lambda, over TLS, beside a function that does nothing (minutes to build)
	@$(PYTHON) infra/release/package.py --quiet --with-empty report-intake
	@$(CARGO) run --locked --quiet -p zhitiao-tests --example startup -- target/lambda

bench-pages: ## Measure residents' pages beside the API, with 100 and 100,000 public cases (release build)
	@$(CARGO) build --locked --quiet --release --package zhitiao-site --package zhitiao-public-board --package zhitiao-report-intake --package zhitiao-case-desk
	@$(CARGO) run --locked --quiet -p zhitiao-tests --example pages -- target/release

openapi: ## Write infra/openapi.json and docs/api.md from the code
	@$(CARGO) run --quiet -p zhitiao-tests --example openapi > infra/openapi.json.new
	@mv infra/openapi.json.new infra/openapi.json
	@$(CARGO) run --quiet -p zhitiao-tests --example openapi -- --page > docs/api.md.new
	@mv docs/api.md.new docs/api.md

template: $(VENV)/ready ## Write infra/template.yaml from the parts in infra/template and from infra/openapi.json
	@$(VENV)/bin/python infra/template/build.py

##@ Check it
.PHONY: lint lint-code lint-dependencies lint-template lint-security audit audit-dependencies audit-advisories audit-secrets
lint: lint-code lint-dependencies lint-template lint-security ## Check format, code, dependencies and template

lint-code: ## Check format and code (rustfmt, clippy)
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --locked --quiet --workspace --all-targets -- -D warnings

lint-dependencies: ## Check licenses, bans, sources and unused dependencies, where `make audit` has installed the tools
	@if [ -x $(TOOLS)/bin/cargo-deny ]; then $(MAKE) audit-dependencies; else echo "skipped: \`make audit\` has not installed cargo-deny yet"; fi

audit: audit-dependencies audit-advisories audit-secrets ## Check the supply chain: what we depend on, known vulnerabilities, secrets in the tree

audit-dependencies: $(TOOLS)/bin/cargo-deny $(TOOLS)/bin/cargo-machete
	@$(TOOLS)/bin/cargo-deny --locked --log-level warn check --hide-inclusion-graph licenses bans sources
	@PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(CARGO) machete

# Without a way to the database nothing is known about vulnerabilities, and that is said instead of passing for a check.
audit-advisories: $(TOOLS)/bin/cargo-deny
	@$(TOOLS)/bin/cargo-deny --log-level off fetch db || echo "the advisory database could not be brought up to date"
	@data=$$(find $(TOOLS)/advisories -mindepth 2 -maxdepth 2 -name .git 2>/dev/null | head -n 1); \
	if [ -z "$$data" ]; then echo "advisories: NOT CHECKED, for there is no advisory database here"; exit; fi; \
	echo "advisories as of $$(git --git-dir "$$data" log -1 --format=%cs)"; \
	$(TOOLS)/bin/cargo-deny --locked --log-level warn check --disable-fetch --hide-inclusion-graph advisories

# The findings in infra/release/secrets.json were looked at: examples, test vectors, words. The hook answers 3 when lines
# moved only, and is asked within the shell, for xargs answers 123 for every failure.
audit-secrets: $(VENV)/audit
	@cp infra/release/secrets.json $(VENV)/secrets.json
	@git ls-files -z -- ':!Cargo.lock' ':!infra/release/secrets.json' | xargs -0 sh -c '$(VENV)/bin/detect-secrets-hook --baseline $(VENV)/secrets.json "$$@" || [ $$? -eq 3 ]' hook
	@echo "secrets ok"

$(TOOLS)/bin/cargo-deny:
	@$(CARGO) install --quiet --locked --root $(TOOLS) cargo-deny@$(CARGO_DENY)

$(TOOLS)/bin/cargo-machete:
	@$(CARGO) install --quiet --locked --root $(TOOLS) cargo-machete@$(CARGO_MACHETE)

$(VENV)/audit: infra/release/requirements.txt $(VENV)/ready
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# The house rules of infra/rules judge the template as written and as CloudFormation sees it, and are tested themselves.
lint-template: export PYTHONPATH := infra
lint-template: $(VENV)/ready ## Check the template, with our own rules, as SAM and as CloudFormation read it
	@$(VENV)/bin/python -m unittest discover --quiet --start-directory infra/template/tests
	@$(VENV)/bin/python infra/transform.py $(TEMPLATE) > $(VENV)/transformed.json
	@$(VENV)/bin/cfn-lint --regions $(REGIONS) --include-checks I --append-rules infra/rules cfn_lint_serverless.rules \
		-- $(TEMPLATE) $(VENV)/transformed.json
	@$(VENV)/bin/cfn-lint --include-checks I -- $(BESIDE)
	@$(VENV)/bin/python -m unittest discover --quiet --start-directory infra/rules/tests

# Checkov brings 100 packages and takes minutes to install, so that it has an environment of its own and is not part of
# `make test`. It asks nobody on the internet; a finding that is meant is skipped beside the resource, with its reason.
lint-security: $(VENV)-checkov/ready ## Check the template for what is known to be unsafe (checkov)
	@$(VENV)-checkov/bin/checkov --skip-download --framework cloudformation --compact --quiet \
		--file $(TEMPLATE) $(BESIDE)

$(VENV)/ready: infra/requirements.txt tests/deploy/requirements.txt
$(VENV)-checkov/ready: infra/requirements-checkov.txt
$(VENV)-browser/ready: tests/browser/requirements.txt
$(VENV)/ready $(VENV)-checkov/ready $(VENV)-browser/ready:
	@$(PYTHON) -m venv $(@D) || { echo "the checks need $(PYTHON) with its venv module"; exit 1; }
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --requirement ,$^) \
		|| { echo "the checks need the packages of $^: pip could not get them"; exit 1; }
	@touch $@

##@ Ship it
.PHONY: package deployer-policy deploy rollback configure staging staging-remove rotate adopt replay restore recover handover takeover import story resident
package: ## Build the functions for Lambda into dist/, with a bill of materials (ARCH=arm64 VERSION=0.2.0-rc.1 FUNCTIONS="notifier …")
	@$(PYTHON) infra/release/package.py --arch $(ARCH) --version "$(VERSION)" $(FUNCTIONS)

deployer-policy: ## Print the least rights that the deployer needs, as an IAM policy (STACK= REGION= BUCKET= PART=)
	@$(PYTHON) infra/release/deployer_policy.py --stack "$(STACK)" --region "$(REGION)" --bucket "$(BUCKET)" $(if $(PART),--part "$(PART)")

# PARAMETERS reaches the program through the environment and as it was given: make would read a dollar in it.
deploy configure adopt staging: export ZHITIAO_PARAMETERS = $(value PARAMETERS)
deploy: ## Deploy what was packaged, or the release VERSION= that the bucket keeps, after showing what changes (STACK= REGION= BUCKET= PARAMETERS="Name=value Secret=@file …" YES=1)
	@$(PYTHON) infra/release/deploy.py --stack "$(STACK)" --region "$(REGION)" --bucket "$(BUCKET)" --version "$(VERSION)" $(if $(YES),--yes)

rollback: ## Go back to the release before within a minute, by the alias of each function (STACK= REGION= VERSION= YES=1)
	@$(PYTHON) infra/release/rollback.py --stack "$(STACK)" --region "$(REGION)" --version "$(VERSION)" $(if $(YES),--yes)

configure: ## Change parameters of a living stack and nothing else: its code and template stay (STACK= REGION= PARAMETERS="…" YES=1)
	@$(PYTHON) infra/release/deploy.py --parameters-only --stack "$(STACK)" --region "$(REGION)" $(if $(YES),--yes)

staging: ## Make the stack <STACK>-staging from what was packaged, with infra/seed and some reports (STACK= REGION= BUCKET= PARAMETERS="…" YES=1)
	@$(PYTHON) infra/release/staging.py make --stack "$(STACK)" --region "$(REGION)" --bucket "$(BUCKET)" $(if $(YES),--yes)

staging-remove: ## Delete <STACK>-staging with all its data (STACK= REGION= YES=1)
	@$(PYTHON) infra/release/staging.py remove --stack "$(STACK)" --region "$(REGION)" $(if $(YES),--yes)

rotate: ## Replace a secret so that nothing is refused in between (STACK= REGION= NAME=tracking|cursor|origin WAIT= SENT=1 YES=1)
	@$(PYTHON) infra/release/rotate.py --stack "$(STACK)" --region "$(REGION)" --name "$(NAME)" \
		$(if $(WAIT),--wait "$(WAIT)") $(if $(SENT),--sent) $(if $(YES),--yes)

adopt: ## Take what a deleted stack kept into a new one of its name (STACK= REGION= PARAMETERS="District=…" YES=1)
	@$(PYTHON) infra/release/adopt.py --stack "$(STACK)" --region "$(REGION)" $(if $(YES),--yes)

replay: ## Show what the notifier gave up, and hand it over again (STACK= REGION= EXECUTE=1)
	@$(PYTHON) infra/release/replay.py --stack "$(STACK)" --region "$(REGION)" $(if $(EXECUTE),--execute)

story: ## Tell the story of a case, or all about a member of staff, without what people wrote (STACK= REGION= NUMBER=|STAFF= DAYS=30)
	@$(PYTHON) infra/release/case_story.py --stack "$(STACK)" --region "$(REGION)" --number "$(NUMBER)" --staff "$(STAFF)" $(if $(DAYS),--days "$(DAYS)")

resident: ## Write all that is held of a resident's cases into a folder, for a request by law (STACK= REGION= NUMBERS="… …" FOLDER=)
	@$(PYTHON) infra/release/resident.py --stack "$(STACK)" --region "$(REGION)" --numbers "$(NUMBERS)" --folder "$(FOLDER)"

import: ## Take units, staff, categories, places from CSV or XLSX into a folder, after showing what changes (FOLDER= UNITS= STAFF= CATEGORIES= PLACES= WRITE=1)
	@$(PYTHON) infra/release/spreadsheet.py --folder "$(FOLDER)" $(if $(UNITS),--units "$(UNITS)") $(if $(STAFF),--staff "$(STAFF)") \
		$(if $(CATEGORIES),--categories "$(CATEGORIES)") $(if $(PLACES),--places "$(PLACES)") $(if $(WRITE),--write)

restore: ## Compare a table with a restored copy, and put back what was lost (STACK= REGION= FROM=table TABLE=DirectoryTable PARTITION= OVERWRITE=1 EXECUTE=1)
	@$(PYTHON) infra/release/restore.py --stack "$(STACK)" --region "$(REGION)" --source "$(FROM)" \
		$(if $(TABLE),--table "$(TABLE)") $(if $(PARTITION),--partition "$(PARTITION)") $(if $(OVERWRITE),--overwrite) $(if $(EXECUTE),--execute)

recover: ## Put the second copy into a stack, after comparing (STACK= REGION= FROM=bucket SOURCE=stack EXPORT= EXECUTE=1)
	@$(PYTHON) infra/release/recover.py --stack "$(STACK)" --region "$(REGION)" --bucket "$(FROM)" \
		$(if $(SOURCE),--source "$(SOURCE)") $(if $(EXPORT),--export "$(EXPORT)") $(if $(EXECUTE),--execute)

handover: ## Write all data of a district into a folder: JSON Lines, photos, hashes (STACK= REGION= FOLDER=)
	@$(PYTHON) infra/release/handover.py out --stack "$(STACK)" --region "$(REGION)" --folder "$(FOLDER)"

takeover: ## Take such a folder into a stack of the same district, after comparing (STACK= REGION= FOLDER= EXECUTE=1)
	@$(PYTHON) infra/release/handover.py in --stack "$(STACK)" --region "$(REGION)" --folder "$(FOLDER)" $(if $(EXECUTE),--execute)

##@ Keep house
.PHONY: clean help
clean: ## Remove what was built; the local cloud's data in .local stays
	@$(CARGO) clean --quiet
	@rm -rf $(VENV) $(VENV)-checkov $(VENV)-browser $(TOOLS) dist demo-out

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
