"""Requests after the first: what is sent and what the answers mean is the same as if the client had built each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
from support.effects_support import MESSAGES, open_endpoint
from support.fake_server import Answer, FakeServer, Request, answers, completion, error

OTHERS: list[Message] = [{"role": "system", "content": "Grüße"}, {"role": "user", "content": 'another "prompt"\n'}]

Asked = Reply | FailedAskError


def ask_twice(url: str, *, prepared: bool, then: Callable[[ChatEndpoint], None] = lambda _: None) -> list[Asked]:
    """What came of two requests of one endpoint."""

    async def one(endpoint: ChatEndpoint, messages: list[Message]) -> Asked:
        try:
            return await endpoint.ask(messages, response_format={"type": "json_object"})
        except FailedAskError as failure:
            return failure

    async def main() -> list[Asked]:
        async with open_endpoint(url, temperature=0.7, timeout_s=5.0) as endpoint:
            endpoint.headers = {"X-Team": "safety"}
            if not prepared:
                endpoint.prepared = None
            asked = [await one(endpoint, MESSAGES), await one(endpoint, OTHERS)]
            if prepared:
                then(endpoint)
            return asked

    return asyncio.run(main())


def is_ready(endpoint: ChatEndpoint) -> None:
    assert endpoint.prepared is not None
    assert endpoint.prepared.ready


def is_not_ready(endpoint: ChatEndpoint) -> None:
    assert endpoint.prepared is not None
    assert not endpoint.prepared.ready


def test_what_is_sent_is_what_the_client_would_have_built() -> None:
    with FakeServer(answers("Hi.")) as server:
        built = ask_twice(server.url, prepared=False)
        assert ask_twice(server.url, prepared=True, then=is_ready) == built
    _, plain, _, quick = server.requests
    assert (quick.path, quick.headers, quick.body) == (plain.path, plain.headers, plain.body)
    assert list(quick.body) == list(plain.body)
    assert quick.headers["authorization"] == "Bearer secret-key"
    assert quick.headers["x-team"] == "safety"


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
    await writer.drain()


FAILURES = {
    "hung up": Answer(hang_up=True),
    "cut off": Answer(write=cut_off),
    "busy": replace(error(429, "slow down"), headers={"Retry-After": "7"}),
    "broken": error(503, "secret-key is not at home"),
    "refused": error(400, "no such thing"),
    "filtered": error(400, "flagged", code="content_filter"),
    "not JSON": Answer(body=b"<html>"),
    "no reply": Answer(body={"choices": []}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_means_the_same(name: str) -> None:
    def second_fails(request: Request) -> Answer:
        return FAILURES[name] if request.body["messages"] == OTHERS else Answer(completion("Hi."))

    with FakeServer(second_fails) as server:
        built = ask_twice(server.url, prepared=False)[1]
        quick = ask_twice(server.url, prepared=True, then=is_ready)[1]
    assert isinstance(built, FailedAskError)
    assert isinstance(quick, FailedAskError)
    assert vars(quick) == vars(built)
    assert "secret-key" not in quick.told


def test_a_cookie_goes_with_the_next_request_and_counts_as_a_secret() -> None:
    def with_cookie(request: Request) -> Answer:
        said = request.headers.get("cookie", "none")
        return Answer(completion(f"you sent {said}"), headers={"Set-Cookie": "session=cookie-secret; Path=/"})

    with FakeServer(with_cookie) as server:
        asked = ask_twice(server.url, prepared=True, then=is_ready)
    assert server.requests[1].headers["cookie"] == "session=cookie-secret"
    assert isinstance(asked[1], Reply)
    assert "cookie-secret" not in asked[1].text


def test_where_the_first_request_was_led_on_the_client_finds_its_way_each_time() -> None:
    def moved(request: Request) -> Answer:
        if request.path == "/v1/chat/completions":
            return Answer(status=307, body=b"", headers={"Location": "/v1/there"})
        return Answer(completion("Hi."))

    with FakeServer(moved) as server:
        asked = ask_twice(server.url, prepared=True, then=is_not_ready)
    assert [type(each) for each in asked] == [Reply, Reply]
    assert [request.path for request in server.requests] == ["/v1/chat/completions", "/v1/there"] * 2
