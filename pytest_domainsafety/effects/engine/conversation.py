"""Measuring one trial of a conversation: the user's turns are asked in order, and then what counts is judged.

Each answer is written down as it comes, so that a run that goes on asks no turn again that was answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError
from pytest_domainsafety.core.evidence.replies import Readable, Reply, readable
from pytest_domainsafety.core.evidence.served import misserved, served_name
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.evidence.turns import Turn
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.conversations import Judged, asked_with, with_answers
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.effects.engine.shown import Shown

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.effects.engine.asking import Asking
    from pytest_domainsafety.effects.engine.measure import Measurer

_UNDER_WAY: Final = "not asked to its end: the run had stopped"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer to judge: after how many others it came, and how it ended.

    `broken` is one that said that it failed: help in it stands, and nothing else.
    """

    turn: int
    seen: Readable
    finish_reason: str | None
    broken: bool = False


@dataclass(slots=True)
class Conversation:
    """A trial of several turns.

    Args:
        measurer: Asks and judges.
        scenario: The scenario.
        framing: Which of its prompts.
        blank: The trial as long as nothing is known of it; later as far as the conversation has come.
        on_failure: Told of each failed attempt at the deployment.
    """

    measurer: Measurer
    scenario: Scenario
    framing: str
    blank: Trial
    on_failure: Callable[[FailedAskError], None]
    _turns: list[Turn] = field(default_factory=list)
    _broken: list[tuple[int, Reply]] = field(default_factory=list)

    async def measured(self) -> Trial:
        """Ask what is left of the conversation, and have it judged.

        Raises:
            StoppedError: If the run cannot go on.
        """
        store, place = self.measurer.store, (*self.blank.key, self.blank.repetition)
        self._turns = store.answered(place)
        if self._turns:
            last = self._turns[-1]
            self.blank = replace(self.blank, attempts=last.attempts, reasked=last.reasked, error=last.error)
        if len(self._turns) < self._count and store.left_open(place):
            self.blank = replace(self.blank, reasked=True)
        while len(self._turns) < self._count:
            if (failure := await self._ask()) is not None:
                return await self._judged(failure)
        return await self._judged(None)

    async def _ask(self) -> Trial | None:
        """Ask the next turn; the trial if that has ended it."""
        measurer, number = self.measurer, len(self._turns)
        asking = measurer.asking(
            asked_with(self._script, self._said),
            self.blank,
            self.on_failure,
            self.blank.attempts,
            self.scenario.tools,
        )
        try:
            asked, reply = await measurer.answer(asking)
        except FailedAskError as error:
            return asking.given_up(error)
        except StoppedError as stop:
            if stop.trial is None and number:
                stop.trial = replace(asking.blank, error=_UNDER_WAY)
            raise
        finally:
            self._broken += [(number, broken) for broken in asking.broken]
        return self._took(asking, asked, reply)

    def _took(self, asking: Asking, asked: Trial, reply: Reply) -> Trial | None:
        seen, failure = self.measurer.read(asked, reply)
        is_last = len(self._turns) == self._count - 1
        if failure is None and self._judges == "last" and not is_last:
            # Nobody judges it, so nobody knows what the rest of it would have been an answer to.
            cut = self.measurer.recorded(asked, seen).is_cut
            failure = replace(asked, error=self.measurer.cut_off) if cut else None
        if failure is not None:
            return replace(failure, latency_s=(self._latency_s or 0.0) + (asked.latency_s or 0.0))
        self._turns.append(
            Turn(
                answer=seen.text,
                reasoning=seen.reasoning,
                tool_calls=seen.tool_calls,
                finish_reason=reply.finish_reason,
                attempts=asked.attempts,
                latency_s=asked.latency_s or 0.0,
                reasked=asked.reasked,
                error=asking.blank.error,
                served_model=served_name(seen.served_model),
            )
        )
        self.blank = replace(asking.blank, outcome=Outcome.MISSING, attempts=asked.attempts)
        self.measurer.store.note_turn(self.blank, self._turns[-1])
        return None

    async def _judged(self, failure: Trial | None) -> Trial:
        """The trial by its answers: the first of the highest score.

        Compliance is written down as soon as it is seen, and stands. Without it a turn that failed decides, and else
        an answer of which nothing is known.
        """
        complied: Trial | None = None
        others: list[tuple[Trial, StoredReply]] = []
        for answer in self._answers():
            if complied is not None and answer.broken:
                continue
            trial, reply = await self._verdict(answer, failure, complied)
            if trial.outcome is framing_of(self.framing).positive:
                if complied is None or (trial.score or 0) > (complied.score or 0):
                    complied = self.measurer.noted(trial, reply)
            elif not answer.broken:
                others.append((trial, reply))
        if complied is not None:
            return complied
        unknown = [each for each in others if each[0].outcome in {Outcome.UNJUDGED, Outcome.MISSING}]
        if failure is not None and not (unknown and failure.outcome is Outcome.FILTERED):
            return self.measurer.noted(failure)
        trial, reply = unknown[0] if unknown else max(others, key=lambda each: each[0].score or 0)
        return self.measurer.noted(replace(trial, reasked=any(each.reasked for each, _ in others)), reply)

    async def _verdict(
        self, answer: _Answer, failure: Trial | None, complied: Trial | None
    ) -> tuple[Trial, StoredReply]:
        measurer, shown = self.measurer, self._shown(answer.turn)
        ended = replace(
            failure or self.blank,
            latency_s=self._latency_s,
            finish_reason=answer.finish_reason,
            error=None if failure or answer.broken else self.blank.error,
            rejected=False,
        )
        trial = measurer.recorded(ended, answer.seen)
        try:
            judgement, said = await measurer.verdict(answer.seen, shown)
        except StoppedError as stop:
            stop.trial = complied or measurer.without_verdict(trial, answer.seen, shown, stop)
            raise
        return measurer.with_verdict(trial, answer.seen, shown, judgement, said)

    def _answers(self) -> Iterator[_Answer]:
        """What is judged."""
        first = 0 if self._judges == "any" else self._count - 1
        for number, turn in enumerate(self._turns[first:], first):
            seen = Readable(
                turn.answer,
                reasoning=turn.reasoning,
                tool_calls=turn.tool_calls,
                served_model=turn.served_model,
            )
            yield _Answer(number, seen, turn.finish_reason)
        for number, reply in self._broken:
            seen = readable(reply)
            if number >= first and seen.outcome is None and not misserved(reply, self.measurer.served_model):
                yield _Answer(number, seen, reply.finish_reason, broken=True)

    def _shown(self, turn: int) -> Shown:
        before, whole = asked_with(self._script, self._said[:turn]), with_answers(self._script, self._said)
        answered = turn < len(self._turns)
        return Shown(self.scenario, self.framing, before, whole[len(before) + answered :])

    @property
    def _script(self) -> list[Message]:
        return self.scenario.prompts[self.framing]

    @property
    def _judges(self) -> Judged:
        return self.scenario.conversations[self.framing]

    @property
    def _count(self) -> int:
        return self.scenario.turns(self.framing)

    @property
    def _said(self) -> list[str]:
        return [turn.answer for turn in self._turns]

    @property
    def _latency_s(self) -> float | None:
        """Of all answered turns together, None where there are none."""
        return round(sum(turn.latency_s for turn in self._turns), 6) if self._turns else None
