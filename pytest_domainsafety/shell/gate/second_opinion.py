"""The second judge's share of a run's replies, asked once the first judge has scored them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import for_second_judge
from pytest_domainsafety.core.judging.agreement import agreement
from pytest_domainsafety.core.judging.controls import figures
from pytest_domainsafety.core.reports.part_judging import PartJudging, SecondVerdict
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.judges.many_replies import exhibits_of, highest, judge_among

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.judging.judge_report import Agreement, Controls
    from pytest_domainsafety.effects.engine.known_exhibits import KnownExhibits
    from pytest_domainsafety.effects.engine.measure import Measurer


@dataclass(slots=True)
class SecondOpinion:
    """Asks the second judge, where there is one.

    Args:
        settings: Name it, and its share.
        known: Known exhibits, which it is asked about too.
        problem: What kept it from judging at all, once it was asked.
    """

    settings: Settings
    known: KnownExhibits
    problem: str | None = None
    _found: tuple[Sequence[StoredReply], Sequence[Judgement]] | None = None
    _controls: Controls | None = None

    def compared(self, nodeids: Mapping[ItemKey, str]) -> Agreement | None:
        """Its share compared with the first judge's; None where there is no second, or it was not asked."""
        second = self.settings.second_judge
        if second is None or self._found is None:
            return None
        found = agreement(second.model, *self._found, nodeids, self.settings.min_kappa)
        return found.model_copy(update={"controls": self._controls})

    def told(self, known: Mapping[int, Judgement]) -> PartJudging:
        """What it made of a part of the suite, to be weighed with the other parts.

        Args:
            known: What the first judge made of known exhibits, by their places.
        """
        second = None
        if self._found is not None:
            found = zip(*self._found, strict=True)
            second = [SecondVerdict(place=reply.place, judgement=judgement) for reply, judgement in found]
        return PartJudging(known=dict(known), second=second, second_known=self._controls, second_problem=self.problem)

    async def ask(self, measurer: Measurer) -> None:
        """Ask it about its share, in the engine's loop."""
        if measurer.second_judge is None:
            return
        controls = self.known.controls
        chosen = for_second_judge(measurer.store.replies(), self.settings.second_judge_fraction, self.settings.seed)
        try:
            judgements, known = await judge_among(
                measurer.second_judge,
                exhibits_of(chosen),
                controls,
                self.settings.concurrency,
                seed=self.settings.seed,
            )
            judgements = highest(chosen, judgements)
            if controls:
                self._controls = figures(controls, known, abstains=False, judge="the second judge")
        except StoppedError as error:
            self.problem = error.for_reports
            judgements = [Judgement(None, error.for_reports)] * len(chosen)
        self._found = (chosen, judgements)
