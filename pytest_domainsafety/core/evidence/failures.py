"""Why nothing was measured: a request that failed, or a run that cannot go on. Messages are made printable here.

FailedAskError       one request to a deployment or judge failed
StoppedError         the run cannot go on, whatever is asked
DeadEndpointError    the same, because an endpoint does not work any more
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.core.escape import printable

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.trials import Trial


class FailedAskError(Exception):
    """A request failed.

    Args:
        reason: Short and uniform, such as `HTTP 503` or `timeout`, so that equal failures fold.
        retry: Whether the same request may succeed later.
        unreachable: Whether nothing answered at all.
        adapted: Whether the next request will differ, so that sending it at once uses up no retry.
        filtered: Whether a provider's filter stopped the prompt, which is a measurement.
        busy: Whether the endpoint says that it has too much to do.
        slow: Whether no reply came in time.
        wait_s: How long the server asks to be left alone, in seconds.
        attempts: Requests sent, once retries are over.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool = False,
        unreachable: bool = False,
        adapted: bool = False,
        filtered: bool = False,
        busy: bool = False,
        slow: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        self.reason = printable(reason)
        super().__init__(self.reason)
        self.retry = retry
        self.unreachable = unreachable
        self.adapted = adapted
        self.filtered = filtered
        self.busy = busy
        self.slow = slow
        self.wait_s = wait_s
        self.attempts = 0


class StoppedError(Exception):
    """The run cannot go on; the message says why and what to do.

    Args:
        message: One sentence.
        trial: What was measured of the trial in which it showed, None where nothing was.
        usage: Whether it is the configuration's fault, where nothing was measured before it.
    """

    def __init__(self, message: str, trial: Trial | None = None, *, usage: bool = True) -> None:
        super().__init__(printable(message))
        self.trial = trial
        self.usage = usage


class DeadEndpointError(StoppedError):
    """An endpoint fails again and again.

    Args:
        message: One sentence.
        failure: The request that was one too many, None where none was sent any more.
        usage: Whether nothing ever answered there.
    """

    def __init__(self, message: str, failure: FailedAskError | None, *, usage: bool) -> None:
        super().__init__(message, usage=usage)
        self.failure = failure
