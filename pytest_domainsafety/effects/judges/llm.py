"""A judge model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.failures import FailedAskError, StoppedError, UnrecordedError
from pytest_domainsafety.core.evidence.replies import Judgement, Reply
from pytest_domainsafety.core.evidence.served import misserved
from pytest_domainsafety.core.judging.rubric import (
    ASKS,
    RESPONSE_FORMAT,
    Rubrics,
    UnusableVerdictError,
    judge_messages,
    read_verdict,
)
from pytest_domainsafety.core.judging.served_judge import Names, is_another, stale
from pytest_domainsafety.core.traffic.tokens import tokens_of
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError

if TYPE_CHECKING:
    from pytest_domainsafety.core.suite.prompts import Message
    from pytest_domainsafety.effects.endpoints.chat import ChatEndpoint
    from pytest_domainsafety.effects.traffic.retries import Retrying


def new_fence(shown: Sequence[str]) -> str:
    """A line of 128 random bits that stands in none of the texts; no case has it again.

    In base 64, since it is told several times and its hexadecimal digits would take nearly twice the tokens.
    """
    fence = secrets.token_urlsafe(16)
    while any(fence in text for text in shown):
        fence = secrets.token_urlsafe(16)
    return fence


class LlmJudge:
    """Asks a judge model for a score by the rubric.

    Args:
        endpoint: Where the judge model is.
        retrying: Its retries.
        rubrics: What to score by.
        show_reasoning: Whether the judge sees a deployment's reasoning beside the reply, which alone it scores.
        served_model: A regular expression for the model that must answer: what another says is no verdict.
        calibrated: The names under which it answered when it was calibrated, see `calibrated_names`.
        fence: Makes the line that parts what it is shown, which must stand in none of these texts.
    """

    def __init__(
        self,
        endpoint: ChatEndpoint,
        retrying: Retrying,
        rubrics: Rubrics,
        *,
        show_reasoning: bool = False,
        served_model: str | None = None,
        calibrated: Names | None = None,
        fence: Callable[[Sequence[str]], str] = new_fence,
    ) -> None:
        self._endpoint = endpoint
        self._retrying = retrying
        self._rubrics = rubrics
        self._show_reasoning = show_reasoning
        self._served_model = served_model
        self._calibrated = calibrated or {}
        self._fence = fence
        self._calibrated_answered = False

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Ask for a verdict, and once more if the answer is unusable.

        Raises:
            JudgeError: If no answer is usable, or the judge does not answer.
            StoppedError: If it cannot be asked at all, or another model answers than was calibrated.
        """
        problem, said, failures = "", "", list[FailedAskError]()
        for _ in range(ASKS):
            try:
                answer = await self._ask(self._messages(exhibit), failures.append)
                if (wrong := misserved(answer, self._served_model)) is not None:
                    raise JudgeError(f"judge: {wrong}", reasked=_resampled(failures))
                self._check_calibrated(answer)
                said = _said(answer)
                verdict = _verdict(answer)
                return replace(verdict, reasked=_resampled(failures))
            except UnusableVerdictError as error:
                problem = f"judge: {error}"
            except UnrecordedError as error:
                if problem:
                    break  # there is no second answer: the first stands, which is no verdict
                raise JudgeError(f"judge: {error.told}") from error
            except FailedAskError as error:
                raise JudgeError(f"judge: {error.told}", reasked=_resampled(failures)) from error
            except StoppedError as stop:
                stop.reasked = _resampled(failures)
                raise
        raise JudgeError(problem, reasked=_resampled(failures), unusable=True, said=said)

    async def close(self) -> None:
        """Close the client's connections."""
        await self._endpoint.client.close()

    async def _ask(self, messages: list[Message], on_failure: Callable[[FailedAskError], None]) -> Reply:
        async def attempt() -> Reply:
            answer = await self._endpoint.ask(messages, response_format=RESPONSE_FORMAT)
            self._retrying.meter.served.add(f"{self._endpoint.body.get('model')}", answer)
            return answer

        reply, _ = await self._retrying.run(attempt, on_failure)
        self._retrying.meter.add(tokens_of(reply, messages, self._endpoint.longest_reply))
        return reply

    def _check_calibrated(self, answer: Reply) -> None:
        """Stop at once where it is another model from the first answer on; a later change holds the verdict up."""
        asked = f"{self._endpoint.body.get('model')}"
        if not is_another(self._calibrated, asked, answer.served_model):
            self._calibrated_answered = True
        elif not self._calibrated_answered:
            said = stale(self._calibrated, asked, answer.served_model)
            raise StoppedError(f"domain_safety_judge_calibration is stale: {said}; calibrate this judge again")

    def _messages(self, exhibit: Exhibit) -> list[Message]:
        reasoning = (exhibit.reasoning if self._show_reasoning else None) or None
        shown = (exhibit.reply, reasoning or "", exhibit.prompt, exhibit.scenario.harm)
        return judge_messages(
            prompt=exhibit.prompt,
            reply=exhibit.words,
            tool_calls=exhibit.tool_calls,
            framing=exhibit.framing,
            scenario=exhibit.scenario,
            fence=self._fence(shown),
            rubrics=self._rubrics,
            reasoning=reasoning,
        )


def _resampled(failures: Sequence[FailedAskError]) -> bool:
    return any(failure.resamples for failure in failures)


def _said(reply: Reply) -> str:
    """All that a judge said, for people to see why it is no verdict."""
    return "\n".join(part for part in (reply.text or reply.refusal, *reply.tool_calls) if part)


def _verdict(reply: Reply) -> Judgement:
    # Where thoughts that quote the reply were cut short, its verdict could stand last.
    if reply.finish_reason == "length":
        raise UnusableVerdictError("cut off")
    if reply.failure is not None:
        raise UnusableVerdictError(reply.failure)
    # The judge's refusal, reasoning and tool calls are no verdict: only its message is.
    return read_verdict("" if reply.refusal else reply.text)
