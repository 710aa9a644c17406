#!/usr/bin/env bash
# One would guess: a TestReport that a plugin hands to pytest_runtest_logreport is in all reports or in none.
# What happens:    the terminal, pytest's JUnit XML and pytest-html show it, as a failed test with its reason. Allure
#                  does not: it goes by items and pytest_runtest_makereport, and there is none of either. In its
#                  results the one ordinary test passed and nothing failed.
# Versions:        allure-pytest 2.16.2, pytest-html 4.2.0, pytest 9.2.0
# Output seen:     exit=1 terminal=yes junit=yes html=yes allure=no
# What it means:   a verdict that has to be in Allure must run as a real pytest.Item, by
#                  item.ihook.pytest_runtest_protocol(item=item, nextitem=None).
set -euo pipefail
unset PYTHONPATH PYTEST_ADDOPTS PYTEST_PLUGINS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 allure-pytest==2.16.2 pytest-html==4.2.0

mkdir suite
cd suite
cat >conftest.py <<'PY'
import pytest


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session):
    result = yield
    session.testscollected += 1
    place = ("release.txt", 0, "limit")
    for when, outcome, reason in (("call", "failed", "rate over the limit"), ("teardown", "passed", None)):
        report = pytest.TestReport("release.txt::limit", place, {}, outcome, reason, when)
        session.config.hook.pytest_runtest_logreport(report=report)
    return result
PY
echo 'def test_one(): pass' >test_one.py

status=0
../venv/bin/python -m pytest --junitxml=junit.xml --html=report.html --alluredir=allure >terminal.txt 2>&1 || status=$?
[[ $(find allure -name '*-result.json' | wc -l) == 1 ]] || { echo "Allure did not write one result, of the ordinary test"; exit 1; }

shown() { if grep -qr "rate over the limit" "$1"; then echo yes; else echo no; fi; }

expected="exit=1 terminal=yes junit=yes html=yes allure=no"
echo "versions: $(../venv/bin/python -m pip freeze | grep -E '^(pytest|pytest-html|allure-pytest)==' | paste -sd ' ')"
observed="exit=$status terminal=$(shown terminal.txt) junit=$(shown junit.xml) html=$(shown report.html) allure=$(shown allure)"
echo "observed: $observed"
if [[ $observed != "$expected" ]]; then
    echo "the reports that show a TestReport without an item are others than before"
    exit 1
fi
echo "Allure has no trace of a failed TestReport that terminal, JUnit XML and HTML show"
