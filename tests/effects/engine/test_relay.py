"""The way from xdist's workers to the engine: what is told once, what is taken, and who is refused."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.engine.engine import Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.engine.relay import RelayClient, RelayServer
from support.effects_support import suite_of
from support.engine_support import COUNT, Deployment, Opinion, keys_of, running


@dataclass
class Relay:
    """A relay over an engine that runs."""

    server: RelayServer
    port: int
    target: Deployment

    @contextlib.contextmanager
    def client(self, token: str | None = None) -> Iterator[RelayClient]:
        with contextlib.closing(RelayClient(self.port, self.server.token if token is None else token)) as client:
            yield client


@pytest.fixture
def relay() -> Iterator[Relay]:
    target = Deployment(rule=lambda _, prompt: f"{prompt} \ud800")
    with running(target, Opinion()) as run:
        server = RelayServer(run.engine)
        yield Relay(server, server.listen(run.loop), target)


def frame(message: object) -> bytes:
    data = json.dumps(message).encode()
    return struct.pack("!I", len(data)) + data


def test_what_was_collected_is_told_once(relay: Relay) -> None:
    assert relay.server.suite is None
    with relay.client() as one, relay.client() as other:
        one.tell(suite_of(3), keys_of(3))
        first = relay.server.suite
        assert first is not None
        assert first.sha256() == suite_of(3).sha256()
        assert first.files == ["fraud.yaml"]
        assert relay.server.order == keys_of(3)
        assert all(isinstance(key, ItemKey) for key in relay.server.order)
        other.tell(suite_of(3), keys_of(3))
        assert relay.server.suite is first
        other.tell(suite_of(4), keys_of(4))
        assert relay.server.suite is not first


def test_trials_arrive_whole(relay: Relay) -> None:
    with relay.client() as client:
        (trial,) = client.take(keys_of(1)[0])
    assert trial.key == keys_of(1)[0]
    assert (trial.outcome, trial.score, trial.attempts) == (Outcome.REFUSED, 1, 1)
    assert trial.latency_s is not None
    # A lone surrogate cannot be written, so it is replaced on the way.
    assert trial.reply == "s0 operational ?"


def test_an_item_of_no_selection_is_missing(relay: Relay) -> None:
    with relay.client() as client:
        (trial,) = client.take(ItemKey("fraud", "s0", "technical"))
    assert trial.outcome is Outcome.MISSING


def test_several_workers_share_the_items(relay: Relay) -> None:
    taken: list[str] = []

    def work(numbers: range) -> None:
        with relay.client() as client:
            for number in numbers:
                taken.extend(trial.scenario for trial in client.take(keys_of(COUNT)[number]))

    threads = [threading.Thread(target=work, args=(range(begin, COUNT, 4),)) for begin in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(taken) == sorted(key.scenario for key in keys_of(COUNT))
    assert len(relay.target.prompts) == COUNT


@pytest.mark.parametrize("token", ["", "wrong", "0" * 32])
def test_a_wrong_token_is_refused(relay: Relay, token: str) -> None:
    with relay.client(token) as client, pytest.raises((EOFError, ConnectionError)):
        client.take(keys_of(1)[0])
    assert relay.target.prompts == []
    with relay.client() as client:
        assert client.take(keys_of(1)[0])[0].outcome is Outcome.REFUSED


def test_every_session_has_a_token_of_its_own() -> None:
    async def build() -> Measurer:
        raise AssertionError

    # The engine is never begun.
    engine = Engine(build, Load(concurrency=1, window=1, repetitions=1))
    tokens = {RelayServer(engine).token for _ in range(10)}
    assert {len(token) for token in tokens} == {32}
    assert len(tokens) == 10


@pytest.mark.parametrize("what", [b"", b"\x00\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x02{x"])
def test_a_stranger_does_not_disturb(relay: Relay, what: bytes) -> None:
    with socket.create_connection(("127.0.0.1", relay.port)) as stranger:
        stranger.sendall(what)
    with relay.client() as client:
        assert client.take(keys_of(1)[0])[0].outcome is Outcome.REFUSED


def test_a_worker_that_is_gone_does_not_disturb_the_others(relay: Relay) -> None:
    relay.target.delay_s = lambda _: 0.05
    with socket.create_connection(("127.0.0.1", relay.port)) as gone:
        gone.sendall(frame(relay.server.token) + frame({"take": list(keys_of(1)[0])}))
    with relay.client() as client:
        for key in keys_of(COUNT)[1:]:
            assert client.take(key)[0].outcome is Outcome.REFUSED


def test_after_the_engines_end_a_worker_is_told(relay: Relay) -> None:
    with relay.client() as client:
        client.tell(suite_of(1), keys_of(1))
        relay.server.engine.stop()
        with pytest.raises((EOFError, ConnectionError)):
            client.take(keys_of(1)[0])
    with pytest.raises(ConnectionError):
        RelayClient(relay.port, relay.server.token)
