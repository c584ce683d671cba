# Everything here needs Python 3.11 or newer and make; all else is installed into .venv from the locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
WEB := web/dist/index.html
export UV_NO_PROGRESS := 1

.PHONY: help setup demo test check soak bench lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) $(WEB)  ## make .venv with everything from requirements.lock, and build the web UI

demo: $(STAMP) $(WEB)  ## load real Ethereum transfers, score them, show the riskiest wallets, serve (ONCE=1: stop after printing)
	$(BIN)/headwater demo $(if $(ONCE),--once)

test: $(STAMP) $(WEB)  ## the test suite, on real servers, in as many processes as the machine has room for (WORKERS=0: in one)
	$(BIN)/pytest -q -m "not soak" -n $(or $(WORKERS),auto) --dist loadfile --no-loadscope-reorder

check: $(STAMP)  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/headwater openapi > web/openapi.json
	web/build.sh $(BIN) check

soak: $(STAMP) $(WEB)  ## the long tests: kills, faults and tampering in full; their figures are printed as JSON at the end
	@rm -f reports/reliability.json
	@$(BIN)/pytest -m soak -s; status=$$?; cat reports/reliability.json; exit $$status

bench: $(STAMP) $(WEB)  ## the figures of the README
	$(BIN)/headwater bench

lock: $(STAMP)  ## resolve the newest versions that pyproject.toml allows (LOCK="--upgrade")
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" $(LOCK) -q -o requirements.lock
	sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock | $(BIN)/uv pip compile - --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -q -o requirements-uv.lock

clean:  ## remove what was generated; data of the local stack stay
	rm -rf $(VENV) web/dist web/node_modules web/generated web/openapi.json reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The project itself is installed last, without looking anything up: its build tools are in the lock.
$(STAMP): requirements.lock requirements-uv.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-build-isolation --no-deps --offline -e .
	@touch $@

# Node comes with the locked Python packages, so that a machine needs none.
$(WEB): $(STAMP) $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/generated -prune -o -path web/openapi.json -prune -o -type f -print)
	web/build.sh $(BIN)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Headwater needs Python 3.11 or newer as $(PYTHON); choose another one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module; install it (Debian and Ubuntu: the package python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
