# Everything a newcomer, an operator and a developer start with. `make help` lists it.
PORT ?= 7071
STATE_DIR ?= .state
CALM ?=
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do $$python -c '' 2>/dev/null && command -v $$python && break; done)

NO_PYTHON = This project needs Python 3.11, 3.12, 3.13 or 3.14, and $(or $(PYTHON),python3) is not here: install one, or name it with PYTHON=/path/to/python3.13.
# A switch is on unless it is empty or says no.
is_on = $(filter-out 0 n N no No NO off Off OFF false False FALSE,$(1))
BOOTSTRAP = $(if $(shell command -v $(firstword $(PYTHON))),$(PYTHON) scripts/bootstrap.py,echo "$(NO_PYTHON)" >&2; exit 1;)
VENV_PYTHON = $(if $(wildcard .venv/Scripts/python.exe),.venv/Scripts/python.exe,.venv/bin/python)

# Tests on as many processors as there are, four at most; each process takes over what another has not come to yet.
SIDE_BY_SIDE = --numprocesses auto --maxprocesses 4 --dist worksteal
# The whole suite waits half of its time, for hosts, disks and timers, so it has two processes for each processor.
TWO_FOR_EACH = --numprocesses $(shell $(PYTHON) -c "import os; print(min(8, 2 * (os.cpu_count() or 1)))") --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help run demo eval audit rebuild-lists end-sessions check style-report spelling coverage test chaos-sample chaos replay-gate conformance soak bench format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the app (PORT=7071 STATE_DIR=.state, CALM=1 for suppliers that never refuse, VERBOSE=1)
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m scripts.run --port $(PORT) --state-dir "$(STATE_DIR)" $(if $(call is_on,$(CALM)),--calm) $(if $(call is_on,$(VERBOSE)),--verbose)

demo: ## book a trip, compensate one, kill the host in the middle of a third
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m scripts.demo

eval: ## how well the app books what is meant (CASES=path, SENTENCES=path, STRICT=1, WRITE=1 into the README, OFFLINE=1, VERBOSE=1)
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m scripts.eval $(if $(CASES),--cases "$(CASES)") $(if $(SENTENCES),--sentences "$(SENTENCES)") \
	  $(if $(PRICES),--prices "$(PRICES)") $(if $(call is_on,$(STRICT)),--strict) $(if $(call is_on,$(WRITE)),--write) \
	  $(if $(call is_on,$(OFFLINE)),--offline) $(if $(call is_on,$(VERBOSE)),--verbose)

audit: ## compare the ledger with the suppliers' books (STATE_DIR=.state TRIPS=20 JSON=1), also while the app runs
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m scripts.audit --state-dir "$(STATE_DIR)" $(if $(TRIPS),--trips $(TRIPS)) $(if $(call is_on,$(JSON)),--json)

rebuild-lists: ## make the lists across trips anew, if the ledger is in Azure tables; also while the app runs
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m scripts.rebuild_lists

# Every process loads the same tests and every host the same app: compiled once, whatever the environment says.
check test chaos-sample chaos: export PYTHONDONTWRITEBYTECODE =

end-sessions: ## end the sessions of all anonymous travellers (STATE_DIR=.state), also while the app runs
	@$(BOOTSTRAP)
	@STATE_DIR="$(STATE_DIR)" $(VENV_PYTHON) -m scripts.end_sessions

check: ## format, lint, types and unit tests, under a minute
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m pyright
	$(VENV_PYTHON) -m pyright -p tests
	$(VENV_PYTHON) -m scripts.style_report
	$(VENV_PYTHON) -m scripts.spelling
	$(VENV_PYTHON) -m pytest tests/unit tests/replay tests/old_state -m "not slow and not soak" -q $(SIDE_BY_SIDE)

style-report: ## measure how plainly the code is written (STYLE=--table prints the table of what is not in order yet)
	@$(BOOTSTRAP) --dev
	@$(VENV_PYTHON) -m scripts.style_report $(STYLE)

coverage: ## run the unit and replay tests once more and name the modules below 85 % of lines
	@$(BOOTSTRAP) --dev
	@$(VENV_PYTHON) -m pytest tests/unit tests/replay -m "not slow and not soak" -q $(SIDE_BY_SIDE) \
	  --cov --cov-report json:.coverage/report.json
	@$(VENV_PYTHON) -m scripts.coverage_report .coverage/report.json

spelling: ## look up the words of docstrings, comments and documents (needs hunspell with its British dictionary)
	@$(BOOTSTRAP) --dev
	@$(VENV_PYTHON) -m scripts.spelling

test: ## the whole suite, but for what has a command below
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m pytest -m "not soak and not alone" --ignore tests/chaos $(TWO_FOR_EACH)
	$(VENV_PYTHON) -m pytest tests/e2e -m alone

chaos-sample: ## a few of each kind of `make chaos` (2 minutes)
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m pytest tests/chaos -m "not soak" $(TWO_FOR_EACH)

conformance: ## the dev host against recordings of the real Durable extension (about 3 minutes)
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) tests/conformance/run.py

soak: ## long kill and fuzz runs, and a host that keeps 100,000 instances and trips
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m pytest -m soak --timeout 1800

bench: ## the dev host beside its peers, the same work, and the cost of a trip (BENCH=--quick for a smoke run, BENCH="--against COMMIT" for trips beside another commit)
	@$(BOOTSTRAP)
	@$(VENV_PYTHON) -m bench $(BENCH)

chaos: export CHAOS_RUNS = full
chaos: ## kill on every path, race, repeat, answer late, restore files (40 minutes; CHAOS_KILLS=1000 for nearly every write)
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m pytest tests/chaos -m "not soak" $(SIDE_BY_SIDE)

replay-gate: ## replay the golden histories on today's code: would instances in flight go on as they began?
	@$(BOOTSTRAP) --dev
	@$(VENV_PYTHON) tests/replay/gate.py

format: ## format the code and mend what the linter can
	@$(BOOTSTRAP) --dev
	$(VENV_PYTHON) -m ruff format .
	$(VENV_PYTHON) -m ruff check --fix .

clean: ## remove the venv and caches; the app's state too with STATE=1
	rm -rf .venv .coverage .pytest_cache .ruff_cache .hypothesis $(if $(call is_on,$(STATE)),"$(STATE_DIR)")
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
