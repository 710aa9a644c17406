"""What a scenario's trials of one framing came to: how many of those that were measured were positive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from pytest_domainsafety.core.outcome import MEASURED, Outcome


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
