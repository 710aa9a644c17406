#!/usr/bin/env bash
# One would guess: --suppress-tests-failed-exit-code of pytest-custom-exit-code turns status 1 into 0 and leaves the
#                  status alone that another plugin set for a reason of its own.
# What happens:    it goes by the hook's argument, which is still 1, and not by session.exitstatus, which is by then 10:
#                  the process exits with 0. A status set after the `yield` of a wrapper stays.
# Versions:        pytest-custom-exit-code 0.3.0, pytest 9.2.0
# Output seen:     without: 10 / with: 0 / with, from a wrapper: 10
# What it means:   whoever gives a session its own status sets it after the `yield` of a wrapper of
#                  pytest_sessionfinish, and a job that must stop should also look at a report, not at $? alone.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pytest-custom-exit-code==0.3.0

mkdir plain wrapper
echo 'def test_fails(): assert False' | tee plain/test_one.py >wrapper/test_one.py
cat >plain/conftest.py <<'PY'
def pytest_sessionfinish(session):
    session.exitstatus = 10
PY
cat >wrapper/conftest.py <<'PY'
import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    result = yield
    session.exitstatus = 10
    return result
PY

run() {
    local status=0
    (cd "$1" && ../venv/bin/python -m pytest -q "${@:2}" >/dev/null 2>&1) || status=$?
    echo "$status"
}

expected="without: 10 / with: 0 / with, from a wrapper: 10"
option=--suppress-tests-failed-exit-code
echo "versions: $(venv/bin/python -m pip freeze | grep -E '^pytest([-_]custom[-_]exit[-_]code)?==' | paste -sd ' ')"
observed="without: $(run plain) / with: $(run plain $option) / with, from a wrapper: $(run wrapper $option)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "pytest-custom-exit-code treats a status that another plugin set differently"
    exit 1
fi
echo "pytest-custom-exit-code turns another plugin's status 10 into 0"
