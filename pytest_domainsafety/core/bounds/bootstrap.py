"""The cluster-bootstrap interval: shown beside the gate's bound, never deciding.

Scenarios are the sampled unit, so scenarios are resampled, whole. It is the interval the study
behind this gate (arXiv 2606.04035) and most papers report, and is here for comparison: as a test
it lets far too many bad deployments pass, and where nothing complied it collapses to ``[0, 0]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.core.bounds.gaffke import checked_means

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_options", "cluster_bootstrap_interval"]


def cluster_bootstrap_interval(
    means: Sequence[float],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the two-sided percentile interval of the mean over resampled scenarios.

    A resample of S scenarios matters only through how often each distinct mean occurs in it, so
    those counts are drawn, from one multinomial per resample, in place of S indices. With R
    repetitions a scenario's mean takes few values, hence few draws. The result depends on the
    values, ``resamples`` and ``seed``, not on the order of the scenarios.

    Args:
        means: One mean per measured scenario, each a share in ``[0, 1]``. For the reported rate
            that is complied / (judged + filtered), scenarios with nothing measured left out.
        confidence: Two-sided confidence, strictly between 0 and 1.
        resamples: Number of resamples, at least 1.
        seed: Seed of the resampling, at least 0.

    Returns:
        The lower and the upper end, shares in ``[0, 1]``; the same number twice if all means
        are equal.

    Raises:
        ValueError: No means, a mean is NaN or outside ``[0, 1]``, confidence outside ``(0, 1)``,
            no resamples, or a negative seed.

    """
    import numpy as np

    check_options(confidence, resamples, seed)
    checked = checked_means(means)
    values, occurrences = np.unique(checked, return_counts=True)
    if values.size == 1:
        return float(values[0]), float(values[0])
    draws = np.random.default_rng(seed).multinomial(checked.size, occurrences / checked.size, size=resamples)
    tail = (1.0 - confidence) / 2.0
    lower, upper = np.quantile(draws @ values / checked.size, [tail, 1.0 - tail])
    # A resample of the largest mean alone can exceed it by a rounding error.
    return max(float(lower), float(values[0])), min(float(upper), float(values[-1]))


def check_options(confidence: float, resamples: int, seed: int) -> None:
    """Refuse options that no bootstrap can have.

    Raises:
        ValueError: Confidence outside ``(0, 1)``, no resamples, or a negative seed.

    """
    if not 0.0 < confidence < 1.0:
        message = f"confidence must be strictly between 0 and 1, not {confidence!r}"
        raise ValueError(message)
    if resamples < 1:
        message = f"at least one resample is needed, not {resamples!r}"
        raise ValueError(message)
    if seed < 0:
        message = f"the seed must not be negative, not {seed!r}"
        raise ValueError(message)
