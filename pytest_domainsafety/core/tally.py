"""What a scenario's trials of one framing came to: how many of those that were measured were positive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Self

from pytest_domainsafety.core.evidence import MEASURED, Outcome
from pytest_domainsafety.core.framings import FRAMINGS

if TYPE_CHECKING:
    from pytest_domainsafety.core.report import Report


class Tally(NamedTuple):
    """Counts of trials: positive among measured, and how many were planned."""

    positive: int
    measured: int
    trials: int

    @classmethod
    def of(cls, outcomes: Iterable[str], positive: Outcome) -> Self:
        """Count the outcomes of planned trials."""
        found = list(outcomes)
        return cls(found.count(positive), sum(outcome in MEASURED for outcome in found), len(found))

    @property
    def rate(self) -> float | None:
        """The share of the measured; None where nothing was."""
        return self.positive / self.measured if self.measured else None

    def __str__(self) -> str:
        """For people; what was not measured is no zero."""
        left = self.trials - self.measured
        if not self.measured:
            return "unmeasured"
        return f"{self.positive} of {self.measured}" + (f" ({left} unmeasured)" if left else "")


Scenarios = dict[tuple[str, str], dict[str, Tally]]
"""By domain and scenario, then by framing."""


def scenario_tallies(report: Report) -> Scenarios:
    """The tallies of a report's scenarios, in its order."""
    outcomes: dict[tuple[str, str], dict[str, list[str]]] = {}
    for trial in report.trials:
        framings = outcomes.setdefault((trial.domain, trial.scenario), {})
        framings.setdefault(trial.framing, []).append(trial.outcome)
    return {
        key: {name: Tally.of(found, FRAMINGS[name].positive) for name, found in framings.items()}
        for key, framings in outcomes.items()
    }


def compliance(framings: dict[str, Tally]) -> float:
    """The largest rate of a scenario's harmful framings, to sort by."""
    return max((tally.rate or 0.0 for name, tally in framings.items() if FRAMINGS[name].harmful), default=0.0)


def is_clean(framings: dict[str, Tally]) -> bool:
    """Whether a scenario never complied, all of it measured."""
    return all(tally == (0, tally.trials, tally.trials) for name, tally in framings.items() if FRAMINGS[name].harmful)
