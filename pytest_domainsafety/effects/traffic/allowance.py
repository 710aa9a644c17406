"""What a run has spent of its budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pytest_domainsafety.core.traffic.budget import Budget
from pytest_domainsafety.effects.traffic.retries import Meter


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
    _before: tuple[int, int] = (0, 0)

    def counts(self, meter: Meter) -> None:
        """Count what a meter counts, once."""
        self.meters[id(meter)] = meter

    def used_up(self) -> str | None:
        """One sentence once nothing more may be sent; the time begins with the first question."""
        now = time.monotonic()
        requests, tokens = self._sums()
        if self._began is None:
            # What an interrupted run had used up is not this session's.
            self._began, self._before = now, (requests, tokens)
        return self.budget.used_up(requests - self._before[0], tokens - self._before[1], now - self._began)

    def _sums(self) -> tuple[int, int]:
        meters = self.meters.values()
        tokens = sum(meter.prompt_tokens + meter.completion_tokens for meter in meters)
        return sum(meter.requests for meter in meters), tokens
