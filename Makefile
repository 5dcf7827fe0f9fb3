# Embla. `make demo` shows it, `make test` proves it; both set up what they need first.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo serve test deep-test check format docs messages bench bench-national interop hgvs lock clean

VENV := .venv
BIN := $(VENV)/bin
# Two workers, as the smallest machine we support has two cores; `make test WORKERS=8` on a larger one.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
# Where an environment forbids Python to keep what it compiled, each of the hundreds of programs that tests start would
# compile all of Embla again.
unexport PYTHONDONTWRITEBYTECODE

help:  ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# A stamp per lock, newer than what it was made from. The dev lock holds the core lock and more.
$(VENV)/.core: requirements/core.txt pyproject.toml tools/setup.sh
	@test $(VENV)/.dev -nt requirements/core.txt -a $(VENV)/.dev -nt pyproject.toml || bash tools/setup.sh core $(VENV)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml tools/setup.sh
	@bash tools/setup.sh dev $(VENV)
	@touch $@

demo: $(VENV)/.core  ## Build a small synthetic nation and serve it on http://127.0.0.1:8000
	@$(BIN)/embla demo $(ARGS)

serve: $(VENV)/.core  ## Serve the home (EMBLA_HOME)
	@$(BIN)/embla serve $(ARGS)

# Each worker starts with a stretch of neighbouring files, so that what a file prepares for its tests is prepared once;
# who is ready first takes half of what the other has left.
test: $(VENV)/.dev  ## Run the tests, in under ten minutes on two cores
	@bash tools/machine.sh
	$(PYTEST) -n $(WORKERS) --dist worksteal $(ARGS)

deep-test: $(VENV)/.dev  ## Run the tests that take long: more cases, larger nations
	@bash tools/machine.sh
	$(PYTEST) -m deep --timeout 3600 $(ARGS)

check: $(VENV)/.dev  ## Lint, types, floors and faces, static security, advisories, catalogues, reference pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -r src/embla
	$(BIN)/python tools/audit.py
	$(PYTEST) -q tests/house/test_faces.py tests/house/test_floors.py
	$(BIN)/python tools/messages.py --check
	$(BIN)/python tools/reference.py --check

format: $(VENV)/.dev  ## Put the code in one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## Write the generated pages: docs/cli.md, docs/settings.md, docs/house.svg
	$(BIN)/python tools/reference.py

messages: $(VENV)/.dev  ## Collect what Embla says, and write the catalogues
	$(BIN)/python tools/messages.py

# Rivals live in environments of their own: .venv-bench holds cyvcf2, .venv-afquery afquery; the machine has
# bcftools and bgzip.
.venv-bench/.stamp: requirements/bench.txt tools/setup.sh
	@bash tools/setup.sh bench .venv-bench
	@touch $@

.venv-afquery/.stamp: requirements/afquery.txt tools/setup.sh
	@bash tools/setup.sh afquery .venv-afquery
	@touch $@

bench: $(VENV)/.dev .venv-bench/.stamp .venv-afquery/.stamp  ## Measure against bgzip, cyvcf2, bcftools and afquery
	@bash tools/machine.sh
	$(BIN)/python -m benchmarks $(ARGS)

bench-national: $(VENV)/.dev  ## Measure a store of 60,000 simulated people, in under an hour
	@bash tools/machine.sh
	$(BIN)/python -m benchmarks.national $(ARGS)

# Readers of our files live in an environment of their own; plink2, vcfanno, bcftools and tabix are Debian's.
.venv-interop/.stamp: requirements/interop.txt tools/setup.sh
	@bash tools/setup.sh interop .venv-interop
	@touch $@

interop: $(VENV)/.dev .venv-interop/.stamp  ## Read what we write for others with the tools it is for, compare every count
	@bash tools/machine.sh vcfanno plink2
	$(BIN)/python -m tools.interop --readers .venv-interop/bin/python $(ARGS)

hgvs: $(VENV)/.core  ## Add hgvs and cdot, which pip alone cannot install without a compiler
	$(BIN)/python -m pip install -q -e '.[hgvs]'
	$(BIN)/python -m pip install -q --no-deps 'hgvs>=1.5.4' 'cdot>=0.2.26'

# Locks name no package index, and hold the hashes of every platform's wheels.
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: $(VENV)/.dev  ## Write the locks anew (UPGRADE=--upgrade takes the newest)
	$(BIN)/python -m pip install -q uv
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in --extra pdf --extra sheets --extra rdf -o requirements/core.txt
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in --extra dev -c requirements/core.txt -o requirements/dev.txt
	$(COMPILE) $(UPGRADE) requirements/bench.in -c requirements/core.txt -o requirements/bench.txt
	$(COMPILE) $(UPGRADE) requirements/afquery.in -o requirements/afquery.txt
	$(COMPILE) $(UPGRADE) requirements/interop.in -o requirements/interop.txt

clean:  ## Remove environments and caches
	rm -rf $(VENV) .venv-bench .venv-afquery .venv-interop .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
