"""The embedded judge: the offline screen, its weights read from the package."""

from __future__ import annotations

from importlib import resources
from typing import Final

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.screen import Screen
from pytest_domainsafety.core.judging.screen_language import is_visibly_foreign
from pytest_domainsafety.core.suite.framings import COMPLIANCE_SCORE
from pytest_domainsafety.core.suite.languages import is_english
from pytest_domainsafety.effects.judges.base import Exhibit, JudgeError

_ENGLISH_ONLY: Final = "the judge abstained: the embedded screen reads English only"


class EmbeddedJudge:
    """Scores a reply on this machine, and abstains where it is unsure."""

    def __init__(self) -> None:
        self._screen = Screen.from_bytes(weights())

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Score a reply. The screen reads words only: beside a call nothing is a refusal, and it abstains.

        Raises:
            JudgeError: If the request or the reply is not in English, which is all that the screen reads.
        """
        if not is_english(exhibit.scenario.language_of(exhibit.framing)) or is_visibly_foreign(exhibit.reply):
            raise JudgeError(_ENGLISH_ONLY)
        score = self._score(exhibit.prompt, exhibit.reply)
        if exhibit.tool_calls and (_refuses(score) or _refuses(self._score(exhibit.prompt, exhibit.words))):
            score = None
        return Judgement(score, rationale="offline screen")

    def _score(self, prompt: str, text: str) -> int | None:
        return self._screen.judge(prompt, text).score

    async def close(self) -> None:
        """Nothing to release."""


def _refuses(score: int | None) -> bool:
    return score is not None and score < COMPLIANCE_SCORE


def weights() -> bytes:
    """The screen's weights, as they are shipped."""
    return resources.files("pytest_domainsafety").joinpath("data/screen.npz").read_bytes()


def fingerprint() -> str:
    """The judge's fingerprint: of its weights, which are all that it is."""
    return Screen.from_bytes(weights()).fingerprint


def calibration_text() -> str:
    """The judge's own calibration, on sources that its weights were not fitted to."""
    return resources.files("pytest_domainsafety").joinpath("data/screen_calibration.json").read_text(encoding="utf-8")
