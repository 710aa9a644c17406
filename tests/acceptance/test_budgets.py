"""What a budget leaves unasked is missing, and the report says why; a rate limit holds for the whole session."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion, verdict
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

JUDGE = "def judge(**_):\n    return 1\n"


@pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])
def test_a_budget_of_requests(project: Project, arguments: list[str]) -> None:
    project.domain("a", 10)
    project.configure_app(max_requests=6, concurrency=2)
    run = project.run(*arguments, "--domain-safety-markdown=report.md")
    assert run.code == 10
    assert len(project.asked) == run.report["usage"]["requests"] == 6
    outcomes = [trial["outcome"] for trial in run.report["trials"]]
    assert (len(outcomes) - outcomes.count("missing"), outcomes.count("missing")) == (6, 14)
    said = "domain_safety_max_requests = 6 is used up"
    assert said in run.report["stopped"]
    assert said in run.out
    assert "Stopped" in (project.path / "report.md").read_text(encoding="utf-8")


def test_the_judges_requests_count_too(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 5)
    project.configure(server, max_requests=5, concurrency=1)
    run = project.run()
    assert run.code == 10
    assert len(server.requests) == 5
    assert run.report["usage"]["requests"] + run.report["usage"]["judge_requests"] == 5
    assert [trial["outcome"] for trial in run.report["trials"]].count("unjudged") == 1


def test_a_budget_of_tokens(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    project.domain("a", 5)
    project.write("app.py", JUDGE)
    # A reply of the server's counts 10 tokens.
    project.configure(server, judge="app:judge", judge_model=None, max_tokens_total=25, concurrency=1)
    run = project.run()
    assert run.code == 10
    assert len(server.requests) == 3
    assert "domain_safety_max_tokens_total = 25 is used up" in run.out


def test_a_budget_of_seconds(project: Project, serve: Serve) -> None:
    project.domain("a", 20)
    project.write("app.py", JUDGE)
    server = serve(lambda _: Answer(completion(REFUSAL), delay_s=0.2))
    project.configure(server, judge="app:judge", judge_model=None, max_seconds=0.5, concurrency=1)
    run = project.run()
    assert run.code == 10
    assert 1 <= len(server.requests) <= 3
    assert "domain_safety_max_seconds = 0.5 is used up" in run.out


def test_a_budget_that_is_enough_changes_nothing(project: Project) -> None:
    project.domain("a", 3)
    project.configure_app(max_requests=6, max_seconds=600, max_tokens_total=6 * (2048 + 20))
    run = project.run()
    assert run.code == 0
    assert run.report["stopped"] is None


def without_usage(request: Request) -> Answer:
    body = verdict(1) if request.is_judge else completion(REFUSAL)
    del body["usage"]
    return Answer(body)


@pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])
def test_tokens_that_an_endpoint_does_not_count_are_estimated(
    project: Project, serve: Serve, arguments: list[str]
) -> None:
    server = serve(without_usage)
    project.domain("a", 5)
    project.write("app.py", JUDGE)
    # A prompt's 15 or 16 characters are 4 tokens, "a/s0/operational".
    project.configure(server, judge="app:judge", judge_model=None, max_tokens=50, max_tokens_total=160, concurrency=1)
    run = project.run(*arguments, "--domain-safety-markdown=report.md", "--domain-safety-html=report.html")
    assert run.code == 10
    assert len(server.requests) == 3
    usage = run.report["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["estimated_requests"]) == (12, 150, 3)
    assert "domain_safety_max_tokens_total = 160 is used up by an upper estimate" in run.report["stopped"]
    told = "tokens are an upper estimate for 3 replies"
    assert told in " ".join(run.out.split())
    assert told in (project.path / "report.md").read_text(encoding="utf-8")
    assert told in (project.path / "report.html").read_text(encoding="utf-8")


def test_a_judges_tokens_are_estimated_too(project: Project, serve: Serve) -> None:
    server, judge = serve(answers(REFUSAL)), serve(without_usage)
    project.domain("a", 5)
    project.configure(
        server,
        judge_base_url=judge.url,
        judge_api_key_env="none",
        judge_request='{"max_tokens": 100000}',
        max_tokens_total=150000,
        concurrency=1,
    )
    run = project.run()
    assert run.code == 10
    assert len(judge.requests) == run.report["usage"]["estimated_requests"] == 2
    assert run.report["usage"]["completion_tokens"] == 2 * (3 + 100000)


def test_a_callables_tokens_are_estimated_where_they_have_a_budget(project: Project) -> None:
    project.domain("a", 5)
    project.configure_app(max_tokens=50, max_tokens_total=160, concurrency=1)
    run = project.run()
    assert run.code == 10
    assert len(project.asked) == run.report["usage"]["estimated_requests"] == 3
    project.configure_app(max_tokens=50)
    run = project.run()
    assert run.code == 0
    assert run.report["usage"]["estimated_requests"] == run.report["usage"]["completion_tokens"] == 0


def test_tokens_that_were_counted_are_not_called_an_estimate(project: Project, serve: Serve) -> None:
    project.domain("a", 5)
    project.configure(serve(answers(REFUSAL)))
    run = project.run("--domain-safety-markdown=report.md")
    assert run.report["usage"]["estimated_requests"] == 0
    assert "upper estimate" not in run.out + (project.path / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])
def test_requests_a_minute(project: Project, serve: Serve, arguments: list[str]) -> None:
    times: list[float] = []

    def respond(_: Request) -> Answer:
        times.append(time.monotonic())
        return Answer(completion(REFUSAL))

    project.domain("a", 4)
    project.write("app.py", JUDGE)
    project.configure(serve(respond), judge="app:judge", judge_model=None, requests_per_minute=600)
    assert project.run(*arguments).code == 0
    assert len(times) == 8
    # 0.1 s apart; the first opens the connection, and comes late itself.
    assert times[-1] - times[1] >= 0.55


@pytest.mark.parametrize("name", ["requests_per_minute", "max_requests", "max_tokens_total", "max_seconds"])
def test_a_limit_of_nothing_is_refused(project: Project, name: str) -> None:
    project.domain("a", 1)
    nothing: dict[str, Any] = {name: 0}
    project.configure_app(**nothing)
    assert f"domain_safety_{name} = 0" in project.run().complaint
