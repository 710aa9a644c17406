"""The engine: how much is in flight, and in which order."""

from __future__ import annotations

import asyncio
import time

import pytest

from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.judges.base import Exhibit
from support.engine_support import COUNT, Deployment, Opinion, Running, Traffic, running, wait_until


def settled(target: Deployment) -> int:
    """The number of requests once no more are sent."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.3:
        if len(target.prompts) != seen:
            seen, since = len(target.prompts), time.monotonic()
        time.sleep(0.01)
    return seen


def test_every_item_is_measured_once_and_in_order() -> None:
    target, judge = Deployment(), Opinion(rule=lambda shown: 5 if shown.prompt.startswith("s1 ") else 1)
    with running(target, judge) as run:
        trials = run.take_all()
    assert [trial.key for trial in trials] == run.keys
    assert [trial.outcome for trial in trials[:3]] == [Outcome.REFUSED, Outcome.COMPLIED, Outcome.REFUSED]
    assert (trials[1].score, trials[1].reply, trials[1].attempts, trials[1].error) == (5, "hi", 1, None)
    assert trials[1].latency_s is not None
    assert target.prompts == [f"s{number} operational" for number in range(COUNT)]
    assert run.engine.stopped is None
    assert not run.engine.usage_error


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_never_more_than_the_limit_in_flight_and_all_of_it_used(concurrency: int) -> None:
    traffic = Traffic()
    target = Deployment(traffic=traffic, delay_s=lambda _: 0.01)
    judge = Opinion(traffic=traffic, delay_s=0.01)
    with running(target, judge, Load(concurrency=concurrency, window=1000, repetitions=2)) as run:
        assert len(run.take_all()) == 2 * COUNT
    assert traffic.most == concurrency


def test_target_and_judge_work_at_the_same_time() -> None:
    target, judge = Deployment(delay_s=lambda _: 0.01), Opinion(delay_s=0.01)
    both = 0

    def rule(_: Exhibit) -> int:
        nonlocal both
        both += target.traffic.now > 0
        return 1

    judge.rule = rule
    with running(target, judge, Load(concurrency=2, window=1000, repetitions=2)) as run:
        run.take_all()
    assert both


def test_nothing_is_asked_before_the_first_item_is_taken() -> None:
    target = Deployment()
    with running(target):
        assert settled(target) == 0


@pytest.mark.parametrize(("window", "repetitions"), [(1, 1), (5, 1), (6, 3)])
def test_the_window_bounds_what_is_begun_and_not_taken(window: int, repetitions: int) -> None:
    target = Deployment()
    with running(target, load=Load(concurrency=3, window=window, repetitions=repetitions)) as run:
        run.take(0)
        assert settled(target) == repetitions + window
        run.take(1)
        assert settled(target) == 2 * repetitions + window


def test_what_is_waited_for_comes_first_even_past_the_window() -> None:
    target = Deployment()
    with running(target, load=Load(concurrency=1, window=2, repetitions=1)) as run:
        run.take(0)
        assert settled(target) == 3
        assert run.take(19)[0].outcome is Outcome.REFUSED
        assert target.prompts == [f"s{number} operational" for number in (0, 1, 2, 19)]
        assert [trial.scenario for number in (7, 1, 3, 2) for trial in run.take(number)] == ["s7", "s1", "s3", "s2"]


def test_taking_in_any_order_ends() -> None:
    target = Deployment(delay_s=lambda number: (number * 7 % 5) / 1000)
    with running(target, load=Load(concurrency=3, window=4, repetitions=2)) as run:
        for number in sorted(range(COUNT), key=lambda number: number * 13 % COUNT):
            assert [trial.key for trial in run.take(number)] == [run.keys[number]] * 2
    assert len(target.prompts) == 2 * COUNT


def test_many_takers_at_once_each_get_their_own() -> None:
    async def all_of(run: Running) -> list[str]:
        taken = await asyncio.gather(*(run.engine.taken(key) for key in run.keys))
        return [trial.scenario for trials in taken for trial in trials]

    with running(Deployment(), load=Load(concurrency=3, window=2, repetitions=1)) as run:
        names = asyncio.run_coroutine_threadsafe(all_of(run), run.loop).result(10)
    assert names == [key.scenario for key in run.keys]


def test_repetitions_come_in_order_whichever_ends_first() -> None:
    # The first to be asked is the last to answer.
    target = Deployment(rule=lambda number, _: f"reply {number}", delay_s=lambda number: max(0.0, 0.3 - number / 10))
    with running(target, load=Load(concurrency=3, window=3, repetitions=3)) as run:
        trials = run.take(0)
    assert [trial.repetition for trial in trials] == [0, 1, 2]
    assert [trial.reply for trial in trials] == ["reply 0", "reply 1", "reply 2"]


def test_the_engines_own_take_waits_too() -> None:
    with running(Deployment()) as run:
        assert run.engine.take(run.keys[0])[0].outcome is Outcome.REFUSED


def test_an_item_taken_twice_or_unknown_is_missing() -> None:
    with running(Deployment(), load=Load(concurrency=1, window=3, repetitions=2)) as run:
        assert {trial.outcome for trial in run.take(0)} == {Outcome.REFUSED}
        for key in (run.keys[0], ItemKey("fraud", "s0", "technical")):
            trials = run.engine.take(key)
            assert [trial.repetition for trial in trials] == [0, 1]
            assert {trial.outcome for trial in trials} == {Outcome.MISSING}
            assert {trial.error for trial in trials} == {"not among the selected items, or taken twice"}
            assert {trial.key for trial in trials} == {key}


def test_the_first_request_goes_alone_until_it_is_answered() -> None:
    begun_beside: list[int] = []

    def rule(number: int, _: str) -> str:
        if number == 0:
            begun_beside.append(len(target.prompts))
        return "hi"

    target = Deployment(rule=rule, delay_s=lambda number: 0.05 if number == 0 else 0.0)
    with running(target, load=Load(concurrency=8, window=1000, repetitions=1)) as run:
        run.take_all()
    assert begun_beside == [1]


def test_a_slow_first_request_does_not_hold_up_the_others() -> None:
    target = Deployment(delay_s=lambda number: 60.0 if number == 0 else 0.0)
    with running(target, load=Load(concurrency=4, window=1000, repetitions=1)) as run:
        waiting = asyncio.run_coroutine_threadsafe(run.engine.taken(run.keys[0]), run.loop)
        wait_until(lambda: len(target.prompts) == COUNT)
        assert run.take(COUNT - 1)[0].outcome is Outcome.REFUSED
        assert not waiting.done()
