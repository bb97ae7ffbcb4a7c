# `make help` lists the targets. Without make: the same commands are in README.md.
VENV := .venv
PY := $(VENV)/bin/python
# The first Python that is new enough; `make PYTHON=/path/to/python …` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# What the pages are built from: with SOLUTIONS=no a copy of book/ that has none.
SOLUTIONS ?= yes
SOURCE_yes := book
SOURCE_no := _build/student/book
SOURCE := $(or $(SOURCE_$(SOLUTIONS)),$(error SOLUTIONS is "$(SOLUTIONS)": set it to yes or no))
JUPYTER_BOOK := $(VENV)/bin/jupyter-book build $(SOURCE) --config _config.yml --toc _toc.yml \
	--path-output . --all --warningiserror --keep-going --quiet
export BOOK_BATCH = 1

.PHONY: help book test test-slow notebooks bench lint serve shots constraints clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:  # a half-made .venv is made anew, not taken for a whole one

help:  ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

book: $(VENV)/.book  ## Build the pages, warnings as errors; SOLUTIONS=no: without solutions, for a class.
	@rm -rf _build/html
	@test $(SOLUTIONS) = yes || $(PY) tools/student_copy.py
	$(JUPYTER_BOOK)
	@echo "The book: $(CURDIR)/_build/html/index.html"

test: $(VENV)/.all lint book  ## Lint, build, then every test and every notebook.
	$(PY) -m pytest tests book --ignore=tests/browser --nbval-lax -m "not slow" --durations=15
	$(PY) -m pytest tests/browser --numprocesses=2 --durations=15

test-slow: $(VENV)/.all  ## The tests that need minutes or a second environment.
	$(PY) -m pytest tests -m slow

notebooks: $(VENV)/.all  ## Execute every notebook and store its outputs.
	$(PY) tools/execute_notebooks.py

bench: $(VENV)/.all  ## Measure d2l's cell against ours, the ladder, the machine; RECORD=yes: store it.
	$(PY) -m benchmarks $(if $(filter yes,$(RECORD)),--record)

lint: $(VENV)/.all  ## Code style, in modules and in notebooks, and spelling.
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/codespell

serve: book  ## Build, then serve the pages at http://127.0.0.1:8000.
	$(PY) -m http.server 8000 --bind 127.0.0.1 --directory _build/html

shots: $(VENV)/.all book  ## Screenshots of every page, 1280 and 390 px, light and dark, in shots/.
	$(PY) tools/screenshots.py

constraints: $(VENV)/.all  ## Write constraints.txt anew from the installed versions.
	$(PY) tools/update_constraints.py

clean:  ## Remove everything that was built or installed.
	rm -rf $(VENV) _build build dist shots .pytest_cache .ruff_cache

$(PY):
	@test -n "$(PYTHON)" || { echo "This book needs Python 3.11 or newer, and no python3 here is."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run install nothing: they are newer than what they were made from.
$(VENV)/.book: requirements-book.txt constraints.txt | $(PY)
	$(PIP) --requirement requirements-book.txt
	@touch $@

$(VENV)/.all: requirements.txt constraints.txt | $(VENV)/.book
	$(PIP) --requirement requirements.txt
	$(PY) -m pip check
	@touch $@
