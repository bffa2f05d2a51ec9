# `make` alone explains the targets. ARGS passes options on: make run ARGS="--port 9000"
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# Named after the folder: a virtual environment that was moved with it does not work.
READY := $(VENV)/.ready-$(shell printf %s "$(CURDIR)" | cksum | cut -d ' ' -f 1)
ARGS ?=
# Each has a PostgreSQL and a Redis of its own. Many tests wait for processes they have started.
TEST_PROCESSES ?= 3

.PHONY: help
help: ## Explain these targets
	@echo "Outreach. Needs Python 3.11 or newer and make; everything else is installed into $(VENV)."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: $(READY) ## Start everything on this machine, with the demo (ARGS="--no-demo --port 9000")
	@$(BIN)/outreach up $(ARGS)

.PHONY: test
test: $(READY) ## Run the tests, three at a time, or some of them (ARGS="tests/timing -k spring")
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 5)

# -k: one finding does not hide the next check's.
.PHONY: check
check: $(READY) ## Lint, types, layers, migrations, containers, docs, words, secrets, known holes
	@$(MAKE) --no-print-directory -k check-style check-types check-layers check-migrations check-containers check-docs check-words check-secrets check-dependencies

.PHONY: check-style
check-style: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: check-types
check-types: $(READY)
	@$(BIN)/mypy

.PHONY: check-layers
check-layers: $(READY)
	@$(BIN)/lint-imports

# Django looks for a database to compare with and warns when there is none: not needed here.
.PHONY: check-migrations
check-migrations: $(READY)
	@PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/python -m outreach.config.manage makemigrations --check --dry-run
	@PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/python -m tools.lint_migrations

.PHONY: check-containers
check-containers: $(READY)
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.demo.yml
	@$(BIN)/hadolint --failure-threshold style Dockerfile
	@mkdir -p build
	@OUTREACH_DOMAIN=a.example OUTREACH_HOOKS_DOMAIN=b.example $(BIN)/caddy adapt --validate \
		--config ops/caddy/Caddyfile >build/caddy.log 2>&1 || { cat build/caddy.log; exit 1; }

.PHONY: check-docs
check-docs: $(READY)
	@$(BIN)/python tools/check_links.py
	@$(BIN)/python tools/settings_reference.py --check
	@$(BIN)/python -m outreach.cli.reference --check
	@$(SITE) --site-dir build/site

# The variable silences the notice that the theme ends on 5 May 2027 (docs/decisions/0011-mkdocs.md).
SITE := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.PHONY: site
site: $(READY) ## Build the documents as a site into site/
	@$(SITE) --site-dir site

.PHONY: check-words
check-words: $(READY)
	@$(BIN)/python tools/catalogue.py --check

# What looks like a key and is none stands in .secrets.baseline, as hashes.
.PHONY: check-secrets
check-secrets: $(READY)
	@$(BIN)/python tools/find_secrets.py

# The only check that asks the network; without it, it says that nothing was audited.
.PHONY: check-dependencies
check-dependencies: $(READY)
	@$(BIN)/python tools/audit_dependencies.py

.PHONY: words
words: $(READY) ## Gather the words of the staff's pages into the catalogues, and compile them
	@$(BIN)/python tools/catalogue.py

.PHONY: docs
docs: $(READY) ## Write the generated pages again (settings, commands, campaign reference)
	@$(BIN)/python tools/settings_reference.py
	@$(BIN)/python -m outreach.cli.reference
	@$(BIN)/python -m outreach.campaigns.definition.reference
	@$(BIN)/python -m outreach.campaigns.definition.codes_page

.PHONY: pictures
pictures: $(READY) ## Take the pictures of the documents again (needs a Chromium)
	@rm -rf docs/pictures/pages docs/pictures/first-campaign
	@BROWSER_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/browser/test_browser_every_page.py tests/browser/test_browser_first_campaign.py

.PHONY: bench
bench: $(READY) ## Measure the speed of this machine (ARGS chooses what)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: chaos
chaos: $(READY) ## Break things in the middle of a send and look whether the books balance
	@$(BIN)/python -m bench.chaos $(ARGS)

# What is inside, for whoever keeps a list of it (CycloneDX). Reads the lock file alone.
.PHONY: sbom
sbom: $(READY) ## Write the list of parts, build/sbom.json
	@mkdir -p build
	@PYTHONWARNINGS=ignore $(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.lock \
		--pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json
	@echo "build/sbom.json"

# When a version is released, and never afterwards: docs/decisions/0013-one-release-beside-the-next.md.
.PHONY: contract
contract: $(READY) ## Write what this release counts on into releases/ (ARGS=--again before it is out)
	@$(BIN)/python -m tools.release_contract $(ARGS)

.PHONY: lock
lock: $(READY) ## Resolve the dependencies again into requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --all-extras pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove what was installed and cached; the data in .outreach stays
	@rm -rf $(VENV) build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Made again when the dependencies change or the folder was moved.
$(READY): requirements.lock pyproject.toml tools/find_python.sh
	@python=$$(sh tools/find_python.sh) && \
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.prefix != "$(CURDIR)/$(VENV)")' 2>/dev/null; then \
		echo "Making $(VENV) with $$python"; \
		rm -rf $(VENV); "$$python" -m venv $(VENV); \
	fi
	@echo "Installing the dependencies into $(VENV) (only when they change)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
