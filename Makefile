# Everything runs from here on a machine with Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: demo test check evidence docs bench validation clean

# Check the bundled world of 7 December 2021 and write its report.
demo: $(VENV)/.product
	@$(BIN)/tidegate demo

# Everything that must hold: style, types, layers, tests, docs.
test: check
	$(BIN)/pytest -n $(WORKERS) -m "not evidence"

check: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long figures; dated pages under docs/evidence/. Takes more than an hour, on a machine that does nothing else.
evidence: $(VENV)/.evidence
	$(BIN)/pytest -n $(WORKERS) -m evidence
	$(BIN)/python docs/generate_validation.py
	$(BIN)/python docs/generate_blind_rehearsals.py --again
	$(BIN)/python docs/generate_real_clients.py
	$(BIN)/python docs/generate_protections.py

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/retry_storm.py
	$(BIN)/python benchmarks/packet_events.py
	$(BIN)/python benchmarks/verdict.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache docs/_build

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.product: $(VENV)/.pip pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.product
	$(BIN)/pip install --quiet --group test --group docs
	@touch $@

$(VENV)/.docs: $(VENV)/.test
	@touch $@

$(VENV)/.evidence: $(VENV)/.test
	$(BIN)/pip install --quiet --group clients
	@touch $@

$(VENV)/.bench: $(VENV)/.product
	$(BIN)/pip install --quiet --group bench
	@touch $@
