"""Scenario means: what one framing's trials say of each scenario, and what the unmeasured ones leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import MEASURED, Outcome


@dataclass(frozen=True, slots=True)
class ScenarioMeans:
    """A mean a scenario, each a share in [0, 1], all in the same order.

    Args:
        low: With every trial without a measurement, and every open one, counted as negative.
        high: With it counted as positive.
        measured: Positive / measured; None where a scenario has no measurement.
        binary: Whether each scenario has one planned trial, so that its mean can only be 0 or 1.
    """

    low: list[float]
    high: list[float]
    measured: list[float | None]
    binary: bool = False

    @classmethod
    def of(cls, rows: Sequence[Sequence[Trial]], positive: Outcome) -> Self:
        """The means of planned trials, a row a scenario, none empty."""
        counts = [_counted(row, positive) for row in rows]
        return cls(
            [each.found / each.planned for each in counts],
            [(each.found + each.unsettled) / each.planned for each in counts],
            [each.found / each.measured if each.measured else None for each in counts],
            binary=all(len(row) == 1 for row in rows),
        )

    @property
    def rates(self) -> list[float]:
        """The measured means of the scenarios that have one."""
        return [mean for mean in self.measured if mean is not None]

    @property
    def rate(self) -> float | None:
        """The mean over them; None where nothing was measured."""
        return sum(self.rates) / len(self.rates) if self.rates else None


class _Counts(NamedTuple):
    """Of a scenario's planned trials the positive ones, those that could be, and those that were measured."""

    planned: int
    found: int
    unsettled: int
    measured: int


def _counted(row: Sequence[Trial], positive: Outcome) -> _Counts:
    """One that was measured by a later reply than the first that the model may have given is not settled."""
    found = unsettled = measured = 0
    for trial in row:
        is_measured = trial.outcome in MEASURED
        measured += is_measured
        if trial.outcome is positive:
            found += 1
        elif trial.reasked or not is_measured:
            unsettled += 1
    return _Counts(len(row), found, unsettled, measured)
