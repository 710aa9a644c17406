"""What a run has spent of its budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pytest_domainsafety.core.budget import Budget
from pytest_domainsafety.effects.retries import Meter


@dataclass(slots=True)
class Allowance:
    """Holds the meters of deployment and judges against one budget.

    Args:
        budget: Of the run.
        meters: By whom they count for; one that counts for several judges stands here once.
    """

    budget: Budget
    meters: dict[int, Meter] = field(default_factory=dict)
    _began: float | None = None

    def counts(self, meter: Meter) -> None:
        """Count what a meter counts, once."""
        self.meters[id(meter)] = meter

    def used_up(self) -> str | None:
        """One sentence once nothing more may be sent; the time begins with the first question."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        meters = self.meters.values()
        return self.budget.used_up(
            requests=sum(meter.requests for meter in meters),
            tokens=sum(meter.prompt_tokens + meter.completion_tokens for meter in meters),
            seconds=now - self._began,
        )
