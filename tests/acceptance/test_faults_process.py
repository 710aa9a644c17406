"""Signals, crashes and jumping clocks: the run ends cleanly and what it did not measure is no pass."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.fake_server import Answer, FakeServer, Request, Responder
from support.fault import DECISIONS, Fault
from support.fault_runs import WATCH, check_clean, finish, modes
from support.fault_server import healthy
from support.faults_of_processes import PROCESSES
from support.project import Project, Run

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

FAULTS: Final = {fault.name: fault for fault in PROCESSES}

MARKS: Final = """
import time

def pytest_runtest_logstart(nodeid):
    if nodeid.endswith("s0[operational]"):
        pathlib.Path(__file__).with_name(f"began-{os.getpid()}").touch()

def pytest_keyboard_interrupt():
    pathlib.Path(__file__).with_name("interrupted").touch()
    while pathlib.Path(__file__).with_name("hold").exists():
        time.sleep(0.01)
"""
"""Writes down which process begins the item that is held, and that an interruption was noticed.

There it stays as long as a file says so.
"""

CLOCK: Final = """
import datetime, time

FLAG = pathlib.Path(__file__).with_name("jumped")
real_time, real_datetime = time.time, datetime.datetime

def jump():
    return {jump} if FLAG.exists() else 0.0

class Jumping(real_datetime):
    @classmethod
    def now(cls, tz=None):
        return real_datetime.now(tz) + datetime.timedelta(seconds=jump())

time.time = lambda: real_time() + jump()
datetime.datetime = Jumping
"""
"""A wall clock that jumps once a file is there; it is in place before a run begins."""


class Held:
    """Answers all but one prompt, which is kept waiting until it is released."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()

    async def __call__(self, request: Request) -> Answer:
        if "s0/operational" in request.prompt and not request.is_judge:
            self.reached.set()
            await asyncio.to_thread(self.released.wait, 60)
        return healthy(request)


@pytest.fixture
def held(serve: Serve, project: Project) -> Iterator[Held]:
    """A project whose deployment holds one prompt."""
    holding = Held()
    project.domain("a", 2)
    project.write("conftest.py", WATCH + MARKS)
    project.configure(serve(holding), concurrency=1, thresholds="* = 0.8")
    yield holding
    holding.released.set()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def check(run: Run, fault: Fault) -> None:
    check_clean(run)
    assert run.code == fault.code, run.text
    if fault.outcome is None:
        assert run.written is None
        return
    assert run.report["decision"] == (fault.decision or DECISIONS[fault.code])
    assert run.outcomes()["a::s0[operational]#0"] == fault.outcome


@modes
@pytest.mark.parametrize(
    ("name", "number"),
    [("sigint", signal.SIGINT), ("sigterm", signal.SIGTERM), ("sigkill", signal.SIGKILL)],
    ids=["sigint", "sigterm", "sigkill"],
)
def test_a_signal_to_pytest(name: str, number: int, project: Project, held: Held, arguments: list[str]) -> None:
    process = project.start(*arguments)
    assert held.reached.wait(30)

    process.send_signal(number)

    check(finish(project, process), FAULTS[name])


@modes
def test_a_second_ctrl_c_while_the_first_is_dealt_with(project: Project, held: Held, arguments: list[str]) -> None:
    hold = project.write("hold", "")
    process = project.start(*arguments)
    assert held.reached.wait(30)
    process.send_signal(signal.SIGINT)
    wait_for((project.path / "interrupted").exists)

    process.send_signal(signal.SIGINT)
    # Only now may it come to its end: a later one would find the process as pytest found it.
    hold.unlink()

    check(finish(project, process), FAULTS["sigint-twice"])


def test_a_worker_that_is_killed(project: Project, held: Held) -> None:
    process = project.start("-n2")
    assert held.reached.wait(30)

    def worker() -> list[int]:
        # xdist's controller tells of the item as well.
        began = [int(file.name.partition("-")[2]) for file in project.path.glob("began-*")]
        return [number for number in began if number != process.pid]

    wait_for(worker)
    os.kill(worker()[0], signal.SIGKILL)
    wait_for(lambda: _is_gone(worker()[0]))
    held.released.set()

    check(finish(project, process), FAULTS["worker-sigkill"])


def _is_gone(number: int) -> bool:
    """Whether a process has ended, also where nobody has waited for it yet."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@modes
@pytest.mark.parametrize(("name", "jump"), [("clock-forward", 3600.0), ("clock-back", -3600.0)])
def test_a_clock_that_jumps(name: str, jump: float, project: Project, serve: Serve, arguments: list[str]) -> None:
    refused: list[Request] = []

    def respond(request: Request) -> Answer:
        (project.path / "jumped").touch()
        if "s0/operational" in request.prompt and not request.is_judge and not refused:
            refused.append(request)
            return Answer({"error": {"message": "later"}}, status=503)
        return healthy(request)

    project.domain("a", 2)
    project.write("conftest.py", WATCH + CLOCK.format(jump=jump))
    settings = {"concurrency": 1, "thresholds": "* = 0.8", "max_retries": 1, "timeout": 30, "max_seconds": 1800}
    project.configure(serve(respond), requests_per_minute=6000, **settings)

    run = finish(project, project.start(*arguments))

    check(run, FAULTS[name])
    assert 0 <= run.report["usage"]["seconds"] < 60
    assert all(0 <= (trial["latency_s"] or 0) < 60 for trial in run.report["trials"])
