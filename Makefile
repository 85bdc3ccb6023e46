# Everything runs from here on a machine with Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

# What pyproject.toml asks for to build Tidegate itself; it has a lock of its own.
BUILD = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
# The kinds of machines that wheels are made for; hatch_build.py says what each is.
KINDS := linux-x86_64 linux-aarch64 macos-x86_64 macos-arm64
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/lock/bin/uv pip compile --quiet --no-config --universal \
	--python-version 3.11 --generate-hashes --upgrade

.PHONY: demo test check evidence docs bench clean lock sbom wheels release test-newest test-lowest

# Check the bundled world of 7 December 2021 and write its report.
demo: $(VENV)/.product
	@$(BIN)/tidegate demo

# Everything that must hold: style, types, layers, tests, docs.
test: check
	$(BIN)/pytest -n $(WORKERS) -m "not evidence"

check: $(VENV)/.test
	$(BIN)/ruff check src tests benchmarks docs release hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long figures; dated pages under docs/evidence/. Takes more than an hour, on a machine that does nothing else.
evidence: $(VENV)/.evidence
	$(BIN)/pytest -n $(WORKERS) -m evidence
	$(BIN)/python docs/generate_validation.py
	$(BIN)/python docs/generate_blind_rehearsals.py --again
	$(BIN)/python docs/generate_real_clients.py
	$(BIN)/python docs/generate_protections.py
	$(BIN)/python docs/generate_laws.py
	$(BIN)/python docs/generate_reports.py
	$(BIN)/python docs/generate_fates.py
	$(BIN)/python docs/generate_rare_collapses.py
	$(BIN)/python docs/generate_record_attacks.py
	$(BIN)/python docs/generate_large_files.py
	$(BIN)/python docs/generate_public_files.py --clones clones
	$(BIN)/python docs/generate_real_api_server.py
	$(BIN)/python docs/generate_site_faults.py
	$(BIN)/python docs/generate_site_notices.py

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/retry_storm.py
	$(BIN)/python benchmarks/packet_events.py
	$(BIN)/python benchmarks/verdict.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache docs/_build

# Pin the newest versions that pyproject.toml allows, each with the hashes of all its files: what the tests run with, and
# of these what the product runs on and what builds it; and the linker of a machine that has no compiler.
lock: $(VENV)/lock
	$(BUILD) | $(COMPILE) pyproject.toml - --group test --group docs --output-file requirements/test.txt
	$(COMPILE) pyproject.toml --constraints requirements/test.txt --output-file requirements/product.txt
	$(BUILD) | $(COMPILE) - --constraints requirements/test.txt --output-file requirements/build.txt
	$(COMPILE) --group linker --output-file requirements/linker.txt

# What the product is made of, as CycloneDX: every package that it runs on, with the hashes of its files.
sbom: | $(BIN)
	$(PYTHON) -m venv $(VENV)/sbom
	$(VENV)/sbom/bin/pip install --quiet "cyclonedx-bom>=7,<8"
	$(VENV)/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
		--output-file tidegate.cdx.json requirements/product.txt

# A wheel for each kind of machine that hatch_build.py knows, and the sources, in dist/. The engine's text is written once.
wheels: $(VENV)/wheels
	rm -rf dist
	for kind in $(KINDS); do TIDEGATE_BUILD_FOR=$$kind TIDEGATE_BUILD_TEXTS=$(VENV)/wheels/texts \
		$(VENV)/wheels/bin/python -m hatchling build -t wheel -d dist || exit 1; done
	$(VENV)/wheels/bin/python -m hatchling build -t sdist -d dist

# A version to hand out, in dist/: wheels, sources, what it is made of, sums and provenance, both signed with KEY (a key of
# ssh). SOURCE is where the sources are kept. docs/how-to/release-a-version.md
release: wheels sbom
	cp tidegate.cdx.json dist/
	$(PYTHON) release/statement.py dist --source $(SOURCE)
	for file in SHA256SUMS provenance.intoto.json; do ssh-keygen -q -Y sign -n file -f $(KEY) dist/$$file || exit 1; done

# Outside the main run: the newest of everything that pyproject.toml allows, first the product alone as a user gets it.
test-newest:
	rm -rf $(VENV)/newest
	$(PYTHON) -m venv $(VENV)/newest
	$(VENV)/newest/bin/pip install --quiet --upgrade "pip>=25.1"
	$(VENV)/newest/bin/pip install --quiet --editable .
	$(VENV)/newest/bin/tidegate demo
	$(VENV)/newest/bin/pip install --quiet --upgrade --editable . --group test --group docs
	$(VENV)/newest/bin/python -m pytest -n $(WORKERS) -m "not evidence"

# And the lowest of each. What they warn of against newer neighbours is theirs.
test-lowest: $(VENV)/lock
	rm -rf $(VENV)/lowest
	$(PYTHON) -m venv $(VENV)/lowest
	$(VENV)/lock/bin/uv pip install --quiet --no-config --python $(VENV)/lowest/bin/python --resolution lowest-direct \
		--editable . --group test --group docs
	$(VENV)/lowest/bin/python -m pytest -n $(WORKERS) -m "not evidence" -W default

$(BIN):
	$(PYTHON) -m venv $(VENV)

$(VENV)/lock: | $(BIN)
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet "uv>=0.9,<1"

$(VENV)/wheels: requirements/build.txt requirements/linker.txt | $(BIN)
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --require-hashes --requirement requirements/build.txt --requirement requirements/linker.txt

# An engine that is older than its sources would be compiled anew at each start: it is built again when they change.
KERNELS := hatch_build.py $(shell find src/tidegate/simulate/kernels -name '*.py')

$(VENV)/.product: requirements/product.txt requirements/build.txt requirements/linker.txt pyproject.toml $(KERNELS) | $(BIN)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/product.txt --requirement requirements/build.txt
	$(BIN)/python hatch_build.py --linker || \
		$(BIN)/pip install --quiet --require-hashes --requirement requirements/linker.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.product
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/test.txt
	@touch $@

$(VENV)/.docs: $(VENV)/.test
	@touch $@

# Reads dependency groups, which the pip of a fresh environment may not.
$(VENV)/.pip: | $(BIN)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.evidence: $(VENV)/.test $(VENV)/.pip
	$(BIN)/pip install --quiet --group clients
	@touch $@

$(VENV)/.bench: $(VENV)/.product $(VENV)/.pip
	$(BIN)/pip install --quiet --group bench
	@touch $@
