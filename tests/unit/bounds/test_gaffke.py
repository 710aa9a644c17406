"""The gate's bound against known answers, an exact second implementation and simulation."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_domainsafety.core.bounds.gaffke import lower_bound, p_value, smallest_passable, upper_bound
from support.exact_gaffke import exact_p_value, exact_upper_bound

ALPHA = 0.05

_shares = st.one_of(
    st.integers(1, 6).flatmap(lambda planned: st.integers(0, planned).map(lambda k: k / planned)),
    st.floats(0.0, 1.0),
)
_means = st.lists(_shares, min_size=1, max_size=25)
_thresholds = st.floats(0.0, 1.0)
_alphas = st.floats(1e-4, 0.3)


# Known answers


@pytest.mark.parametrize(("complied", "scenarios"), [(0, 1), (1, 2), (1, 10), (3, 20), (6, 60), (59, 60), (150, 500)])
def test_all_or_nothing_scenarios_give_clopper_pearson(complied: int, scenarios: int) -> None:
    means = [1.0] * complied + [0.0] * (scenarios - complied)
    clopper_pearson = float(stats.beta.ppf(1 - ALPHA, complied + 1, scenarios - complied))
    assert upper_bound(means, ALPHA) == pytest.approx(clopper_pearson, abs=1e-9)
    for threshold in (0.01, 0.1, 0.2, 0.5, 0.9):
        tail = float(stats.beta.sf(threshold, complied + 1, scenarios - complied))
        assert p_value(means, threshold) == pytest.approx(tail, abs=1e-12)


@pytest.mark.parametrize("scenarios", [1, 2, 10, 60, 299, 2000])
def test_no_compliance_has_a_closed_form(scenarios: int) -> None:
    means = [0.0] * scenarios
    assert upper_bound(means, ALPHA) == pytest.approx(1 - ALPHA ** (1 / scenarios), abs=1e-12)
    assert p_value(means, 0.2) == pytest.approx(0.8**scenarios, rel=1e-11)


@pytest.mark.parametrize(
    ("scenarios", "bound"),
    [(10, 0.259), (20, 0.139), (30, 0.095), (40, 0.072), (60, 0.049), (100, 0.030)],
)
def test_smallest_passable_threshold(scenarios: int, bound: float) -> None:
    assert smallest_passable(scenarios, ALPHA) == pytest.approx(bound, abs=5e-4)


@pytest.mark.parametrize(
    ("threshold", "scenarios"),
    [(0.01, 299), (0.02, 149), (0.05, 59), (0.1, 29), (0.15, 19), (0.2, 14), (0.25, 11), (0.3, 9)],
)
def test_smallest_suite_that_can_pass(threshold: float, scenarios: int) -> None:
    assert p_value([0.0] * scenarios, threshold) <= ALPHA
    assert p_value([0.0] * (scenarios - 1), threshold) > ALPHA
    assert upper_bound([0.0] * scenarios, ALPHA) <= threshold < upper_bound([0.0] * (scenarios - 1), ALPHA)


def test_one_scenario_by_hand() -> None:
    # z D_1 + D_0 = z + (1 - z) U, so K(t) = (1 - t) / (1 - z) above z.
    assert p_value([0.25], 0.5) == pytest.approx(2 / 3, abs=1e-15)
    assert p_value([0.25], 0.25) == 1.0
    assert upper_bound([0.25], ALPHA) == pytest.approx(1 - 0.05 * 0.75, abs=1e-9)


def test_two_scenarios_by_hand() -> None:
    # Knots 0, 1/2, 1: the triangular density, the mean of two uniforms.
    assert p_value([0.0, 0.5], 0.5) == pytest.approx(0.5, abs=1e-15)
    assert p_value([0.5, 0.0], 0.75) == pytest.approx(0.125, abs=1e-15)


@pytest.mark.parametrize("scenarios", [1, 7, 2000])
def test_all_complied(scenarios: int) -> None:
    means = [1.0] * scenarios
    assert [p_value(means, t) for t in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]
    assert upper_bound(means, ALPHA) == 1.0
    assert lower_bound(means, ALPHA) == pytest.approx(ALPHA ** (1 / scenarios), abs=1e-9)


def test_the_ends_of_the_range() -> None:
    means = [0.0, 1 / 3, 1.0]
    assert p_value(means, 0.0) == 1.0
    assert p_value(means, 1.0) == 0.0
    assert 0.0 < p_value(means, math.nextafter(1.0, 0.0)) < 1e-30
    assert p_value(means, 5e-324) == 1.0


def test_repetitions_sharpen_less_than_scenarios() -> None:
    # The same 6 of 60 replies, as 60 scenarios and as 20 with three repetitions.
    assert upper_bound([1.0] * 6 + [0.0] * 54, ALPHA) < upper_bound([1 / 3] * 6 + [0.0] * 14, ALPHA)


# The exact second implementation


def test_the_exact_implementation_by_hand() -> None:
    assert exact_p_value([0, 0], Fraction(1, 5)) == Fraction(16, 25)
    assert exact_p_value([1, 1], Fraction(1, 5)) == 1
    # One of two complied: Beta(2, 1) above t.
    assert exact_p_value([0, 1], Fraction(1, 5)) == Fraction(24, 25)
    assert exact_p_value([0, Fraction(1, 2)], Fraction(3, 4)) == Fraction(1, 8)


@given(means=_means, threshold=st.one_of(_thresholds, st.integers(0, 20).map(lambda k: k / 20)))
@settings(max_examples=200, deadline=None)
def test_p_value_agrees_with_the_exact_one(means: list[float], threshold: float) -> None:
    assert p_value(means, threshold) == pytest.approx(float(exact_p_value(means, threshold)), abs=1e-12)


@given(means=_means, data=st.data())
@settings(max_examples=80, deadline=None)
def test_p_value_agrees_with_the_exact_one_at_and_beside_a_knot(means: list[float], data: st.DataObject) -> None:
    knot = data.draw(st.sampled_from(means))
    for threshold in (max(0.0, math.nextafter(knot, 0.0)), knot, min(1.0, math.nextafter(knot, 1.0))):
        expected = float(exact_p_value(means, threshold))
        assert p_value(means, threshold) == pytest.approx(expected, abs=1e-12)


@given(means=st.lists(_shares, min_size=1, max_size=12), alpha=_alphas)
@settings(max_examples=40, deadline=None)
def test_upper_bound_agrees_with_the_exact_one(means: list[float], alpha: float) -> None:
    assert upper_bound(means, alpha) == pytest.approx(exact_upper_bound(means, alpha), abs=1e-9)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.21, 1 / 3, 0.5, 0.999])
@pytest.mark.parametrize("counts", [(140, 6, 2, 2), (0, 120, 0, 0), (20, 20, 20, 20), (0, 1, 0, 119)])
def test_large_multiplicities_agree_with_the_exact_one(counts: tuple[int, int, int, int], threshold: float) -> None:
    means = [k / 3 for k, times in enumerate(counts) for _ in range(times)]
    expected = float(exact_p_value(means, threshold))
    assert p_value(means, threshold) == pytest.approx(expected, rel=1e-10, abs=1e-300)


def test_direct_simulation_agrees() -> None:
    means = [0.0] * 12 + [1 / 3] * 4 + [2 / 3] * 2 + [1.0] * 2
    weights = np.random.default_rng(20260101).dirichlet(np.ones(len(means) + 1), size=200_000)
    simulated = weights @ np.array([*means, 1.0])
    for threshold in (0.15, 0.25, 0.35, 0.45):
        # Five standard errors of a simulated probability at most.
        assert float(np.mean(simulated >= threshold)) == pytest.approx(p_value(means, threshold), abs=0.006)


# Properties


@given(means=_means, threshold=_thresholds, data=st.data())
@settings(deadline=None)
def test_p_value_rises_with_every_mean(means: list[float], threshold: float, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(means) - 1))
    raised = [*means]
    raised[place] = data.draw(st.floats(means[place], 1.0))
    assert p_value(raised, threshold) >= p_value(means, threshold) - 1e-13


@given(means=_means, alpha=_alphas, data=st.data())
@settings(deadline=None)
def test_bounds_rise_with_every_mean(means: list[float], alpha: float, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(means) - 1))
    raised = [*means]
    raised[place] = data.draw(st.floats(means[place], 1.0))
    assert upper_bound(raised, alpha) >= upper_bound(means, alpha) - 1e-9
    assert lower_bound(raised, alpha) >= lower_bound(means, alpha) - 1e-9


@given(means=_means, first=_thresholds, second=_thresholds)
@settings(deadline=None)
def test_p_value_falls_with_the_threshold(means: list[float], first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert 0.0 <= p_value(means, high) <= p_value(means, low) + 1e-13 <= 1.0 + 1e-13


@given(means=_means, threshold=_thresholds, data=st.data())
@settings(deadline=None)
def test_order_does_not_matter(means: list[float], threshold: float, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(means))
    assert p_value(shuffled, threshold) == pytest.approx(p_value(means, threshold), abs=1e-13)
    assert upper_bound(shuffled, ALPHA) == pytest.approx(upper_bound(means, ALPHA), abs=1e-9)


@given(means=_means, alpha=_alphas)
@settings(deadline=None)
def test_bounds_lie_round_the_mean_and_in_range(means: list[float], alpha: float) -> None:
    lower, upper = lower_bound(means, alpha), upper_bound(means, alpha)
    assert 0.0 <= lower <= math.fsum(means) / len(means) + 1e-9
    assert math.fsum(means) / len(means) - 1e-9 <= upper <= 1.0
    assert upper >= smallest_passable(len(means), alpha) - 1e-9


@given(means=_means, alpha=_alphas)
@settings(deadline=None)
def test_lower_bound_mirrors_upper_bound(means: list[float], alpha: float) -> None:
    mirrored = [1.0 - mean for mean in means]
    assert lower_bound(means, alpha) + upper_bound(mirrored, alpha) == pytest.approx(1.0, abs=1e-9)
    assert lower_bound(mirrored, alpha) + upper_bound(means, alpha) == pytest.approx(1.0, abs=1e-9)


@given(means=_means, alpha=_alphas)
@settings(deadline=None)
def test_the_bound_is_where_the_p_value_reaches_alpha(means: list[float], alpha: float) -> None:
    bound = upper_bound(means, alpha)
    if bound < 1.0:
        assert p_value(means, bound) <= alpha * (1 + 1e-12)
    if bound > 1e-9:
        assert p_value(means, bound - 1e-9) > alpha


@pytest.mark.parametrize("alpha", [5e-324, 1e-300, 1e-12, 0.5, 0.999, math.nextafter(1.0, 0.0)])
def test_extreme_levels_stay_in_range(alpha: float) -> None:
    for means in ([0.3], [0.0, 1.0], [1 / 3] * 60, [0.0] * 1999 + [1.0], [1.0] * 1999 + [0.0]):
        assert 0.0 <= upper_bound(means, alpha) <= 1.0
        assert 0.0 <= lower_bound(means, alpha) <= 1.0


@pytest.mark.parametrize("means", [[5e-324, 1e-310, 0.0], [1e-200] * 50, [math.nextafter(1.0, 0.0)] * 50])
@pytest.mark.parametrize("threshold", [0.0, 5e-324, 1e-310, 1e-200, 0.5, math.nextafter(1.0, 0.0), 1.0])
def test_extreme_magnitudes_agree_with_the_exact_one(means: list[float], threshold: float) -> None:
    expected = float(exact_p_value(means, threshold))
    assert p_value(means, threshold) == pytest.approx(expected, abs=1e-12)


def test_two_thousand_scenarios() -> None:
    means = [k / 3 for k in (0, 0, 0, 1, 0, 0, 2, 0, 0, 3)] * 200
    mean, deviation = float(np.mean(means)), float(np.std(means))
    normal = mean + 1.645 * deviation / math.sqrt(len(means))
    assert upper_bound(means, ALPHA) == pytest.approx(normal, abs=2e-3)
    assert 0.0 < p_value(means, 0.2 + 0.05) < 1e-5


# Bad input fails closed


@pytest.mark.parametrize("means", [[], [math.nan], [0.2, math.nan], [-1e-9], [1.0000001], [math.inf], [[0.5]]])
def test_bad_means_are_refused(means: list[float]) -> None:
    with pytest.raises(ValueError, match="scenario mean"):
        p_value(means, 0.2)
    with pytest.raises(ValueError, match="scenario mean"):
        upper_bound(means, ALPHA)


@pytest.mark.parametrize("means", [[], [math.nan], [-0.5], [1.5]])
def test_bad_means_are_refused_by_the_lower_bound(means: list[float]) -> None:
    with pytest.raises(ValueError, match="scenario mean"):
        lower_bound(means, ALPHA)


@pytest.mark.parametrize("threshold", [math.nan, -0.01, 1.01, math.inf])
def test_bad_thresholds_are_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be between 0 and 1"):
        p_value([0.0], threshold)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_bad_levels_are_refused(alpha: float) -> None:
    for means in ([0.0], [0.5], [1.0]):
        with pytest.raises(ValueError, match="alpha must be strictly between 0 and 1"):
            upper_bound(means, alpha)
        with pytest.raises(ValueError, match="alpha must be strictly between 0 and 1"):
            lower_bound(means, alpha)
    with pytest.raises(ValueError, match="alpha must be strictly between 0 and 1"):
        smallest_passable(10, alpha)


@pytest.mark.parametrize("scenarios", [0, -1])
def test_no_scenarios_are_refused(scenarios: int) -> None:
    with pytest.raises(ValueError, match="at least one scenario"):
        smallest_passable(scenarios, ALPHA)


def test_importing_does_not_import_numpy() -> None:
    code = (
        "import sys, pytest_domainsafety.core.bounds.gaffke, pytest_domainsafety.core.bounds.bootstrap;"
        "sys.exit(bool({'numpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code
