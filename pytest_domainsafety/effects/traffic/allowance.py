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
    _before: tuple[int, int, int] = (0, 0, 0)

    def counts(self, meter: Meter) -> None:
        """Count what a meter counts, once."""
        self.meters[id(meter)] = meter

    def used_up(self) -> str | None:
        """One sentence once nothing more may be sent; the time begins with the first question."""
        if self.budget.is_unlimited:
            return None
        now = time.monotonic()
        requests, tokens, estimated = self._sums()
        if self._began is None:
            # What an interrupted run had used up is not this session's.
            self._began, self._before = now, (requests, tokens, estimated)
        requests, tokens, estimated = (
            now_used - before for now_used, before in zip((requests, tokens, estimated), self._before, strict=True)
        )
        return self.budget.used_up(requests, tokens, now - self._began, estimated)

    def late(self) -> str | None:
        """One sentence once the budget's time is over, whatever else is left of it."""
        since = 0.0 if self._began is None else time.monotonic() - self._began
        return Budget(seconds=self.budget.seconds).used_up(0, 0, since, 0)

    def _sums(self) -> tuple[int, int, int]:
        meters = self.meters.values()
        tokens = sum(meter.prompt_tokens + meter.completion_tokens for meter in meters)
        return sum(meter.requests for meter in meters), tokens, sum(meter.estimated for meter in meters)
