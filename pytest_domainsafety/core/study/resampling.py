"""Intervals of means over several domains, by drawing each domain's scenarios again.

A stratified cluster bootstrap: domains are those of the study and stay as they are, scenarios are drawn within each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Domains = Sequence[Sequence[float]]
"""For each domain the means of its scenarios, none empty."""

_RESAMPLES = 10_000


def mean_interval(domains: Domains, *, confidence: float, seed: int) -> tuple[float, float]:
    """The two-sided percentile interval of the mean over domains of their means.

    Args:
        domains: At least one.
        confidence: In (0, 1).
        seed: At least 0.
    """
    import numpy as np

    return _interval(_drawn(domains, np.random.default_rng(seed)), confidence)


def difference_interval(more: Domains, less: Domains, *, confidence: float, seed: int) -> tuple[float, float]:
    """The same of the difference between two groups of domains, which share none.

    Args:
        more: The group to take from, at least one domain.
        less: The group that is taken off.
        confidence: In (0, 1).
        seed: At least 0.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    return _interval(_drawn(more, random) - _drawn(less, random), confidence)


def _drawn(domains: Domains, random: np.random.Generator) -> NDArray[np.float64]:
    """The mean over domains in each resample."""
    import numpy as np

    total = np.zeros(_RESAMPLES)
    for means in domains:
        # The order of a run's scenarios must not matter.
        values, occurrences = np.unique(means, return_counts=True)
        total += random.multinomial(len(means), occurrences / len(means), size=_RESAMPLES) @ values / len(means)
    return total / len(domains)


def _interval(drawn: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    import numpy as np

    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)
