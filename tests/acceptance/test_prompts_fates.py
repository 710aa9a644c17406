"""One prompt's fate is not the run's; what is hopeless stops it, and the run can go on once it is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion, error, verdict
from support.project import Project

if TYPE_CHECKING:
    Serve = Callable[[Responder], FakeServer]

modes = pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["plain", "n2"])

SECRET: Final = "sk-secret-0123456789"  # noqa: S105 - a key of nobody's
HIT: Final = "a/s3/operational"


def _configure(project: Project, server: FakeServer, **settings: object) -> None:
    project.write("judges.py", "def judge(**_):\n    return 1\n")
    usual = {"judge": "judges:judge", "judge_model": None, "concurrency": 1, "max_retries": 5}
    project.configure(server, **{**usual, **settings})


def _hitting(answer: Answer) -> Responder:
    def respond(request: Request) -> Answer:
        return answer if request.prompt == HIT else Answer(completion(REFUSAL))

    return respond


@modes
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(403, "input flagged"), "filtered"),
        (error(403), "missing"),
        (error(404), "missing"),
        (error(401), "missing"),
    ],
    ids=["moderation", "403", "404", "401"],
)
def test_a_denial_of_one_prompt_is_that_prompts(
    answer: Answer, outcome: str, arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    server = serve(_hitting(answer))
    project.domain("a", 10)
    _configure(project, server)
    run = project.run(*arguments)
    assert run.code == 0, run.text
    assert run.report["stopped"] is None
    outcomes = run.outcomes()
    assert outcomes.pop("a::s3[operational]#0") == outcome
    assert set(outcomes.values()) == {"refused", "declined"}
    assert len(server.requests) == 20


def test_a_judges_denial_leaves_one_trial_unjudged(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    judge = serve(lambda request: error(403, "flagged") if HIT in request.prompt else Answer(verdict(1)))
    project.domain("a", 10)
    project.configure(server, judge_base_url=judge.url, judge_api_key_env="none", concurrency=1)
    run = project.run()
    assert run.code == 0, run.text
    assert run.report["stopped"] is None
    outcomes = run.outcomes()
    assert outcomes.pop("a::s3[operational]#0") == "unjudged"
    assert set(outcomes.values()) == {"refused", "declined"}


@modes
@pytest.mark.parametrize(
    ("answer", "denials", "says"),
    [
        (error(403, f"no \x1b[31m{SECRET}"), 20, "the last of 20 prompts in a row"),
        (error(402, "Insufficient Balance"), 1, "402 (Insufficient Balance)"),
        (error(400, "Your credit balance is too low"), 1, "Your credit balance is too low"),
    ],
    ids=["denied", "402", "credit"],
)
def test_what_is_hopeless_stops_a_run_which_can_go_on(
    answer: Answer, denials: int, says: str, arguments: tuple[str, ...], project: Project, serve: Serve
) -> None:
    server = serve(lambda _: Answer(completion(REFUSAL)) if len(server.requests) <= 10 else answer)
    project.domain("a", 40)
    _configure(project, server)
    first = project.run(*arguments, OPENAI_API_KEY=SECRET)
    assert (first.code, first.report["decision"]) == (10, "inconclusive")
    assert says in first.report["stopped"]
    assert "--domain-safety-resume" in first.out
    assert "Traceback" not in first.text
    assert SECRET not in first.text
    assert "\x1b[31m" not in first.report["stopped"]
    assert len(server.requests) == first.report["usage"]["requests"] == 10 + denials
    met = [trial for trial in first.report["trials"] if (trial["error"] or "").startswith(f"HTTP {answer.status}: ")]
    assert [(trial["outcome"], trial["attempts"]) for trial in met] == [("missing", 1)] * denials

    server.respond = lambda _: Answer(completion(REFUSAL))
    second = project.run(*arguments, "--domain-safety-resume", OPENAI_API_KEY=SECRET)
    assert second.code == 0, second.text
    assert len(server.requests) == 80 + denials


def test_a_judge_without_credit_stops_the_run_in_its_own_words(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    judge = serve(lambda _: Answer(verdict(1)) if len(judge.requests) <= 5 else error(402, "top up"))
    project.domain("a", 20)
    project.configure(server, judge_base_url=judge.url, judge_api_key_env="none", concurrency=1)
    run = project.run()
    assert run.code == 10
    assert f"the judge at {judge.url} answered 402 (top up)" in run.report["stopped"]
    assert len(judge.requests) == 6
    outcomes = list(run.outcomes().values())
    assert (outcomes.count("unjudged"), len(server.requests)) == (1, 6)


@pytest.mark.parametrize(("status", "requests"), [(402, 1), (405, 1), (418, 5)])
def test_an_endpoint_that_will_never_answer_stops_with_its_sentence(
    status: int, requests: int, project: Project, serve: Serve
) -> None:
    server = serve(lambda _: error(status, "never"))
    project.domain("a", 20)
    _configure(project, server)
    complaint = project.run().complaint
    assert f"answered {status} (never)" in complaint
    assert len(server.requests) == requests


@pytest.mark.parametrize("status", [504, 524])
def test_a_gateway_that_waited_in_vain_is_asked_once_more_and_leaves_it_open(
    status: int, project: Project, serve: Serve
) -> None:
    met: list[str] = []

    def respond(request: Request) -> Answer:
        met.append(request.prompt)
        late = request.prompt == HIT or (request.prompt == "a/s4/operational" and met.count(request.prompt) == 1)
        return error(status) if late else Answer(completion(REFUSAL))

    project.domain("a", 10)
    _configure(project, serve(respond))
    run = project.run()
    assert met.count(HIT) == 2
    assert run.outcomes()["a::s3[operational]#0"] == "missing"
    assert run.outcomes()["a::s4[operational]#0"] == "refused"
    assert run.operational("a")["reasked"] == 1
