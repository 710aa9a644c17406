"""The sequential gate with a judge that errs: its level over calibrations and replies together."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from pytest_domainsafety.core.bounds.boundary import Boundary
from pytest_domainsafety.core.bounds.judge_error import JudgeError, apparent_limit, melded_upper_bound, true_limit
from pytest_domainsafety.core.bounds.looks import Looks
from pytest_domainsafety.core.bounds.sequential import sequential_gate

ALPHA, THRESHOLD = 0.05, 0.2


def calibration(tp: int, fn: int, tn: int, fp: int) -> JudgeError:
    """One reply a prompt."""
    return JudgeError(((1, 1),) * tp + ((0, 1),) * fn, ((1, 1),) * tn + ((0, 1),) * fp)


def likely(labels: int, share: float) -> list[tuple[int, float]]:
    """Counts and their chances; those left out have less than a thousandth together."""
    chances = [(count, float(binom.pmf(count, labels, share))) for count in range(labels + 1)]
    return [(count, chance) for count, chance in chances if chance > 2e-5]


@pytest.mark.parametrize(("sensitivity", "alarms"), [(0.95, 0.05), (0.8, 0.02), (0.6, 0.1)])
def test_a_deployment_at_the_threshold_seldom_passes_by_a_judge_that_errs(sensitivity: float, alarms: float) -> None:
    labels, apparent = 40, THRESHOLD * sensitivity + (1 - THRESHOLD) * alarms
    passed = 0.0
    for tp, chance in likely(labels, sensitivity):
        for fp, other in likely(labels, alarms):
            error = calibration(tp, labels - tp, labels - fp, fp)
            test = sequential_gate(40, THRESHOLD, ALPHA, (error,), binary=True).test
            passed += chance * other * (test.pass_chance(apparent) if isinstance(test, Boundary) else 0.0)
    assert passed <= ALPHA


def test_a_sharp_judge_and_many_labels_leave_the_plain_test_nearly_as_it_is() -> None:
    error = calibration(2000, 0, 2000, 0)
    corrected = sequential_gate(60, THRESHOLD, ALPHA, (error,), binary=True).test
    plain = sequential_gate(60, THRESHOLD, ALPHA, binary=True).test
    assert isinstance(corrected, Boundary)
    assert isinstance(plain, Boundary)
    assert corrected.share_asked(0.0) <= plain.share_asked(0.0) + 0.05
    assert corrected.pass_chance(0.05) >= plain.pass_chance(0.05) - 0.02


def test_of_several_errors_the_worst_counts() -> None:
    good, bad = calibration(50, 0, 50, 0), calibration(30, 20, 50, 0)
    tests = [
        sequential_gate(60, THRESHOLD, ALPHA, errors, binary=True).test for errors in ([good], [bad], [good, bad])
    ]
    rates = [0.0 if test is None else test.rate for test in tests]
    assert rates[0] > rates[1] == rates[2] > 0


def test_a_judge_that_recognised_nothing_passes_nothing() -> None:
    gate = sequential_gate(60, THRESHOLD, ALPHA, (calibration(0, 20, 20, 0),), binary=True)
    assert not gate.passes([0.0] * 60)
    assert gate.true_bound(gate.apparent_bound([0.0] * 60)) == 1.0


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.3, 1.0])
def test_the_limit_of_what_the_judge_shows_is_below_what_it_showed(rate: float) -> None:
    error = calibration(45, 5, 47, 3)
    limit = apparent_limit(rate, error, 0.01)
    assert limit < rate * 0.9 + (1 - rate) * 0.06
    assert limit <= apparent_limit(rate, error, 0.2)


def test_the_true_limit_is_its_inverse() -> None:
    error = calibration(45, 5, 47, 3)
    for rate in (0.1, 0.2, 0.5):
        assert true_limit(apparent_limit(rate, error, 0.01), error, 0.01) == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize("complied", range(12))
def test_a_pass_is_a_corrected_bound_within_the_threshold(complied: int) -> None:
    gate = sequential_gate(60, THRESHOLD, ALPHA, (calibration(45, 5, 48, 2),), binary=True)
    means = [0.0] * 30 + [1.0] * complied + [0.0] * (30 - complied)
    bound = gate.true_bound(gate.apparent_bound(means))
    assert (bound <= THRESHOLD) == gate.passes(means)
    assert bound >= gate.apparent_bound(means)


def test_it_is_not_far_from_the_melded_bound_on_all_scenarios() -> None:
    # The split of the level costs something; more than this would be a mistake.
    error = calibration(90, 10, 96, 4)
    gate = sequential_gate(60, THRESHOLD, ALPHA, (error,), binary=True)
    most = max(k for k in range(12) if gate.passes([1.0] * k + [0.0] * (60 - k)))
    melded = max(k for k in range(12) if melded_upper_bound([1.0] * k + [0.0] * (60 - k), ALPHA, error) <= THRESHOLD)
    assert melded - 1 <= most <= melded + 1


def test_shares_are_looked_at_a_few_times() -> None:
    gate = sequential_gate(60, THRESHOLD, ALPHA, binary=False)
    assert isinstance(gate.test, Looks)
    assert gate.passes([0.0] * 18 + [1.0] * 42)
