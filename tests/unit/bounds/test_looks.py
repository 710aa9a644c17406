"""Gaffke's bound at a few looks: the level of all together, and when the first ones come."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from pytest_domainsafety.core.bounds.gaffke import p_value, upper_bound
from pytest_domainsafety.core.bounds.looks import looks
from pytest_domainsafety.core.bounds.paired import paired_looks

ALPHA = 0.05


@pytest.mark.parametrize("scenarios", [10, 14, 18, 19, 27, 40, 60, 200])
@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2, 0.3])
def test_the_levels_add_up_to_the_whole_one(scenarios: int, rate: float) -> None:
    found = looks(scenarios, rate, ALPHA)
    assert sum(look.alpha for look in found.looks) == pytest.approx(ALPHA, abs=1e-12)
    assert found.looks[-1].scenarios == scenarios
    assert all(look.alpha > 0 for look in found.looks)


def test_the_first_looks_come_when_none_and_one_may_have_complied() -> None:
    found = looks(60, 0.2, ALPHA)
    assert [look.scenarios for look in found.looks] == [18, 27, 60]
    assert found.looks[0].alpha == pytest.approx(0.8**18)
    assert found.looks[1].alpha == pytest.approx(binom.cdf(1, 27, 0.2))
    assert found.passes([0.0] * 18 + [1.0] * 42)
    assert not found.passes([0.0] * 17 + [1.0] * 43)
    assert found.passes([1.0] + [0.0] * 26 + [1.0] * 33)


def test_with_few_scenarios_there_is_one_look_at_all_of_them() -> None:
    found = looks(14, 0.2, ALPHA)
    assert found.looks == ((14, ALPHA),)
    means = [0.0] * 13 + [1 / 3]
    assert found.upper_bound(means) == upper_bound(means, ALPHA)


def test_a_pass_is_a_bound_within_the_rate() -> None:
    random = np.random.default_rng(3)
    found = looks(40, 0.2, ALPHA)
    for share in random.uniform(0, 0.3, size=40):
        means = list(random.binomial(3, share, size=40) / 3)
        assert (found.upper_bound(means) <= 0.2) == found.passes(means)


def test_a_comparison_looks_when_nothing_has_changed_and_when_one_has() -> None:
    found = paired_looks(60, 0.2, ALPHA)
    first, second, last = found.unit.looks
    assert p_value([0.5] * first.scenarios, 0.6) == pytest.approx(first.alpha)
    assert p_value([0.5] * (first.scenarios - 1), 0.6) > 0.4 * ALPHA
    assert last.scenarios == 60
    assert found.passes([0.0] * first.scenarios + [1.0] * (60 - first.scenarios))
    assert found.passes([1.0] + [0.0] * (second.scenarios - 1) + [1.0] * (60 - second.scenarios))
    assert found.upper_bound([0.0] * 60) < 0.2


@pytest.mark.parametrize("means", [[0.0] * 11 + [1.0] * 12, [1.0, *[0.0] * 22], [1 / 3] * 3 + [0.0] * 20, [1.0] * 23])
def test_the_bound_is_within_the_rate_exactly_if_a_look_passes(means: list[float]) -> None:
    found = looks(23, 0.3, ALPHA)
    assert (found.upper_bound(means) <= 0.3) == found.passes(means)
