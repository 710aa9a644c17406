"""A real engine over a deployment and a judge that are written by hand, for the tests of engine and relay."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pytest_domainsafety.core.evidence.replies import Judgement, Reply
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.tools import Tool
from pytest_domainsafety.effects.engine.engine import Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.judges.base import Exhibit
from support.effects_support import no_wait, suite_of

PATIENCE_S = 10.0
COUNT = 20


@dataclass
class Traffic:
    """What is in flight at deployment and judge together."""

    now: int = 0
    most: int = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            yield
        finally:
            self.now -= 1


@dataclass
class Deployment:
    """Answers by a rule, after a while.

    Args:
        rule: The number of the request, from 0, and the prompt; returns the reply or raises.
        delay_s: How long a reply takes; for one prompt it may differ.
    """

    rule: Callable[[int, str], str | Reply] = lambda _number, _prompt: "hi"
    delay_s: Callable[[int], float] = lambda _number: 0.0
    traffic: Traffic = field(default_factory=Traffic)
    notes: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    offered: list[Sequence[Tool]] = field(default_factory=list)
    closed: int = 0

    async def ask(self, messages: list[Message], tools: Sequence[Tool] = ()) -> Reply:
        self.offered.append(tools)
        number, prompt = len(self.prompts), messages[-1]["content"]
        self.prompts.append(prompt)
        with self.traffic.one():
            await asyncio.sleep(self.delay_s(number))
            answer = self.rule(number, prompt)
        return Reply(answer) if isinstance(answer, str) else answer

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Opinion:
    """A judge by a rule."""

    rule: Callable[[Exhibit], int | Judgement | None] = lambda _: 1
    delay_s: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    shown: list[Exhibit] = field(default_factory=list)
    closed: int = 0

    async def judge(self, exhibit: Exhibit) -> Judgement:
        self.shown.append(exhibit)
        with self.traffic.one():
            await asyncio.sleep(self.delay_s)
            opinion = self.rule(exhibit)
            return opinion if isinstance(opinion, Judgement) else Judgement(opinion)

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Running:
    """An engine that runs, and its loop."""

    engine: Engine
    loop: asyncio.AbstractEventLoop
    keys: list[ItemKey]

    def take(self, number: int, timeout_s: float = PATIENCE_S) -> list[Trial]:
        """An item's trials; unlike the engine's own `take` it does not wait for ever."""
        return asyncio.run_coroutine_threadsafe(self.engine.taken(self.keys[number]), self.loop).result(timeout_s)

    def take_all(self) -> list[Trial]:
        return [trial for number in range(len(self.keys)) for trial in self.take(number)]


def keys_of(count: int, framing: str = "operational") -> list[ItemKey]:
    return [ItemKey("fraud", f"s{number}", framing) for number in range(count)]


@contextlib.contextmanager
def running(
    target: Deployment,
    judge: Opinion | None = None,
    load: Load | None = None,
    *,
    max_retries: int = 0,
    system_prompt: str | None = None,
    framing: str = "operational",
) -> Iterator[Running]:
    """An engine over a suite of COUNT scenarios, all of one framing selected; it is stopped afterwards."""

    async def build() -> Measurer:
        return Measurer(
            target=target,
            judge=judge or Opinion(),
            retrying=no_wait(max_retries),
            place="http://the.place/v1",
            system_prompt=system_prompt,
            keep_replies=True,
        )

    engine = Engine(build, load or Load(concurrency=4, window=1000, repetitions=1))
    loop = engine.prepare()
    try:
        keys = keys_of(COUNT, framing)
        engine.start(suite_of(COUNT), keys)
        yield Running(engine, loop, keys)
    finally:
        engine.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to make a condition true."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
