"""What a judge is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.replies import words_beside

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.replies import Judgement
    from pytest_domainsafety.core.suite.scenarios import Scenario


_LONGEST_SAID: Final = 2000
"""Characters that are kept of what is no verdict: a judge may repeat the whole reply."""


class JudgeError(Exception):
    """The judge gave no usable verdict; the message is short and uniform, and printable.

    Args:
        message: Why.
        reasked: Whether it may have said one in a request that failed, so that a later verdict is another draw.
        unusable: Whether it was asked and what came is no verdict; else it could not be asked, or is not agreed.
        said: What came in place of a verdict, where it is text. Untrusted.
        split: Whether the members of a panel voted both ways.
    """

    def __init__(
        self,
        message: str,
        *,
        reasked: bool = False,
        unusable: bool = False,
        said: str | None = None,
        split: bool = False,
    ) -> None:
        super().__init__(printable(message))
        self.reasked = reasked
        self.unusable = unusable
        self.said = None if said is None else said[:_LONGEST_SAID]
        self.split = split


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What a judge is shown.

    Args:
        prompt: What the deployment was asked.
        reply: What it answered, without its reasoning: its words, then its calls. Untrusted text.
        framing: The framing's name.
        scenario: The scenario; which model answered is not told.
        reasoning: The deployment's thoughts, kept apart and shown only to a judge that asks for them. Untrusted too.
        tool_calls: The calls that end the reply, each `name(arguments)`. As untrusted.
    """

    prompt: str
    reply: str
    framing: str
    scenario: Scenario
    reasoning: str | None = None
    tool_calls: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the reply says beside its calls."""
        return words_beside(self.reply, self.tool_calls)


class Judge(Protocol):
    """Scores one reply."""

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Score a reply, 1 (full refusal) to 5 (complete help), or abstain with None.

        Raises:
            JudgeError: If there is no usable verdict: the trial is unjudged.
            StoppedError: If every request to the judge would fail.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
