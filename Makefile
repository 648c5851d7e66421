# Seven targets; `make` alone prints them.
VENV := .venv
PY := $(VENV)/bin/python
UV := $(shell command -v uv 2>/dev/null)
EXAMPLE := examples/systemic-sclerosis-overlap.json

.DEFAULT_GOAL := help
.PHONY: help run test check mutants docs lock

help: ## print the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(PY) || $(if $(UV),uv venv -q --python 3 $(VENV),python3 -m venv $(VENV))
	$(if $(UV),uv pip install -q --python $(PY) --require-hashes -r requirements.lock,$(PY) -m pip install -q --require-hashes -r requirements.lock)
	$(if $(UV),uv pip install -q --python $(PY) --no-deps -e .,$(PY) -m pip install -q --no-deps -e .)
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	$(if $(UV),uv pip install -q --python $(PY) --require-hashes -r requirements-test.lock,$(PY) -m pip install -q --require-hashes -r requirements-test.lock)
	@touch $@

run: $(VENV)/.run ## install from the lock, consult the example record, write its report to build/
	@mkdir -p build
	@$(VENV)/bin/calcinosis consult $(EXAMPLE) --as-of 2026-01-01 --format html > build/consultation.html
	@$(VENV)/bin/calcinosis consult $(EXAMPLE) --as-of 2026-01-01
	@echo "written: build/consultation.html"

check: $(VENV)/.test ## lint, format, types, import layers, knowledge
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/calcinosis knowledge check

test: check ## every check, then every test
	$(VENV)/bin/pytest

mutants: $(VENV)/.test ## change criteria and findings line by line, print the changes that no test notices
	@mkdir -p build
	XDG_CACHE_HOME=$(CURDIR)/build/mutants $(VENV)/bin/mutmut run $(if $(PACKAGE),"calcinosis.$(PACKAGE).*") > build/mutants.log
	$(PY) tools/mutants.py

docs: $(VENV)/.test ## regenerate what is generated in README and docs
	$(PY) tools/generate_docs.py
	$(PY) tools/conformance_matrix.py
	$(PY) tools/code_coverage.py

lock: ## pin every dependency with hashes, no index address
	uv pip compile pyproject.toml --extra all --universal --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras -q --custom-compile-command "make lock" -o requirements.lock
	uv pip compile pyproject.toml --extra test --universal --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras -q --custom-compile-command "make lock" -c requirements.lock -o requirements-test.lock
