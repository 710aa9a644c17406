"""A judge that is a function of the user's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.effects.endpoints.redaction import Secrets
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError
from pytest_domainsafety.effects.loading.callables import call, describe


class FunctionJudge:
    """Calls `f(*, prompt, reply, framing, scenario) -> int | Judgement`, sync or async."""

    def __init__(self, function: Callable[..., Any], timeout_s: float, secrets: Secrets | None = None) -> None:
        self._function = function
        self._secrets = Secrets() if secrets is None else secrets
        self._timeout_s = timeout_s

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Call the function.

        Raises:
            JudgeError: If it raises, takes too long, or returns no score of 1 to 5.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await call(
                    self._function,
                    prompt=exhibit.prompt,
                    reply=exhibit.reply,
                    framing=exhibit.framing,
                    scenario=exhibit.scenario,
                )
        except Exception as error:
            self._secrets.look()
            said = f"the judge raised {describe(error, self._secrets.hidden)}"
            raise JudgeError(said, unusable=True) from error
        if answer is None:
            # An abstention is said with Judgement(None); a forgotten return is a mistake.
            raise JudgeError("the judge returned None, not a score of 1 to 5", unusable=True)
        if not isinstance(answer, Judgement):
            answer = Judgement(answer)
        return self._secrets.cleaned(checked(answer, self._secrets.masked))

    async def close(self) -> None:
        """Nothing to release: the function's resources are the user's."""


def checked(judgement: Judgement, masked: Callable[[Any], Any]) -> Judgement:
    """The judgement, if its score is a whole number of 1 to 5, or None for an abstention.

    Args:
        judgement: The user's.
        masked: Takes keys out of what is no score.

    Raises:
        JudgeError: If it is not; True is no score although Python counts it as 1.
    """
    score: object = judgement.score
    if score is None:
        return judgement
    if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= 5:  # noqa: PLR2004 - the rubric
        said = f"{masked(score)!r}"
        raise JudgeError(f"the judge returned {said:.60}, not a score of 1 to 5", unusable=True, said=said)
    return judgement
