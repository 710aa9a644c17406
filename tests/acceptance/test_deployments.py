"""docs/deployments.md is true as far as it can be run here: its configurations, its clients and its outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from support.fake_server import REFUSAL, Answer, FakeServer, Request, Responder, completion, error, verdict
from support.project import Project
from support.told import told

PAGE: Final = (Path(__file__).parents[2] / "docs" / "deployments.md").read_text(encoding="utf-8")
SECTIONS: Final = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
BLOCKS: Final = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)
MODULES: Final = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL)
ROWS: Final = re.findall(r"^\|.*\| `(\d+) (\{.*\})` \| `(\w+)` \|$", PAGE, re.MULTILINE)
ORIGIN: Final = re.compile(r"https?://[^/\s]+")

Serve = Callable[["Responder"], "FakeServer"]


def judged(request: Request) -> bool:
    return "judge" in request.body["model"]


def respond(request: Request) -> Answer:
    """A deployment that refuses, and a judge that sees it."""
    return Answer(verdict(1) if judged(request) else completion(REFUSAL))


USUAL: Final = "domain_safety_max_retries = 0\ndomain_safety_controls = none"
"""What the page need not say: that the server here is no judge worth showing known exhibits to."""


def set_up(project: Project, server: FakeServer, block: str) -> dict[str, str]:
    """Write a project of one scenario with an ini block of the page, its addresses led to the server.

    Returns:
        The environment that the block asks for, each key told by its name.
    """
    origin = server.url.removesuffix("/v1")
    project.domain("a", 1)
    project.write("pytest.ini", ORIGIN.sub(origin, block) + f"{USUAL}\n")
    for name, text in MODULES:
        project.write(name, text)
    keys = {name: f"key-of-{name.lower()}" for name in re.findall(r"_api_key_env = (\w+)", block)} | {"none": "none"}
    clients = {
        name: f"key-of-{name.lower()}" for _, text in MODULES for name in re.findall(r'environ\["(\w+)"\]', text)
    }
    return {**clients, **keys, "AZURE_OPENAI_ENDPOINT": origin}


def setting(block: str, name: str) -> str | None:
    found = re.search(rf"^domain_safety_{name} = (.*)$", block, re.MULTILINE)
    return None if found is None else found[1]


def test_the_page_has_what_is_tested() -> None:
    assert list(SECTIONS)[:-1] == [
        "OpenAI", "Azure OpenAI", "Anthropic", "Gemini", "Bedrock", "vLLM", "Ollama", "llama.cpp",
        "LiteLLM proxy and other gateways",
    ]  # fmt: skip
    assert len(BLOCKS) == 10
    assert [name for name, _ in MODULES] == ["azure_client.py"]
    assert len(ROWS) == 23
    assert all("](https://" in part for name, part in SECTIONS.items() if name != "What becomes of an answer")


@pytest.mark.parametrize("block", BLOCKS, ids=[setting(block, "base_url") for block in BLOCKS])
def test_a_configuration_of_the_page_reaches_its_address(block: str, project: Project, serve: Serve) -> None:
    server = serve(respond)
    environment = set_up(project, server, block)
    run = project.run(flag=True, fresh=False, timeout=60, **environment)

    assert run.code == 1, run.text  # one scenario is too little evidence for any threshold here
    assert set(run.outcomes().values()) == {"refused", "declined"}, run.text
    asked = [request for request in server.requests if not judged(request)]
    assert len(asked) == 2
    for request in asked:
        assert request.body["model"] == setting(block, "model")
        assert ("temperature" in request.body) is (setting(block, "temperature") != "none")
        for field, value in json.loads(setting(block, "request") or "{}").items():
            assert request.body[field] == value
    if (address := setting(block, "base_url")) is not None:
        assert {request.path for request in asked} == {f"{urlsplit(address).path}/chat/completions"}
        key = setting(block, "api_key_env")
        assert key is not None, "without it the key in OPENAI_API_KEY would be sent there"
        assert {request.headers["authorization"] for request in asked} == {f"Bearer {environment[key]}"}
    for request in filter(judged, server.requests):
        key = setting(block, "judge_api_key_env")
        assert key is None or request.headers["authorization"] == f"Bearer {environment[key]}"


def test_azures_client_asks_as_azure_is_asked(project: Project, serve: Serve) -> None:
    server = serve(respond)
    block = next(block for block in BLOCKS if "azure_client:client" in block)
    environment = set_up(project, server, block)
    run = project.run("--domain-safety-report-replies", flag=True, fresh=False, timeout=60, **environment)

    deployment = "/openai/deployments/your-deployment/chat/completions?api-version=2024-10-21"
    judge = deployment.replace("your-deployment", "your-judge-deployment")
    assert {request.path for request in server.requests} == {deployment, judge}
    key = environment["AZURE_OPENAI_API_KEY"]
    assert {request.headers["api-key"] for request in server.requests} == {key}
    files = [file for file in project.path.rglob("*") if file.is_file()]
    assert not [file for file in files if key.encode() in file.read_bytes()]
    assert key not in run.text


@told("replies", "a guardrail's block", "HTTP 400 guardrail pii", 0)
@told("replies", "a block that only your own rule knows", "HTTP 400 filtered by 'blocked by our rule'", 0)
@told("replies", "an error in the assistant's words", "no answer of an assistant: NeMo Guardrails' internal error", 0)
def test_an_answer_becomes_what_the_page_says(project: Project, serve: Serve) -> None:
    def answer(number: int) -> Answer:
        status, text, _ = ROWS[number]
        fields: dict[str, Any] = json.loads(text)
        if "detail" in fields:
            return Answer(fields, int(status))
        if status != "200":
            return error(int(status), **fields)
        return Answer(completion(fields.pop("content"), **fields))

    def by_row(request: Request) -> Answer:
        return Answer(verdict(1)) if judged(request) else answer(int(request.prompt.split("/")[1][1:]))

    project.domain("a", len(ROWS))
    project.configure(serve(by_row), concurrency=1, filtered="400 blocked by our rule")
    run = project.run()
    found = [run.outcomes()[f"a::s{number}[operational]#0"] for number in range(len(ROWS))]
    assert list(zip((text for _, text, _ in ROWS), found, strict=True)) == [(text, said) for _, text, said in ROWS]
    stopped_by = [trial["error"] for trial in run.report["trials"] if trial["framing"] == "operational"][-6:]
    assert stopped_by == [
        "HTTP 400 guardrail pii",
        "HTTP 400 content_policy_violation",
        "no answer of an assistant: NeMo Guardrails' internal error",
        "HTTP 446 guardrail of Portkey",
        "HTTP 400 guardrail of Guardrails AI",
        "HTTP 400 filtered by 'blocked by our rule'",
    ]


@told("replies", "an answer without choices", "1 missing of 1 operational trials", 1)
def test_an_answer_without_choices_is_no_reply(project: Project, serve: Serve) -> None:
    server = serve(lambda request: Answer(verdict(1) if judged(request) else {**completion(None), "choices": []}))
    project.domain("a", 1)
    project.configure(server)
    assert set(project.run().outcomes().values()) == {"missing"}


def test_a_model_that_rejects_temperature_stops_the_run_with_the_mend(project: Project, serve: Serve) -> None:
    server = serve(lambda _: error(400, "`temperature` is deprecated for this model.", type="invalid_request_error"))
    project.domain("a", 5)
    project.configure(server)
    run = project.run()
    assert "domain_safety_temperature = none" in run.text.replace("\n", " ")
    assert len(server.asked) == 1
