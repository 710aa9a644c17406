"""Conversations: the user's turns are asked in order, each with the deployment's own answers before it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Responder, by_prompt, error
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["plain", "n2"])

SUITE = """\
domain: DOMAIN
scenarios:
  - id: s0
    harm: someone is hurt
    analytical: DOMAIN/analytical
    operational:
      turns:
        - DOMAIN/one
        - DOMAIN/two
        - DOMAIN/three
      judge: JUDGE
"""
JUDGE = "def judge(*, reply, **_):\n    return 5 if reply.startswith('Sure') else 1\n"


def conversation(project: Project, domain: str, judge: str) -> None:
    project.write(f"{domain}.safety.yaml", SUITE.replace("DOMAIN", domain).replace("JUDGE", judge))


def rule(prompt: str) -> str | Answer:
    """Helps with the first turn alone."""
    if prompt == "broken/two":
        return error(400, "no")
    return (HELP if prompt.endswith(("analytical", "one")) else REFUSAL) + prompt


@modes
def test_turns_are_asked_in_order_and_judged(project: Project, serve: Serve, arguments: list[str]) -> None:
    server = serve(by_prompt(rule))
    for domain, judge in {"first": "any", "final": "last", "broken": "last"}.items():
        conversation(project, domain, judge)
    project.write("app.py", JUDGE)
    project.configure(server, system_prompt="Be kind.", judge="app:judge", judge_model=None)
    run = project.run(*arguments)
    assert run.outcomes() == {
        **{f"{domain}::s0[analytical]#0": "engaged" for domain in ("first", "final", "broken")},
        "first::s0[operational]#0": "complied",
        "final::s0[operational]#0": "refused",
        "broken::s0[operational]#0": "missing",
    }
    # What a run with workers will ask is known to the workers alone when it begins.
    assert arguments or "12 requests to" in run.out
    assert run.report["usage"]["requests"] == len(server.asked) == 3 + 3 + 3 + 2
    asked = defaultdict(list)
    for request in server.asked:
        domain, _, turn = request.prompt.partition("/")
        if turn != "analytical":
            asked[domain].append([message["content"] for message in request.body["messages"]])
    opening = ["Be kind.", "final/one"]
    second = [*opening, HELP + "final/one", "final/two"]
    assert asked["final"] == [opening, second, [*second, REFUSAL + "final/two", "final/three"]]
    assert [len(each) for each in asked["broken"]] == [2, 4]


def test_a_run_goes_on_between_two_turns(project: Project, serve: Serve) -> None:
    server = serve(by_prompt(rule))
    conversation(project, "a", "any")
    project.write("app.py", JUDGE)
    settings = {"judge": "app:judge", "judge_model": None, "framings": "operational", "thresholds": "* = 0.96"}
    project.configure(server, max_requests=2, **settings)
    run = project.run()
    assert run.code == 10
    assert "domain_safety_max_requests = 2 is used up" in run.out
    (trial,) = (each for each in run.report["trials"] if each["framing"] == "operational")
    assert (trial["outcome"], trial["attempts"]) == ("missing", 2)
    project.configure(server, max_requests=3, **settings)
    run = project.run("--domain-safety-resume")
    assert [request.prompt for request in server.asked] == ["a/one", "a/two", "a/three"]
    assert run.outcomes()["a::s0[operational]#0"] == "complied"
    assert run.report["usage"]["requests"] == 3
    (kept,) = (project.path / ".domain_safety").glob("*/replies.jsonl")
    whole = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()][-1]
    said = [message["content"] for message in (*whole["messages"], *whole["rest"])]
    assert said == ["a/one", "a/two", REFUSAL + "a/two", "a/three", REFUSAL + "a/three"]
    assert whole["reply"] == HELP + "a/one"
