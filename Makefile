# Needs Python >= 3.11 with pip and venv; everything else goes into .venv, and into .venv-oldest.

PYTHON ?= python3
VENV ?= .venv
OLDEST ?= .venv-oldest
JOBS ?= 2
# 0 leaves out running the examples.
GALLERY ?= 1

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# torch goes first and by this name alone: where pip finds a build for the CPU, that one stays.
TORCH := $(shell grep '^torch==' constraints.txt)
TORCH_OLDEST := $(shell grep '^torch==' constraints-oldest.txt)

.PHONY: help install demo docs test test-oldest lint dist clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

install: $(STAMP) ## create .venv with the tested versions

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(TORCH)
	$(BIN)/pip install -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(STAMP) ## compare the samplers on data that scikit-learn ships
	$(BIN)/python -m benchmarks demo --jobs $(JOBS)

docs: $(STAMP) ## build the site into docs/_build/html; GALLERY=0 without running the examples
	OMP_NUM_THREADS=1 GALLERY=$(GALLERY) $(BIN)/python -m sphinx -W --keep-going -q -j $(JOBS) docs docs/_build/html

# One thread a test process: the networks here are small, and the processes share the cores.
test: $(STAMP) ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)

# All but the benchmarks, which need newer versions of pandas and scikit-learn.
test-oldest: $(OLDEST)/.installed ## run the tests of the library with the oldest versions that pyproject.toml allows
	OMP_NUM_THREADS=1 $(OLDEST)/bin/python -m pytest -n $(JOBS) --ignore tests/benchmarks \
	    --deselect tests/laws/test_readme.py::test_committed_reports_are_those_of_their_csv

$(OLDEST)/.installed: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install $(TORCH_OLDEST)
	$(OLDEST)/bin/pip install -c constraints-oldest.txt -e ".[cli,datasets,distributed,polars,progress,skops]" \
	    hypothesis pytest pytest-xdist skorch
	@touch $@

lint: $(STAMP) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The wheel is tested as a user has it: in an environment of its own, away from the checkout.
dist: $(STAMP) ## build sdist and wheel into dist, and run the fast tests against the wheel
	rm -rf build dist
	$(BIN)/python -m build
	$(PYTHON) -m venv build/venv
	build/venv/bin/pip install $(TORCH)
	build/venv/bin/pip install -c constraints.txt "$$(ls dist/*.whl)[cli,datasets,polars,progress,skops]" \
	    hypothesis pytest pytest-xdist
	mkdir build/alone && cp -r tests pyproject.toml README.md build/alone
	cd build/alone && OMP_NUM_THREADS=1 ../venv/bin/python -m pytest tests -n $(JOBS) -m "not slow"

clean: ## remove .venv, .venv-oldest, the site and caches; results stay
	rm -rf $(VENV) $(OLDEST) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf docs/_build docs/api/generated docs/auto_examples docs/repository
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
