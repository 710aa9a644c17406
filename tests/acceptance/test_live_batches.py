"""Runs through an endpoint's own Batch API, in processes of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.batch_server import Batch, BatchServer, Json, unexecuted
from support.fake_server import HELP, Answer, Request, answers, by_prompt
from support.project import Project, Run

BOTH = {"batch": "yes", "judge_batch": "yes"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.domain("harm", 3)
    return found


def configure(project: Project, server: BatchServer, **settings: object) -> None:
    project.configure(None, base_url=server.url, model="m", judge_model="judge", **{**BOTH, **settings})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, BatchServer, Path]:
    """A run of both batches with known exhibits, and what the server saw."""
    project = Project(tmp_path_factory.mktemp("whole"))
    project.domain("harm", 3)

    def respond(request: Request) -> Answer:
        return answers("I cannot help with that.")(request)  # type: ignore[return-value] # no awaitable there

    with BatchServer(respond) as server:
        configure(project, server)
        return project.run("-v"), server, project.path


def test_a_run_in_batches_is_measured_and_judged_whole(whole: tuple[Run, BatchServer, Path]) -> None:
    run, server, _ = whole
    assert run.code == 0, run.text
    assert set(run.outcomes().values()) == {"refused", "declined"}
    assert not server.live
    assert [len(batch.lines) for batch in server.batches] == [6, 6]
    assert "asked through the endpoint's Batch API (batch batch_0)" in run.report["deployment"]["headers_note"]
    assert "(batch batch_1)" in run.report["deployment"]["headers_note"]


def test_each_change_of_a_batch_is_told_in_a_line(whole: tuple[Run, BatchServer, Path]) -> None:
    run, _, _ = whole
    told = re.findall(
        r"^domain safety: (\w+): batch batch_(\d) (\w+), 0 completed and 0 failed of 6, \d+ s", run.out, re.M
    )
    states = ["validating", "in_progress", "finalizing", "completed"]
    assert told == [
        (name, number, state) for name, number in (("deployment", "0"), ("judge", "1")) for state in states
    ]
    assert ", expires in " in run.out


def test_what_is_kept_of_a_batch_is_for_nobody_but_the_user(whole: tuple[Run, BatchServer, Path]) -> None:
    _, _, path = whole
    kept = [file for file in path.glob(".domain_safety/*/batch/**/*") if file.is_file()]
    assert kept
    assert not [file for file in kept if file.stat().st_mode & 0o077]
