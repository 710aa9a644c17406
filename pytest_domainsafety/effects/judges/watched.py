"""A judge that is watched: one of which no verdict comes at all is given up, and what it said instead is quoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError

MOST_UNUSABLE: Final = 10
"""So many replies without a usable verdict, and none with one, and the judge is given up."""

_QUOTED: Final = 200


@dataclass(slots=True)
class Watch:
    """Counts what a judge said that is no verdict.

    A request that failed is not counted, the endpoint's breaker does that; and who abstains gives a verdict.

    Args:
        name: Of the judge, in what is said of it.
        ends_run: Whether the run ends with it, and says what it said.
    """

    name: str = "the judge"
    ends_run: bool = True
    works: bool = False
    unusable: int = 0
    gave_up: bool = False
    _first: str = ""

    def note(self, error: JudgeError) -> None:
        """Count a reply without a usable verdict."""
        if error.unusable:
            self.unusable += 1
            self._first = self._first or _quoted(error)
            self.gave_up = self.gave_up or (not self.works and self.unusable >= MOST_UNUSABLE)

    @property
    def found(self) -> str:
        """What is wrong with a judge that was given up; without its words, which are for the terminal only."""
        return f"{self.name} gave no usable verdict on any of {MOST_UNUSABLE} replies"

    @property
    def quoted(self) -> str:
        """The first that the judge said in place of a verdict, in a few printable words."""
        return self._first

    @property
    def warning(self) -> str | None:
        """What to tell of the judge, None where all its verdicts were usable, or where the run's end tells it."""
        if not self.unusable or (self.gave_up and self.ends_run):
            return None
        if self.gave_up:
            return f"{self.found}: {self.quoted}"
        replies = "1 reply" if self.unusable == 1 else f"{self.unusable} replies"
        return f"{self.name} gave no usable verdict on {replies}; the first time {self.quoted}"


class WatchedJudge:
    """Passes on what a judge makes of a reply.

    Args:
        judge: Is asked.
        watch: Counts.
        mend: What to do about a judge that is given up.
    """

    def __init__(self, judge: Judge, watch: Watch, mend: str) -> None:
        self._judge = judge
        self._watch = watch
        self._mend = mend

    async def judge(self, exhibit: Exhibit) -> Judgement:
        """Ask the judge.

        Raises:
            JudgeError: As the judge does.
            StoppedError: As well, and if none of many verdicts was usable.
        """
        watch = self._watch
        try:
            judgement = await self._judge.judge(exhibit)
        except JudgeError as error:
            watch.note(error)
            if not watch.gave_up:
                raise
            told = f"{watch.found}: {self._mend}"
            stop = StoppedError(f"{watch.found}: {watch.quoted}: {self._mend}", for_reports=told)
            stop.reasked, stop.judge_said = error.reasked, error.said
            raise stop from error
        watch.works = True
        return judgement

    async def close(self) -> None:
        """Release the judge's connections."""
        await self._judge.close()


def _quoted(error: JudgeError) -> str:
    if error.said is None:
        return printable(f"{error}")[:_QUOTED]
    said = printable(error.said)[:_QUOTED]
    return f"it said '{said}'" if said else f"it said nothing ({error})"
