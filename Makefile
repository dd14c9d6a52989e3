# make help tells the targets. They need Python 3.11 or later and a package registry; the rest they set up in .venv.

PYTHON ?= python3
VENV ?= .venv
UV ?= uv
export PORT ?= 8000
export ODOO_VERSION ?= 19.0
export DEMO_PRODUCTS ?= 300
export DEMO_PRICELISTS ?= 12

py := $(VENV)/bin/python
pip := $(py) -m pip --disable-pip-version-check --quiet
# What stands in a lock installs the project too (setuptools is in it), so nothing is fetched that has no hash.
install_project := $(pip) install --no-deps --no-build-isolation --editable .
compile := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml --group build

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench schema lock clean

help: ## tell the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10
	@echo
	@echo 'Variables: PORT (8000), ODOO_VERSION (10.0, 14.0 or 19.0), DEMO_PRODUCTS (300), DEMO_PRICELISTS (12) for demo;'
	@echo 'PYTEST_ARGS for test; BENCH_ARGS for bench; PYTHON (python3) for the first run.'

demo: $(VENV)/.ready-demo ## serve GraphQL over a generated shop in an Odoo double; Ctrl-C ends it
	@exec $(VENV)/bin/headless-odoo demo

test: $(VENV)/.ready-test ## run the tests (ODOO_LIVE_URL, _DB, _USER, _PASSWORD: those on a live Odoo too)
	$(py) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.ready-test ## check style, format and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/.ready-demo ## measure answers over HTTP at 18,000 products (about 15 minutes), then bulk pricing
	$(py) -m bench.http $(BENCH_ARGS)
	$(py) -m bench.pricing

schema: $(VENV)/.ready-test ## print the schema to tests/data/schema.graphql, the golden file
	$(py) -m tests.architecture.print_schema

lock: ## resolve the dependencies anew (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv (pip install uv), or UV=/path/to/uv" >&2; exit 1; }
	$(compile) $(LOCK_ARGS) --output-file requirements.lock
	$(compile) $(LOCK_ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that the environment is as the lock wants it.
$(VENV)/.ready-demo: requirements.lock pyproject.toml | $(VENV)/.made
	@echo "installing what requirements.lock names, into $(VENV)"
	@$(pip) install --require-hashes --requirement requirements.lock
	@$(install_project)
	@touch $@

$(VENV)/.ready-test: requirements-dev.lock pyproject.toml | $(VENV)/.made
	@echo "installing what requirements-dev.lock names, into $(VENV)"
	@$(pip) install --require-hashes --requirement requirements-dev.lock
	@$(install_project)
	@touch $@ $(VENV)/.ready-demo

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "headless-odoo needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo "Name another: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu it needs the package python3-venv." >&2; exit 1; }
	@touch $@
