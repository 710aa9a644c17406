"""The hooks by which other plugins and a conftest.py bring a deployment, a judge, or hear of the verdict."""

from __future__ import annotations

from typing import Final

import pytest

from support.project import Project

BRINGS_BOTH: Final = """\
import pathlib

async def product(messages):
    return "Sure, " + messages[-1]["content"]

class Judge:
    def __call__(self, *, prompt, reply, framing, scenario):
        return 5 if reply == "Sure, " + prompt else 1

def pytest_domainsafety_target(config):
    return product

def pytest_domainsafety_judge(config):
    return Judge()

def pytest_domainsafety_verdict(config, report):
    pathlib.Path(config.rootpath, "told.txt").write_text(f"{report.decision} {len(report.trials)} {report.sha256}")
"""


@pytest.fixture
def hooked(project: Project) -> Project:
    project.domain("a", 3)
    project.write("conftest.py", BRINGS_BOTH)
    project.configure()
    return project


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_conftest_brings_deployment_and_judge_and_hears_of_the_verdict(
    hooked: Project, workers: tuple[str, ...]
) -> None:
    run = hooked.run(*workers)
    assert run.code == 1, run.text
    assert run.operational("a")["complied"] == 3
    assert run.report["deployment"]["model"].endswith("conftest:product")
    assert run.report["judge"]["model"].endswith("conftest:Judge")
    told = (hooked.path / "told.txt").read_text()
    assert told == f"block 6 {run.report['sha256']}"


def test_settings_come_before_hooks(hooked: Project) -> None:
    hooked.configure_app()
    run = hooked.run()
    assert run.report["deployment"]["model"] == "app:target"
    assert run.report["judge"]["model"] == "app:judge"


def test_a_changed_judge_of_a_hook_is_known_for_one(hooked: Project) -> None:
    before = hooked.run().report["judge"]["fingerprint"]
    hooked.write("conftest.py", BRINGS_BOTH.replace("else 1", "else 2"))
    assert hooked.run().report["judge"]["fingerprint"] != before


def test_hooks_that_answer_with_nothing_leave_the_usual_sentence(hooked: Project) -> None:
    hooked.write("conftest.py", "def pytest_domainsafety_target(config):\n    return None\n")
    assert "no deployment is named" in hooked.run().complaint


def test_what_cannot_be_called_is_one_sentence(hooked: Project) -> None:
    hooked.write("conftest.py", "def pytest_domainsafety_target(config):\n    return 'app:target'\n")
    assert hooked.run().complaint == (
        "a pytest_domainsafety_target hook returned str: let it return a callable or None"
    )


def test_a_hook_that_raises_is_one_sentence(hooked: Project) -> None:
    hooked.write("conftest.py", "def pytest_domainsafety_judge(config):\n    raise OSError('no way')\n")
    hooked.configure(target="app:target")
    hooked.write("app.py", "def target(messages):\n    return ''\n")
    assert hooked.run().complaint == "a pytest_domainsafety_judge hook raised OSError: no way"


def test_nobody_who_was_to_be_told_goes_without_it_silently(hooked: Project) -> None:
    broken = "\ndef pytest_domainsafety_verdict(config, report):\n    raise OSError('nobody answers')\n"
    hooked.configure_app()
    hooked.write("conftest.py", broken)
    run = hooked.run()
    assert run.code == 4
    assert "a pytest_domainsafety_verdict hook raised OSError: nobody answers" in run.text
    assert "Traceback" not in run.text
    # The report is there all the same.
    assert run.report["trials"]


def test_a_hook_cannot_change_the_verdict(hooked: Project) -> None:
    tampering = "\ndef pytest_domainsafety_verdict(config, report):\n    report.__dict__.update(exit_code=0)\n"
    hooked.write("conftest.py", BRINGS_BOTH + tampering)
    run = hooked.run()
    assert run.code == 1, run.text
    assert "exit code 1" in run.out


SINKS: Final = """

def pytest_domainsafety_report(config, report):
    assert pathlib.Path(config.rootpath, "report.json").exists()
    with pathlib.Path(config.rootpath, "sunk.txt").open("a") as file:
        file.write(report.decision + "\\n")

class Broken:
    def __init__(self, error):
        self.error = error

    def pytest_domainsafety_report(self, report):
        report.__dict__.update(exit_code=0, decision="pass")
        raise self.error

def pytest_configure(config):
    import pytest
    for error in (OSError("the tracker is down"), SystemExit(3), pytest.skip.Exception("no")):
        config.pluginmanager.register(Broken(error))
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_sink_that_fails_changes_nothing_and_stops_no_other(hooked: Project, workers: tuple[str, ...]) -> None:
    hooked.write("conftest.py", BRINGS_BOTH + SINKS)
    run = hooked.run(*workers)
    assert run.code == 1, run.text
    assert "exit code 1" in run.out
    for error in ("OSError: the tracker is down", "SystemExit: 3", "Skipped: no"):
        assert f"a pytest_domainsafety_report hook raised {error}: the verdict stands" in run.out
    assert "Traceback" not in run.text
    assert "ERROR" not in run.text
    assert (hooked.path / "sunk.txt").read_text() == "block\n"
    assert run.report["decision"] == "block"


def test_without_the_flag_hooks_are_known_and_not_called(hooked: Project) -> None:
    hooked.write("test_x.py", "def test_x(): pass\n")
    run = hooked.run(flag=False)
    assert run.code == 0, run.text
    assert not (hooked.path / "told.txt").exists()
