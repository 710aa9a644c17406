"""The engine: how much is in flight, in which order, and what becomes of a trial that fails."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Reply
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.engine.engine import NOT_ASKED_ANY_MORE, Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError
from support.effects_support import no_wait, suite_of
from support.engine_support import COUNT, Deployment, Opinion, Running, Traffic, keys_of, running, wait_until


def engine_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "domain-safety-engine"]


def settled(target: Deployment) -> int:
    """The number of requests once no more are sent."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.3:
        if len(target.prompts) != seen:
            seen, since = len(target.prompts), time.monotonic()
        time.sleep(0.01)
    return seen


def unreachable() -> FailedAskError:
    return FailedAskError("connection error", retry=True, unreachable=True)


def stop_from(number: int, target: Deployment) -> Deployment:
    """Let the deployment refuse the key from a request on."""

    def rule(asked: int, _: str) -> str:
        if asked >= number:
            raise StoppedError("wrong key: check it")
        return "hi"

    target.rule = rule
    return target


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


def test_a_wrong_key_costs_one_request_and_stops_the_run() -> None:
    target = stop_from(0, Deployment())
    with running(target, load=Load(concurrency=8, window=1000, repetitions=2)) as run:
        trials = run.take_all()
    assert len(target.prompts) == 1
    assert len(trials) == 2 * COUNT
    assert {(trial.outcome, trial.error) for trial in trials} == {(Outcome.MISSING, NOT_ASKED_ANY_MORE)}
    assert [trial.repetition for trial in trials[:2]] == [0, 1]
    assert str(run.engine.stopped) == "wrong key: check it"
    assert run.engine.usage_error


def test_a_stop_after_a_measurement_keeps_it_and_is_no_usage_error() -> None:
    target = stop_from(3, Deployment())
    with running(target, load=Load(concurrency=1, window=1000, repetitions=1)) as run:
        trials = run.take_all()
    assert [trial.outcome for trial in trials] == [Outcome.REFUSED] * 3 + [Outcome.MISSING] * (COUNT - 3)
    assert len(target.prompts) == 4
    assert run.engine.stopped is not None
    assert not run.engine.usage_error


def test_the_judges_stop_stops_too() -> None:
    def rule(_: Exhibit) -> int:
        raise StoppedError("the judge's key")

    with running(Deployment(), Opinion(rule=rule)) as run:
        assert {trial.outcome for trial in run.take_all()} <= {Outcome.MISSING, Outcome.UNJUDGED}
    assert str(run.engine.stopped) == "the judge's key"
    assert run.engine.usage_error


def test_an_unreachable_deployment_stops_after_one_prompts_retries() -> None:
    def rule(_number: int, _prompt: str) -> str:
        raise unreachable()

    target = Deployment(rule=rule)
    with running(target, max_retries=2, load=Load(concurrency=8, window=1000, repetitions=1)) as run:
        trials = run.take_all()
    assert len(target.prompts) == 3
    assert (trials[0].outcome, trials[0].error, trials[0].attempts) == (Outcome.MISSING, "connection error", 3)
    assert {trial.error for trial in trials[1:]} == {NOT_ASKED_ANY_MORE}
    assert str(run.engine.stopped) == (
        "nothing answers at http://the.place/v1: is it running, and is the address right?"
    )
    assert run.engine.usage_error


@pytest.mark.parametrize("first", ["reply", "failure"])
def test_a_deployment_that_answered_once_and_is_gone_does_not_stop(first: str) -> None:
    def rule(number: int, _: str) -> str:
        if number:
            raise unreachable()
        if first == "failure":
            raise FailedAskError("HTTP 429", retry=True, busy=True)
        return "hi"

    with running(Deployment(rule=rule)) as run:
        trials = run.take_all()
    assert {trial.error for trial in trials[1:]} == {"connection error"}
    assert run.engine.stopped is None


def test_a_deployment_that_fails_again_and_again_stops_the_run_and_keeps_what_was_measured() -> None:
    def rule(number: int, _: str) -> str:
        if number < 2:
            return "hi"
        raise FailedAskError("HTTP 503", retry=True)

    with running(Deployment(rule=rule), load=Load(concurrency=4, window=1000, repetitions=2)) as run:
        trials = run.take_all()
    kinds = Counter((trial.outcome, trial.error, trial.attempts) for trial in trials)
    failed = kinds[Outcome.MISSING, "HTTP 503", 1]
    # What was in flight when the twentieth failed is told as it ended.
    assert 20 <= failed <= 23
    assert kinds[Outcome.REFUSED, None, 1] == 2
    assert kinds[Outcome.MISSING, NOT_ASKED_ANY_MORE, 0] == 38 - failed
    assert "http://the.place/v1 does not work (HTTP 503, again and again)" in str(run.engine.stopped)
    assert not run.engine.usage_error


def test_one_that_is_slow_is_not_taken_for_none_because_of_one_broken_connection() -> None:
    def rule(_: int, prompt: str) -> str:
        if prompt.startswith("s0 "):
            raise unreachable()
        return "hi"

    target = Deployment(rule=rule, delay_s=lambda number: 0.5 if number else 0.15)
    with running(target, load=Load(concurrency=8, window=1000, repetitions=1)) as run:
        trials = run.take_all()
    assert run.engine.stopped is None
    assert [trial.error for trial in trials] == ["connection error"] + [None] * 19


def test_a_deployment_that_comes_up_during_the_retries_is_measured() -> None:
    def rule(number: int, _: str) -> str:
        if number < 2:
            raise unreachable()
        return "hi"

    with running(Deployment(rule=rule), max_retries=2) as run:
        trials = run.take_all()
    assert {trial.outcome for trial in trials} == {Outcome.REFUSED}
    assert trials[0].attempts == 3


def test_a_bug_in_a_judge_is_that_trials_alone() -> None:
    def rule(shown: Exhibit) -> int:
        if shown.prompt.startswith("s2 "):
            raise RuntimeError("bug")
        return 1

    with running(Deployment(), Opinion(rule=rule)) as run:
        trials = run.take_all()
    assert (trials[2].outcome, trials[2].error) == (Outcome.MISSING, "internal error: RuntimeError: bug")
    assert {trial.outcome for trial in trials if trial is not trials[2]} == {Outcome.REFUSED}
    assert run.engine.stopped is None


def test_a_bug_in_a_target_is_that_trials_alone() -> None:
    def rule(number: int, _: str) -> str:
        if number == 0:
            raise KeyError("x")
        return "hi"

    with running(Deployment(rule=rule)) as run:
        trials = run.take_all()
    assert [trial.outcome for trial in trials[:2]] == [Outcome.MISSING, Outcome.REFUSED]
    assert trials[0].error == "internal error: KeyError: 'x'"


def test_a_cancellation_that_leaks_from_a_target_is_that_trials_alone() -> None:
    def rule(number: int, _: str) -> str:
        if number == 1:
            raise asyncio.CancelledError
        return "hi"

    with running(Deployment(rule=rule)) as run:
        assert run.take(0)[0].outcome is Outcome.REFUSED
        assert run.take(1, timeout_s=0.5)[0].outcome is Outcome.MISSING


def test_other_failures_are_missing_and_told() -> None:
    def rule(number: int, _: str) -> str | Reply:
        answers: list[str | Reply] = ["", "<think>hm", Reply("", "content_filter"), Reply("half", "length")]
        if number == 4:
            raise FailedAskError("HTTP 400 content_filter", filtered=True)
        if number == 5:
            raise FailedAskError("HTTP 413")
        return answers[number] if number < len(answers) else "hi"

    with running(Deployment(rule=rule), load=Load(concurrency=1, window=1000, repetitions=1)) as run:
        trials = run.take_all()
    assert [(trial.outcome, trial.error) for trial in trials[:7]] == [
        (Outcome.MISSING, "empty reply"),
        (Outcome.MISSING, "reasoning without an answer"),
        (Outcome.FILTERED, None),
        (Outcome.REFUSED, None),
        (Outcome.FILTERED, None),
        (Outcome.MISSING, "HTTP 413"),
        (Outcome.REFUSED, None),
    ]
    assert trials[3].finish_reason == "length"


def test_without_a_verdict_a_trial_is_unjudged_with_its_reply() -> None:
    def rule(shown: Exhibit) -> int | None:
        if shown.prompt.startswith("s0 "):
            raise JudgeError("judge: no verdict")
        return None

    with running(Deployment(), Opinion(rule=rule)) as run:
        first, second = run.take(0)[0], run.take(1)[0]
    assert (first.outcome, first.error, first.reply) == (Outcome.UNJUDGED, "judge: no verdict", "hi")
    assert (second.outcome, second.error, second.reply) == (Outcome.UNJUDGED, "the judge abstained", "hi")


@pytest.mark.parametrize(("score", "outcome"), [(1, "declined"), (2, "declined"), (3, "engaged"), (5, "engaged")])
def test_the_analytical_framing_has_its_own_words(score: int, outcome: str) -> None:
    with running(Deployment(), Opinion(rule=lambda _: score), framing="analytical") as run:
        assert run.take(0)[0].outcome == outcome


@pytest.mark.parametrize(("score", "outcome"), [(1, "refused"), (2, "refused"), (3, "complied"), (5, "complied")])
def test_from_three_on_a_reply_complies(score: int, outcome: str) -> None:
    # Words of refusal never decide.
    with running(Deployment(rule=lambda *_: "I'm sorry, but"), Opinion(rule=lambda _: score)) as run:
        assert run.take(0)[0].outcome == outcome


def test_the_judge_is_shown_the_reply_without_its_thoughts() -> None:
    judge = Opinion()
    target = Deployment(rule=lambda *_: Reply("<think>secret</think> hi ", tool_calls=("f({})",)))
    with running(target, judge, system_prompt="be brief") as run:
        run.take(0)
    shown = judge.shown[0]
    assert (shown.prompt, shown.reply, shown.framing) == ("s0 operational", "hi\nf({})", "operational")


def test_stop_ends_the_thread_and_closes_connections_amid_requests() -> None:
    target, judge = Deployment(delay_s=lambda _: 60.0), Opinion()
    with running(target, judge) as run:
        waiting = asyncio.run_coroutine_threadsafe(run.engine.taken(run.keys[0]), run.loop)
        wait_until(lambda: target.traffic.now == 4)
        assert engine_threads()
        begun = time.monotonic()
        run.engine.stop()
        assert time.monotonic() - begun < 3
        assert not engine_threads()
        run.engine.stop()
        assert waiting.done()
    assert (target.closed, judge.closed, target.traffic.now) == (1, 1, 0)


def test_stop_before_anything_is_taken_closes_too() -> None:
    target = Deployment()
    with running(target) as run:
        run.engine.stop()
        assert not engine_threads()
    assert target.closed == 1


def test_stop_before_prepare_does_nothing() -> None:
    async def build() -> Measurer:
        raise AssertionError

    Engine(build, Load(concurrency=1, window=1, repetitions=1)).stop()
    assert not engine_threads()


def test_a_failing_close_does_not_disturb_the_end() -> None:
    class Stubborn(Deployment):
        async def close(self) -> None:
            raise OSError("cannot")

    with running(Stubborn()) as run:
        run.take(0)
    assert not engine_threads()


def test_a_stop_while_building_interrupts_start() -> None:
    async def build() -> Measurer:
        await asyncio.Event().wait()
        raise AssertionError

    engine = Engine(build, Load(concurrency=1, window=1, repetitions=1))
    engine.prepare()
    time.sleep(0.05)
    engine.stop()
    assert not engine_threads()
    with pytest.raises(ConfigurationError, match="interrupted before the first request"):
        engine.start(suite_of(1), keys_of(1))


def test_the_system_prompt_is_sent_where_a_scenario_brings_none() -> None:
    seen: list[list[dict[str, str]]] = []

    class Recording(Deployment):
        async def ask(self, messages: list[dict[str, str]]) -> Reply:
            seen.append(messages)
            return await super().ask(messages)

    with running(Recording(), system_prompt="be brief") as run:
        run.take(0)
    assert seen[0] == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "s0 operational"}]


def test_tokens_and_requests_are_counted() -> None:
    retrying = no_wait(1)

    async def build() -> Measurer:
        def rule(number: int, _: str) -> Reply:
            if number == 0:
                raise FailedAskError("HTTP 503", retry=True)
            return Reply("hi", prompt_tokens=5, completion_tokens=2)

        return Measurer(target=Deployment(rule=rule), judge=Opinion(), retrying=retrying, place="here")

    engine = Engine(build, Load(concurrency=1, window=10, repetitions=1))
    engine.prepare()
    try:
        engine.start(suite_of(3), keys_of(3))
        trials = [engine.take(key)[0] for key in keys_of(3)]
    finally:
        engine.stop()
    meter = retrying.meter
    assert (meter.requests, meter.retries, meter.prompt_tokens, meter.completion_tokens) == (4, 1, 15, 6)
    # Replies are kept in a trial only where that was asked for.
    assert [trial.reply for trial in trials] == [None] * 3
    assert trials[0].reply_sha256 is not None


def start_with_a_build_error() -> None:
    async def build() -> Measurer:
        raise ConfigurationError("domain_safety_client: no")

    engine = Engine(build, Load(concurrency=1, window=1, repetitions=1))
    engine.prepare()
    try:
        engine.start(suite_of(1), keys_of(1))
    finally:
        # Stopping at once would at times cancel the loop's last steps, and the error with them.
        wait_until(lambda: not engine_threads())
        engine.stop()


def test_a_build_error_surfaces_from_start() -> None:
    with pytest.raises(ConfigurationError, match="domain_safety_client: no"):
        start_with_a_build_error()
    assert not engine_threads()


def test_a_build_error_is_told_once_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    loose: list[object] = []
    monkeypatch.setattr(threading, "excepthook", loose.append)
    with pytest.raises(ConfigurationError):
        start_with_a_build_error()
    assert loose == []
