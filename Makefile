# Everything here makes its own .venv; nothing but Python 3.11+ and make is needed.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
unexport PYTHONDONTWRITEBYTECODE  # else every program that a test or a benchmark starts compiles everything anew

.PHONY: help demo service visitors test check lint types soak soak-quick bench bench-quick matrix mutation docs format clean

help:            ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make demo PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: $(BIN)/python pyproject.toml
	$(PIP) -e '.[cli]'
	@$(BIN)/python -m compileall -q aiopinecone  # as pip does it with what it copies
	@touch $@

$(VENV)/dev.stamp: $(BIN)/python pyproject.toml
	$(PIP) -e '.[dev]'
	@$(BIN)/python -m compileall -q aiopinecone
	@touch $@ $(VENV)/demo.stamp

demo: $(VENV)/demo.stamp          ## inspect a thousand made-up backups over real HTTP on loopback
	@$(BIN)/python -m aiopinecone.demo

service: $(VENV)/dev.stamp        ## the example service: four workers, Valkey and a made-up Pinecone on this machine
	@$(BIN)/python examples/fastapi_service/serve.py

visitors: $(VENV)/dev.stamp       ## its visitors, while it runs: 2,000 requests, and more while Valkey is killed
	@$(BIN)/python examples/fastapi_service/load.py

test: $(VENV)/dev.stamp           ## the whole suite, with the branch coverage gate
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal --cov --cov-report=term

lint: $(VENV)/dev.stamp           ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp          ## mypy strict, and pyright on the public API
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

soak: $(VENV)/dev.stamp           ## a misbehaving server, a million requests or five minutes: nothing may grow or get lost
	cd tests && ../$(BIN)/python -m soak

soak-quick: $(VENV)/dev.stamp     ## the same for half a minute
	cd tests && ../$(BIN)/python -m soak --seconds 30

bench: $(VENV)/dev.stamp          ## how fast, beside bare aiohttp and the peers (ten minutes); renews benchmarks/results.*
	$(BIN)/python -m benchmarks --write

bench-quick: $(VENV)/dev.stamp    ## the same for a look only (under a minute)
	$(BIN)/python -m benchmarks --quick

matrix: $(VENV)/dev.stamp         ## the suite on each of Python 3.11 to 3.14 that is found
	$(BIN)/python tests/matrix.py

mutation: $(VENV)/dev.stamp       ## which changes to the code would no test notice?
	$(BIN)/python tests/mutation.py

check: lint types test soak-quick ## all of it: what CI runs

docs: $(VENV)/dev.stamp           ## write docs/cli.md anew from the commands
	cd tests && ../$(BIN)/python -m cli.documentation

format: $(VENV)/dev.stamp         ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:           ## remove what make made
	rm -rf $(VENV) .venv-matrix mutants .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
