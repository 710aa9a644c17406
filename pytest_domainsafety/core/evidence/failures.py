"""Why nothing was measured: a request that failed, or a run that cannot go on. Messages are made printable here.

FailedAskError       one request to a deployment or judge failed
UnrecordedError      the same, because no answer to it is on record
StoppedError         the run cannot go on, whatever is asked
DeadEndpointError    the same, because an endpoint does not work any more
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.escape import printable

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.replies import Reply
    from pytest_domainsafety.core.evidence.trials import Trial


_BEFORE_THE_MODEL: Final = frozenset({408, 409, 425, 429, 503, 529})
"""Statuses that are raised before a model has answered. Of all others nobody knows."""


_WAITED_OUT: Final = frozenset({504, 524})
"""Statuses of a gateway that waited for the reply as long as it waits."""


def waited_out(status: int) -> bool:
    """Whether a gateway gave up waiting: the next request will probably take as long, and end so too."""
    return status in _WAITED_OUT


def may_hang_on_the_reply(status: int) -> bool:
    """Whether a request that ended so may have failed because of what the model said: help is long."""
    return status not in _BEFORE_THE_MODEL


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
        denied: Whether it is the key or the model that was refused, which another session may set right.
        waited_out: Whether a gateway waited in vain as long as it waits, so that asking often is not worth it.
        resamples: Whether the model may have answered, so that asking again is another draw of its reply.
        wait_s: How long the server asks to be left alone, in seconds.
        reply: What came nevertheless; help in it counts.
        said: The server's own words, without keys.
        attempts: Requests sent, once retries are over.
    """

    def __init__(  # noqa: PLR0913 - each says one thing of the failure
        self,
        reason: str,
        *,
        retry: bool = False,
        unreachable: bool = False,
        adapted: bool = False,
        filtered: bool = False,
        busy: bool = False,
        slow: bool = False,
        denied: bool = False,
        waited_out: bool = False,
        resamples: bool = False,
        wait_s: float = 0.0,
        reply: Reply | None = None,
        said: str = "",
    ) -> None:
        self.reason = printable(reason)
        self.said = printable(said)
        super().__init__(self.reason)
        self.retry = retry
        self.unreachable = unreachable
        self.adapted = adapted
        self.filtered = filtered
        self.busy = busy
        self.slow = slow
        self.denied = denied
        self.waited_out = waited_out
        self.resamples = resamples
        self.wait_s = wait_s
        self.reply = reply
        self.attempts = 0

    @property
    def told(self) -> str:
        """The reason, and what the server said of it."""
        return f"{self.reason}: {self.said}" if self.said else self.reason


class UnrecordedError(FailedAskError):
    """There is no answer on record, or no other one, and nothing was sent: asking later is the first draw."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry=True)


class StoppedError(Exception):
    """The run cannot go on; the message says why and what to do.

    Args:
        message: One sentence.
        trial: What was measured of the trial in which it showed, None where nothing was.
        usage: Whether it is the configuration's fault, where nothing was measured before it.
        for_reports: The sentence without what no report may hold, None where it holds no such thing.

    `reasked` is whether a judge may have said a verdict before it stopped, in a request that failed; `judge_said` is
    what it said in place of one.
    """

    def __init__(
        self, message: str, trial: Trial | None = None, *, usage: bool = True, for_reports: str | None = None
    ) -> None:
        super().__init__(printable(message))
        self.trial = trial
        self.usage = usage
        self.for_reports = printable(message if for_reports is None else for_reports)
        self.reasked = False
        self.judge_said: str | None = None


class DeadEndpointError(StoppedError):
    """An endpoint fails again and again, or has answered and does so no more.

    Args:
        message: One sentence.
        failure: The request that was one too many, None where none was sent any more.
        usage: Whether nothing ever answered there.
    """

    def __init__(self, message: str, failure: FailedAskError | None, *, usage: bool) -> None:
        super().__init__(message, usage=usage)
        self.failure = failure
