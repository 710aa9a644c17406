#!/usr/bin/env bash
# One would guess: Ctrl-C in a test that has a fake file system ends as in any test: status 2, and
#                  pytest_sessionfinish is called, in which plugins write their reports.
# What happens:    the test's fixture is not torn down before pytest itself goes back to its folder, by an os.chdir that
#                  is the fake one. That folder is not there: a traceback, status 1, and no pytest_sessionfinish.
# Versions:        pyfakefs 6.3.2, pytest 9.2.0
# Output seen:     ordinary: exit=2 sessionfinish=yes / fake file system: exit=1 sessionfinish=no
# What it means:   a report that must be there however a session ends has to be written before any test that may have
#                  such a fixture begins.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pyfakefs==6.3.2

mkdir suite
cd suite
cat >conftest.py <<'PY'
import os

_write = os.write


def pytest_sessionfinish():
    _write(2, b"sessionfinish was called\n")
PY
echo 'def test_one(): raise KeyboardInterrupt' >test_ordinary.py
echo 'def test_one(fs): raise KeyboardInterrupt' >test_fake.py

ended() {
    local status=0 called=no
    ../venv/bin/python -m pytest -s "$1" >"$1.txt" 2>&1 || status=$?
    if grep -q "sessionfinish was called" "$1.txt"; then called=yes; fi
    echo "exit=$status sessionfinish=$called"
}

expected="ordinary: exit=2 sessionfinish=yes / fake file system: exit=1 sessionfinish=no"
echo "versions: $(../venv/bin/python -m pip freeze | grep -E '^(pytest|pyfakefs)==' | paste -sd ' ')"
observed="ordinary: $(ended test_ordinary.py) / fake file system: $(ended test_fake.py)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "a session broken off in a fake file system ends otherwise than before"
    exit 1
fi
echo "a session broken off in a test with a fake file system ends with a traceback and without pytest_sessionfinish"
