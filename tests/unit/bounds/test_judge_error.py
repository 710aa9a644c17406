"""The correction for the judge's error, against quadrature and simulation of another kind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from pytest_domainsafety.core.bounds.dirichlet_mean import DirichletMean
from pytest_domainsafety.core.bounds.gaffke import p_value, upper_bound
from pytest_domainsafety.core.bounds.judge_error import JudgeError, melded_p_value, melded_upper_bound, rogan_gladen


def judge(tp: int, compliances: int, tn: int, refusals: int) -> JudgeError:
    """A judge calibrated on one reply a prompt."""
    return JudgeError(
        tuple((int(number < tp), 1) for number in range(compliances)),
        tuple((int(number < tn), 1) for number in range(refusals)),
    )


def beta_density(above: int, below: int, at: float) -> float:
    return above * math.comb(above + below - 1, above) * at ** (above - 1) * (1 - at) ** (below - 1)


def by_quadrature(means: list[float], threshold: float, tp: int, compliances: int, tn: int, refusals: int) -> float:
    """The melded p-value as it is defined, over Beta densities."""
    se, sp = (tp, compliances - tp + 1), (tn + 1, refusals - tn)
    ranges = [(float(law.ppf(1e-11)), float(law.ppf(1 - 1e-11))) for law in (beta(*sp), beta(*se))]

    def integrand(specificity: float, sensitivity: float) -> float:
        density = beta_density(*se, sensitivity) * beta_density(*sp, specificity)
        if sensitivity <= 1 - specificity:
            return density
        return density * p_value(means, threshold * sensitivity + (1 - threshold) * (1 - specificity))

    def inner(sensitivity: float) -> float:
        # Where the judge begins to tell the two apart, and where the apparent rate is one of the means: kinks.
        kinks = [1 - sensitivity, *(1 - (mean - threshold * sensitivity) / (1 - threshold) for mean in {*means})]
        low, high = ranges[0]
        within = [kink for kink in kinks if low < kink < high]
        found, _ = quad(integrand, low, high, (sensitivity,), points=within or None, epsabs=1e-8, epsrel=1e-8)
        return float(found)

    found, _ = quad(inner, *ranges[1], epsabs=1e-8, epsrel=1e-8)
    return float(found)


@pytest.mark.parametrize(
    ("means", "threshold", "counts"),
    [
        ([0.0] * 18 + [1.0] * 2, 0.3, (45, 50, 57, 60)),
        ([0.0] * 10 + [0.5] * 3 + [1.0] * 2, 0.4, (35, 50, 40, 60)),
        ([0.0] * 30, 0.1, (20, 22, 28, 30)),
    ],
)
def test_the_p_value_is_that_of_two_dimensional_quadrature(
    means: list[float], threshold: float, counts: tuple[int, int, int, int]
) -> None:
    expected = by_quadrature(means, threshold, *counts)
    assert melded_p_value(means, threshold, judge(*counts)) == pytest.approx(expected, abs=1e-6)


def test_the_bound_is_where_the_p_value_meets_the_level() -> None:
    means, error = [0.0] * 50 + [1.0] * 10, judge(45, 50, 57, 60)
    bound = melded_upper_bound(means, 0.05, error)
    assert melded_p_value(means, bound, error) <= 0.05
    assert melded_p_value(means, bound - 1e-6, error) > 0.05


def test_a_judge_that_never_erred_on_very_many_labels_changes_next_to_nothing() -> None:
    means = [0.0] * 50 + [1.0] * 10
    bound = melded_upper_bound(means, 0.05, judge(2000, 2000, 2000, 2000))
    assert bound == pytest.approx(upper_bound(means, 0.05), abs=2e-3)


def test_the_fewer_labels_the_higher_the_bound() -> None:
    means = [0.0] * 50 + [1.0] * 10
    bounds = [melded_upper_bound(means, 0.05, judge(9 * n, 10 * n, 20 * n, 20 * n)) for n in (1, 5, 25)]
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize("error", [JudgeError((), ((1, 1),)), judge(0, 10, 10, 10)])
def test_a_judge_that_never_recognised_compliance_bounds_nothing(error: JudgeError) -> None:
    assert melded_upper_bound([0.0] * 60, 0.05, error) == 1.0
    assert melded_p_value([0.0] * 60, 0.9, error) == 1.0


def test_no_labelled_refusals_are_no_gain() -> None:
    means = [0.0] * 50 + [1.0] * 10
    without = JudgeError(((1, 1),) * 45 + ((0, 1),) * 5, ())
    assert melded_upper_bound(means, 0.05, without) >= melded_upper_bound(means, 0.05, judge(45, 50, 30, 40))


def test_draws_that_tell_nothing_apart_count_as_all_compliance() -> None:
    # Sensitivity and false alarms about alike: much of the mass is uninformative, whatever was seen.
    assert melded_p_value([0.0] * 200, 0.99, judge(5, 10, 5, 10)) > 0.3


def test_replies_to_one_prompt_are_not_independent_labels() -> None:
    means = [0.0] * 50 + [1.0] * 10
    apart = judge(45, 50, 60, 60)
    together = JudgeError(((5, 5),) * 9 + ((0, 5),), ((5, 5),) * 12)
    assert (apart.tp, apart.fn, apart.tn, apart.fp) == (together.tp, together.fn, together.tn, together.fp)
    assert melded_upper_bound(means, 0.05, together) > melded_upper_bound(means, 0.05, apart) + 0.02


@pytest.mark.parametrize("cluster", [(1, 0), (2, 1), (-1, 1)])
def test_clusters_that_cannot_be_are_refused(cluster: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        JudgeError((cluster,), ())


@pytest.mark.parametrize(
    ("apparent", "error", "expected"),
    [
        (0.2, judge(9, 10, 19, 20), 0.15 / 0.85),
        (0.0, judge(9, 10, 19, 20), 0.0),
        (1.0, judge(9, 10, 19, 20), 1.0),
        (0.5, judge(5, 10, 5, 10), None),
        (0.5, JudgeError((), ((1, 1),)), None),
    ],
)
def test_the_estimate_of_rogan_and_gladen(apparent: float, error: JudgeError, expected: float | None) -> None:
    found = rogan_gladen(apparent, error)
    assert found is None if expected is None else found == pytest.approx(expected)


errors = st.tuples(st.integers(0, 12), st.integers(0, 8), st.integers(0, 12), st.integers(0, 8)).map(
    lambda n: judge(n[0], n[0] + n[1], n[2], n[2] + n[3])
)
means_of = st.lists(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]), min_size=1, max_size=25)


@pytest.mark.parametrize("knots", [[0, 0.25, 1, 1], [0, 0, 0.25, 1, 1], [0.0, 0.3, 0.6, 1.0], [0, 0, 1, 1]])
def test_a_law_has_all_its_mass_by_its_last_knot(knots: list[float]) -> None:
    law = DirichletMean.of(knots)
    below = law.distribution(np.array([knots[0], 0.999999, knots[-1]]))
    assert below == pytest.approx([0, below[1], 1], abs=1e-12)
    assert below[1] <= 1 + 1e-12


@settings(max_examples=60)
@given(means_of, errors, st.floats(0, 1), st.floats(0, 1))
# The last knot repeated beside another: there the distribution was 0, and the p-value too high by 0.0024.
@example([0.0, 0.0, 0.25, 1.0], judge(1, 1, 0, 5), 0.75, 1.0)
def test_the_p_value_falls_as_the_threshold_rises(
    means: list[float], error: JudgeError, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    at_low, at_high = melded_p_value(means, low, error), melded_p_value(means, high, error)
    assert 0 <= at_high <= at_low + 1e-7 <= 1 + 1e-7


@settings(max_examples=60)
@given(means_of, errors, st.data())
def test_more_compliance_never_lowers_the_bound(means: list[float], error: JudgeError, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(means) - 1))
    worse = [1.0 if number == place else mean for number, mean in enumerate(means)]
    assert melded_upper_bound(worse, 0.05, error) >= melded_upper_bound(means, 0.05, error) - 1e-7


@settings(max_examples=60)
@given(means_of, errors, st.floats(0.001, 0.3))
def test_the_bound_is_a_rate_at_which_the_level_holds(means: list[float], error: JudgeError, alpha: float) -> None:
    bound = melded_upper_bound(means, alpha, error)
    assert 0 <= bound <= 1
    assert bound == 1 or melded_p_value(means, bound, error) <= alpha


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_a_threshold_that_is_no_rate_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        melded_p_value([0.0], threshold, judge(5, 5, 5, 5))


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_level_out_of_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        melded_upper_bound([0.0], alpha, judge(5, 5, 5, 5))


def test_a_prompt_with_many_labels_weighs_as_much_as_it_has() -> None:
    """Half of all compliances are replies to one prompt, on which the judge is blind."""
    refusals = ((1, 1),) * 20
    blind = JudgeError(((0, 20), *((1, 1),) * 20), refusals)
    one_each = JudgeError(((0, 1), *((1, 1),) * 20), refusals)
    assert melded_upper_bound([0.0] * 60, 0.05, blind) > 1.5 * melded_upper_bound([0.0] * 60, 0.05, one_each)


def test_unequal_clusters_are_what_drawing_them_gives() -> None:
    random = np.random.default_rng(3)
    found, means, rate = ((2, 2), (9, 10), (1, 3), (4, 4), (2, 5), (7, 7), (1, 1)), [0.0] * 20 + [1.0] * 2, 0.3
    counted, labels = np.array(found, dtype=float).T
    drawn = random.standard_exponential((200_000, len(found) + 1))
    share = drawn[:, 1:] @ counted / (drawn[:, 1:] @ labels + labels.max() * drawn[:, 0])
    tails = [p_value(means, rate * each) for each in np.quantile(share, (np.arange(2000) + 0.5) / 2000)]
    assert melded_p_value(means, rate, JudgeError(found, ())) == pytest.approx(float(np.mean(tails)), abs=3e-3)
