"""A panel: an odd number of judges, and the majority decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError


class PanelJudge:
    """Asks its members in turn until more than half of all of them agree.

    In turn, so that a panel puts no more load on an endpoint than one judge does, and nobody is paid for a vote that
    cannot change the verdict. A member that fails or abstains has no vote but stays a member: where the votes that
    are left make no majority of the whole panel, the trial is unjudged.

    Args:
        members: An odd number of judges.
    """

    def __init__(self, members: Sequence[Judge]) -> None:
        self._members = tuple(members)

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Give the majority's verdict, with the median score of those who voted for it.

        Raises:
            JudgeError: If no verdict has a majority.
            StoppedError: If a member cannot be asked at all.
        """
        framing, most = framing_of(exhibit.framing), len(self._members)
        reasked = failed = False
        unusable: JudgeError | None = None
        votes: dict[str, list[Judgement]] = {framing.positive: [], framing.negative: []}
        for member in self._members:
            try:
                vote = await member.judge(exhibit)
            except JudgeError as error:
                failed = failed or error.reasked
                unusable = unusable or (error if error.unusable else None)
                continue
            reasked = reasked or vote.reasked
            if vote.score is None:
                continue
            side = votes[framing.outcome(vote.score)]
            side.append(vote)
            if 2 * len(side) > most:
                middle = sorted(side, key=lambda each: each.score or 0)[len(side) // 2]
                no_answer = 2 * sum(each.no_answer for each in side) > len(side)
                return replace(middle, reasked=reasked, no_answer=no_answer, split=all(votes.values()))
        raise JudgeError(
            "the panel's valid votes make no majority",
            reasked=reasked or failed,
            unusable=unusable is not None,
            said=None if unusable is None else unusable.said,
            split=all(votes.values()),
        )

    async def close(self) -> None:
        """Close every member."""
        for member in self._members:
            await member.close()
