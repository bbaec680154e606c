# What the README asks for, and what developers look for here.
PYTHON ?= python3
DEVICE ?= foreo-bear-2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A test session starts some hundreds of Python processes: without bytecode each compiles the program anew, 1.5 s of 4.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: certify test soak lint format lock clean

certify: $(READY)
	@$(BIN)/pytest suites --device=$(DEVICE)

test: $(READY)
	@$(BIN)/pytest tests -n 2 --dist=worksteal -m "not soak"
	@echo "certification smoke run:"
	@$(BIN)/pytest suites --device=$(DEVICE) -m production -q

soak: $(READY)
	@$(BIN)/pytest tests -n 2 --dist=worksteal -m soak
	@mkdir -p reports/output
	@for device in foreo-bear-2 pantheon-clinical; do \
	    $(BIN)/stimcert study coverage --device=$$device --processes=2 --output=reports/output/coverage-$$device.jsonl || exit 1; \
	done

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

# Pins every dependency with its hashes for every platform and Python >= 3.11; the file names no index.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --quiet -o requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "stimcert needs Python 3.11 or newer, but $(PYTHON) is " + sys.version.split()[0] + "; name another one: make certify PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "this Python cannot make a virtual environment (no ensurepip); install it first, on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
