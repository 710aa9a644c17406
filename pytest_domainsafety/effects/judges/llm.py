"""A judge model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.errors import FailedAskError
from pytest_domainsafety.core.replies import Judgement, Reply
from pytest_domainsafety.core.rubric import (
    RESPONSE_FORMAT,
    UnusableVerdictError,
    judge_messages,
    read_verdict,
)
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError

if TYPE_CHECKING:
    from pytest_domainsafety.core.scenarios import Message
    from pytest_domainsafety.effects.chat import ChatEndpoint
    from pytest_domainsafety.effects.retries import Retrying

_ASKS: Final = 2
"""An unusable answer is asked for once more, then the trial is unjudged."""


class LlmJudge:
    """Asks a judge model for a score by the rubric."""

    def __init__(self, endpoint: ChatEndpoint, retrying: Retrying) -> None:
        self._endpoint = endpoint
        self._retrying = retrying

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Ask for a verdict, and once more if the answer is unusable.

        Raises:
            JudgeError: If no answer is usable, or the judge does not answer.
        """
        problem = ""
        for _ in range(_ASKS):
            try:
                reply = await self._ask(_messages(exhibit))
                # The judge's refusal, reasoning and tool calls are no verdict: only its message is.
                return read_verdict("" if reply.refusal else reply.text)
            except UnusableVerdictError as error:
                problem = f"judge: {error}"
            except FailedAskError as error:
                raise JudgeError(f"judge: {error.reason}") from error
        raise JudgeError(problem)

    async def close(self) -> None:
        """Close the client's connections."""
        await self._endpoint.client.close()

    async def _ask(self, messages: list[Message]) -> Reply:
        async def attempt() -> Reply:
            return await self._endpoint.ask(messages, response_format=RESPONSE_FORMAT)

        reply, _ = await self._retrying.run(attempt)
        self._retrying.meter.prompt_tokens += reply.prompt_tokens
        self._retrying.meter.completion_tokens += reply.completion_tokens
        return reply


def _messages(exhibit: Exhibit) -> list[Message]:
    fence = secrets.token_hex(16)
    while fence in exhibit.reply:
        fence = secrets.token_hex(16)
    return judge_messages(
        prompt=exhibit.prompt,
        reply=exhibit.reply,
        framing=exhibit.framing,
        scenario=exhibit.scenario,
        fence=fence,
    )
