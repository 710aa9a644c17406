"""What the tests of the effects share: an endpoint at an address, retries that never wait, scenarios and a suite."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.window import Window
from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
from pytest_domainsafety.effects.endpoints.clients import build_client
from pytest_domainsafety.effects.endpoints.prepared import Prepared
from pytest_domainsafety.effects.traffic.retries import Meter, Retrying
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic

MESSAGES: list[Message] = [{"role": "user", "content": "hello"}]


class NoJitter(random.Random):
    """Waits are from 0 to a longest; this one always takes 0 and remembers the longest."""

    def __init__(self) -> None:
        super().__init__(0)
        self.longest: list[float] = []

    def uniform(self, _a: float, b: float) -> float:
        self.longest.append(b)
        return 0.0


@contextlib.asynccontextmanager
async def open_endpoint(
    url: str,
    prefix: str = "domain_safety_",
    *,
    timeout_s: float = 10.0,
    **body: Any,  # noqa: ANN401 - JSON
) -> AsyncIterator[ChatEndpoint]:
    """A chat endpoint at an address, closed afterwards."""
    async with build_client(url, "secret-key", timeout_s) as client:
        yield ChatEndpoint(
            role="the deployment" if prefix == "domain_safety_" else "the judge",
            prefix=prefix,
            client=client,
            place=url,
            key_env="MY_KEY",
            body={"model": "gpt-x", **body},
            prepared=Prepared(client),
        )


def open_traffic(most: int = 1000, patience_s: float = 0.0) -> Traffic:
    """Traffic to an endpoint nothing is known of yet."""
    return Traffic(place="http://the.place/v1", window=Window(most), breaker=Breaker(patience_s))


def no_wait(max_retries: int = 5, timeout_s: float = 10.0, jitter: NoJitter | None = None) -> Retrying:
    """Retries without waiting between them."""
    return Retrying(
        max_retries=max_retries,
        timeout_s=timeout_s,
        meter=Meter(),
        traffic=open_traffic(),
        jitter=NoJitter() if jitter is None else jitter,
    )


def scenario(name: str = "s0", domain: str = "fraud") -> Scenario:
    """A scenario whose prompts name it and their framing."""
    return Scenario(
        domain=domain,
        id=name,
        harm="people lose money",
        prompts={
            framing: [{"role": "user", "content": f"{name} {framing}"}] for framing in ("analytical", "operational")
        },
    )


def suite_of(count: int) -> Suite:
    """A suite of scenarios s0, s1 and so on."""
    suite = Suite()
    for number in range(count):
        suite.add(scenario(f"s{number}"), "fraud.yaml")
    return suite
