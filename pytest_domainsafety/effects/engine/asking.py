"""The attempts at one request to the deployment, and what a trial is whose request failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pytest_domainsafety.core.evidence.failures import FailedAskError
from pytest_domainsafety.core.evidence.replies import Reply, readable
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.tools import Tool
from pytest_domainsafety.effects.runs.base import RunStore
from pytest_domainsafety.effects.targets.base import Target


@dataclass(slots=True, kw_only=True)
class Asking:
    """The attempts at one request.

    Args:
        target: Is asked.
        messages: What it is asked.
        tools: What the scenario offers with it.
        blank: The trial as long as nothing is known of it; `reasked` once another draw would be no first one.
        store: That is written down there.
        on_failure: Told of each failed attempt.
        on_reply: Told of each reply.
        before: Requests sent for earlier turns of the same trial.
        broken: Replies that said that they failed.
        sent: When the last attempt was sent, by the monotonic clock.
    """

    target: Target
    messages: list[Message]
    tools: Sequence[Tool]
    blank: Trial
    store: RunStore
    on_failure: Callable[[FailedAskError], None]
    on_reply: Callable[[Reply], None]
    before: int = 0
    broken: list[Reply] = field(default_factory=list)
    sent: float = 0.0

    async def attempt(self) -> Reply:
        """Ask once.

        Raises:
            FailedAskError: If the request failed, or the reply says that it did.
        """
        self.sent = time.monotonic()
        reply = await self.target.ask(self.messages, self.tools)
        self.on_reply(reply)
        if reply.failure is not None:
            said = readable(reply).failed or readable(reply).error or "failed reply"
            raise FailedAskError(said, retry=True, resamples=True, reply=reply)
        return reply

    def failed(self, failure: FailedAskError) -> None:
        """Remember a failed attempt, on disk at once: whoever goes on after a crash must know of the first draw."""
        self.on_failure(failure)
        if failure.reply is not None:
            self.broken.append(failure.reply)
        if failure.resamples and not self.blank.reasked:
            self.blank = replace(self.given_up(failure), reasked=True, rejected=False)
            self.store.note(self.blank)

    def given_up(self, error: FailedAskError) -> Trial:
        """What the trial is if this failure was the last."""
        attempts = self.before + error.attempts
        if error.filtered:
            return replace(self.blank, outcome=Outcome.FILTERED, attempts=attempts, error=error.reason)
        rejected = not (error.retry or error.denied)
        return replace(self.blank, attempts=attempts, error=error.told, rejected=rejected)
