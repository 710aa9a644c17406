"""Endpoints that will never answer, and what they learn: one request, one sentence, no key."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, answers, completion, error, verdict
from support.project import Project, Run

Serve = Callable[["Responder"], "FakeServer"]


SECRET: Final = "sk-secret-0123456789"  # noqa: S105 - a key of nobody's


@pytest.fixture
def server(serve: Serve) -> FakeServer:
    return serve(answers(REFUSAL))


FOREIGN: Final[dict[str, Any]] = {
    "OPENAI_ORG_ID": "foreign-org",
    "OPENAI_PROJECT_ID": "foreign-project",
    "OPENAI_ADMIN_KEY": "foreign-admin",
    "OPENAI_CUSTOM_HEADERS": "X-Foreign: foreign-header",
    "OPENAI_API_KEY": "foreign-key",
    "OPENAI_WEBHOOK_SECRET": "foreign-webhook",
}


def test_only_the_named_keys_reach_the_servers_and_nothing_tells_them(project: Project, serve: Serve) -> None:
    deployment, judge, foreign = (serve(answers(REFUSAL)) for _ in range(3))
    project.domain("a")
    project.configure(deployment, api_key_env="MY_KEY", judge_base_url=judge.url, judge_api_key_env="MY_JUDGE_KEY")

    run = project.run(
        "-v",
        "-rA",
        "--junitxml=junit.xml",
        "--domain-safety-markdown=report.md",
        "--domain-safety-report-replies",
        MY_KEY=SECRET,
        MY_JUDGE_KEY=f"{SECRET}-judge",
        OPENAI_BASE_URL=foreign.url,
        **FOREIGN,
    )

    assert (run.code, len(deployment.requests), len(judge.requests), foreign.requests) == (0, 4, 4, [])
    assert {request.headers["authorization"] for request in deployment.requests} == {f"Bearer {SECRET}"}
    assert {request.headers["authorization"] for request in judge.requests} == {f"Bearer {SECRET}-judge"}
    sent = [str((request.headers, request.body)) for request in deployment.requests + judge.requests]
    assert not any("foreign" in request.lower() for request in sent)
    files = [path.read_bytes() for path in project.path.rglob("*") if path.is_file()]
    assert SECRET not in run.text
    assert not any(SECRET.encode() in content for content in files)


def test_a_local_server_may_need_no_key(project: Project, server: FakeServer) -> None:
    project.domain("a")
    project.configure(server)

    assert project.run().code == 0


# Endpoints that will never answer


def _stopped(project: Project, server: FakeServer, **settings: object) -> Run:
    project.domain("a", 20)
    project.configure(server, max_retries=5, **settings)
    return project.run(OPENAI_API_KEY=SECRET)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            error(401, "Incorrect API key"),
            ("401", "Incorrect API key", "$OPENAI_API_KEY", "domain_safety_api_key_env"),
        ),
        (error(404, "no such model"), ("404", "no such model", "domain_safety_model = m")),
        (
            error(400, "Unsupported value: temperature 0.7", param="temperature"),
            ("400", "temperature", "domain_safety_temperature = none"),
        ),
        (
            error(400, "Unknown parameter: 'top_k'", param="top_k"),
            ("top_k", 'domain_safety_request = {"top_k": null}'),
        ),
    ],
    ids=["wrong key", "unknown model", "temperature", "request field"],
)
def test_what_every_request_would_meet_stops_after_one(
    answer: Answer, words: tuple[str, ...], project: Project, serve: Serve
) -> None:
    server = serve(lambda _: answer)

    complaint = _stopped(project, server, request='{"top_k": 5}').complaint

    assert all(word in complaint for word in words), complaint
    assert len(server.requests) == 1


def test_a_refusal_that_takes_a_moment_costs_one_request_too(project: Project, serve: Serve) -> None:
    fields = {"message": "Unsupported value: temperature", "param": "temperature"}
    server = serve(lambda _: Answer({"error": fields}, status=400, delay_s=0.05))

    assert "temperature" in _stopped(project, server).complaint
    assert len(server.requests) == 1


def test_a_server_that_repeats_the_key_does_not_make_us_repeat_it(project: Project, serve: Serve) -> None:
    def refuse(request: Request) -> Answer:
        return error(401, f"Incorrect API key provided: {request.headers['authorization']}")

    run = _stopped(project, serve(refuse))

    assert "401" in run.complaint
    assert SECRET not in run.text


def test_a_judge_that_rejects_a_parameter_names_its_own_setting(project: Project, serve: Serve) -> None:
    server = serve(answers(REFUSAL))
    judge = serve(lambda _: error(400, "Unsupported value: temperature", param="temperature"))

    complaint = _stopped(project, server, judge_base_url=judge.url, judge_api_key_env="none").complaint

    assert "the judge" in complaint
    assert 'domain_safety_judge_request = {"temperature": null}' in complaint
    assert len(judge.requests) == 1


def test_an_unreachable_port_is_one_sentence_at_once(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    project.domain("a", 20)
    project.configure(None, base_url=f"http://127.0.0.1:{port}/v1", model="m", judge_model="judge", max_retries=1)

    began = time.monotonic()
    complaint = project.run().complaint

    assert f"127.0.0.1:{port}" in complaint
    assert "is it running" in complaint
    assert time.monotonic() - began < 15


def _wants_completion_tokens(request: Request) -> Answer:
    if request.is_judge:
        return Answer(verdict(1))
    if "max_tokens" in request.body:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return error(400, message, param="max_tokens", code="unsupported_parameter")
    return Answer(completion(REFUSAL))


def test_a_server_that_wants_max_completion_tokens_gets_them_and_the_report_says_so(
    project: Project, serve: Serve
) -> None:
    server = serve(_wants_completion_tokens)
    project.domain("a", 3)
    project.configure(server, max_tokens=77)

    run = project.run()

    assert run.code == 0
    assert [request.body.get("max_completion_tokens") for request in server.asked][1:] == [77] * 6
    assert "max_completion_tokens" in run.report["deployment"]["headers_note"]
    assert set(run.outcomes().values()) == {"declined", "refused"}
