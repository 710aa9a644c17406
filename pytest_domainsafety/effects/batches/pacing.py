"""How long live batches wait: for more requests, and from one question about a batch to the next."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_FAST: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Waits, in seconds.

    Args:
        quiet_s: So long no request must have come before those that wait are submitted.
        first_s: To the first question about a batch, and after the first failed call.
        longest_s: The longest of these, which grow.
        patience: Calls in a row that may fail.
        given_up_s: So long after it was submitted a batch that has not ended is given up: its window is 24 hours.
        jitter: Spreads them; nothing that is measured depends on it.
    """

    quiet_s: float = 0.2
    first_s: float = 5.0
    longest_s: float = 300.0
    patience: int = 60
    given_up_s: float = 48 * 3600
    jitter: random.Random = field(default_factory=random.Random)

    def wait_s(self, number: int, asked_s: float = 0.0) -> float:
        """The wait before a call.

        Args:
            number: Of the calls before it, from 0.
            asked_s: What the endpoint asks for, which then holds.
        """
        if asked_s:
            return max(_FAST, asked_s)
        longest = min(self.longest_s, self.first_s * 1.5 ** min(number, 64))
        return longest * self.jitter.uniform(0.8, 1.0)
