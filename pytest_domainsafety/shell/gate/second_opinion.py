"""The second judge's share of a run's replies, asked once the first judge has scored them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import for_second_judge
from pytest_domainsafety.core.judging.agreement import agreement
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.judges.many_replies import exhibit_of, judge_all

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.judging.judge_report import Agreement
    from pytest_domainsafety.effects.engine.measure import Measurer


@dataclass(slots=True)
class SecondOpinion:
    """Asks the second judge, where there is one.

    Args:
        settings: Name it, and its share.
        problem: What kept it from judging at all, once it was asked.
    """

    settings: Settings
    problem: str | None = None
    _found: tuple[Sequence[StoredReply], Sequence[Judgement]] | None = None

    def compared(self, nodeids: Mapping[ItemKey, str]) -> Agreement | None:
        """Its share compared with the first judge's; None where there is no second, or it was not asked."""
        model = self.settings.second_judge_model
        if model is None or self._found is None:
            return None
        return agreement(model, *self._found, nodeids, self.settings.min_kappa)

    async def ask(self, measurer: Measurer) -> None:
        """Ask it about its share, in the engine's loop."""
        if measurer.second_judge is None:
            return
        chosen = for_second_judge(measurer.store.replies(), self.settings.second_judge_fraction, self.settings.seed)
        try:
            exhibits = [exhibit_of(reply) for reply in chosen]
            judgements = await judge_all(measurer.second_judge, exhibits, self.settings.concurrency)
        except StoppedError as error:
            self.problem = str(error)
            judgements = [Judgement(None, str(error))] * len(chosen)
        self._found = (chosen, judgements)
