"""The breaker: when an endpoint counts as failing, how long it is waited for, and what brings it back."""

from __future__ import annotations

import pytest

from pytest_domainsafety.core.traffic.breaker import Breaker

PATIENCE_S = 15.5


def failing(breaker: Breaker, count: int, *, askers: int = 5, now: float = 0.0) -> None:
    for number in range(count):
        breaker.fail(number % askers, "HTTP 503", now)


def probed(breaker: Breaker, until: float) -> float:
    """Probe when it is due until the breaker gives up, or a moment has come; the time of the last probe."""
    now = 0.0
    while not breaker.gave_up and now < until:
        now += breaker.probe_in_s(now)
        breaker.fail_probe("HTTP 503", now)
    return now


def test_twenty_failures_in_a_row_open_it() -> None:
    breaker = Breaker(PATIENCE_S)
    failing(breaker, 19)
    assert not breaker.is_open
    failing(breaker, 1)
    assert breaker.is_open
    assert breaker.failure == "HTTP 503"


def test_anything_that_gets_through_starts_the_count_again() -> None:
    breaker = Breaker(PATIENCE_S)
    failing(breaker, 19)
    breaker.succeed()
    failing(breaker, 19)
    assert not breaker.is_open


def test_one_or_two_prompts_that_always_fail_are_no_dead_endpoint() -> None:
    breaker = Breaker(PATIENCE_S)
    failing(breaker, 100, askers=2)
    assert not breaker.is_open


def test_an_endpoint_that_never_answered_is_given_up_in_seconds() -> None:
    breaker = Breaker(PATIENCE_S)
    failing(breaker, 20)
    assert PATIENCE_S <= probed(breaker, 1000) < 25


def test_one_that_did_answer_has_a_minute_to_come_back() -> None:
    breaker = Breaker(PATIENCE_S)
    breaker.succeed()
    failing(breaker, 20)
    assert 60 < probed(breaker, 1000) < 75


def test_without_patience_it_gives_up_at_once() -> None:
    breaker = Breaker(0.0)
    failing(breaker, 20)
    assert breaker.gave_up


def test_a_probe_that_gets_through_closes_it() -> None:
    breaker = Breaker(PATIENCE_S)
    failing(breaker, 20)
    probed(breaker, 5)
    breaker.succeed()
    assert not breaker.is_open
    assert not breaker.gave_up
    failing(breaker, 19)
    assert not breaker.is_open


def test_probes_come_ever_less_often() -> None:
    breaker = Breaker(1e9)
    failing(breaker, 20)
    now, waits = 0.0, []
    for _ in range(7):
        waits.append(breaker.probe_in_s(now))
        now += waits[-1]
        breaker.fail_probe("timeout", now)
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 8, 8])
    assert breaker.failure == "timeout"


def test_a_probe_waits_as_long_as_the_endpoint_asks() -> None:
    breaker = Breaker(PATIENCE_S)
    for number in range(20):
        breaker.fail(number, "HTTP 503", 100.0, 30.0)
    assert breaker.probe_in_s(100.0) == 30.0
    breaker.fail_probe("HTTP 503", 130.0, 45.0)
    assert breaker.probe_in_s(130.0) == 45.0
