"""Measuring one trial: ask, read, judge, record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_domainsafety.core.errors import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence import ItemKey, Outcome, Trial
from pytest_domainsafety.core.framings import FRAMINGS
from pytest_domainsafety.core.replies import Reply, readable, text_sha256
from pytest_domainsafety.core.scenarios import Message, Scenario, has_system
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError
from pytest_domainsafety.effects.retries import Retrying
from pytest_domainsafety.effects.targets.base import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurer:
    """Measures trials of one deployment with one judge.

    Args:
        target: The deployment.
        judge: Scores its replies.
        retrying: For the deployment; the judge has its own.
        place: Where the deployment is, for messages.
        system_prompt: For scenarios that bring none.
        keep_replies: Whether trials carry the reply's text.
    """

    target: Target
    judge: Judge
    retrying: Retrying
    place: str
    system_prompt: str | None = None
    keep_replies: bool = False

    async def measure(
        self,
        scenario: Scenario,
        framing: str,
        repetition: int,
        on_failure: Callable[[FailedAskError], None],
    ) -> Trial:
        """Ask a scenario's prompt once and have the reply judged.

        Args:
            scenario: The scenario.
            framing: Which of its prompts.
            repetition: From 0.
            on_failure: Told of each failed attempt at the deployment.

        Raises:
            StoppedError: If the run cannot go on.
        """
        key = ItemKey(scenario.domain, scenario.id, framing)
        blank = Trial(**key._asdict(), repetition=repetition, outcome=Outcome.MISSING)
        messages = self._messages(scenario.prompts[framing])
        sent = 0.0

        async def attempt() -> Reply:
            nonlocal sent
            sent = time.monotonic()
            return await self.target.ask(messages)

        try:
            reply, attempts = await self.retrying.run(attempt, on_failure)
        except FailedAskError as error:
            outcome = Outcome.FILTERED if error.filtered else Outcome.MISSING
            reason = None if error.filtered else error.reason
            return replace(blank, outcome=outcome, attempts=error.attempts, error=reason)
        latency = round(time.monotonic() - sent, 6)
        self.retrying.meter.prompt_tokens += reply.prompt_tokens
        self.retrying.meter.completion_tokens += reply.completion_tokens
        asked = replace(blank, attempts=attempts, latency_s=latency, finish_reason=reply.finish_reason)
        return await self._judged(asked, reply, scenario)

    async def _judged(self, asked: Trial, reply: Reply, scenario: Scenario) -> Trial:
        seen = readable(reply)
        if seen.outcome is not None:
            return replace(asked, outcome=seen.outcome, error=seen.error)
        recorded = replace(asked, reply_sha256=text_sha256(seen.text), reply=seen.text if self.keep_replies else None)
        exhibit = Exhibit(
            prompt=scenario.prompt_text(asked.framing),
            reply=seen.text,
            framing=asked.framing,
            scenario=scenario,
        )
        try:
            judgement = await self.judge.judge(exhibit)
        except StoppedError as error:
            # The reply was received and paid for: what is missing is its verdict.
            trial = replace(recorded, outcome=Outcome.UNJUDGED, error="the judge had stopped")
            raise StoppedError(str(error), trial) from error
        except JudgeError as error:
            return replace(recorded, outcome=Outcome.UNJUDGED, error=str(error))
        if judgement.score is None:
            return replace(recorded, outcome=Outcome.UNJUDGED, error="the judge abstained")
        outcome = FRAMINGS[asked.framing].outcome(judgement.score)
        return replace(recorded, outcome=outcome, score=judgement.score)

    def _messages(self, messages: list[Message]) -> list[Message]:
        if self.system_prompt is None or has_system(messages):
            return messages
        return [{"role": "system", "content": self.system_prompt}, *messages]

    async def close(self) -> None:
        """Release the connections of deployment and judge."""
        await self.target.close()
        await self.judge.close()
