"""The exact sequential boundary: its level and its bound by a second implementation, and what it saves."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from pytest_domainsafety.core.bounds.boundary import Boundary, boundary

ALPHA = 0.05
DESIGNS = [(14, 0.2), (20, 0.2), (20, 0.3), (40, 0.1), (60, 0.05), (60, 0.1), (60, 0.2), (60, 0.3), (100, 0.2)]


def of(scenarios: int, rate: float, alpha: float = ALPHA) -> Boundary:
    found = boundary(scenarios, rate, alpha)
    assert found is not None
    return found


def ends(found: Boundary, rate: Fraction) -> dict[tuple[bool, int], Fraction]:
    """The exact probability of every end, (passed, asked), in rational numbers and without the module's own walk."""
    open_, result = {0: Fraction(1)}, dict[tuple[bool, int], Fraction]()
    for asked, most in enumerate(found.most, 1):
        after: dict[int, Fraction] = {}
        for complied, chance in open_.items():
            after[complied] = after.get(complied, Fraction(0)) + chance * (1 - rate)
            after[complied + 1] = after.get(complied + 1, Fraction(0)) + chance * rate
        open_ = {}
        for complied, chance in after.items():
            if complied <= most or complied > found.most[-1]:
                end = (complied <= most, asked)
                result[end] = result.get(end, Fraction(0)) + chance
            else:
                open_[complied] = chance
    assert not open_
    assert sum(result.values()) == 1
    return result


def sequence(end: tuple[bool, int], found: Boundary) -> list[float]:
    """Some replies that end so."""
    passed, asked = end
    if passed:
        complied = found.most[asked - 1]
        return [1.0] * complied + [0.0] * (len(found.most) - complied)
    most = found.most[-1]
    return [1.0] * most + [0.0] * (asked - most - 1) + [1.0] * (len(found.most) - asked + 1)


@pytest.mark.parametrize(("scenarios", "rate"), DESIGNS)
def test_a_deployment_at_the_threshold_passes_with_probability_alpha_at_most(scenarios: int, rate: float) -> None:
    found = of(scenarios, rate)
    exact = float(sum(chance for (passed, _), chance in ends(found, Fraction(rate)).items() if passed))
    assert exact <= ALPHA
    assert found.pass_chance(rate) == pytest.approx(exact, abs=1e-12)
    # One compliance more at the end, and the level is crossed: nothing of it is left over.
    more = Boundary(rate, ALPHA, (*found.most[:-1], found.most[-1] + 1))
    assert more.pass_chance(rate) > ALPHA


@pytest.mark.parametrize(("scenarios", "rate"), DESIGNS)
@pytest.mark.parametrize("true", [0.0, 0.02, 0.1, 0.4])
def test_the_share_asked_is_the_mean_over_all_ends(scenarios: int, rate: float, true: float) -> None:
    found = of(scenarios, rate)
    mean = sum(asked * chance for (_, asked), chance in ends(found, Fraction(true)).items())
    assert found.share_asked(true) == pytest.approx(float(mean) / scenarios, abs=1e-12)


@pytest.mark.parametrize(("scenarios", "rate"), DESIGNS)
def test_the_counts_never_fall_and_begin_where_none_may_have_complied(scenarios: int, rate: float) -> None:
    found = of(scenarios, rate)
    assert all(before <= after for before, after in pairwise(found.most))
    first = next(asked for asked, most in enumerate(found.most, 1) if most >= 0)
    assert found.most[first - 1] == 0
    assert (1 - rate) ** first <= ALPHA
    # No test of this level passes with fewer.
    assert found.passes([0.0] * scenarios)


@pytest.mark.parametrize("scenarios", [20, 40, 60])
@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("part", [0.25, 0.5])
def test_it_passes_a_good_deployment_at_least_as_often_as_the_fixed_bound(
    scenarios: int, rate: float, part: float
) -> None:
    found = boundary(scenarios, rate, ALPHA)
    most = max((k for k in range(scenarios) if binom.cdf(k, scenarios, rate) <= ALPHA), default=-1)
    if found is None:
        assert most < 0
        return
    assert found.pass_chance(part * rate) >= binom.cdf(most, scenarios, part * rate) - 1e-9


@pytest.mark.parametrize("scenarios", [40, 200])
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.4, 1e-4, 1e-8, 1e-12, 1e-16, 1e-20])
def test_any_level_is_kept(scenarios: int, rate: float, alpha: float) -> None:
    found = boundary(scenarios, rate, alpha)
    assert found is None or found.pass_chance(rate) <= alpha


def test_too_few_scenarios_have_none() -> None:
    assert boundary(13, 0.2, ALPHA) is None
    assert boundary(14, 0.2, ALPHA) is not None


@pytest.mark.parametrize(("scenarios", "rate"), [(20, 0.3), (40, 0.2), (60, 0.1)])
def test_the_bound_after_stopping_covers_every_rate(scenarios: int, rate: float) -> None:
    found = of(scenarios, rate)
    bounds = {end: found.upper_bound(sequence(end, found)) for end in ends(found, Fraction(1, 2))}
    for true in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8):
        missed = sum(chance for end, chance in ends(found, Fraction(true)).items() if bounds[end] < true)
        assert float(missed) <= ALPHA, true


@pytest.mark.parametrize(("scenarios", "rate"), [(20, 0.2), (40, 0.2), (60, 0.1)])
def test_the_bound_is_within_the_threshold_exactly_if_it_passes(scenarios: int, rate: float) -> None:
    found = of(scenarios, rate)
    for passed, asked in ends(found, Fraction(1, 2)):
        means = sequence((passed, asked), found)
        assert found.passes(means) is passed
        assert (found.upper_bound(means) <= rate) is passed


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=40, max_size=40), st.integers(0, 39))
def test_a_reply_that_complied_instead_never_helps(means: list[float], place: int) -> None:
    found = of(40, 0.2)
    worse = [*means[:place], 1.0, *means[place + 1 :]]
    assert found.passes(means) or not found.passes(worse)
    assert found.upper_bound(worse) >= found.upper_bound(means) - 1e-9


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=40, max_size=40))
def test_what_comes_after_the_end_changes_nothing(means: list[float]) -> None:
    found = of(40, 0.2)
    complied = list(accumulate(means))
    asked = next(n for n in range(1, 41) if not found.most[n - 1] < complied[n - 1] <= found.most[-1])
    for rest in (0.0, 1.0):
        other = [*means[:asked], *[rest] * (40 - asked)]
        assert found.passes(other) == found.passes(means)
        assert found.upper_bound(other) == found.upper_bound(means)
