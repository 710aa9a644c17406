"""Requests that no server takes one by one: they have no window, no time-out and no waits between them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pytest_domainsafety.core.evidence.failures import (
    DeadEndpointError,
    FailedAskError,
    StoppedError,
    UnrecordedError,
)
from pytest_domainsafety.effects.traffic.retries import Retrying

T = TypeVar("T")


class Unhurried(Retrying):
    """Attempts at requests that are answered from files or in batches; all of them may wait at a time."""

    async def run(
        self,
        attempt: Callable[[], Awaitable[T]],
        on_failure: Callable[[FailedAskError], None] = lambda _: None,
    ) -> tuple[T, int]:
        """Make attempts until one succeeds, see `Retrying.run`.

        Raises:
            StoppedError: If the run's budget is used up, or nothing will be answered.
            FailedAskError: The last failure, with its number of attempts.
        """
        made = failed = 0
        failure: FailedAskError | None = None
        while True:
            if (spent := self.used_up()) is not None:
                raise StoppedError(spent, usage=False)
            made += 1
            self.meter.sent(made)
            try:
                return await attempt(), made
            except DeadEndpointError as stop:
                if stop.failure is None:  # nothing was sent any more
                    self.meter.unsent(made)
                else:
                    stop.failure.attempts = made
                raise
            except UnrecordedError as error:
                self.meter.unsent(made)
                # What came last stands, where there is no answer after it.
                raise failure or error from None
            except FailedAskError as error:
                failure = error
            failure.attempts = made
            failure.resamples = failure.resamples and failure.reason not in self.independent
            on_failure(failure)
            failed += not failure.adapted
            if not (failure.retry or failure.adapted) or failed > self.max_retries:
                raise failure
