"""Retries: exponential backoff with full jitter on top of what the server asks for, one timeout an attempt."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pytest_domainsafety.core.evidence.failures import DeadEndpointError, FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.served import Served
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic

if TYPE_CHECKING:
    from pytest_domainsafety.core.traffic.tokens import Tokens

T = TypeVar("T")

_askers: Final = itertools.count()

_COUNTS: Final = ("requests", "retries", "prompt_tokens", "completion_tokens", "estimated")
_OFTEN_WAITED_OUT: Final = 1
"""A gateway that waited in vain as long as it waits is asked so often again: each time takes minutes."""

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 8.0


@dataclass(slots=True)
class Meter:
    """What was sent: requests (retries included), retries and tokens; and who answered.

    `estimated` counts the replies whose tokens are an upper estimate, since their endpoint gave no `usage`.
    """

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: int = 0
    served: Served = field(default_factory=Served)

    def sent(self, made: int) -> None:
        """Count an attempt, the so-many-th at its request."""
        self.requests += 1
        self.retries += made > 1

    def unsent(self, made: int) -> None:
        """Take an attempt back: nothing was sent."""
        self.requests -= 1
        self.retries -= made > 1

    def add(self, used: Tokens) -> None:
        """Count a reply's tokens."""
        self.prompt_tokens += used.prompt
        self.completion_tokens += used.completion
        self.estimated += used.estimated

    def to_json(self, prefix: str = "") -> dict[str, Any]:
        """Builtins only, by their names with the prefix before each."""
        return {
            f"{prefix}requests": self.requests,
            f"{prefix}retries": self.retries,
            f"{prefix}prompt_tokens": self.prompt_tokens,
            f"{prefix}completion_tokens": self.completion_tokens,
            f"{prefix}estimated": self.estimated,
            f"{prefix}served": self.served.to_json(),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on counting from what `to_json` gave."""
        for name in _COUNTS:
            setattr(self, name, int(data.get(name, 0)))
        self.served.restore(data.get("served", []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """How often and how long one prompt is tried.

    Args:
        max_retries: Attempts after the first.
        timeout_s: For a whole reply, in seconds; the client's own is per read, and a trickling body never ends.
        meter: Counts every attempt.
        traffic: To the endpoint, shared by all that ask it.
        independent: Reasons of failures that are known to come before the model answers, whatever they seem to be.
        used_up: Says in a sentence when nothing more may be sent.
        jitter: Spreads the waits; a run's outcome does not depend on it.
    """

    max_retries: int
    timeout_s: float
    meter: Meter
    traffic: Traffic
    independent: frozenset[str] = frozenset()
    used_up: Callable[[], str | None] = lambda: None
    jitter: random.Random = field(default_factory=random.Random)

    async def run(
        self,
        attempt: Callable[[], Awaitable[T]],
        on_failure: Callable[[FailedAskError], None] = lambda _: None,
    ) -> tuple[T, int]:
        """Make attempts until one succeeds.

        Args:
            attempt: Sends one request; raises `FailedAskError` if it failed.
            on_failure: Told of each failed attempt.

        Returns:
            The result and the number of attempts it took.

        Raises:
            StoppedError: If the run's budget is used up, or the endpoint counts as dead.
            FailedAskError: The last failure, with its number of attempts, when no more are left. An endpoint that
                refuses whoever asks as too many is waited for instead, as long as `Throttle` has patience.
        """
        asker, made, waits, waited_out = next(_askers), 0, 0, 0
        while True:
            granted = await self.traffic.enter()
            try:
                if (spent := self.used_up()) is not None:
                    raise StoppedError(spent, usage=False)
                made += 1
                self.meter.sent(made)
                try:
                    result = await self._timed(attempt)
                except DeadEndpointError as stop:
                    if stop.failure is None:  # nothing was sent any more
                        self.meter.unsent(made)
                    else:
                        stop.failure.attempts = made
                    raise
                except FailedAskError as error:
                    failure = error
                    self.traffic.failed(granted, asker, failure)
                else:
                    self.traffic.answered()
                    return result, made
            finally:
                self.traffic.exit(granted)
            failure.attempts = made
            failure.resamples = failure.resamples and failure.reason not in self.independent
            on_failure(failure)
            if self.traffic.gave_up:
                raise self.traffic.dead(failure)
            if failure.adapted or self.traffic.breaker.is_open:
                continue
            waited_out += failure.waited_out
            patient = failure.busy and self.traffic.throttle.is_everybodys
            if not patient and self._is_last(failure, waits, waited_out):
                raise failure
            waits += not patient
            # Jitter on top, or all that were refused together would come back together.
            await asyncio.sleep(failure.wait_s + self.jitter.uniform(0, _longest_wait_s(max(1, waits))))

    def _is_last(self, failure: FailedAskError, waits: int, waited_out: int) -> bool:
        return not failure.retry or waits == self.max_retries or waited_out > _OFTEN_WAITED_OUT

    async def _timed(self, attempt: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await attempt()
        except TimeoutError:
            raise FailedAskError("timeout", retry=True, slow=True, resamples=True) from None


def patience_s(max_retries: int) -> float:
    """The longest that one prompt's retries wait together, in seconds."""
    return sum(map(_longest_wait_s, range(1, max_retries + 1)))


def _longest_wait_s(wait: int) -> float:
    return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (wait - 1))
