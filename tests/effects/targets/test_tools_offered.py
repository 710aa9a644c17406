"""Tools of scenarios on their way to the deployment, and what it calls on its way back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.tools import Tool
from pytest_domainsafety.core.traffic.tokens import tokens_of
from pytest_domainsafety.effects.targets.endpoint import EndpointTarget
from pytest_domainsafety.effects.targets.function import FunctionTarget
from support.effects_support import MESSAGES, open_endpoint
from support.fake_server import Answer, FakeServer, completion, error

TOOL: Tool = {"type": "function", "function": {"name": "send_payment"}}
OWN: Tool = {"type": "function", "function": {"name": "own"}}


def bodies(*asked: tuple[Tool, ...], **settings: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """The tools of each request; None where none were sent."""

    async def main(url: str) -> None:
        async with open_endpoint(url, **settings) as endpoint:
            for tools in asked:
                await EndpointTarget(endpoint).ask(MESSAGES, tools)

    with FakeServer(lambda _: Answer(completion("hi"))) as server:
        asyncio.run(main(server.url))
        return [request.body.get("tools") for request in server.requests]


def test_a_scenario_s_tools_are_sent_with_its_own_requests_only() -> None:
    # The first goes by the client, the others are prepared.
    assert bodies((TOOL,), (), (TOOL, OWN)) == [[TOOL], None, [TOOL, OWN]]


def test_they_stand_in_place_of_those_of_the_settings() -> None:
    assert bodies((), (TOOL,), (), tools=[OWN]) == [[OWN], [TOOL], [OWN]]


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({}, "name a model that takes tools, or leave 'tools' out of the scenarios"),
        ({"tools": [OWN]}, 'set domain_safety_request = {"tools": null} to leave it out'),
    ],
)
def test_a_server_that_takes_no_tools_is_told_with_the_mend(settings: dict[str, Any], mend: str) -> None:
    async def main(url: str) -> None:
        async with open_endpoint(url, **settings) as endpoint:
            await EndpointTarget(endpoint).ask(MESSAGES, (TOOL,))

    with (
        FakeServer(lambda _: error(400, "tools is not supported", param="tools")) as server,
        pytest.raises(StoppedError, match="rejects the parameter tools") as caught,
    ):
        asyncio.run(main(server.url))
    assert str(caught.value).endswith(mend)


def test_a_callable_that_takes_tools_is_given_copies() -> None:
    given: list[Any] = []

    def takes_them(messages: list[Message], tools: Any = "none") -> Reply:  # noqa: ANN401 - what is tested
        given.append((messages, tools))
        if tools != "none":
            tools[0]["function"].clear()
        return Reply("no", tool_calls=("own({})",))

    target = FunctionTarget(takes_them)
    for tools in ((TOOL,), (TOOL,), ()):
        assert asyncio.run(target.ask(MESSAGES, tools)).tool_calls == ("own({})",)
    assert [tools for _, tools in given] == [[{"type": "function", "function": {}}]] * 2 + ["none"]
    assert TOOL["function"] == {"name": "send_payment"}
    assert target.notes == []


def test_of_a_callable_that_takes_none_it_is_told_once() -> None:
    target = FunctionTarget(lambda _: "no")
    asyncio.run(target.ask(MESSAGES))
    assert target.notes == []
    for _ in range(2):
        asyncio.run(target.ask(MESSAGES, (TOOL,)))
    assert len(target.notes) == 1
    assert "let it take an argument 'tools'" in target.notes[0]


def test_what_is_offered_counts_in_an_upper_estimate() -> None:
    plain, offered = (tokens_of(Reply("hi"), MESSAGES, None, tools).prompt for tools in ((), (TOOL,)))
    assert offered >= plain + len(str(TOOL)) // 5
