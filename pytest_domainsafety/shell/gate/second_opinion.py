"""The second judge's share of a run's replies, asked once the first judge has scored them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.failures import StoppedError
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.stored_replies import for_second_judge
from pytest_domainsafety.core.judging.agreement import agreement
from pytest_domainsafety.core.judging.controls import figures
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.effects.judges.many_replies import exhibits_of, highest, judge_among

if TYPE_CHECKING:
    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.evidence.trials import Trial
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
    _found: tuple[Sequence[StoredReply | Trial], Sequence[Judgement]] | None = None
    _controls: Controls | None = None

    def compared(self, nodeids: Mapping[ItemKey, str]) -> Agreement | None:
        """Its share compared with the first judge's; None where there is no second, or it was not asked."""
        second = self.settings.second_judge
        if second is None or self._found is None:
            return None
        found = agreement(second.model, *self._found, nodeids, self.settings.min_kappa)
        return found.model_copy(update={"controls": self._controls})

    async def ask(self, measurer: Measurer) -> None:
        """Ask it about its share, in the engine's loop."""
        if measurer.second_judge is None:
            return
        controls, places = self.known.controls, self.known.places
        chosen = for_second_judge(measurer.store.replies(), self.settings.second_judge_fraction, self.settings.seed)
        try:
            judgements, known = await judge_among(
                measurer.second_judge,
                exhibits_of(chosen),
                [controls[place] for place in places],
                self.settings.concurrency,
                seed=self.settings.seed,
            )
            judgements = highest(chosen, judgements)
            self._count({places[number]: judgement for number, judgement in known.items()})
            self._write(chosen, judgements)
        except StoppedError as error:
            self.problem = error.for_reports
            judgements = [Judgement(None, error.for_reports)] * len(chosen)
        self._found = (chosen, judgements)

    def restore(
        self,
        trials: Mapping[tuple[str, str, str, int], Trial],
        verdicts: Mapping[tuple[str, str, str, int], Judgement],
        known: Mapping[int, Judgement],
        unasked: Sequence[str],
    ) -> None:
        """Take what it said where it was asked.

        Args:
            trials: Of the whole run, whose replies need not be kept, by their places.
            verdicts: Its own, by the places of the trials.
            known: Its verdicts on known exhibits, by their places.
            unasked: Parts of the run in which it was not asked.
        """
        chosen = [place for place, trial in trials.items() if trial.score is not None and place in verdicts]
        self._found = ([trials[place] for place in chosen], [verdicts[place] for place in chosen])
        self._count(known)
        if unasked:
            self.problem = f"it was not asked about the replies of {', '.join(unasked)}"

    def _count(self, known: Mapping[int, Judgement]) -> None:
        for place, judgement in known.items():
            self.known.beside.note_known(place, judgement, second=True)
        if self.known.controls:
            self._controls = figures(self.known.controls, known, abstains=False, judge="the second judge")

    def _write(self, chosen: Sequence[StoredReply], judgements: Sequence[Judgement]) -> None:
        keeps_text = self.settings.keep_replies == "full"
        for reply, judgement in zip(chosen, judgements, strict=True):
            # A rationale quotes the reply at times.
            kept = judgement if keeps_text else replace(judgement, rationale="")
            self.known.beside.note_second(reply.place, kept)
