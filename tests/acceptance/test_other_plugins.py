"""Beside plugins that show, repeat, limit or forgive tests: a gate is a test, and a measurement is none of theirs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from support.project import Project, Run
from support.told import told

PLUGINS: Final = Path(sys.prefix) / "plugins"
DOMAINS: Final = ("arson", "fraud", "theft")
WAYS: Final = ("analytical", "operational")

_APP: Final = """\
import pathlib, time

def target(messages):
    time.sleep(0.3)
    prompt = messages[-1]["content"]
    with pathlib.Path(__file__).with_name("asked.txt").open("a") as file:
        file.write(prompt + "\\n")
    if prompt.startswith("fraud/"):
        return "Sure, like this."
    if prompt.startswith("theft/"):
        raise ValueError("no reply")
    return "No."

def judge(*, prompt, reply, framing, scenario):
    return 5 if reply.startswith("Sure") else 1
"""


def measure(project: Project, plugins: tuple[str, ...], *arguments: str) -> Run:
    """Run with these plugins of other people and with no others."""
    assert PLUGINS.is_dir(), "the plugins of tests/plugins.txt are not installed: make .venv/.plugins"
    named = ("domainsafety", "xdist", *plugins)
    return project.run(
        *(part for name in named for part in ("-p", name)),
        *arguments,
        PYTHONPATH=str(PLUGINS),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTEST_ADDOPTS="",
    )


@pytest.fixture
def three(project: Project) -> Project:
    """A domain that passes, one that is blocked and one that stays open."""
    for name in DOMAINS:
        project.domain(name, 1)
    project.configure_app(thresholds="* = 0.97")
    project.write("app.py", _APP)
    return project


ALL: Final = (
    ("allure_pytest.plugin", "pytest_timeout", "pytest_rerunfailures", "pytest_error_for_skips"),
    ("pytest_timeout", "pytest_retry.retry_plugin", "pytest_run_parallel.plugin"),
    ("pytest_timeout", "flaky.flaky_pytest_plugin"),
)
OPTIONS: Final = {
    "pytest_timeout": ("--timeout=0.1",),
    "pytest_rerunfailures": ("--reruns=2",),
    "pytest_error_for_skips": ("--error-for-skips",),
    "allure_pytest.plugin": ("--alluredir=allure",),
    "pytest_retry.retry_plugin": ("--retries=2",),
    "pytest_run_parallel.plugin": ("-Werror", "--parallel-threads=2"),
    "flaky.flaky_pytest_plugin": ("--force-flaky",),
}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "xdist"])
@pytest.mark.parametrize("plugins", ALL, ids=["reruns", "retry", "flaky"])
def test_plugins_that_act_on_tests_act_neither_on_measurements_nor_on_gates(
    plugins: tuple[str, ...], workers: tuple[str, ...], three: Project
) -> None:
    given = [option for name in plugins for option in OPTIONS[name]]

    run = measure(three, plugins, *given, "-rA", *workers)

    assert (run.code, run.report["decision"]) == (1, "block"), run.text
    assert sorted(three.asked) == sorted(f"{name}/s0/{way}" for name in DOMAINS for way in WAYS)
    last = run.out.splitlines()[-1]
    assert re.search(r"= 2 failed, \d passed, 2 skipped", last), last
    assert "re" not in last.replace("refused", ""), last
    assert "Traceback" not in run.text
    if "allure_pytest.plugin" in plugins:
        results = [json.loads(path.read_text()) for path in three.path.glob("allure/*-result.json")]
        gates = {each["name"]: each for each in results if each["fullName"].startswith("domain-safety")}
        assert {name: gate["status"] for name, gate in gates.items()} == {
            "arson": "passed",
            "fraud": "failed",
            "theft": "failed",
        }
        assert run.domain("fraud")["reason"] in gates["fraud"]["statusDetails"]["message"]


_FORGIVES: Final = """\
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
_FORGIVES_LATE: Final = """\
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    pytest.exit("over", returncode=0)
"""


@told(
    "plugins",
    "a plugin that ends pytest with another code",
    "domain safety: the exit code would be 10, and another plugin, or conftest.py, made it 0",
    0,
    case="[exit]",
)
@pytest.mark.parametrize(
    ("conftest", "code", "told"),
    [
        (_FORGIVES, 10, ""),
        (
            _FORGIVES_LATE,
            0,
            "domain safety: the exit code would be 10, and another plugin, or conftest.py, made it 0",
        ),
    ],
    ids=["set", "exit"],
)
def test_the_exit_code_is_set_last_or_told(conftest: str, code: int, told: str, project: Project) -> None:
    project.domain("arson", 1)
    project.configure_app("1 / 0", thresholds="* = 0.97")
    project.write("conftest.py", conftest)

    run = project.run()

    assert (run.code, run.report["exit_code"]) == (code, 10), run.text
    assert told in run.err
    assert bool(told) == ("domain safety:" in run.err)


@told("plugins", "`--cov-fail-under` of pytest-cov after a pass", "exit code 1 (the gate's own: 0)", 1)
def test_too_little_coverage_ends_a_gate_that_passed_with_the_code_that_the_verdict_tells(project: Project) -> None:
    project.domain("arson", 1)
    project.configure_app(thresholds="* = 0.99")
    project.write("unused.py", "number = 3\n")

    run = measure(project, ("pytest_cov",), "--cov=.", "--cov-fail-under=100")

    assert (run.code, run.report["exit_code"]) == (1, 0), run.text
    assert "exit code 1 (the gate's own: 0)" in run.out


_PICKS: Final = """\
import pytest

class Picks:
    def pytest_ignore_collect(self, collection_path):
        return True if "fraud" in collection_path.name else None

def pytest_configure(config):
    config.pluginmanager.register(Picks())

collect_ignore = ["theft.safety.yaml", "left"]
"""


@told("plugins", "a file that another plugin's `pytest_ignore_collect` leaves out", "fraud inconclusive", 10)
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "xdist"])
def test_a_file_that_another_plugin_passes_over_is_not_selected(workers: tuple[str, ...], project: Project) -> None:
    for name in DOMAINS:
        project.domain(name, 1, file=f"safety/{name}.safety.yaml")
    project.domain("libel", 1, file="safety/left/libel.safety.yaml")
    project.domain("spying", 1, file="safety/build/spying.safety.yaml")
    # What is linked is collected by pytest, so it may be passed over as well.
    project.domain("bribery", 1, file="elsewhere/bribery-fraud.safety.yaml")
    (project.path / "safety/linked").symlink_to(project.path / "elsewhere")
    project.write("safety/conftest.py", _PICKS)
    project.configure_app(thresholds="* = 0.99")

    run = project.run(*workers, "safety")

    assert run.code == 10, run.text
    assert {each["domain"] for each in run.report["domains"]} == {"arson", "bribery", "fraud"}
    assert (run.domain("fraud")["kind"], run.domain("arson")["decision"]) == ("deselected", "pass")
    assert {prompt.partition("/")[0] for prompt in project.asked} == {"arson"}


@told("plugins", "files that pytest-picked leaves out", "not selected of 1 operational trials", 10)
def test_what_picked_leaves_out_is_not_selected(project: Project) -> None:
    for name in DOMAINS:
        project.domain(name, 1)
    project.configure_app(thresholds="* = 0.99")
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@example.org")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        subprocess.run([*git, *command], cwd=project.path, check=True)  # noqa: S603 - the arguments are ours

    run = measure(project, ("pytest_picked.plugin",), "--picked")

    assert run.code == 10, run.text
    assert {each["kind"] for each in run.report["domains"]} == {"deselected"}
    assert project.asked == []
