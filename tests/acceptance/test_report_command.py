"""`domain-safety report`: a finished run's report in other formats, with nothing asked again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.conftest import Project
    from tests.acceptance.judge_support import command, complaint, measure_half, newest_run
else:
    from judge_support import command, complaint, measure_half, newest_run


@pytest.fixture(scope="module")
def blocked(new_project: Callable[[], Project]) -> Project:
    """A finished run that was blocked, with the reports that the run itself wrote."""
    project = new_project()
    measure_half(project, "--domain-safety-markdown=run.md")
    return project


def test_the_formats_are_what_the_run_itself_wrote(blocked: Project) -> None:
    asked = len(blocked.asked)
    run = str(newest_run(blocked))
    done = command(blocked, "report", run, "--json=again.json", "--markdown=again.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["report: again.json", "report: again.md"]
    assert (blocked.path / "again.json").read_bytes() == (blocked.path / "report.json").read_bytes()
    assert (blocked.path / "again.md").read_bytes() == (blocked.path / "run.md").read_bytes()
    assert len(blocked.asked) == asked


def test_without_an_option_the_terminals_report_is_printed(blocked: Project) -> None:
    done = command(blocked, "report", "report.json")
    assert done.returncode == 0
    assert done.stdout.startswith("domain rate")
    assert done.stdout.endswith("verdict: BLOCK (2 domains: 2 blocked), exit code 1\n")
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_replies_stand_only_where_the_stored_report_holds_them(project: Project) -> None:
    measure_half(project)
    command(project, "report", "report.json", "--markdown=without.md")
    assert "Sure" not in (project.path / "without.md").read_text()
    project.run("--domain-safety-report-replies")
    command(project, "report", "report.json", "--markdown=with.md")
    assert "Sure" in (project.path / "with.md").read_text()


def test_an_edited_report_is_refused_and_nothing_written(blocked: Project) -> None:
    stored = json.loads((blocked.path / "report.json").read_text())
    blocked.write("edited.json", json.dumps({**stored, "decision": "pass"}))
    done = command(blocked, "report", "edited.json", "--markdown=edited.md")
    assert "was edited after it was written" in complaint(done)
    assert not (blocked.path / "edited.md").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "none cannot be read"),
        (("report.json", "--json=none/report.json"), "none/report.json cannot be written"),
    ],
)
def test_what_cannot_be_read_or_written_is_one_sentence(
    arguments: tuple[str, ...], said: str, blocked: Project
) -> None:
    assert said in complaint(command(blocked, "report", *arguments))
