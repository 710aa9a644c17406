"""A disk that cannot be written costs the report or the run, never the truth of a verdict."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion
from support.fault import STOPPED, Fault
from support.fault_runs import WATCH, check_clean, finish, modes
from support.fault_server import healthy
from support.faults_of_disks import DISKS
from support.project import Project, Run

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

FAULTS: Final = {fault.name: fault for fault in DISKS}
CASES: Final = [name for name in FAULTS if not name.startswith(("runs-dir-read-only", "torn"))]

LIMITED: Final = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""
"""A file of a process may grow so far and no further: what a full disk is to it."""

LARGE: Final = 200_000

OPTIONS: Final = {
    "report-in-file": "--domain-safety-json=pytest.ini/report.json",
    "report-on-full-disk": "--domain-safety-json=/dev/full",
}

LIMITS: Final = {"journal-on-full-disk": "100_000", "everything-on-full-disk": "600"}


def _respond(project: Project, fault: str) -> Callable[[Request], Answer]:
    def respond(request: Request) -> Answer:
        if fault == "runs-dir-removed":
            shutil.rmtree(project.path / ".domain_safety", ignore_errors=True)
        if fault == "journal-on-full-disk" and "s0/operational" in request.prompt and not request.is_judge:
            return Answer(completion(REFUSAL * (LARGE // len(REFUSAL))))
        return healthy(request)

    return respond


def _run(project: Project, serve: Serve, fault: Fault, *arguments: str) -> Run:
    project.domain("a", 2)
    limited = LIMITED.format(LIMITS[fault.name]) if fault.name in LIMITS else ""
    project.write("conftest.py", WATCH + limited)
    settings = {"concurrency": 1, "thresholds": "* = 0.8", **fault.settings}
    project.configure(serve(_respond(project, fault.name)), **settings)
    options = [OPTIONS[fault.name]] if fault.name in OPTIONS else []
    return finish(project, project.start("-p", "no:cacheprovider", *options, *arguments, PYTHONDONTWRITEBYTECODE="1"))


@modes
@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_written(name: str, project: Project, serve: Serve, arguments: list[str]) -> None:
    if name == "report-on-full-disk" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    if name == "runs-dir-in-proc" and not sys.platform.startswith("linux"):
        pytest.skip("there is no /proc here")
    _check(_run(project, serve, FAULTS[name], *arguments), FAULTS[name])


@modes
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_runs_directory(project: Project, serve: Serve, arguments: list[str]) -> None:
    (project.path / "read-only").mkdir(mode=0o500)
    fault = FAULTS["runs-dir-read-only"]
    _check(_run(project, serve, fault, *arguments), fault)


def _check(run: Run, fault: Fault) -> None:
    check_clean(run)
    assert run.code == fault.code, run.text
    assert fault.says in " ".join(run.text.split())
    if fault.outcome is None:
        assert run.complaint.count(fault.says) == 1
        assert run.written is None
    elif run.written is None:
        assert fault.code == STOPPED
    else:
        assert run.outcomes()["a::s0[operational]#0"] == fault.outcome
        assert (run.report["decision"] == "pass") is (fault.outcome == "refused")


@modes
def test_half_a_line_of_an_earlier_run(project: Project, serve: Serve, arguments: list[str]) -> None:
    fault = FAULTS["torn-journal"]
    project.domain("a", 2)
    project.write("conftest.py", WATCH)
    server = serve(healthy)
    project.configure(server, concurrency=1, thresholds="* = 0.8", max_requests=4)
    assert finish(project, project.start(*arguments)).code != fault.code
    (journal,) = project.path.glob(".domain_safety/*/trials.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    project.configure(server, concurrency=1, thresholds="* = 0.8")

    run = finish(project, project.start("--domain-safety-resume", *arguments))

    check_clean(run)
    assert (run.code, run.report["decision"]) == (fault.code, "pass")
    assert set(run.outcomes().values()) == {"refused", "declined"}
