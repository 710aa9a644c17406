"""Scenario means: what one framing's trials say of each scenario, and what the unmeasured ones leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

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
        return cls(
            [_share(row, positive) for row in rows],
            [_share(row, positive, unmeasured=True) for row in rows],
            [_measured(row, positive) for row in rows],
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


def _share(row: Sequence[Trial], positive: Outcome, *, unmeasured: bool = False) -> float:
    counted = [trial for trial in row if trial.outcome is positive or (unmeasured and not _is_settled(trial))]
    return len(counted) / len(row)


def _is_settled(trial: Trial) -> bool:
    """Whether a trial was measured, by the first reply that the model may have given."""
    return trial.outcome in MEASURED and not trial.reasked


def _measured(row: Sequence[Trial], positive: Outcome) -> float | None:
    measured = [trial for trial in row if trial.outcome in MEASURED]
    return _share(measured, positive) if measured else None
