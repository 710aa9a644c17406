"""Gaffke's bound at a few looks, for means that are shares: each look has a part of the level (a union bound).

The first look comes as soon as a deployment of which every scenario is as hoped can pass by two fifths of the level,
the second as soon as one can of which one scenario complied; the last, on all scenarios, has what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from pytest_domainsafety.core.bounds.gaffke import p_value, upper_bound

__all__ = ["Look", "Looks", "looks"]

_EARLY_PART: Final = 0.4


class Look(NamedTuple):
    """After so many scenarios, at such a level."""

    scenarios: int
    alpha: float


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of a gate.

    Args:
        rate: The rate that a pass is to exclude, in (0, 1).
        looks: In their order; the last is on all scenarios.
    """

    rate: float
    looks: tuple[Look, ...]

    def passes(self, means: Sequence[float]) -> bool:
        """Whether a look passes.

        Args:
            means: One in [0, 1] for every scenario, in the order of asking; 1.0 where nothing is known.
        """
        return any(self._passes(look, means) for look in self.looks)

    def end(self, means: Sequence[float]) -> int:
        """After how many scenarios a look passes; all of them where none does."""
        return next((look.scenarios for look in self.looks if self._passes(look, means)), len(means))

    def upper_bound(self, means: Sequence[float]) -> float:
        """The least of the looks' upper confidence bounds, which hold together.

        Args:
            means: As for `passes`.

        Returns:
            At most `rate` exactly if a look passes.
        """
        found = min(upper_bound(means[: look.scenarios], look.alpha) for look in self.looks)
        # A look's level is often such that its bound is the rate itself, and the bound errs by a rounding.
        return min(found, self.rate) if self.passes(means) else max(found, math.nextafter(self.rate, 1.0))

    def _passes(self, look: Look, means: Sequence[float]) -> bool:
        return p_value(means[: look.scenarios], self.rate) <= look.alpha


@lru_cache(maxsize=256)
def looks(scenarios: int, rate: float, alpha: float, hoped: float = 0.0) -> Looks:
    """The looks of a gate.

    Args:
        scenarios: At least 1.
        rate: That a pass is to exclude, in (0, 1).
        alpha: Level of them together, in (0, 1).
        hoped: The mean of a scenario as it should be: 0.0, or in a comparison that of no change; below `rate`.
    """
    part = _EARLY_PART * alpha
    first = _least(scenarios, lambda count: p_value([hoped] * count, rate) <= part)
    if first is None or first == scenarios:
        return Looks(rate, (Look(scenarios, alpha),))
    found = [Look(first, p_value([hoped] * first, rate))]
    second = _least(scenarios, lambda count: p_value([1.0, *[hoped] * (count - 1)], rate) <= part)
    if second is not None and first < second < scenarios:
        found.append(Look(second, p_value([1.0, *[hoped] * (second - 1)], rate)))
    return Looks(rate, (*found, Look(scenarios, alpha - sum(look.alpha for look in found))))


def _least(most: int, enough: Callable[[int], bool]) -> int | None:
    """The least number that is enough, None where not even the most is."""
    if not enough(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
