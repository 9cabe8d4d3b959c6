# Every target works as the first command on a clean clone; only python3 (3.10 or newer), pip and make are needed.
# What is installed is remembered in .venv/.installed-*, so a second `make` installs nothing.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# xdist workers, one thread each: threads of BLAS on top of processes only get in each other's way.
WORKERS ?= 2
SCALE ?= quick
# What the library is tested beside, one folder each.
PEERS := $(patsubst tests/interop/%/requirements.txt,%,$(wildcard tests/interop/*/requirements.txt))
export OMP_NUM_THREADS ?= 1
# The theme announces its successor at every build.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help demo test lint docs bench test-interop $(PEERS:%=test-interop-%) clean
.SUFFIXES:

help:
	@echo "make demo          the planets: what is conserved, which law of force -> out/planets.html"
	@echo "make test          the tests and the docstring examples"
	@echo "make lint          ruff, mypy, import-linter"
	@echo "make docs          run the gallery and build the documentation -> site/"
	@echo "make bench         run benchmarks/bench_*.py -> benchmarks/RESULTS.md (SCALE=quick or full); one: bench-lattice"
	@echo "make test-interop  beside peers: browser (needs chromium, chromium-driver), emlp, ...; one: test-interop-emlp"
	@echo "make clean         remove what the other targets made, .venv included"

# A Python without ensurepip (Debian without python3-venv) can still make an environment: pip installs itself into it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "symmetra needs Python 3.10 or newer; write: make PYTHON=python3.12 ..."; exit 2; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || \
	  { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $@ install --quiet pip; }

$(VENV)/.installed-torch: constraints.txt | $(BIN)/python
	@echo "installing torch (the largest download; once)"
	@$(PIP) torch==2.13.0
	@touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt $(VENV)/.installed-torch
	@echo "installing symmetra[$*]"
	@$(PIP) -e ".[$*]"
	@touch $@

demo: $(VENV)/.installed-demo
	@mkdir -p out
	$(BIN)/symmetra demo --out out/planets.html
	@echo "The report is $(CURDIR)/out/planets.html; open it in a browser."

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --durations=15 $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-docs
	$(BIN)/python docs/build_gallery.py
	$(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is $(CURDIR)/site/index.html"

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run.py --scale $(SCALE)

bench-%: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run.py --scale $(SCALE) --only $*

# Every folder of tests/interop meets one peer in an environment, and with a pytest configuration, of its own: none of
# them is a dependency of the library. Where the library takes part, its requirements say "-e .", and torch comes first.

$(PEERS:%=.venv-%/.installed): .venv-%/.installed: tests/interop/%/requirements.txt constraints.txt
	@echo "making .venv-$*"
	@$(PYTHON) -m venv .venv-$* 2>/dev/null || \
	  { rm -rf .venv-$*; $(PYTHON) -m venv --without-pip .venv-$* && \
	    $(PYTHON) -m pip --python .venv-$*/bin/python install --quiet pip; }
	@! grep -q '^-e \.' $< || \
	  .venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $<
	@touch $@

# The browser is told where the reports lie and which command makes more of them.
$(PEERS:%=test-interop-%): test-interop-%: .venv-%/.installed
	cd tests/interop/$* && SYMMETRA=$(CURDIR)/$(BIN)/symmetra SYMMETRA_REPORTS=$(CURDIR)/out \
	  $(CURDIR)/.venv-$*/bin/python -m pytest -c pytest.ini .

test-interop-browser: demo

test-interop: $(PEERS:%=test-interop-%)

clean:
	rm -rf $(VENV) $(PEERS:%=.venv-%) out site build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf src/*.egg-info docs/gallery/*.md docs/gallery/images
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
