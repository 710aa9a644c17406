"""The engine's thread ends, and closes what it opened, however it ends."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.engine.engine import Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.measure import Measurer
from support.effects_support import suite_of
from support.engine_support import Deployment, Opinion, keys_of, running, wait_until


def engine_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "domain-safety-engine"]


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
