"""Many who ask one endpoint: how much it is given, and what happens when it stops to answer."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import pytest

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, FailedAskError
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.window import Window
from pytest_domainsafety.effects.traffic.pace import Pace
from pytest_domainsafety.effects.traffic.retries import Meter, Retrying, patience_s
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic, nobody_at
from support.virtual_time import run_virtually

MAX_RETRIES = 5


@dataclass
class Endpoint:
    """Answers within half a second, as long as not too many ask and it works.

    Args:
        capacity: More than so many at a time are refused.
        works: By the time.
        wait_s: What a refusal asks for.
    """

    capacity: int = 1000
    works: Callable[[float], bool] = lambda _: True
    wait_s: float = 0.0
    in_flight: int = 0
    most: int = 0
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a simulation

    async def ask(self) -> str:
        loop = asyncio.get_running_loop()
        if not self.works(loop.time()):
            self.failed.append(loop.time())
            raise FailedAskError("connection error", retry=True, unreachable=True)
        if self.in_flight >= self.capacity:
            self.refused.append(loop.time())
            raise FailedAskError("HTTP 429", retry=True, busy=True, wait_s=self.wait_s)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self._random.uniform(0.4, 0.6))
        finally:
            self.in_flight -= 1
        self.served.append(loop.time())
        return "yes"


def retrying(concurrency: int, max_retries: int = MAX_RETRIES, pace: Pace | None = None) -> Retrying:
    traffic = Traffic(
        place="http://the.place/v1",
        window=Window(concurrency),
        breaker=Breaker(patience_s(max_retries)),
        pace=pace or Pace(),
    )
    jitter = random.Random(0)  # noqa: S311 - a simulation
    return Retrying(max_retries=max_retries, timeout_s=120.0, meter=Meter(), traffic=traffic, jitter=jitter)


async def ask_all(asking: Retrying, endpoint: Endpoint, prompts: int, workers: int) -> list[str]:
    """Ask as many prompts, as the engine's workers do; what came of each."""
    return await ask_each(asking, itertools.repeat(endpoint.ask, prompts), workers)


async def ask_each(asking: Retrying, prompts: Iterable[Callable[[], Awaitable[str]]], workers: int) -> list[str]:
    """The same for prompts that are each asked in their own way."""
    left, found = iter(prompts), list[str]()

    async def worker() -> None:
        for ask in left:
            try:
                found.append((await asking.run(ask))[0])
            except (FailedAskError, DeadEndpointError) as error:
                found.append(type(error).__name__)

    await asyncio.gather(*(worker() for _ in range(workers)))
    return found


@pytest.mark.parametrize("wait_s", [0.0, 1.0])
@pytest.mark.parametrize("workers", [32, 64, 200])
def test_an_endpoint_that_takes_20_is_kept_busy_and_hardly_ever_refuses(workers: int, wait_s: float) -> None:
    endpoint = Endpoint(capacity=20, wait_s=wait_s)
    asking = retrying(workers)
    found, seconds = run_virtually(ask_all(asking, endpoint, 2000, workers))
    assert found.count("yes") == 2000
    assert 2000 / (seconds * 40) > 0.9
    late = sum(moment > 3.0 for moment in endpoint.refused)
    assert late / len(endpoint.served) < 0.02
    assert asking.meter.requests == len(endpoint.served) + len(endpoint.refused)


def test_one_that_takes_all_is_given_all() -> None:
    endpoint = Endpoint()
    _, seconds = run_virtually(ask_all(retrying(64), endpoint, 2000, 64))
    assert endpoint.most == 64
    assert 2000 / (seconds * 128) > 0.9


def test_all_who_ask_share_the_window() -> None:
    endpoint, asking = Endpoint(), retrying(8)
    run_virtually(ask_all(asking, endpoint, 100, 50))
    assert endpoint.most == 8


def test_the_requests_a_minute_hold_whatever_the_window_is() -> None:
    endpoint = Endpoint()
    _, seconds = run_virtually(ask_all(retrying(8, pace=Pace(60)), endpoint, 31, 8))
    assert 30 <= seconds < 31


def test_a_dead_endpoint_stops_everybody_in_seconds() -> None:
    endpoint, asking = Endpoint(works=lambda _: False), retrying(32)
    found, seconds = run_virtually(ask_all(asking, endpoint, 500, 32))
    assert set(found) == {"DeadEndpointError"}
    assert seconds < 30
    assert len(endpoint.failed) < 60


def test_one_that_dies_after_it_has_answered_is_given_a_minute() -> None:
    endpoint, asking = Endpoint(works=lambda now: now < 5), retrying(32)
    found, seconds = run_virtually(ask_all(asking, endpoint, 2000, 32))
    assert 65 < seconds < 85
    assert found.count("yes") == len(endpoint.served) > 250
    assert set(found) == {"yes", "DeadEndpointError"}


@pytest.mark.parametrize("outage_s", [2.0, 20.0, 58.0])
def test_one_that_recovers_within_a_minute_loses_nothing(outage_s: float) -> None:
    endpoint = Endpoint(works=lambda now: not 5 < now < 5 + outage_s)
    found, _ = run_virtually(ask_all(retrying(32), endpoint, 2000, 32))
    assert found.count("yes") == 2000
    assert len(endpoint.failed) < 100


@pytest.mark.parametrize("outage_s", [5.0, 15.0, 25.0])
def test_a_prompt_that_always_fails_keeps_no_other_from_finding_out_that_it_works_again(outage_s: float) -> None:
    async def poison() -> str:
        raise FailedAskError("HTTP 500", retry=True)

    async def main(before: int) -> list[str]:
        endpoint, asking = Endpoint(works=lambda now: not 2 < now < 2 + outage_s), retrying(32)
        prompts = itertools.chain(
            itertools.repeat(endpoint.ask, before), [poison], itertools.repeat(endpoint.ask, 200)
        )
        return await ask_each(asking, prompts, 32)

    # One of these makes it the last failure before the breaker opens, and so the first to try again.
    for before in range(80, 200):
        assert sorted(run_virtually(main(before))[0]) == ["FailedAskError"] + ["yes"] * (before + 200)


def test_while_it_fails_one_at_a_time_tries() -> None:
    endpoint = Endpoint(works=lambda now: not 5 < now < 60)
    run_virtually(ask_all(retrying(32), endpoint, 2000, 32))
    probes = [moment for moment in endpoint.failed if moment > 10]
    assert 5 <= len(probes) <= 10
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(probes))


@pytest.mark.parametrize(
    ("works", "usage", "sentence"),
    [
        (lambda _: False, True, nobody_at("http://the.place/v1")),
        (
            lambda now: now < 5,
            False,
            "http://the.place/v1 does not work (connection error, again and again): what was measured is kept",
        ),
    ],
    ids=["never there", "died"],
)
def test_one_that_never_was_there_is_told_from_one_that_died(
    works: Callable[[float], bool],
    usage: bool,  # noqa: FBT001 - parametrized
    sentence: str,
) -> None:
    async def main() -> list[DeadEndpointError]:
        asking, endpoint = retrying(8), Endpoint(works=works)
        stops: list[DeadEndpointError] = []
        while not stops:
            found = await asyncio.gather(*(asking.run(endpoint.ask) for _ in range(8)), return_exceptions=True)
            stops = [each for each in found if isinstance(each, DeadEndpointError) and each.failure]
        return stops

    stop = run_virtually(main())[0][0]
    assert sentence in str(stop)
    assert stop.usage == usage


@dataclass
class PerMinute:
    """Takes so many requests, and refuses all others until a while after the first of them is over."""

    takes: int
    rest_s: float
    wait_s: float = 0.0
    refused: int = 0
    _taken: int = 0
    _until: float = 0.0

    async def ask(self) -> str:
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._until, self._taken = now + self.rest_s, 0
        self._taken += 1
        if self._taken > self.takes:
            self.refused += 1
            raise FailedAskError("HTTP 429", retry=True, busy=True, wait_s=self.wait_s, said="no deployments")
        return "yes"


@pytest.mark.parametrize("workers", [2, 8, 32])
@pytest.mark.parametrize("wait_s", [0.0, 5.0, 60.0])
def test_a_limit_by_the_minute_loses_no_prompt_whether_it_says_how_long_or_not(wait_s: float, workers: int) -> None:
    endpoint = PerMinute(10, 60.0, wait_s)
    found, seconds = run_virtually(ask_each(retrying(workers), itertools.repeat(endpoint.ask, 72), workers))
    assert found == ["yes"] * 72
    assert seconds < 2 * 60 * 8
    assert endpoint.refused < 2 * 72


@pytest.mark.parametrize("wait_s", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("before", [0, 40])
def test_one_that_refuses_everything_is_given_two_minutes_whoever_asks(before: int, wait_s: float) -> None:
    endpoint = PerMinute(before, 1e9, wait_s)
    found, seconds = run_virtually(ask_each(retrying(12), itertools.repeat(endpoint.ask, 500), 12))
    assert found.count("yes") == before
    assert set(found[before:]) <= {"DeadEndpointError"}
    assert 120 <= seconds < 120 + 2 * max(wait_s, 30)
    assert endpoint.refused < 100


def test_what_it_says_stands_in_the_sentence_that_ends_it() -> None:
    async def main() -> DeadEndpointError:
        endpoint, asking = PerMinute(0, 1e9), retrying(8)
        found = await asyncio.gather(*(asking.run(endpoint.ask) for _ in range(8)), return_exceptions=True)
        return next(each for each in found if isinstance(each, DeadEndpointError))

    stop, _ = run_virtually(main())
    assert f"{stop}" == (
        "http://the.place/v1 refused every request for 2 minutes (HTTP 429: no deployments): what was "
        "measured is kept, so once its limit allows go on with --domain-safety-resume"
    )
    assert not stop.usage


def test_one_prompt_that_is_always_refused_is_its_own_loss() -> None:
    async def poison() -> str:
        raise FailedAskError("HTTP 429", retry=True, busy=True)

    prompts = [poison, *itertools.repeat(Endpoint().ask, 50)]
    found, seconds = run_virtually(ask_each(retrying(8), prompts, 8))
    assert sorted(found) == ["FailedAskError"] + ["yes"] * 50
    assert seconds < 60


def test_who_is_cancelled_while_waiting_takes_nobodys_place() -> None:
    async def main() -> list[str]:
        asking, endpoint = retrying(1), Endpoint()
        first = asyncio.create_task(asking.run(endpoint.ask))
        waiting = [asyncio.create_task(asking.run(endpoint.ask)) for _ in range(3)]
        await asyncio.sleep(0.1)
        waiting[0].cancel()
        await first
        # Let in, but not yet awake.
        waiting[1].cancel()
        answer, _ = await waiting[2]
        assert asking.traffic.window.in_flight == 0
        return [answer]

    assert run_virtually(main())[0] == ["yes"]


def test_who_is_cancelled_while_probing_leaves_it_to_the_next() -> None:
    async def main() -> int:
        endpoint, asking = Endpoint(works=lambda now: now > 10), retrying(32)
        everybody = asyncio.create_task(ask_all(asking, endpoint, 100, 32))
        await asyncio.sleep(3)
        assert asking.traffic.breaker.is_open
        one = asyncio.create_task(asking.run(endpoint.ask))
        await asyncio.sleep(0.1)
        one.cancel()
        everybody.cancel()
        answer, _ = await asyncio.gather(asking.run(endpoint.ask), asyncio.sleep(0))
        assert asking.traffic.window.in_flight == 0
        return len(answer)

    assert run_virtually(main())[0] == 2
