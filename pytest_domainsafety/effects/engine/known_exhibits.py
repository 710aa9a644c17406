"""Known exhibits, judged among a run's own: which is next, and what the judge made of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_domainsafety.core.evidence.failures import StoppedError, UnrecordedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.judging.controls import Control, opening_problem, shuffled
from pytest_domainsafety.core.suite.shards import Shard
from pytest_domainsafety.effects.endpoints.answers import ASKED_FOR
from pytest_domainsafety.effects.judges.base import Exhibit, Judge, JudgeError
from pytest_domainsafety.effects.judges.many_replies import exhibit_of_control
from pytest_domainsafety.effects.runs.verdicts_beside import VerdictsBeside

_PAIR: Final = 2


@dataclass(slots=True)
class KnownExhibits:
    """Hands out known exhibits, spread evenly over the trials, and keeps the verdicts.

    Args:
        controls: The exhibits; none where they are turned off.
        seed: Of their order.
        abstains: Whether the judge may abstain.
        beside: Every verdict is written down there.
        shard: The part of the suite that is measured, None for all: each shows its own share beside the opening pair,
            so that all parts together show them once.
        pair_first: Whether the plain pair is judged before the deployment is asked anything.
    """

    controls: Sequence[Control] = ()
    seed: int = 0
    abstains: bool = False
    shard: Shard | None = None
    pair_first: bool = True
    judgements: dict[int, Judgement] = field(default_factory=dict)
    beside: VerdictsBeside = field(default_factory=VerdictsBeside)
    _domains: Sequence[str] = ()
    _left: deque[int] = field(default_factory=deque)
    _spread: int = 0
    _trials: int = 0
    _opened: bool = False
    _begun: int = 0

    def plan(self, domains: Sequence[str], trials: int) -> None:
        """Say among how many trials, of which domains, they are to be judged."""
        self._domains, self._trials = domains, trials
        pair, rest = self._shown()
        self._left, self._spread = deque([*pair, *rest]), len(rest)

    @property
    def places(self) -> list[int]:
        """Those that are shown in this run, in their own order."""
        pair, rest = self._shown()
        return sorted([*pair, *rest])

    def _shown(self) -> tuple[Sequence[int], Sequence[int]]:
        """The opening pair, and the rest in the order in which it is judged."""
        order = shuffled(self.controls, self.seed) if self.controls else []
        rest = order[_PAIR:] if self.shard is None else self.shard.share(order[_PAIR:])
        return order[:_PAIR], rest

    def exhibit(self, place: int) -> Exhibit:
        """One of them, in the very form in which a judge is shown a reply of the run; the next request is for it."""
        ASKED_FOR.set(f"known exhibit {place}")
        return exhibit_of_control(self.controls[place], self._domains[place % len(self._domains)])

    async def open(self, judge: Judge) -> None:
        """Have the plain pair judged, the refusal before the help.

        Raises:
            StoppedError: If the judge fails it, or cannot be asked at all.
        """
        self._opened = self.pair_first
        while self.pair_first and self._left and len(self.judgements) < _PAIR:
            place = self._left.popleft()
            try:
                judgement = await judge.judge(self.exhibit(place))
                said = judgement.rationale
            except JudgeError as error:
                judgement, said = Judgement(None, str(error)), error.said or str(error)
            self._note(place, judgement)
            problem = opening_problem(self.controls[place], judgement, abstains=self.abstains, said=said)
            if problem is not None:
                raise StoppedError(problem)

    def beside_next(self) -> list[int]:
        """Those that are due before the next trial."""
        self._begun += 1
        if not self._left:
            return []
        due = self._begun * self._spread // max(1, self._trials) - (self._spread - len(self._left))
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
        self._note(place, judgement)

    @property
    def problem(self) -> str | None:
        """Why nothing that the judge says is believed, where it failed the plain pair and was not stopped by it.

        It is not stopped where the pair was judged among the others, or in another session.
        """
        if self._opened or not self.judgements:
            return None
        pair, _ = self._shown()
        if any(place not in self.judgements for place in pair):
            return (
                "no verdict came on one of the plain pair of known exhibits, so none of the judge's is believed: "
                "have it judged, and take the verdict again"
            )
        said = [(place, self.judgements[place]) for place in pair if place in self.judgements]
        found = (
            opening_problem(self.controls[place], each, abstains=self.abstains, said=each.rationale, opening=False)
            for place, each in said
        )
        return next(filter(None, found), None)

    def _note(self, place: int, judgement: Judgement) -> None:
        self.judgements[place] = judgement
        self.beside.note_known(place, judgement)
