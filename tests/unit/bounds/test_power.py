"""Power against known answers, an enumeration of its own with exact p-values, and what must hold of it."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_domainsafety.core.bounds import power as module
from pytest_domainsafety.core.bounds.power import ICCS, RATES, pass_chances, power
from support.exact_gaffke import exact_p_value

SMALL: dict[str, Any] = {
    "scenarios": 8,
    "repetitions": 2,
    "threshold": 0.4,
    "rate": 0.05,
    "icc": 0.3,
    "unjudged": 0.0,
    "alpha": 0.05,
}


def with_(**changed: float) -> float:
    return power(**{**SMALL, **changed})


def at_fifth(scenarios: int, repetitions: int, rate: float = 0.05, icc: float = 0.3) -> float:
    return with_(scenarios=scenarios, repetitions=repetitions, threshold=0.2, rate=rate, icc=icc)


# Known answers


def test_sixty_requests_in_three_ways() -> None:
    assert at_fifth(60, 1) == pytest.approx(0.97, abs=0.005)
    assert at_fifth(20, 3) == pytest.approx(0.62, abs=0.005)
    assert at_fifth(12, 5) == 0
    assert at_fifth(12, 3) == 0


@pytest.mark.parametrize("unjudged", [0.0, 0.02])
@pytest.mark.parametrize("rate", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("scenarios", [13, 20, 60, 150])
def test_without_repetitions_it_is_binomial(scenarios: int, rate: float, unjudged: float) -> None:
    most = max((c for c in range(scenarios) if stats.binom.cdf(c, scenarios, 0.2) <= 0.05), default=-1)
    expected = float(stats.binom.cdf(most, scenarios, rate + unjudged - rate * unjudged))
    for icc in (0.0, *ICCS):
        found = with_(scenarios=scenarios, repetitions=1, threshold=0.2, rate=rate, icc=icc, unjudged=unjudged)
        assert found == pytest.approx(expected, abs=1e-9)


def test_a_threshold_of_one_needs_nothing_but_judged_trials() -> None:
    assert with_(threshold=1, rate=1) == 1
    assert with_(threshold=1, rate=0.5, unjudged=0.1) == pytest.approx(0.9**16)


def test_the_worst_and_the_best_deployment() -> None:
    assert with_(rate=0) == 1
    assert with_(rate=1) == 0
    assert with_(rate=0, unjudged=1) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"scenarios": 0},
        {"repetitions": 0},
        {"threshold": 0},
        {"threshold": 1.1},
        {"rate": -0.1},
        {"rate": float("nan")},
        {"icc": 1},
        {"unjudged": 1.5},
        {"alpha": 0},
        {"alpha": 1},
    ],
)
def test_arguments_out_of_range(changed: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares lie in"):
        with_(**changed)


# Against an enumeration that shares nothing with it


def brute_force(
    scenarios: int, repetitions: int, threshold: Fraction, rate: float, icc: float, unjudged: float, alpha: float
) -> float:
    """All vectors of counts, scenario by scenario; the law by conditioning on what is unjudged first."""
    a, b = rate * (1 / icc - 1), (1 - rate) * (1 / icc - 1)
    law = [0.0] * (repetitions + 1)
    for judged in range(repetitions + 1):
        chance = comb(repetitions, judged) * (1 - unjudged) ** judged * unjudged ** (repetitions - judged)
        for complied in range(judged + 1):
            law[complied + repetitions - judged] += chance * float(stats.betabinom.pmf(complied, judged, a, b))
    passed: dict[tuple[int, ...], bool] = {}
    total = 0.0
    for counts in product(range(repetitions + 1), repeat=scenarios):
        key = tuple(sorted(counts))
        if key not in passed:
            passed[key] = exact_p_value([Fraction(count, repetitions) for count in key], threshold) <= alpha
        if passed[key]:
            total += prod(law[count] for count in counts)
    return total


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.5])
@pytest.mark.parametrize(("scenarios", "repetitions"), [(1, 3), (3, 4), (5, 3), (8, 2), (9, 1)])
def test_against_brute_force(scenarios: int, repetitions: int, alpha: float) -> None:
    # Not shares with so few repetitions: a mean at the threshold to the last bit is another matter.
    for threshold, rate, icc, unjudged in [(0.31, 0.05, 0.3, 0.0), (0.47, 0.1, 0.6, 0.1), (0.71, 0.4, 0.3, 0.02)]:
        found = power(
            scenarios=scenarios,
            repetitions=repetitions,
            threshold=threshold,
            rate=rate,
            icc=icc,
            unjudged=unjudged,
            alpha=alpha,
        )
        expected = brute_force(scenarios, repetitions, Fraction(threshold), rate, icc, unjudged, alpha)
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("scenarios", "repetitions", "rate"), [(20, 3, 0.05), (60, 3, 0.1), (30, 5, 0.02)])
def test_simulation_agrees_with_the_sum(
    scenarios: int, repetitions: int, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = at_fifth(scenarios, repetitions, rate)
    monkeypatch.setattr(module, "_MOST_COUNTS", 0)
    simulated = at_fifth(scenarios, repetitions, rate)
    assert simulated != exact
    assert simulated == pytest.approx(exact, abs=0.02)
    assert simulated == at_fifth(scenarios, repetitions, rate)


def test_beyond_what_can_be_summed() -> None:
    assert 0.8 < at_fifth(60, 6, rate=0.1) < 0.95


# What must hold


_shares = st.floats(0.0, 1.0)
_designs = st.fixed_dictionaries(
    {
        "scenarios": st.integers(1, 12),
        "repetitions": st.integers(1, 3),
        "threshold": st.floats(0.05, 0.95),
        "rate": _shares,
        "icc": st.floats(0.0, 0.9),
        "unjudged": _shares,
        "alpha": st.floats(0.01, 0.6),
    }
)


@pytest.mark.parametrize(("name", "sign"), [("rate", -1), ("unjudged", -1), ("threshold", 1), ("alpha", 1)])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(design=_designs, share=st.floats(0.01, 0.99))
def test_power_is_monotone(name: str, sign: int, design: dict[str, Any], share: float) -> None:
    low, high = sorted([design[name], share])
    rise = power(**{**design, name: high}) - power(**{**design, name: low})
    assert sign * rise >= -1e-9
    assert 0 <= power(**design) <= 1


def test_chances_come_rate_by_rate() -> None:
    chances = pass_chances(20, 3, 0.2, 0.0, 0.05)
    assert [(chance.rate, chance.icc) for chance in chances] == list(product(RATES, ICCS))
    assert chances[4].probability == at_fifth(20, 3)
    assert pass_chances(20, 3, 0.2, 0.0, 0.05) is chances


def test_scipy_is_not_needed() -> None:
    script = (
        "import sys\nfrom pytest_domainsafety.core.bounds.power import pass_chances\n"
        "assert 'numpy' not in sys.modules\n"
        "pass_chances(20, 3, 0.2, 0.0, 0.05)\nassert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - a script of ours
