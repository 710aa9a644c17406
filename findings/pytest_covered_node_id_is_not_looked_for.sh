#!/usr/bin/env bash
# One would guess: a node id that selects nothing is an error wherever it stands, since alone it ends pytest with 4.
# What happens:    where another argument covers it (its file, its class, its function), pytest keeps the wider one and
#                  never looks for the narrower one: the misspelt id is dropped without a word, and the status is 0.
# Versions:        pytest 9.2.0
# Output seen:     alone: 4 / beside its file: 0 / beside its function: 0
# What it means:   a list of ids that a script has put together may hold ids that are not there any more. A gate that
#                  is told what to measure has to compare the arguments with what was collected itself.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0

cat >test_kept.py <<'PY'
import pytest


@pytest.mark.parametrize("number", [1])
def test_kept(number):
    assert number
PY

run() {
    local status=0
    venv/bin/python -m pytest -q "$@" >output.txt 2>&1 || status=$?
    echo "$status"
}

expected="alone: 4 / beside its file: 0 / beside its function: 0"
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^pytest==')"
observed="alone: $(run 'test_kept.py::test_gone')"
observed+=" / beside its file: $(run test_kept.py 'test_kept.py::test_gone')"
observed+=" / beside its function: $(run test_kept.py::test_kept 'test_kept.py::test_kept[2]')"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "pytest now looks for a node id that another argument covers"
    exit 1
fi
echo "pytest drops a node id that selects nothing where another argument covers it"
