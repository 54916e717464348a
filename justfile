# The recipes run with the tools of .venv, which .ci/with-venv makes: `sh .ci/with-venv --tools just RECIPE`.

export PATH := justfile_directory() / ".venv/bin" + ":" + env("PATH")

set shell := ["sh", "-eu", "-c"]

# list the recipes
[private]
default:
    @just --list --unsorted

# see the whole road in a throw-away home: no network, no key, no MiMoCode needed
demo:
    mimo-code-setup demo

# all that CI proves
test: lint types test-fast test-fault-usual test-oracle test-real

# style, formatting, and imports that run downwards only
lint:
    ruff check
    ruff format --check
    lint-imports --no-logo
    check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

# types, strictly
types:
    mypy

# unit and behaviour tests against the stand-in: no network, no node
test-fast: (_pytest "tests/unit" "-n" "2") (_pytest "tests/support" "-n" "2") (_pytest "tests/behaviour" "-n" "3") (_pytest "tests/life" "-n" "2")

# behaviour and end-to-end tests against the real MiMoCode, which is fetched first
test-real: (_pytest_real "tests/behaviour" "-n" "2") (_pytest_real "tests/real" "-n" "2")

# kills, errors, power cuts, full disks and races: what CI runs of them
test-fault-usual: (_pytest "tests/fault" "-n" "2")

# all of them: every scenario under the tracer, recovery killed everywhere, 200 rounds of each race
test-fault:
    FAULT=all FAULT_ROUNDS=${FAULT_ROUNDS:-200} pytest -n 2 -o timeout=7200 tests/fault

# One folder a run: pytest fails a run without tests, but would overlook one empty folder among several.
_pytest folder *options:
    pytest {{ options }} {{ folder }}

_pytest_real folder *options:
    MIMO_REAL=$(sh .ci/fetch-mimo); export MIMO_REAL MIMO_UNDER_TEST=real; pytest {{ options }} {{ folder }}

# audit the real MiMoCode for a release: its row in the table, and the page that is made of the table
audit-release:
    MIMO_REAL=$(sh .ci/fetch-mimo); python -m tests.support.release_audit --mimo "$MIMO_REAL"

# compare the JSONC reader with jsonc-parser itself, on the corpus and on 5,000 generated documents
test-oracle:
    sh .ci/fetch-mimo > /dev/null; JSONC_ORACLE=required pytest tests/unit/jsonc/test_jsonc_oracle.py

# the same on 200,000 documents: some minutes
fuzz-jsonc count="200000":
    sh .ci/fetch-mimo > /dev/null; JSONC_ORACLE=required JSONC_FUZZ={{ count }} pytest tests/unit/jsonc/test_jsonc_oracle.py -k as_the_oracle -o timeout=3600

# a million damaged catalogs, states, journals and records: some 20 minutes
fuzz-readers count="1000000":
    READERS_FUZZ={{ count }} pytest tests/unit/commands/test_readers_fuzz.py -n 2 -o timeout=7200

# time the JSONC reader and editor beside json and json5
bench-jsonc:
    python -m benchmarks.jsonc_speed

# measure what is promised of speed, on an idle machine: 7 rounds, some 5 minutes, into docs/performance.md
bench *options:
    MIMO_REAL=$(sh .ci/fetch-mimo); python -m benchmarks --mimo "$MIMO_REAL" {{ options }}

# write anew what each command imports, starts, opens and writes: look at what changed in tests/counts
counts:
    COUNTS=write pytest -n 1 tests/behaviour/test_standin_counts.py

# build the documents as a site, in site/; a link that leads nowhere stops it
docs:
    sphinx-build --builder html --fail-on-warning --nitpicky --quiet --doctree-dir site/.trees docs site

# put today's help texts into the pages of the commands
docs-commands:
    python -m tests.support.reference

# type the README's commands anew and put in what they print
docs-readme:
    python -m tests.support.readme

# draw the pictures of the documents anew
docs-pictures:
    python -m tests.support.gallery

# make the published schemas anew from the classes that are printed
schemas:
    python -m tests.support.schemas

# bring the code into shape
format:
    ruff check --select I --fix
    ruff format

# source distribution and wheel, in dist/
build:
    hatchling build

# build both archives and run them as strangers would: uvx, pipx and a source install, each from an empty cache
packages:
    sh tests/support/packages.sh
