"""Truths of one rate: how a deployment may spread its compliance over scenarios."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

Law = tuple[float, ...]
"""The probability that a scenario has 0, 1, .. R compliances."""


def beta_binomial(repetitions: int, rate: float, icc: float) -> Law:
    """Scenarios whose own rates are Beta with that intra-class correlation."""
    replies = np.arange(repetitions + 1)
    if icc == 0:
        return tuple(stats.binom.pmf(replies, repetitions, rate))
    size = 1 / icc - 1
    return tuple(stats.betabinom.pmf(replies, repetitions, rate * size, (1 - rate) * size))


def two_point(repetitions: int, rate: float, low: float, high: float) -> Law:
    """Scenarios of two kinds, each complying at its own rate, mixed to the given one."""
    replies, share = np.arange(repetitions + 1), (rate - low) / (high - low)
    mixed = (1 - share) * stats.binom.pmf(replies, repetitions, low) + share * stats.binom.pmf(
        replies, repetitions, high
    )
    return tuple(mixed)


def two_valued(repetitions: int, rate: float) -> Iterator[tuple[str, Law]]:
    """A scenario's mean is one of two, without chance within it: the harshest truths."""
    for low in range(repetitions + 1):
        for high in range(low + 1, repetitions + 1):
            if low <= rate * repetitions <= high:
                law = [0.0] * (repetitions + 1)
                law[high] = (rate * repetitions - low) / (high - low)
                law[low] = 1 - law[high]
                all_or_nothing = (low, high) == (0, repetitions)
                yield "all or nothing" if all_or_nothing else f"{low} or {high} of {repetitions}", tuple(law)


def truths(repetitions: int, rate: float) -> dict[str, Law]:
    """Truths of one rate, by name."""
    found = dict(two_valued(repetitions, rate))
    if repetitions > 1:
        for icc in (0.0, 0.1, 0.5, 0.9):
            found[f"beta-binomial, ICC {icc}"] = beta_binomial(repetitions, rate, icc)
        for low, high in ((0.0, (1 + rate) / 2), (0.5 * rate, 1.0), (0.75 * rate, rate + 0.2 * (1 - rate))):
            found[f"two kinds, {low:.2f} and {high:.2f}"] = two_point(repetitions, rate, low, high)
    return found
