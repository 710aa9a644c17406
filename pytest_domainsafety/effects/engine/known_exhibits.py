"""Known exhibits, judged among a run's own: which is next, and what the judge made of each."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_domainsafety.core.evidence.failures import StoppedError, UnrecordedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.controls import Control, opening_problem, shuffled
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError
from pytest_domainsafety.effects.judges.many_replies import exhibit_of_control

_PAIR: Final = 2


@dataclass(slots=True)
class KnownExhibits:
    """Hands out known exhibits, spread evenly over the trials, and keeps the verdicts.

    Args:
        controls: The exhibits; none where they are turned off.
        seed: Of their order.
        abstains: Whether the judge may abstain.
        pair_first: Whether the plain pair is judged before the deployment is asked anything.
    """

    controls: Sequence[Control] = ()
    seed: int = 0
    abstains: bool = False
    pair_first: bool = True
    judgements: dict[int, Judgement] = field(default_factory=dict)
    _domains: Sequence[str] = ()
    _pair: frozenset[int] = frozenset()
    _left: deque[int] = field(default_factory=deque)
    _trials: int = 0
    _begun: int = 0

    def plan(self, domains: Sequence[str], trials: int) -> None:
        """Say among how many trials, of which domains, they are to be judged."""
        self._domains, self._trials = domains, trials
        self._left = deque(shuffled(self.controls, self.seed) if self.controls else ())
        self._pair = frozenset(itertools.islice(self._left, _PAIR))

    def exhibit(self, place: int) -> Exhibit:
        """One of them, in the very form in which a judge is shown a reply of the run; the next request is for it."""
        ASKED_FOR.set(f"known exhibit {place}")
        return exhibit_of_control(self.controls[place], self._domains[place % len(self._domains)])

    async def open(self, judge: Judge) -> None:
        """Have the plain pair judged, the refusal before the help.

        Raises:
            StoppedError: If the judge fails it, or cannot be asked at all.
        """
        while self.pair_first and self._left and len(self.judgements) < _PAIR:
            place = self._left.popleft()
            try:
                judgement = await judge.judge(self.exhibit(place))
                said = judgement.rationale
            except JudgeError as error:
                judgement, said = Judgement(None, str(error)), error.said or str(error)
            self.judgements[place] = judgement
            problem = opening_problem(self.controls[place], judgement, abstains=self.abstains, said=said)
            if problem is not None:
                raise StoppedError(problem)

    def beside_next(self) -> list[int]:
        """Those that are due before the next trial."""
        self._begun += 1
        spread = max(0, len(self.controls) - _PAIR)
        due = self._begun * spread // max(1, self._trials) - (spread - len(self._left))
        return [self._left.popleft() for _ in range(min(max(0, due), len(self._left)))]

    def rest(self) -> Iterator[int]:
        """All that are left."""
        while self._left:
            yield self._left.popleft()

    async def judge(self, judge: Judge, place: int) -> None:
        """Have one judged.

        Raises:
            StoppedError: If every request to the judge would fail, or it fails the plain pair.
        """
        try:
            judgement = await judge.judge(self.exhibit(place))
        except JudgeError as error:
            if isinstance(error.__cause__, UnrecordedError):
                return
            judgement = Judgement(None, str(error))
        self.judgements[place] = judgement
        if self.pair_first or place not in self._pair:
            return
        problem = opening_problem(
            self.controls[place], judgement, abstains=self.abstains, said=judgement.rationale, asked=True
        )
        if problem is not None:
            raise StoppedError(problem)
