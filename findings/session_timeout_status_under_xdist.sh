#!/usr/bin/env bash
# One would guess: a session that --session-timeout of pytest-timeout ends has one exit status, with or without -n.
# What happens:    alone it is 1, as if a test had failed, though none did; under xdist the same session ends with 2,
#                  as if somebody had pressed Ctrl-C. JUnit XML has no failure in either case.
# Versions:        pytest-timeout 2.4.0, pytest-xdist 3.8.0, pytest 9.2.0
# Output seen:     alone: exit=1 failures=0 / -n 2: exit=2 failures=0
# What it means:   do not read "tests failed" from status 1 nor "interrupted by a person" from 2, and count what was
#                  measured: a session that was cut short is not a session that passed.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pytest-xdist==3.8.0 pytest-timeout==2.4.0

mkdir suite
cd suite
# Every test takes longer than the session may.
cat >test_slow.py <<'PY'
import time

import pytest


@pytest.mark.parametrize("number", range(40))
def test_slow(number):
    time.sleep(0.2)
PY

run() {
    local status=0
    ../venv/bin/python -m pytest -q --session-timeout=0.1 --junitxml=junit.xml "$@" >output.txt 2>&1 || status=$?
    grep -q "session-timeout: 0.1 sec exceeded" output.txt || { echo "the session timeout was not reached"; return; }
    echo "exit=$status $(grep -o 'failures="[0-9]*"' junit.xml | tr -d '"')"
}

expected="alone: exit=1 failures=0 / -n 2: exit=2 failures=0"
echo "versions: $(../venv/bin/python -m pip freeze | grep -E '^pytest(-timeout|-xdist)?==' | paste -sd ' ')"
observed="alone: $(run) / -n 2: $(run -n 2)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "the exit status after --session-timeout is another, alone or under xdist"
    exit 1
fi
echo "after --session-timeout pytest exits with 1 alone and with 2 under xdist"
