"""What a run gives an endpoint that has a limit, dies, or comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion, error
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])

LIMIT = 20
SETTLED = 200


def configure(project: Project, server: FakeServer, **settings: object) -> None:
    project.write("judges.py", "def judge(**_):\n    return 1\n")
    project.configure(server, judge="judges:judge", **settings)


@modes
def test_an_endpoint_with_a_limit_hardly_ever_has_to_refuse(
    arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    refused: list[int] = []

    def respond(_: Request) -> Answer:
        if server.in_flight > LIMIT:
            refused.append(len(server.requests))
            return error(429)
        return Answer(completion(REFUSAL), delay_s=0.05)

    server = serve(respond)
    project.domain("a", 500)
    configure(project, server, concurrency=64, max_retries=5)
    run = project.run(*arguments)
    assert run.code == 0
    assert run.report["usage"]["requests"] == len(server.requests) == 1000 + len(refused)
    late = sum(number > SETTLED for number in refused)
    assert late / (len(server.requests) - SETTLED) < 0.02


@modes
def test_an_endpoint_that_dies_stops_the_run_which_goes_on_once_it_is_back(
    arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    lives = [True]

    def respond(_: Request) -> Answer:
        lives[0] = lives[0] and len(server.requests) <= 30
        return Answer(completion(REFUSAL)) if lives[0] else error(503)

    server = serve(respond)
    project.domain("a", 100)
    configure(project, server, concurrency=8, max_retries=0)
    first = project.run(*arguments)
    assert (first.code, first.report["decision"]) == (10, "inconclusive")
    assert f"{server.url} does not work (HTTP 503, again and again)" in first.report["stopped"]
    assert "--domain-safety-resume" in first.out
    assert "Traceback" not in first.text
    measured = [trial for trial in first.report["trials"] if trial["outcome"] != "missing"]
    assert len(measured) == 30
    assert len(server.requests) < 70

    server.respond = lambda _: Answer(completion(REFUSAL))
    asked = len(server.requests)
    second = project.run(*arguments, "--domain-safety-resume")
    assert second.code == 0
    assert len(server.requests) - asked == 200 - 30


@modes
def test_an_endpoint_that_fails_for_a_while_costs_no_trial(
    arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    def respond(_: Request) -> Answer:
        return error(503) if 30 < len(server.requests) <= 51 else Answer(completion(REFUSAL))

    server = serve(respond)
    project.domain("a", 100)
    configure(project, server, concurrency=8, max_retries=5)
    run = project.run(*arguments)
    assert run.code == 0
    assert run.operational("a")["missing"] == 0
    assert run.report["usage"]["retries"] == 21


def test_where_nothing_ever_answered_the_address_is_asked_about(project: Project) -> None:
    project.domain("a", 40)
    project.configure(None, base_url="http://127.0.0.1:9/v1", model="m", judge="judges:judge", max_retries=1)
    project.write("judges.py", "def judge(**_):\n    return 1\n")
    assert "is it running, and is the address right?" in project.run().complaint
