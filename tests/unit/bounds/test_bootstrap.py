"""The cluster-bootstrap interval: determinism, known cases, a plain second implementation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.bounds.bootstrap import cluster_bootstrap_interval

MIXED = [0.0] * 30 + [1 / 3] * 15 + [2 / 3] * 5 + [1.0] * 10


def _plain_interval(means: list[float], confidence: float, seed: int) -> tuple[float, float]:
    """Resample scenarios one list at a time, as a textbook would."""
    rng = np.random.default_rng(seed)
    resampled = sorted(float(rng.choice(means, size=len(means)).mean()) for _ in range(20_000))
    tail = (1 - confidence) / 2
    return resampled[int(tail * len(resampled))], resampled[int((1 - tail) * len(resampled)) - 1]


def test_the_same_seed_gives_the_same_interval() -> None:
    assert cluster_bootstrap_interval(MIXED, seed=7) == cluster_bootstrap_interval(MIXED, seed=7)
    assert cluster_bootstrap_interval(MIXED) == cluster_bootstrap_interval(MIXED, seed=0)


def test_seeds_differ() -> None:
    # Few resamples of many distinct means, so that two seeds cannot meet by chance.
    means = [k / 97 for k in range(60)]
    ends = {cluster_bootstrap_interval(means, resamples=200, seed=seed) for seed in range(5)}
    assert len(ends) == 5


def test_the_order_of_scenarios_does_not_matter() -> None:
    assert cluster_bootstrap_interval(MIXED) == cluster_bootstrap_interval(MIXED[::-1])


def test_numpys_global_generator_is_left_alone() -> None:
    before = np.random.get_state()  # noqa: NPY002 - the global state is what must not move
    cluster_bootstrap_interval(MIXED)
    after = np.random.get_state()  # noqa: NPY002
    assert str(before) == str(after)


@pytest.mark.parametrize("value", [0.0, 1 / 3, 1.0])
@pytest.mark.parametrize("scenarios", [1, 3, 60])
def test_equal_means_collapse_to_a_point(value: float, scenarios: int) -> None:
    assert cluster_bootstrap_interval([value] * scenarios) == (value, value)


def test_more_confidence_is_wider() -> None:
    narrow, wide = (cluster_bootstrap_interval(MIXED, confidence=c) for c in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@given(
    means=st.lists(st.integers(0, 3).map(lambda k: k / 3), min_size=1, max_size=40),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=50, deadline=None)
def test_the_interval_holds_the_mean_and_stays_in_range(means: list[float], seed: int) -> None:
    lower, upper = cluster_bootstrap_interval(means, resamples=2_000, seed=seed)
    assert 0.0 <= lower <= math.fsum(means) / len(means) + 1e-12
    assert math.fsum(means) / len(means) - 1e-12 <= upper <= 1.0


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize(
    "means",
    [MIXED, [0.0] * 55 + [1.0] * 5, [0.1, 0.2, 0.7, 0.4, 0.9, 0.33, 0.0], [k / 100 for k in range(100)]],
)
def test_a_plain_resampling_agrees(means: list[float], confidence: float) -> None:
    expected = _plain_interval(means, confidence, seed=11)
    # A quantile's Monte Carlo error is some .03 of the spread; resampled means also come in steps.
    spread = float(np.std(means)) / math.sqrt(len(means))
    tolerance = 0.12 * spread + 1 / (3 * len(means))
    assert cluster_bootstrap_interval(means, confidence=confidence) == pytest.approx(expected, abs=tolerance)


def test_a_large_sample_is_near_normal() -> None:
    means = [k / 3 for k in (0, 0, 1, 3)] * 500
    half = 1.96 * float(np.std(means)) / math.sqrt(len(means))
    expected = (1 / 3 - half, 1 / 3 + half)
    assert cluster_bootstrap_interval(means) == pytest.approx(expected, abs=0.1 * half)


@pytest.mark.parametrize("means", [[], [math.nan], [0.5, -0.1], [1.1], [math.inf]])
def test_bad_means_are_refused(means: list[float]) -> None:
    with pytest.raises(ValueError, match="scenario mean"):
        cluster_bootstrap_interval(means)


@pytest.mark.parametrize("confidence", [0.0, 1.0, math.nan, -1.0])
def test_bad_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        cluster_bootstrap_interval(MIXED, confidence=confidence)


def test_bad_resamples_and_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="resample"):
        cluster_bootstrap_interval(MIXED, resamples=0)
    with pytest.raises(ValueError, match="seed"):
        cluster_bootstrap_interval(MIXED, seed=-1)
