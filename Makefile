# Two commands do all the set-up: `make demo` and `make test`. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow check install install-test sample recovery corridors calibration clean

demo: install
	$(BIN)/routegraph demo

test: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-slow: install-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "slow or not slow"

check: install-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: $(VENV)/installed
install-test: $(VENV)/installed-test

$(VENV)/made:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "routegraph needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml constraints.txt hatch_build.py viewer/package-lock.json $(wildcard viewer/src/*)
	@echo "installing routegraph and what it needs into $(VENV): a few minutes, about 1 GB"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group test
	touch $@

sample: install
	$(BIN)/routegraph synth --out data/samples --seed 2023

# Hours: 20 worlds of four kinds, each a whole run. What is in CACHE is not run again, so it may be stopped and started.
CACHE ?= out-recovery
recovery: install
	$(BIN)/python -m routegraph.evaluation --worlds 20 --first-seed 1000 \
		--regimes heterogeneous equal blind few_records --workers 2 --cache $(CACHE) --out docs/recovery.md

# An hour and a half of processor time: 20 worlds, four of them twice.
corridors: install
	$(BIN)/python -m routegraph.evaluation --measure corridors --worlds 20 --first-seed 1000 \
		--regimes heterogeneous --again 4 --workers 2 --cache $(CACHE) --out docs/corridor_recovery.md

# About 20 minutes: 200 worlds drawn from the model itself. What is in RANKS is not run again.
RANKS ?= out-calibration.csv
calibration: install
	$(BIN)/python benchmarks/calibration.py --worlds 200 --first-seed 1000 --ranks $(RANKS) --out docs/calibration.md

clean:
	rm -rf $(VENV) routegraph-demo
