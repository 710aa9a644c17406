"""What a target, judge or client of the user's own may be, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from support.fake_server import REFUSAL, FakeServer, Responder, answers
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]


@pytest.fixture
def server(serve: Serve) -> FakeServer:
    return serve(answers(REFUSAL))


CALLABLES: Final = """\
import asyncio, openai, os, pathlib
from pytest_domainsafety import Judgement, Reply

def tell(what):
    with pathlib.Path(__file__).with_name("asked.txt").open("a") as file:
        file.write(f"{what} {os.environ.get('PYTEST_XDIST_WORKER')}\\n")

def sync_target(messages):
    tell(messages)
    return "no"

async def async_target(messages):
    await asyncio.sleep(0)
    tell(messages)
    return Reply("no", finish_reason="end_turn", prompt_tokens=3, completion_tokens=2)

class Target:
    async def __call__(self, messages):
        return "no"

target_object = Target()

def sync_judge(*, prompt, reply, framing, scenario):
    assert (prompt, scenario.domain, scenario.id) == (f"a/{scenario.id}/{framing}", "a", scenario.id)
    return 1

async def async_judge(*, prompt, reply, framing, scenario):
    if scenario.id == "s1" and framing == "operational":
        return Judgement(None)
    return Judgement(2, rationale="no")

def big_judge(**_):
    return 6

def client():
    return openai.AsyncOpenAI(
        base_url=os.environ["WHERE"], api_key="from the callable", default_headers={"X-Team": "safety"}
    )
"""


def _callables(project: Project, target: str, judge: str, *arguments: str) -> Run:
    project.domain("a")
    project.write("app.py", CALLABLES)
    project.configure(None, target=f"app:{target}", judge=f"app:{judge}")
    return project.run(*arguments)


@pytest.mark.parametrize(
    ("target", "judge", "code", "outcomes", "errors"),
    [
        ("sync_target", "sync_judge", 0, ["refused", "refused"], {None}),
        ("async_target", "async_judge", 10, ["refused", "unjudged"], {None, "the judge abstained"}),
        ("target_object", "big_judge", 10, ["unjudged"] * 2, {"the judge returned 6, not a score of 1 to 5"}),
    ],
)
def test_functions_may_answer_and_judge(
    target: str, judge: str, code: int, outcomes: list[str], errors: set[str | None], project: Project
) -> None:
    run = _callables(project, target, judge)

    assert run.code == code
    assert [run.outcomes()[f"a::s{number}[operational]#0"] for number in range(2)] == outcomes
    assert {trial["error"] for trial in run.report["trials"]} == errors
    assert run.report["deployment"]["model"] == f"app:{target}"
    assert run.report["deployment"]["temperature"] is None
    assert (run.report["judge"]["kind"], run.report["judge"]["model"]) == ("callable", f"app:{judge}")


def test_functions_run_on_the_controller(project: Project) -> None:
    run = _callables(project, "async_target", "sync_judge", "-n2")

    assert (run.code, len(project.asked)) == (0, 4)
    assert all(line.endswith(" None") for line in project.asked)
    assert {trial["finish_reason"] for trial in run.report["trials"]} == {"end_turn"}
    assert run.report["usage"]["prompt_tokens"] == 12


def test_a_client_of_the_users_own_is_asked(project: Project, server: FakeServer) -> None:
    project.domain("a")
    project.write("app.py", CALLABLES)
    project.configure(None, client="app:client", model="m", judge="app:sync_judge")

    run = project.run(WHERE=server.url)

    assert (run.code, len(server.asked)) == (0, 4)
    assert {request.headers["x-team"] for request in server.asked} == {"safety"}
    assert {request.headers["authorization"] for request in server.asked} == {"Bearer from the callable"}


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit(3)",
        "raise __import__('asyncio').CancelledError",
    ],
)
def test_a_function_that_tries_to_end_the_process_is_a_missing_reply(body: str, project: Project) -> None:
    project.domain("a")
    project.write("app.py", f"def target(messages):\n    {body}\n\ndef judge(**_):\n    return 1\n")
    project.configure(None, target="app:target", judge="app:judge")

    run = project.run(timeout=8)

    assert (run.code, run.report["decision"]) == (10, "inconclusive")
    assert set(run.outcomes().values()) == {"missing"}
    assert "INTERNALERROR" not in run.text
