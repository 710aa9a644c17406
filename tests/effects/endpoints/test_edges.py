"""Edges that a second reader found where asking, judging and stopping meet."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.relay import RelayServer
from pytest_domainsafety.effects.judges.base import Exhibit
from support.effects_support import MESSAGES, open_endpoint
from support.engine_support import COUNT, Deployment, Opinion, running
from support.fake_server import Answer, FakeServer, error

ONE_BY_ONE = Load(concurrency=1, window=1000, repetitions=1)


def failure(answer: Answer) -> FailedAskError:
    async def main(url: str) -> None:
        async with open_endpoint(url, temperature=0.7) as endpoint:
            await endpoint.ask(MESSAGES)

    with FakeServer(lambda _: answer) as server, pytest.raises(FailedAskError) as caught:
        asyncio.run(main(server.url))
    return caught.value


# Errors of servers that follow nobody's shape


@pytest.mark.parametrize(
    "fields",
    [
        {"code": 400},
        {"code": ["x"]},
        {"code": {"x": 1}},
        {"code": None, "type": 3},
        pytest.param(
            {"param": 5},
        ),
        pytest.param(
            {"param": ["temperature"]},
        ),
    ],
)
def test_fields_of_any_type_make_a_plain_failure(fields: dict[str, Any]) -> None:
    assert failure(error(400, "no", **fields)).reason == "HTTP 400"


@pytest.mark.parametrize("body", [{"error": "no"}, {"error": ["no"]}, {"error": None}, {"detail": [{"loc": ["x"]}]}])
def test_bodies_of_any_shape_make_a_plain_failure(body: dict[str, Any]) -> None:
    assert failure(Answer(body, status=400)).reason == "HTTP 400"


def test_a_filter_code_counts_with_400_only() -> None:
    assert not failure(error(422, "no", code="content_filter")).filtered


# A judge that gives out in the middle


def test_a_judges_stop_keeps_what_was_judged() -> None:
    shown: list[Exhibit] = []

    def rule(exhibit: Exhibit) -> int:
        shown.append(exhibit)
        if len(shown) > 3:
            raise StoppedError("the judge's account is empty")
        return 1

    with running(Deployment(), Opinion(rule=rule), ONE_BY_ONE) as run:
        trials = run.take_all()
    assert [trial.outcome for trial in trials[:3]] == [Outcome.REFUSED] * 3
    assert not {trial.outcome for trial in trials[3:]} & {Outcome.REFUSED, Outcome.COMPLIED}
    assert len(trials) == COUNT
    assert not run.engine.usage_error


def test_a_reply_whose_judge_stopped_is_unjudged() -> None:
    shown: list[Exhibit] = []

    def rule(exhibit: Exhibit) -> int:
        shown.append(exhibit)
        if len(shown) > 3:
            raise StoppedError("the judge's account is empty")
        return 1

    with running(Deployment(), Opinion(rule=rule), ONE_BY_ONE) as run:
        trial = run.take_all()[3]
    assert trial.outcome is Outcome.UNJUDGED
    assert trial.attempts == 1
    assert trial.reply_sha256 is not None


# After the end


def test_what_is_taken_after_the_end_is_missing() -> None:
    # The window holds one trial, so the second is not asked before the first is taken.
    with running(Deployment(), load=Load(concurrency=1, window=1, repetitions=1)) as run:
        pass
    run.engine.stop()
    assert [trial.outcome for trial in run.engine.take(run.keys[1])] == [Outcome.MISSING]


# Strangers at the relay's port


@pytest.mark.parametrize("hello", [b"null", b'"\xc3\xa9"', b"\xff", b"{}", b""])
def test_a_stranger_is_hung_up_on_without_noise(hello: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert greeting(hello) == b""
    assert caplog.text == ""


def test_a_stranger_who_nests_deeply_makes_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    assert greeting(b"[" * 100_000) == b""
    assert caplog.text == ""


def greeting(hello: bytes) -> bytes:
    """What a stranger gets for a first message."""
    with running(Deployment()) as run:
        server = RelayServer(run.engine)
        port = server.listen(run.loop)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
            stranger.sendall(struct.pack("!I", len(hello)) + hello)
            return stranger.recv(10)


# Functions that do not come back


def test_a_sync_target_that_hangs_does_not_keep_the_process_alive() -> None:
    script = """
        import json, sys, threading, time
        sys.path[:0] = json.loads(sys.argv[1])
        from support.effects_support import no_wait, suite_of
        from support.engine_support import Opinion, keys_of
        from pytest_domainsafety.effects.engine.engine import Engine
        from pytest_domainsafety.effects.engine.items import Load
        from pytest_domainsafety.effects.engine.measure import Measurer
        from pytest_domainsafety.effects.targets.function import FunctionTarget

        async def build():
            target = FunctionTarget(lambda messages: threading.Event().wait())
            return Measurer(target=target, judge=Opinion(), retrying=no_wait(1, 0.2), place="here")

        engine = Engine(build, Load(concurrency=2, window=10, repetitions=1))
        engine.prepare()
        engine.start(suite_of(1), keys_of(1))
        trial, = engine.take(keys_of(1)[0])
        began = time.monotonic()
        engine.stop()
        print(trial.outcome.value, trial.error, trial.attempts, time.monotonic() - began < 2)
    """
    here = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(script), json.dumps([str(here)])],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "missing timeout 2 True\n", "")
