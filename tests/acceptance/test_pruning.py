"""`domain-safety prune` removes old runs, and nothing else."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion
from support.judge_support import command, complaint
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]


def runs(project: Project) -> list[str]:
    return sorted(path.name for path in (project.path / ".domain_safety").iterdir() if path.is_dir())


def made(project: Project, count: int) -> list[str]:
    """Runs in the order in which they were made."""
    project.domain("a", 2)
    project.configure_app()
    names: list[str] = []
    for _ in range(count):
        project.run()
        names += [name for name in runs(project) if name not in names]
    return names


def test_the_newest_stay(project: Project) -> None:
    names = made(project, 3)
    done = command(project, "prune", "--keep=1")
    assert done.returncode == 0
    assert runs(project) == names[-1:]
    assert "2 runs" in done.stdout
    assert command(project, "prune").returncode == 0
    assert runs(project) == names[-1:]


def test_a_dry_run_only_tells(project: Project) -> None:
    names = made(project, 2)
    done = command(project, "prune", "--keep=0", "--dry-run")
    assert all(name in done.stdout for name in names)
    assert runs(project) == sorted(names)


def test_what_is_no_run_is_left_alone(project: Project) -> None:
    made(project, 1)
    other = project.path / ".domain_safety" / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    assert command(project, "prune", "--keep=0").returncode == 0
    assert runs(project) == ["mine"]
    assert (other / "thesis.txt").exists()


def test_a_folder_within_a_run_is_left_alone(project: Project) -> None:
    (name,) = made(project, 1)
    inside = project.path / ".domain_safety" / name / "notes"
    inside.mkdir()
    done = command(project, "prune", "--keep=0")
    assert "cannot be removed" in complaint(done)
    assert inside.exists()


def test_another_folder_can_be_named(project: Project, tmp_path: Path) -> None:
    names = made(project, 1)
    assert command(project, "prune", "--keep=0", f"--runs-dir={tmp_path / 'nothing'}").returncode == 0
    assert runs(project) == names
    assert command(project, "prune", "--keep=-1").returncode == 4


@pytest.mark.skipif(os.name == "nt", reason="the system knows no such locks")
def test_a_run_that_still_runs_is_left_alone(project: Project, serve: Serve) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def respond(request: Request) -> Answer:
        if len(server.requests) > 2 and not go_on.is_set():
            asked.set()
            return Answer(completion(REFUSAL), delay_s=20.0)
        del request
        return Answer(completion(REFUSAL))

    server = serve(respond)
    project.domain("a", 5)
    project.configure(server, concurrency=1, judge="judges:judge")
    (project.path / "judges.py").write_text("def judge(*, prompt, reply, framing, scenario):\n    return 1\n")
    process = project.start()
    assert asked.wait(30)
    done = command(project, "prune", "--keep=0")
    assert "is still running in another process" in complaint(done)
    assert len(runs(project)) == 1
    os.killpg(process.pid, signal.SIGINT)
    go_on.set()
    process.communicate()
