#!/usr/bin/env bash
# One would guess: a report file is written by what pytest_runtest_logreport is given, and a run that failed is not
#                  "Passed" in it.
# What happens:    pytest-nunit (which pytest-azurepipelines builds on) makes a test case from its setup report only. A
#                  failed call report that had none raises KeyError, pytest exits with 3, and the file that is written
#                  all the same says that the whole run passed. In it, the test that did pass has a <failure> element.
# Versions:        pytest-nunit 1.0.7, pytest 9.2.0
# Output seen:     exit=3 error=KeyError: 'release.txt::limit' run=Passed failed=0 failure-elements=1
# What it means:   hand on a setup, a call and a teardown report, not the call alone; and a reader of NUnit files has to
#                  go by the attribute `result` of a test case, never by the presence of <failure>.
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pytest-nunit==1.0.7

mkdir suite
cd suite
cat >conftest.py <<'PY'
import pytest


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session):
    result = yield
    report = pytest.TestReport("release.txt::limit", ("release.txt", 0, "limit"), {}, "failed", "over the limit", "call")
    session.config.hook.pytest_runtest_logreport(report=report)
    return result
PY
echo 'def test_one(): pass' >test_one.py
cat >read.py <<'PY'
from xml.etree import ElementTree

run = ElementTree.parse("nunit.xml").getroot()
print(f"run={run.get('result')} failed={run.get('failed')} failure-elements={len(list(run.iter('failure')))}")
PY

status=0
../venv/bin/python -m pytest --nunit-xml=nunit.xml >output.txt 2>&1 || status=$?
error=$(sed -n 's/^INTERNALERROR> \(KeyError: .*\)/\1/p' output.txt)

expected="exit=3 error=KeyError: 'release.txt::limit' run=Passed failed=0 failure-elements=1"
echo "versions: $(../venv/bin/python -m pip freeze | grep -E '^pytest(-nunit)?==' | paste -sd ' ')"
observed="exit=$status error=$error $(../venv/bin/python read.py)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "pytest-nunit treats a call report without a setup report differently"
    exit 1
fi
echo "the NUnit file says Passed though a failed report came in and pytest exited with 3"
