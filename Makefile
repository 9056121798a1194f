# Every target works from a clean clone: it makes the environment it needs, and installs into it what it lacks.
# A stamp in the environment is older than pyproject.toml when the requirements may have changed.

PYTHON ?= python3
WORKERS ?= auto

VENV := .venv
BIN := $(VENV)/bin
CROSS := .venv-crosscheck

PYTEST := -m pytest -q -n $(WORKERS) --dist worksteal

# What asks PyTorch: without it these tests compare with what was recorded from it.
COMPARED := tests/spec $(shell grep -lE "tests.oracle|torch_or_none|ORACLE" tests/compat/test_*.py) \
	tests/funcgrad/test_optim.py tests/test_examples.py tests/test_docs.py $(if $(SLOW),tests/funcgrad/test_ops.py)

# The least percentages of PyTorch's own database of operators that must agree; of those of modules and optimizers, all.
RATES := forward=98 gradient=97 second=97 tangent=97 errors=85

# How many inputs of a module: all of them take several times as long.
INPUTS ?= 6

.PHONY: demo test crosscheck lint bench docs docs-serve clean

demo: $(VENV)/.examples  ## learn to read handwritten digits; curves in demo/
	$(BIN)/python -m compat examples/digits.py --out demo

test: $(VENV)/.test  ## what needs no torch, without the rows marked slow
	$(BIN)/python $(PYTEST) -m "not slow"

crosscheck: $(CROSS)/.crosscheck  ## the tests that compare with PyTorch, PyTorch answering live (SLOW=1: slow rows too)
	FUNCGRAD_ORACLE=live $(CROSS)/bin/python $(PYTEST) $(if $(SLOW),,-m "not slow") $(COMPARED)
	$(CROSS)/bin/python -m tests.opdb --quiet --workers $(WORKERS) --least $(RATES)
	$(if $(SLOW),$(CROSS)/bin/python -m tests.opdb --only gradgradcheck --workers $(WORKERS) --least gradgradcheck=97)
	MODDB_INPUTS=$(INPUTS) $(CROSS)/bin/python -m tests.opdb --of module_db optim_db --workers $(WORKERS) --least 100

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(CROSS)/.bench  ## writes benchmarks/RESULTS.md; nothing else should be running (BENCH_ARGS=--quick: a rough look)
	$(CROSS)/bin/python benchmarks/run.py $(BENCH_ARGS)

docs: $(VENV)/.docs  ## the documentation's site, in site/; its programs run, and must print what PyTorch printed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

docs-serve: $(VENV)/.docs  ## the same at http://127.0.0.1:8000, anew after each change
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

clean:
	rm -rf $(VENV) $(CROSS) .cache .pytest_cache .ruff_cache .hypothesis demo out site

%/bin/python:
	$(PYTHON) -m venv $*
	$@ -m pip install --quiet --upgrade pip

.PRECIOUS: %/bin/python

# An environment's stamps: one for each of pyproject.toml's extras.
define stamp
$(1)/.$(2): pyproject.toml | $(1)/bin/python
	$(1)/bin/python -m pip install --quiet --editable '.[$(2)]'
	$(3)
	@touch $$@
endef

# These name torch among their requirements, and compat stands in for it: hence --no-deps.
on_torch = $(1)/bin/python -m pip install --quiet --no-deps torchmetrics torchviz

$(eval $(call stamp,$(VENV),examples))
$(eval $(call stamp,$(VENV),test,$(call on_torch,$(VENV))))
$(eval $(call stamp,$(VENV),lint))
$(eval $(call stamp,$(VENV),docs))
$(eval $(call stamp,$(CROSS),crosscheck,$(call on_torch,$(CROSS))))
$(eval $(call stamp,$(CROSS),bench))
