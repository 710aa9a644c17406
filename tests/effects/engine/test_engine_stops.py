"""What stops a run, what is kept of it, and what is no reason to stop."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.effects.engine.engine import NOT_ASKED_ANY_MORE
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.judges.base import Exhibit
from pytest_domainsafety.effects.traffic.shared_traffic import nobody_at
from support.engine_support import COUNT, Deployment, Opinion, running


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
    assert str(run.engine.stopped) == (nobody_at("http://the.place/v1"))
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
