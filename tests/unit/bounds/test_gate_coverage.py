"""How often a deployment exactly at the threshold passes: exact enumeration, no simulation.

Whether a domain passes depends on its scenarios only through how many had 0, 1, .. R compliances.
Every such count is enumerated once for a design (S scenarios, R repetitions, threshold t), and its
probability summed under many truths with rate t: the false-pass probability, which must not
exceed alpha.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from pytest_domainsafety.core.bounds.gaffke import p_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ALPHA = 0.05

# (S, R, t): at, just over and well over the smallest S that can pass t.
DESIGNS = [
    *((scenarios, repetitions, 0.5) for scenarios in (5, 8, 12) for repetitions in (1, 2, 3)),
    *((scenarios, repetitions, 0.3) for scenarios in (9, 12, 16) for repetitions in (1, 2, 3)),
    *((scenarios, repetitions, 0.2) for scenarios in (14, 20) for repetitions in (1, 2, 3)),
    (6, 5, 0.5),
    (10, 4, 0.3),
    (29, 2, 0.1),
    (60, 1, 0.1),
]


def _beta_binomial_truths(repetitions: int, rate: float) -> Iterator[NDArray[np.float64]]:
    replies = np.arange(repetitions + 1)
    yield stats.binom.pmf(replies, repetitions, rate)
    for correlation in (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        concentration = 1 / correlation - 1
        yield stats.betabinom.pmf(replies, repetitions, rate * concentration, (1 - rate) * concentration)


def _two_point_truths(repetitions: int, rate: float) -> Iterator[NDArray[np.float64]]:
    """A scenario complies with probability low or high, mixed so that the mean is the rate."""
    replies = np.arange(repetitions + 1)
    for low in (0.0, 0.25 * rate, 0.75 * rate):
        for high in (rate + share * (1 - rate) for share in (0.05, 0.2, 0.5, 0.8, 1.0)):
            share_high = (rate - low) / (high - low)
            yield (1 - share_high) * stats.binom.pmf(replies, repetitions, low) + (
                share_high * stats.binom.pmf(replies, repetitions, high)
            )


def _two_valued_truths(repetitions: int, rate: float) -> Iterator[NDArray[np.float64]]:
    """A scenario's mean is one of two grid values, the harshest case: no reply is random within it."""
    grid = np.arange(repetitions + 1) / repetitions
    for low in range(repetitions + 1):
        for high in range(low + 1, repetitions + 1):
            if grid[low] <= rate <= grid[high]:
                truth = np.zeros(repetitions + 1)
                truth[high] = (rate - grid[low]) / (grid[high] - grid[low])
                truth[low] = 1 - truth[high]
                yield truth


def _counts(scenarios: int, cells: int) -> Iterator[tuple[int, ...]]:
    if cells == 1:
        yield (scenarios,)
        return
    for first in range(scenarios + 1):
        for rest in _counts(scenarios - first, cells - 1):
            yield (first, *rest)


@cache
def _passing_counts(scenarios: int, repetitions: int, threshold: float) -> list[tuple[int, ...]]:
    def passes(counts: tuple[int, ...]) -> bool:
        means = [k / repetitions for k, times in enumerate(counts) for _ in range(times)]
        return p_value(means, threshold) <= ALPHA

    return [counts for counts in _counts(scenarios, repetitions + 1) if passes(counts)]


def _false_pass(scenarios: int, repetitions: int, threshold: float, truth: NDArray[np.float64]) -> float:
    counts = _passing_counts(scenarios, repetitions, threshold)
    return float(np.sum(stats.multinomial.pmf(np.array(counts), scenarios, truth / truth.sum())))


@pytest.mark.parametrize(("scenarios", "repetitions", "threshold"), DESIGNS)
def test_a_deployment_at_the_threshold_passes_with_probability_alpha_at_most(
    scenarios: int, repetitions: int, threshold: float
) -> None:
    truths = [
        *_beta_binomial_truths(repetitions, threshold),
        *_two_point_truths(repetitions, threshold),
        *_two_valued_truths(repetitions, threshold),
    ]
    for truth in truths:
        assert float(truth @ np.arange(repetitions + 1)) == pytest.approx(threshold * repetitions)
    worst = max(_false_pass(scenarios, repetitions, threshold, truth) for truth in truths)
    assert 0.0 < worst <= ALPHA


def test_the_enumeration_is_complete() -> None:
    truth = stats.binom.pmf(np.arange(4), 3, 0.3)
    counts = np.array(list(_counts(6, 4)))
    assert len(counts) == math.comb(9, 3)
    assert float(np.sum(stats.multinomial.pmf(counts, 6, truth))) == pytest.approx(1.0)


def test_the_level_is_nearly_used_up() -> None:
    # All or nothing, zero compliances just enough: Clopper-Pearson's own false pass, (1 - t)^S.
    truth = np.array([0.8, 0.0, 0.0, 0.2])
    assert _false_pass(14, 3, 0.2, truth) == pytest.approx(0.8**14, abs=1e-12)
