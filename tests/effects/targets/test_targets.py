"""A deployment that is a function of the user's, and one behind an endpoint."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.effects.targets.endpoint import EndpointTarget
from pytest_domainsafety.effects.targets.function import FunctionTarget
from support.effects_support import MESSAGES, open_endpoint
from support.fake_server import FakeServer, answers, error


def ask(function: Callable[..., Any]) -> Reply:
    async def main() -> Reply:
        target = FunctionTarget(function)
        try:
            return await target.ask(MESSAGES)
        finally:
            await target.close()

    return asyncio.run(main())


def failure_of(error_: BaseException) -> FailedAskError:
    def fails(_: list[Message]) -> str:
        raise error_

    with pytest.raises(FailedAskError) as caught:
        ask(fails)
    return caught.value


def test_text_is_a_reply() -> None:
    assert ask(lambda _: "hi") == Reply("hi")
    assert ask(lambda _: "") == Reply("")


def test_a_reply_is_taken_as_it_is() -> None:
    given = Reply("hi", "length", reasoning="hm", tool_calls=("f({})",), prompt_tokens=1, completion_tokens=2)
    assert ask(lambda _: given) is given


def test_an_async_function_is_awaited() -> None:
    async def target(messages: list[Message]) -> str:
        await asyncio.sleep(0)
        return messages[-1]["content"]

    assert ask(target) == Reply("hello")


def test_an_awaitable_that_a_sync_function_returns_is_awaited() -> None:
    async def later() -> str:
        return "hi"

    assert ask(lambda _: later()) == Reply("hi")


def test_an_object_may_be_the_target() -> None:
    class App:
        def __call__(self, messages: list[Message]) -> str:
            return messages[0]["role"]

    assert ask(App()) == Reply("user")


def test_the_function_may_change_its_messages() -> None:
    def target(messages: list[Message]) -> str:
        messages[0]["content"] = "changed"
        messages.append({"role": "assistant", "content": "hi"})
        return "hi"

    ask(target)
    assert MESSAGES == [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(None, "NoneType"), (b"hi", "bytes"), ({"text": "hi"}, "dict"), (["hi"], "list"), (3, "int")],
)
def test_anything_else_is_no_reply(answer: object, kind: str) -> None:
    with pytest.raises(FailedAskError) as caught:
        ask(lambda _: answer)
    assert caught.value.reason == f"the target returned {kind}, not text or a Reply"
    assert not caught.value.retry


class StatusError(Exception):
    """As client libraries have them."""

    def __init__(self, status_code: object) -> None:
        super().__init__("no")
        self.status_code = status_code


class APIConnectionError(Exception):
    """A connection's failure of a client library that is not installed here."""


class APITimeoutError(APIConnectionError):
    """A kind of it."""


@pytest.mark.parametrize(
    "passing",
    [
        ConnectionResetError("reset"),
        ConnectionRefusedError(),
        BrokenPipeError(),
        TimeoutError(),
        APIConnectionError("gone"),
        APITimeoutError(),
        openai.APIConnectionError(request=None),  # type: ignore[arg-type]
        *(StatusError(status) for status in (408, 409, 425, 429, 500, 503, 529)),
    ],
    ids=repr,
)
def test_what_may_pass_is_worth_a_retry(passing: Exception) -> None:
    failure = failure_of(passing)
    assert failure.retry
    assert not failure.unreachable
    assert failure.__cause__ is passing


@pytest.mark.parametrize(
    "lasting",
    [
        ValueError("two\nlines"),
        KeyError("choices"),
        OSError("disk"),
        NotImplementedError(),
        *(StatusError(status) for status in (200, 400, 401, 404, 422, "503", None)),
    ],
    ids=repr,
)
def test_a_bug_is_not(lasting: Exception) -> None:
    failure = failure_of(lasting)
    assert not failure.retry
    assert failure.reason.startswith(f"the target raised {type(lasting).__name__}")
    assert "\n" not in failure.reason


def test_an_exception_of_an_async_function_is_told_alike() -> None:
    async def target(_: list[Message]) -> str:
        raise ConnectionResetError("reset")

    with pytest.raises(FailedAskError, match="the target raised ConnectionResetError: reset") as caught:
        ask(target)
    assert caught.value.retry


@pytest.mark.parametrize("leaving", [SystemExit(2), KeyboardInterrupt(), asyncio.CancelledError()], ids=repr)
def test_a_function_that_exits_fails_its_own_trial_only(leaving: BaseException) -> None:
    async def later(_: list[Message]) -> str:
        raise leaving

    failure = failure_of(leaving)
    assert not failure.retry
    assert type(leaving).__name__ in failure.reason
    with pytest.raises(FailedAskError, match=type(leaving).__name__):
        ask(later)


def test_a_target_that_is_cancelled_by_the_engine_is_no_failure() -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def target(_: list[Message]) -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        task = asyncio.create_task(FunctionTarget(target).ask(MESSAGES))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_sync_function_does_not_block_the_loop() -> None:
    release = threading.Event()

    def slow(_: list[Message]) -> str:
        assert release.wait(10)
        return "hi"

    async def main() -> list[Reply]:
        target = FunctionTarget(slow)
        tasks = [asyncio.create_task(target.ask(MESSAGES)) for _ in range(40)]
        # Only this loop can release them, so it must be free while they all wait.
        await asyncio.sleep(0.02)
        release.set()
        return await asyncio.gather(*tasks)

    begun = time.monotonic()
    assert asyncio.run(main()) == [Reply("hi")] * 40
    assert time.monotonic() - begun < 5


def test_a_function_has_no_notes() -> None:
    assert FunctionTarget(lambda _: "hi").notes == []


def test_an_endpoint_target_asks_and_tells_the_endpoints_notes() -> None:
    async def main(url: str) -> Reply:
        async with open_endpoint(url) as endpoint:
            target = EndpointTarget(endpoint)
            reply = await target.ask(MESSAGES)
            endpoint.notes.append("changed")
            assert target.notes == ["changed"]
            await target.close()
            assert endpoint.client.is_closed()
            return reply

    with FakeServer(answers("hi")) as server:
        assert asyncio.run(main(server.url)).text == "hi"


def test_an_endpoint_target_lets_failures_through() -> None:
    async def main(url: str) -> None:
        async with open_endpoint(url) as endpoint:
            await EndpointTarget(endpoint).ask(MESSAGES)

    with FakeServer(lambda _: error(500)) as server, pytest.raises(FailedAskError, match="HTTP 500"):
        asyncio.run(main(server.url))
