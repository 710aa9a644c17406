"""The second judge's share of a run's replies, asked once the first judge has scored them all."""

from __future__ import annotations

from collections.abc import Mapping
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
    from pytest_domainsafety.effects.engine.engine import Engine
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

    def ask(self, engine: Engine, nodeids: Mapping[ItemKey, str]) -> Agreement | None:
        """Ask it about its share, and compare with the first.

        Returns:
            None where there is no second judge, or the run ended before its share was known.
        """
        model = self.settings.second_judge_model
        found = None if model is None else engine.then(self._judged)
        if model is None or found is None:
            return None
        replies, judgements = found
        return agreement(model, replies, judgements, nodeids, self.settings.min_kappa)

    async def _judged(self, measurer: Measurer) -> tuple[list[StoredReply], list[Judgement]]:
        if measurer.second_judge is None:
            return [], []
        chosen = for_second_judge(measurer.store.replies(), self.settings.second_judge_fraction, self.settings.seed)
        try:
            exhibits = [exhibit_of(reply) for reply in chosen]
            return chosen, await judge_all(measurer.second_judge, exhibits, self.settings.concurrency)
        except StoppedError as error:
            self.problem = str(error)
            return chosen, [Judgement(None, str(error))] * len(chosen)
