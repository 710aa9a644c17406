#!/usr/bin/env bash
# One would guess: a plugin that leaves tests out says so by pytest_deselected, and a run of no tests exits with 5.
# What happens:    on the second run pytest-testmon does not collect a file whose tests passed and did not change:
#                  pytest_collect_file is not called for it, pytest_deselected comes with an empty list, nothing is
#                  in session.items, and the exit status is 0.
# Versions:        pytest-testmon 2.2.0, pytest 9.2.0
# Output seen:     first: file=1 deselected=0 items=1 exit=0 / second: file=0 deselected=0 items=0 exit=0
# What it means:   a gate cannot learn from pytest's hooks that its scenarios were left out, and green says nothing. It
#                  has to know on its own what should have been measured, and say so when that was not.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pytest-testmon==2.2.0

mkdir suite
cd suite
cat >conftest.py <<'PY'
seen = {"file": 0, "deselected": 0, "items": 0}


def pytest_collect_file(file_path):
    seen["file"] += file_path.name == "test_kept.py"


def pytest_deselected(items):
    seen["deselected"] += len(items)


def pytest_collection_finish(session):
    seen["items"] = len(session.items)


def pytest_unconfigure():
    print("seen:", *(f"{name}={count}" for name, count in seen.items()))
PY
echo 'def test_kept(): assert True' >test_kept.py

run() {
    local status=0
    ../venv/bin/python -m pytest -q --testmon >output.txt 2>&1 || status=$?
    echo "$(sed -n 's/^seen: //p' output.txt) exit=$status"
}

expected="first: file=1 deselected=0 items=1 exit=0 / second: file=0 deselected=0 items=0 exit=0"
echo "versions: $(../venv/bin/python -m pip freeze | grep -E '^pytest(-testmon)?==' | paste -sd ' ')"
observed="first: $(run) / second: $(run)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "pytest-testmon now says, by a hook or its exit status, that it left a file out"
    exit 1
fi
echo "pytest-testmon leaves a file out with no hook called and exit status 0"
