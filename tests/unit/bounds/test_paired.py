"""The paired bound: the gate's own, moved to [-1, 1]."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_domainsafety.core.bounds.paired import paired_interval, paired_p_value, paired_upper_bound
from support.exact_gaffke import exact_upper_bound

ALPHA = 0.05
DIFFERENCES = st.lists(st.integers(-4, 4).map(lambda quarter: quarter / 4), min_size=1, max_size=12)
derandomized = settings(derandomize=True, max_examples=60, deadline=None)


@pytest.mark.parametrize(("scenarios", "bound"), [(10, 0.2589), (20, 0.1391), (40, 0.0722), (60, 0.0487)])
def test_no_difference_is_the_bound_of_no_event(scenarios: int, bound: float) -> None:
    assert paired_upper_bound([0.0] * scenarios, ALPHA) == pytest.approx(bound, abs=5e-5)
    assert paired_upper_bound([0.0] * scenarios, ALPHA) == pytest.approx(1 - ALPHA ** (1 / scenarios), abs=1e-9)


@derandomized
@given(DIFFERENCES)
def test_the_bound_is_that_of_exact_fractions(differences: list[float]) -> None:
    unit = [(Fraction(difference) + 1) / 2 for difference in differences]
    exact = 2 * exact_upper_bound(unit, Fraction(1, 20)) - 1
    assert paired_upper_bound(differences, ALPHA) == pytest.approx(exact, abs=1e-6)


@derandomized
@given(DIFFERENCES)
def test_the_p_value_and_the_bound_agree(differences: list[float]) -> None:
    bound = paired_upper_bound(differences, ALPHA)
    if bound < 1:
        assert paired_p_value(differences, min(1, bound + 1e-6)) <= ALPHA
    assert paired_p_value(differences, max(-1.0, bound - 1e-6)) > ALPHA


@derandomized
@given(DIFFERENCES)
def test_the_interval_holds_the_mean_and_turns_with_its_sign(differences: list[float]) -> None:
    low, high = paired_interval(differences, differences, ALPHA)
    mean = sum(differences) / len(differences)
    assert -1 <= low <= mean + 1e-9
    assert mean - 1e-9 <= high <= 1
    turned = [-difference for difference in differences]
    assert paired_interval(turned, turned, ALPHA) == pytest.approx((-high, -low), abs=1e-9)


def test_what_may_be_lower_or_higher_widens_the_interval() -> None:
    known = paired_interval([0.0] * 20, [0.0] * 20, ALPHA)
    unknown = paired_interval([-1.0] + [0.0] * 19, [1.0] + [0.0] * 19, ALPHA)
    assert unknown[0] < known[0] < known[1] < unknown[1]


@pytest.mark.parametrize("differences", [[], [1.5], [-1.1], [float("nan")]])
def test_what_is_no_difference_is_refused(differences: list[float]) -> None:
    with pytest.raises(ValueError, match="scenario mean"):
        paired_upper_bound(differences, ALPHA)
