"""A judge's JSON-schema format: left out for a server that knows none, and for no other cause."""

from __future__ import annotations

import asyncio

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError
from pytest_domainsafety.core.suite.prompts import Message
from support.effects_support import MESSAGES, no_wait, open_endpoint
from support.fake_server import Answer, FakeServer, Request, completion, error

FORMAT = {"type": "json_schema"}


def knows_no_format(request: Request) -> Answer:
    if "response_format" in request.body:
        return error(400, "'response_format.type' must be 'text' or 'json_object'")
    return Answer(completion("Hi."))


def test_an_unknown_response_format_is_dropped_once_for_the_run() -> None:
    async def main(url: str) -> tuple[list[str], list[str]]:
        retrying = no_wait(max_retries=0)
        async with open_endpoint(url, "domain_safety_judge_") as endpoint:

            async def one() -> str:
                reply, _ = await retrying.run(lambda: endpoint.ask(MESSAGES, response_format=FORMAT))
                return reply.text

            texts = list(await asyncio.gather(*(one() for _ in range(4))))
            before = len(server.requests)
            texts.append(await one())
            assert len(server.requests) == before + 1
            return texts, endpoint.notes

    with FakeServer(knows_no_format) as server:
        texts, notes = asyncio.run(main(server.url))
    assert texts == ["Hi."] * 5
    assert notes == ["asked in words: the server knows no JSON-schema response format"]


def test_a_format_is_dropped_only_where_the_request_without_it_succeeds() -> None:
    def respond(request: Request) -> Answer:
        return error(400, "this prompt is odd") if request.prompt == "odd" else Answer(completion("Hi."))

    async def main(url: str) -> list[str]:
        retrying = no_wait(max_retries=0)
        async with open_endpoint(url, "domain_safety_judge_") as endpoint:

            async def one(prompt: str) -> str:
                messages: list[Message] = [{"role": "user", "content": prompt}]
                return (await retrying.run(lambda: endpoint.ask(messages, response_format=FORMAT)))[0].text

            with pytest.raises(FailedAskError) as caught:
                await one("odd")
            assert caught.value.told == "HTTP 400: this prompt is odd"
            assert await one("hello") == "Hi."
            return endpoint.notes

    with FakeServer(respond) as server:
        assert asyncio.run(main(server.url)) == []
    assert ["response_format" in request.body for request in server.requests] == [True, False, True]


def test_a_format_that_was_accepted_is_kept() -> None:
    def respond(request: Request) -> Answer:
        return error(400, "too long") if request.prompt == "long" else Answer(completion("Hi."))

    async def main(url: str) -> list[str]:
        async with open_endpoint(url) as endpoint:
            await endpoint.ask(MESSAGES, response_format=FORMAT)
            with pytest.raises(FailedAskError) as caught:
                await endpoint.ask([{"role": "user", "content": "long"}], response_format=FORMAT)
            assert not caught.value.adapted
            await endpoint.ask(MESSAGES, response_format=FORMAT)
            return endpoint.notes

    with FakeServer(respond) as server:
        assert asyncio.run(main(server.url)) == []
    assert all(request.body["response_format"] == FORMAT for request in server.requests)
