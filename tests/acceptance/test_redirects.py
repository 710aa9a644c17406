"""A redirect to another host is told, and no key goes along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from support.fake_server import HELP, REFUSAL, Answer, FakeServer, Request, Responder, answers, completion
from support.project import Project

Serve = Callable[["Responder"], "FakeServer"]

AZURE: Final = """\
import openai

def make():
    return openai.AsyncAzureOpenAI(
        azure_endpoint={url!r}, api_key="azures-own-key", api_version="2025-01-01",
        default_headers={{"X-Gateway": "gateways-word"}}, {options}
    )
"""
OWN: Final = "http_client=openai.DefaultAsyncHttpxClient()"
SECRETS: Final = {"azures-own-key", "gateways-word", "Bearer deployments-key"}


def redirecting(to: FakeServer) -> Responder:
    """Sends every request on to another server's port, method and body kept."""

    def respond(request: Request) -> Answer:
        where = f"http://127.0.0.1:{to.port}{request.path}"
        return Answer(status=307, headers={"location": f"{where}?token=a-token-of-the-way"})

    return respond


@pytest.mark.parametrize("verbosity", ["-q", "-v"])
def test_another_host_that_answers_is_told(project: Project, serve: Serve, verbosity: str) -> None:
    there = serve(answers(REFUSAL))
    here = serve(redirecting(there))
    project.domain("a", 2)
    project.configure(here, judge_base_url=there.url, judge_api_key_env="none")
    run = project.run(
        verbosity, "--domain-safety-markdown=r.md", "--domain-safety-html=r.html", OPENAI_API_KEY="deployments-key"
    )
    said = (
        f"the deployment: requests to 127.0.0.1:{here.port} were answered by 127.0.0.1:{there.port}, "
        "which read them: name that host, if it is meant"
    )
    assert run.report["deployment"]["warnings"] == [said]
    assert {trial["outcome"] for trial in run.report["trials"]} == {"refused", "declined"}
    assert " ".join(run.out.split()).count(said) == 1
    for text in (run.text, *((project.path / name).read_text(encoding="utf-8") for name in ("r.md", "r.html"))):
        assert f"{there.port}" in text
        assert "a-token-of-the-way" not in text
    assert {request.headers.get("authorization") for request in here.requests} == {"Bearer deployments-key"}
    assert {request.headers.get("authorization") for request in there.asked} == {None}


@pytest.mark.parametrize("options", [OWN, ""], ids=["a client of the project's", "the library's"])
def test_no_header_that_may_hold_a_key_goes_along(project: Project, serve: Serve, options: str) -> None:
    there = serve(lambda _: Answer(completion(f"{HELP} azures-own-key")))
    here = serve(redirecting(there))
    project.domain("a", 2)
    project.write("make_client.py", AZURE.format(url=here.url.removesuffix("/v1"), options=options))
    judge = serve(answers(""))
    settings: dict[str, Any] = {"base_url": None, "client": "make_client:make", "judge_base_url": judge.url}
    project.configure(here, **settings, judge_api_key_env="none")
    run = project.run("--domain-safety-report-replies")
    assert len(there.requests) == len(here.requests) == 4, run.text
    for request in here.requests:
        assert SECRETS & set(request.headers.values()) == {"azures-own-key", "gateways-word"}
    for request in there.requests:
        assert not SECRETS & set(request.headers.values())
        assert {"api-key", "authorization", "x-gateway"}.isdisjoint(request.headers)
        assert request.body["messages"]
    # The key is known as a key nevertheless, though the last request did not bear it.
    assert {trial["reply"] for trial in run.report["trials"]} == {f"{HELP} ***"}


def test_a_redirect_within_the_host_keeps_the_key_and_is_not_told(project: Project, serve: Serve) -> None:
    answer = answers(REFUSAL)

    def respond(request: Request) -> Answer:
        if request.path.startswith("/v1/"):
            return Answer(status=308, headers={"location": request.path.replace("/v1/", "/v2/")})
        found = answer(request)
        assert isinstance(found, Answer)
        return found

    server = serve(respond)
    project.domain("a", 1)
    project.configure(server)
    run = project.run(OPENAI_API_KEY="deployments-key")
    assert run.report["deployment"]["warnings"] == []
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer deployments-key"}
    assert {trial["outcome"] for trial in run.report["trials"]} == {"refused", "declined"}
