"""Without `--domain-safety` the plugin is not there, as far as one can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from support.project import Project, Run
from support.told import told

HEAVY: Final = ("openai", "numpy", "scipy", "yaml", "pydantic", "aiohttp")

WATCH: Final = """\
import sys

def pytest_unconfigure(config):
    print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
    print("OURS", *sorted(name for name in sys.modules if name.startswith("pytest_domainsafety.")))
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], Project]) -> Run:
    project = new_project()
    project.domain("a")
    project.write("broken.safety.yaml", "domain: [\n")
    project.write("c.safety.jsonl", "{\n")
    project.write("test_x.py", "def test_x(): pass\n")
    project.write("watch.py", WATCH)
    project.configure_app(model="left over", judge="nonsense")
    return project.run("-p", "watch", flag=False, fresh=True)


def _loaded(run: Run, mark: str) -> set[str]:
    line = next(line for line in run.out.splitlines() if line.startswith(mark))
    return set(line.split()[1:])


@pytest.mark.parametrize("module", HEAVY)
def test_nothing_heavy_is_imported(module: str, run: Run) -> None:
    assert module not in _loaded(run, "LOADED")


def test_of_our_own_only_the_entry_point_and_the_options_are_imported(run: Run) -> None:
    assert _loaded(run, "OURS") == {
        "pytest_domainsafety.plugin",
        "pytest_domainsafety.shell",
        "pytest_domainsafety.shell.hooks",
        "pytest_domainsafety.shell.keys",
        "pytest_domainsafety.shell.options",
    }


def test_scenario_files_are_not_collected_and_settings_not_read(run: Run) -> None:
    assert run.code == 0
    assert "1 passed" in run.out
    assert "domain safety" not in run.out


def test_naming_a_scenario_file_without_the_flag_collects_nothing(project: Project) -> None:
    project.domain("a")

    assert project.run("a.safety.yaml", flag=False).code in {4, 5}


def test_help_and_markers_are_told_where_the_flag_stands_in_the_ini_file(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --domain-safety\n")

    helped = project.run("--help", flag=False)
    marked = project.run("--markers", flag=False)

    assert (helped.code, marked.code) == (0, 0)
    assert "--domain-safety-base-url" in helped.out
    assert "domain_safety" in marked.out


@told(
    "flag",
    "a session under CI without `--domain-safety`, where `domain_safety_required = yes`",
    "this session did not run the gate: add --domain-safety",
    1,
)
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["plain", "n2"])
def test_where_the_gate_is_required_a_session_of_a_ci_without_it_fails(
    workers: tuple[str, ...], project: Project
) -> None:
    project.write("test_x.py", "def test_x(): pass\n")
    project.write("watch.py", WATCH)
    project.configure_app(required="yes")

    run = project.run(*workers, "-p", "watch", flag=False, fresh=True, CI="true")

    assert run.code == 1
    assert "1 passed" in run.out
    assert run.out.count("domain_safety_required = yes in pytest.ini and this session did not run the gate") == 1
    assert _loaded(run, "OURS") - {"pytest_domainsafety.shell.configuring.required"} == {
        "pytest_domainsafety.plugin",
        "pytest_domainsafety.shell",
        "pytest_domainsafety.shell.configuring",
        "pytest_domainsafety.shell.hooks",
        "pytest_domainsafety.shell.keys",
        "pytest_domainsafety.shell.options",
    }
    assert not _loaded(run, "LOADED") & set(HEAVY)
