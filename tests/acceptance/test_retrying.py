"""A deployment that asks to wait is left alone that long, and each attempt is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

WAIT_S = 0.8
"""More than the first wait of our own can be."""


@pytest.mark.parametrize("headers", [{"retry-after-ms": "800"}, {"retry-after": "0.8"}], ids=lambda h: next(iter(h)))
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_the_deployment_asks_for_is_kept(
    project: Project, serve: Serve, status: int, headers: dict[str, str]
) -> None:
    times: list[float] = []

    def respond(_: Request) -> Answer:
        times.append(time.monotonic())
        if len(times) == 1:
            return Answer({"error": {"message": "later"}}, status=status, headers=headers)
        return Answer(completion(REFUSAL))

    project.domain("a", 1)
    project.write("app.py", "def judge(**_):\n    return 1\n")
    project.configure(
        serve(respond), judge="app:judge", judge_model=None, concurrency=1, max_retries=1, thresholds="* = 0.999"
    )
    run = project.run()
    assert run.code == 0
    assert times[1] - times[0] >= WAIT_S
    assert run.report["usage"]["requests"] == len(times)
    assert run.report["usage"]["retries"] == 1
    assert sorted(trial["attempts"] for trial in run.report["trials"]) == [1] * (len(times) - 2) + [2]
