"""Retries: what is counted, what is tried again, and how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.effects.traffic.retries import Meter, Retrying
from support.effects_support import MESSAGES, NoJitter, no_wait, open_endpoint, open_traffic
from support.fake_server import Answer, FakeServer, Request, completion, error

TRICKLE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n"


def script(*steps: Exception | str) -> Callable[[], Awaitable[str]]:
    """An attempt that goes through the steps, one a call."""
    left = iter(steps)

    async def attempt() -> str:
        step = next(left)
        if isinstance(step, Exception):
            raise step
        return step

    return attempt


def passing(reason: str = "HTTP 503") -> FailedAskError:
    return FailedAskError(reason, retry=True)


def adapted() -> FailedAskError:
    return FailedAskError("HTTP 400", adapted=True)


def test_a_first_success_is_one_request() -> None:
    retrying = no_wait()
    assert asyncio.run(retrying.run(script("yes"))) == ("yes", 1)
    assert retrying.meter == Meter(requests=1, retries=0)


def test_failures_that_may_pass_are_tried_again_and_counted() -> None:
    retrying = no_wait()
    assert asyncio.run(retrying.run(script(passing(), passing(), "yes"))) == ("yes", 3)
    assert retrying.meter == Meter(requests=3, retries=2)


def test_the_meter_adds_up_over_prompts() -> None:
    retrying = no_wait()
    for _ in range(3):
        asyncio.run(retrying.run(script(passing(), "yes")))
    assert retrying.meter == Meter(requests=6, retries=3)


@pytest.mark.parametrize("allowed", [0, 1, 5])
def test_the_last_failure_is_raised_with_its_attempts(allowed: int) -> None:
    retrying = no_wait(max_retries=allowed)
    steps = [passing(f"HTTP {500 + number}") for number in range(allowed + 1)]
    told: list[FailedAskError] = []
    with pytest.raises(FailedAskError) as caught:
        asyncio.run(retrying.run(script(*steps), told.append))
    assert caught.value is steps[-1]
    assert caught.value.attempts == allowed + 1
    assert told == steps
    assert [failure.attempts for failure in told] == list(range(1, allowed + 2))
    assert retrying.meter == Meter(requests=allowed + 1, retries=allowed)


def test_a_failure_that_stays_is_not_tried_again() -> None:
    retrying = no_wait()
    with pytest.raises(FailedAskError) as caught:
        asyncio.run(retrying.run(script(FailedAskError("HTTP 400"), "never")))
    assert caught.value.attempts == 1
    assert retrying.meter.requests == 1


def test_a_filtered_prompt_is_not_tried_again() -> None:
    with pytest.raises(FailedAskError) as caught:
        asyncio.run(no_wait().run(script(FailedAskError("HTTP 400", filtered=True), "never")))
    assert (caught.value.filtered, caught.value.attempts) == (True, 1)


def test_an_adapted_request_uses_up_no_retry_and_does_not_wait() -> None:
    jitter = NoJitter()
    retrying = no_wait(max_retries=1, jitter=jitter)
    result = asyncio.run(retrying.run(script(adapted(), adapted(), passing(), adapted(), "yes")))
    assert result == ("yes", 5)
    assert jitter.longest == [0.5]


def test_a_stop_is_let_through_at_once() -> None:
    retrying = no_wait()
    with pytest.raises(StoppedError, match="wrong key"):
        asyncio.run(retrying.run(script(StoppedError("wrong key"), "never")))
    assert retrying.meter.requests == 1


def test_waits_double_up_to_a_longest() -> None:
    jitter = NoJitter()
    retrying = no_wait(max_retries=7, jitter=jitter)
    with pytest.raises(FailedAskError):
        asyncio.run(retrying.run(script(*(passing() for _ in range(8)))))
    assert jitter.longest == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_an_attempt_that_hangs_is_a_timeout_and_tried_again() -> None:
    calls = 0

    async def attempt() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        return "yes"

    assert asyncio.run(no_wait(timeout_s=0.05).run(attempt)) == ("yes", 2)


def test_the_last_timeout_is_raised_as_a_failure() -> None:
    async def attempt() -> str:
        await asyncio.Event().wait()
        return "never"

    with pytest.raises(FailedAskError) as caught:
        asyncio.run(no_wait(max_retries=1, timeout_s=0.02).run(attempt))
    assert (caught.value.reason, caught.value.retry, caught.value.unreachable) == ("timeout", True, False)
    assert caught.value.attempts == 2


def test_cancelling_is_no_failure() -> None:
    retrying = no_wait()

    async def main() -> None:
        begun = asyncio.Event()

        async def attempt() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        task = asyncio.create_task(retrying.run(attempt))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert retrying.meter.requests == 1


def test_the_default_jitter_spreads() -> None:
    first, second = (Retrying(max_retries=0, timeout_s=1.0, meter=Meter(), traffic=open_traffic()) for _ in range(2))
    assert first.jitter.random() != second.jitter.random()


def test_the_timeout_is_for_a_whole_trickling_reply() -> None:
    # The client's own timeout is per read: with a byte every few milliseconds it never comes.
    handlers: list[asyncio.Task[None] | None] = []

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(TRICKLE_HEAD)
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass  # the client has given up
        finally:
            writer.transport.abort()

    async def main() -> FailedAskError:
        async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            retrying = no_wait(max_retries=1, timeout_s=0.5)
            async with open_endpoint(f"http://127.0.0.1:{port}/v1", timeout_s=30.0) as endpoint:
                with pytest.raises(FailedAskError) as caught:
                    await retrying.run(lambda: endpoint.ask(MESSAGES))
            async with asyncio.timeout(10):
                await asyncio.gather(*(handler for handler in handlers if handler is not None))
        return caught.value

    begun = time.monotonic()
    failure = asyncio.run(main())
    assert (failure.reason, failure.attempts) == ("timeout", 2)
    assert 1.0 <= time.monotonic() - begun < 10


def test_a_server_that_recovers_is_read() -> None:
    def respond(_: Request) -> Answer:
        bad = [error(503), error(429), Answer(b"{}"), Answer({}, hang_up=True)]
        number = len(server.requests) - 1
        return bad[number] if number < len(bad) else Answer(completion("Hi."))

    async def main(url: str) -> tuple[str, int]:
        async with open_endpoint(url) as endpoint:
            reply, attempts = await no_wait().run(lambda: endpoint.ask(MESSAGES))
            return reply.text, attempts

    with FakeServer(respond) as server:
        assert asyncio.run(main(server.url)) == ("Hi.", 5)


def waited() -> FailedAskError:
    return FailedAskError("HTTP 504", retry=True, waited_out=True)


def test_a_gateway_that_waited_in_vain_is_asked_once_more_whatever_came_between() -> None:
    with pytest.raises(FailedAskError, match="504") as caught:
        asyncio.run(no_wait().run(script(passing(), waited(), passing(), waited(), "never")))
    assert caught.value.attempts == 4
    assert asyncio.run(no_wait().run(script(waited(), "yes"))) == ("yes", 2)
    with pytest.raises(FailedAskError):
        asyncio.run(no_wait(max_retries=0).run(script(waited(), "never")))
