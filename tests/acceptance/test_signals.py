"""Signals that workers get too, or that come again and again; test_faults_process has those to pytest alone."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion
from support.project import Project, Run

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])

HANG_S = 600.0


def hanging(project: Project, serve: Serve) -> threading.Event:
    """A deployment that answers twice and then hangs; tells when it does."""
    reached = threading.Event()

    def respond(_: Request) -> Answer:
        if len(server.requests) > 2:
            reached.set()
            return Answer(completion(REFUSAL), delay_s=HANG_S)
        return Answer(completion(REFUSAL))

    server = serve(respond)
    project.domain("a", 3)
    project.write("judges.py", "def judge(**_):\n    return 1\n")
    project.configure(server, concurrency=1, judge="judges:judge")
    return reached


def check_interrupted(run: Run) -> None:
    assert (run.report["decision"], run.report["interrupted"]) == ("inconclusive", True)
    assert "missing of 3 operational trials" in run.domain("a")["reason"]
    assert "Traceback" not in run.text
    assert "INTERNALERROR" not in run.text
    assert "--domain-safety-resume" in run.out


@modes
def test_sigterm_of_a_whole_group_interrupts_and_the_report_is_written(
    arguments: tuple[str, ...], project: Project, serve: Serve, gone: Callable[[int], bool]
) -> None:
    reached = hanging(project, serve)
    process = project.start(*arguments)
    assert reached.wait(30)
    os.killpg(process.pid, signal.SIGTERM)
    run = project.finish(process, timeout=30)
    assert run.code == 2
    check_interrupted(run)
    assert gone(process.pid)


@modes
def test_ctrl_c_again_and_again_does_not_tear_the_report(
    arguments: tuple[str, ...], project: Project, serve: Serve, gone: Callable[[int], bool]
) -> None:
    reached = hanging(project, serve)
    process = project.start(*arguments)
    assert reached.wait(30)
    ended = threading.Event()

    def press() -> None:
        while not ended.wait(0.02):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)

    impatient = threading.Thread(target=press)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    # The second one comes when pytest has begun to end; the first may be anywhere.
    time.sleep(0.05)
    impatient.start()
    try:
        run = project.finish(process, timeout=30)
    finally:
        ended.set()
        impatient.join()
    assert time.monotonic() - began < 20
    check_interrupted(run)
    # All is written by then: what a late one can break off is the interpreter's own end.
    assert run.code in {2, -signal.SIGINT}
    assert gone(process.pid)
