"""Measuring one trial: ask, read, judge, record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pytest_domainsafety.core.evidence.error_replies import error_reply
from pytest_domainsafety.core.evidence.failures import DeadEndpointError, FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement, Readable, Reply, readable, text_sha256
from pytest_domainsafety.core.evidence.served import misserved, served_name
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.evidence.tool_calls import called_names
from pytest_domainsafety.core.evidence.trials import Trial, outcome_by
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings import COMPLIANCE_SCORE, framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.prompts import Message, as_text, with_system
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.tools import Tool
from pytest_domainsafety.core.traffic.tokens import Tokens, tokens_of
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR, asked_for
from pytest_domainsafety.effects.engine.asking import Asking
from pytest_domainsafety.effects.engine.conversation import Conversation
from pytest_domainsafety.effects.engine.shown import Shown
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError
from pytest_domainsafety.effects.runs.base import NOT_JUDGED_YET, RunStore
from pytest_domainsafety.effects.runs.memory import MemoryRun
from pytest_domainsafety.effects.targets.base import Target
from pytest_domainsafety.effects.traffic.retries import Retrying

NO_ANSWER: Final = "no answer of an assistant, by the judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurer:
    """Measures trials of one deployment with one judge, which a second one may check afterwards.

    Args:
        target: The deployment.
        judge: Scores its replies.
        retrying: For the deployment; the judge has its own.
        place: Where the deployment is, for messages.
        system_prompt: For scenarios that bring none.
        keep_replies: Whether trials carry the reply's text.
        cut_off: What to say of a reply that was cut off before it was clear whether it helps.
        longest_reply: The most tokens of a reply, None where nothing bounds it.
        estimates_tokens: Whether an upper estimate is wanted where a reply does not say its tokens.
        asked_model: The model that is asked for, to be counted with those that answer.
        served_model: A regular expression for the model that must answer: a reply of another is no measurement.
        error_replies: Patterns of whole replies that are no answer, beside the known ones.
        second_judge: For a share of the replies, where there is one.
        hidden: Takes keys out of a message.
        store: Everything is written down there before it counts.
    """

    target: Target
    judge: Judge
    retrying: Retrying
    place: str
    system_prompt: str | None = None
    keep_replies: bool = False
    cut_off: str = "cut off"
    longest_reply: int | None = None
    estimates_tokens: bool = True
    asked_model: str | None = None
    served_model: str | None = None
    error_replies: Sequence[str] = ()
    second_judge: Judge | None = None
    hidden: Callable[[str], str] = str
    store: RunStore = field(default_factory=MemoryRun)

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
        place = (*key, repetition)
        ASKED_FOR.set(asked_for(place))
        if (settled := self.store.settled(place)) is not None:
            return settled
        blank = Trial(
            domain=key.domain,
            scenario=key.scenario,
            framing=framing,
            repetition=repetition,
            outcome=Outcome.MISSING,
        )
        if framing in scenario.conversations:
            return await Conversation(self, scenario, framing, blank, on_failure).measured()
        shown = Shown(scenario, framing, scenario.prompts[framing])
        if (received := self.store.received(place)) is not None:
            asked, kept = received
            seen = Readable(
                kept.reply,
                reasoning=kept.reasoning,
                tool_calls=kept.tool_calls,
                served_model=kept.served_model,
            )
            return await self._scored(replace(asked, reply=kept.reply if self.keep_replies else None), seen, shown)
        if self.store.left_open(place):
            blank = replace(blank, reasked=True)
        asking = self.asking(shown.messages, blank, on_failure, tools=scenario.tools)
        try:
            asked, reply = await self.answer(asking)
        except FailedAskError as error:
            return await self._help_in(asking, shown) or self.noted(asking.given_up(error))
        trial = await self._judged(asked, reply, shown)
        if trial.outcome is framing_of(trial.framing).positive:
            return trial
        return await self._help_in(asking, shown) or trial

    def asking(
        self,
        messages: list[Message],
        blank: Trial,
        on_failure: Callable[[FailedAskError], None],
        before: int = 0,
        tools: Sequence[Tool] = (),
    ) -> Asking:
        """A request to the deployment, with the run's system prompt where these messages bring none; see `Asking`."""
        return Asking(
            target=self.target,
            messages=self._messages(messages),
            tools=tools,
            blank=blank,
            store=self.store,
            on_failure=on_failure,
            on_reply=lambda reply: self.retrying.meter.served.add(self.asked_model, reply),
            before=before,
        )

    async def answer(self, asking: Asking) -> tuple[Trial, Reply]:
        """Ask until there is a reply.

        Raises:
            FailedAskError: If there is none.
            StoppedError: If the run cannot go on; with the trial, where it was asked in vain.
        """
        try:
            reply, attempts = await self.retrying.run(asking.attempt, asking.failed)
        except DeadEndpointError as stop:
            if stop.failure is not None:
                stop.trial = self.noted(replace(asking.given_up(stop.failure), rejected=False))
            raise
        latency = round(time.monotonic() - asking.sent, 6)
        used = Tokens(reply.prompt_tokens, reply.completion_tokens)
        if self.estimates_tokens:
            used = tokens_of(reply, asking.messages, self.longest_reply, asking.tools)
        self.retrying.meter.add(used)
        # What failed before is kept of a trial that is open by it.
        asked = replace(
            asking.blank,
            attempts=asking.before + attempts,
            latency_s=latency,
            finish_reason=reply.finish_reason,
        )
        return asked, reply

    async def _help_in(self, asking: Asking, shown: Shown) -> Trial | None:
        """Compliance in replies that said that they failed: it stands, whatever came when they were asked again."""
        for reply in asking.broken:
            seen = readable(reply)
            if seen.outcome is not None or misserved(reply, self.served_model):
                continue
            recorded = replace(self.recorded(asking.blank, seen), finish_reason=reply.finish_reason, error=None)
            judgement, _ = await self.verdict(seen, shown)
            if judgement.score is not None and judgement.score >= COMPLIANCE_SCORE:
                return self._kept(recorded, seen, shown, judgement)
        return None

    async def _judged(self, asked: Trial, reply: Reply, shown: Shown) -> Trial:
        seen, unread = self.read(asked, reply)
        if unread is not None:
            return self.noted(unread)
        recorded = self.recorded(asked, seen)
        self._kept(recorded, seen, shown, Judgement(None, NOT_JUDGED_YET))
        return await self._scored(recorded, seen, shown)

    def read(self, asked: Trial, reply: Reply) -> tuple[Readable, Trial | None]:
        """What a judge reads of a reply, and the trial that it makes where there is nothing to judge."""
        seen = readable(reply)
        if (problem := misserved(reply, self.served_model)) is not None:
            # Paid for, and not asked again: that would be another draw.
            return seen, replace(asked, error=problem)
        if seen.outcome is not None:
            return seen, replace(asked, outcome=seen.outcome, error=seen.error)
        if (failed := error_reply(seen.text, self.error_replies)) is not None:
            return seen, replace(asked, error=failed)
        return seen, None

    def recorded(self, asked: Trial, seen: Readable) -> Trial:
        """The trial with the reply that is judged."""
        return replace(
            asked,
            reply_sha256=text_sha256(seen.text),
            reply=seen.text if self.keep_replies else None,
            tool_calls=called_names(seen.tool_calls),
        )

    async def _scored(self, recorded: Trial, seen: Readable, shown: Shown) -> Trial:
        try:
            judgement, said = await self.verdict(seen, shown)
        except StoppedError as stop:
            # The reply was received and paid for: what is missing is its verdict.
            stop.trial = self.without_verdict(recorded, seen, shown, stop)
            raise
        return self._kept(recorded, seen, shown, judgement, said)

    def without_verdict(self, recorded: Trial, seen: Readable, shown: Shown, stop: StoppedError) -> Trial:
        """The trial whose judge had stopped."""
        none = Judgement(None, "the judge had stopped", reasked=stop.reasked)
        return self._kept(recorded, seen, shown, none, stop.judge_said)

    async def verdict(self, seen: Readable, shown: Shown) -> tuple[Judgement, str | None]:
        """The judge's verdict, and without a usable one what it said instead.

        Raises:
            StoppedError: If the judge cannot go on.
        """
        exhibit = Exhibit(
            prompt=as_text(shown.messages),
            reply=seen.text,
            framing=shown.framing,
            scenario=shown.scenario,
            reasoning=seen.reasoning,
            tool_calls=seen.tool_calls,
        )
        try:
            judgement = await self.judge.judge(exhibit)
        except JudgeError as error:
            return Judgement(None, str(error), reasked=error.reasked, split=error.split), error.said
        return (Judgement(None, "the judge abstained") if judgement.score is None else judgement), None

    def _kept(
        self, trial: Trial, seen: Readable, shown: Shown, judgement: Judgement, said: str | None = None
    ) -> Trial:
        return self.noted(*self.with_verdict(trial, seen, shown, judgement, said))

    def with_verdict(
        self, trial: Trial, seen: Readable, shown: Shown, judgement: Judgement, said: str | None
    ) -> tuple[Trial, StoredReply]:
        """The trial with its verdict; without one it is unjudged, and the rationale says why."""
        outcome, error = Outcome.UNJUDGED, judgement.rationale or None
        if judgement.score is not None:
            outcome = outcome_by(framing_of(trial.framing), trial, judgement.score, no_answer=judgement.no_answer)
            why = NO_ANSWER if judgement.no_answer else self.cut_off
            error = why if outcome is Outcome.MISSING else _opened_by(trial, outcome)
        reply = StoredReply(
            domain=trial.domain,
            scenario=trial.scenario,
            framing=trial.framing,
            repetition=trial.repetition,
            harm=shown.scenario.harm,
            messages=shown.messages,
            reply=seen.text,
            reasoning=seen.reasoning,
            outcome=outcome,
            score=judgement.score,
            rationale=judgement.rationale,
            split=judgement.split,
            judge_said=said,
            language=shown.scenario.language,
            tool_calls=seen.tool_calls,
            tools=shown.scenario.tools,
            served_model=served_name(seen.served_model),
            conversation=shown.scenario.conversations.get(shown.framing),
            rest=shown.rest,
        )
        reasked = trial.reasked or judgement.reasked
        judged = replace(trial, outcome=outcome, score=judgement.score, error=error, reasked=reasked)
        if trial.tool_calls and isinstance(judgement.refused, bool):
            judged = replace(judged, refused_in_words=judgement.refused)
        return judged, reply

    def noted(self, trial: Trial, reply: StoredReply | None = None) -> Trial:
        """The trial, written down."""
        self.store.note(trial, reply)
        return trial

    def _messages(self, messages: list[Message]) -> list[Message]:
        return with_system(messages, self.system_prompt)

    async def close(self) -> None:
        """Release the connections of deployment and judges."""
        await self.target.close()
        await self.judge.close()
        if self.second_judge is not None:
            await self.second_judge.close()


def _opened_by(trial: Trial, outcome: Outcome) -> str | None:
    """The failure after which a trial is open, None of one that is not."""
    closed = outcome is framing_of(trial.framing).positive or not trial.reasked
    return None if closed or trial.error == NOT_JUDGED_YET else trial.error
