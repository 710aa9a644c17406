"""The models' order between domains, and how far apart rates lie within one."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from pytest_domainsafety.core.study.cells import Cells
from pytest_domainsafety.core.study.heterogeneity import Heterogeneity, Spread, heterogeneity
from pytest_domainsafety.core.study.hierarchy import Hierarchy, model_hierarchy
from pytest_domainsafety.core.study.scores import PairScore


def of_rates(**domains: tuple[float, ...]) -> list[PairScore]:
    """Two scenarios a domain that leave each model the given rate."""
    return [
        PairScore(domain, f"s{sign}", f"m{n}", rate + sign * min(rate, 1 - rate) / 2)
        for domain, rates in domains.items()
        for n, rate in enumerate(rates)
        for sign in (-1, 1)
    ]


@st.composite
def scores(draw: st.DrawFn) -> list[PairScore]:
    """Scores of thirds, with some pairs missing."""
    every = [
        PairScore(f"d{domain}", f"s{scenario}", f"m{model}", draw(st.integers(0, 3)) / 3)
        for domain in range(draw(st.integers(1, 4)))
        for scenario in range(draw(st.integers(1, 3)))
        for model in range(draw(st.integers(1, 4)))
    ]
    missing = draw(st.sets(st.integers(0, len(every) - 1), max_size=len(every) // 2))
    return [score for place, score in enumerate(every) if place not in missing]


def by_scipy(rows: list[PairScore]) -> tuple[list[float], int]:
    """Each defined pair's rho, and the number of the others."""
    values: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row.domain][row.model].append(row.value)
    rhos, undefined = [], 0
    for one, other in combinations(sorted(values), 2):
        shared = sorted(values[one].keys() & values[other].keys())
        first, second = ([round(float(np.mean(values[name][model])), 9) for model in shared] for name in (one, other))
        if len(set(first)) < 2 or len(set(second)) < 2:
            undefined += 1
        else:
            rhos.append(float(spearmanr(first, second).statistic))
    return rhos, undefined


def test_an_order_worked_by_hand() -> None:
    # Ranks 1 2 3 4, 1 2 4 3 and 4 3 2 1: rho 1 - 6 * 2 / 60 = .8, -1 and -.8.
    found = model_hierarchy(of_rates(a=(0.1, 0.2, 0.3, 0.4), b=(0.5, 0.6, 0.8, 0.7), c=(0.9, 0.6, 0.3, 0.0)))
    assert found.mean_spearman == pytest.approx((0.8 - 1 - 0.8) / 3)
    assert (found.pairs, found.undefined) == (3, 0)
    # Mean ranks 2, 7/3, 3 and 8/3.
    assert found.order == ("m2", "m3", "m1", "m0")


def test_ties_have_their_average_rank() -> None:
    # Ranks 1.5 1.5 3 and 1 2 3: covariance 1.5 over the root of 1.5 * 2.
    found = model_hierarchy(of_rates(a=(0.2, 0.2, 0.5), b=(0.1, 0.2, 0.3)))
    assert found.mean_spearman == pytest.approx(1.5 / 3**0.5)


def test_a_domain_where_all_models_tie_has_no_order_to_compare() -> None:
    found = model_hierarchy(of_rates(a=(0.1, 0.2, 0.3), b=(0.3, 0.3, 0.3), c=(0.1, 0.4, 0.6)))
    assert (found.mean_spearman, found.pairs, found.undefined) == (1.0, 1, 2)


def test_rounding_does_not_order_models() -> None:
    rows = [PairScore("a", f"s{n}", "m0", value) for n, value in enumerate((0.1, 0.2, 0.3))]
    rows += [PairScore("a", f"s{n}", "m1", value) for n, value in enumerate((0.3, 0.2, 0.1))]
    rows += of_rates(b=(0.1, 0.2))
    assert model_hierarchy(rows).undefined == 1


@pytest.mark.parametrize(
    ("rows", "undefined", "order"),
    [
        ([], 0, ()),
        (of_rates(a=(0.1, 0.2, 0.3)), 0, ("m2", "m1", "m0")),
        (of_rates(a=(0.1,), b=(0.2,)), 1, ("m0",)),
        (of_rates(a=(0.5, 0.5), b=(0.5, 0.5)), 1, ("m0", "m1")),
        ([PairScore("a", "s", "m0", 0.2), PairScore("b", "s", "m1", 0.2)], 1, ("m0", "m1")),
    ],
    ids=["nothing", "one domain", "one model", "all equal", "no model in common"],
)
def test_without_a_pair_to_compare_there_is_no_figure(
    rows: list[PairScore], undefined: int, order: tuple[str, ...]
) -> None:
    assert model_hierarchy(rows) == Hierarchy(None, None, None, 0, undefined, order)


@given(scores())
def test_the_mean_is_that_of_scipy(rows: list[PairScore]) -> None:
    found = model_hierarchy(rows, resamples=20)
    rhos, undefined = by_scipy(rows)
    assert (found.pairs, found.undefined) == (len(rhos), undefined)
    assert found.mean_spearman == (pytest.approx(float(np.mean(rhos))) if rhos else None)
    if found.mean_spearman is not None and found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.mean_spearman <= found.high <= 1


@given(scores(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[PairScore], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert model_hierarchy(shuffled, resamples=9) == model_hierarchy(rows, resamples=9)
    assert heterogeneity(shuffled) == heterogeneity(rows)


def test_one_scenario_a_domain_leaves_the_chance_of_the_order_unknown() -> None:
    rows = [PairScore(domain, "s", f"m{m}", m / 3) for domain in "ab" for m in range(3)]
    assert model_hierarchy(rows) == Hierarchy(1.0, None, None, 1, 0, ("m2", "m1", "m0"))


def test_an_interval_is_the_spread_of_the_resamples_about_the_estimate() -> None:
    # Mean 2, quartiles 1 and 3; two scenarios a domain: widened by the root of 2.
    cells = Cells.of([PairScore(domain, f"s{s}", "m", 0.5) for domain in "ab" for s in range(2)])
    low, high = cells.interval(np.array([0.0, 1.0, 2.0, 3.0, 4.0, np.nan]) / 10, 0.5, 0.5)
    assert low == pytest.approx(0.5 - 0.1 * 2**0.5)
    assert high == pytest.approx(0.5 + 0.1 * 2**0.5)
    assert cells.interval(np.array([np.nan]), 0.5, 0.5) == (None, None)


def test_the_interval_is_seeded() -> None:
    chance = np.random.default_rng(1)
    rows = [
        PairScore(f"d{d}", f"s{s}", f"m{m}", chance.random()) for d in range(4) for s in range(9) for m in range(4)
    ]
    assert model_hierarchy(rows) == model_hierarchy(rows, seed=0)
    assert model_hierarchy(rows) != model_hierarchy(rows, seed=1)


def test_spreads_worked_by_hand() -> None:
    rows = [
        PairScore("a", "s0", "m0", 0.0),
        PairScore("a", "s0", "m1", 0.5),
        PairScore("a", "s1", "m0", 0.5),
        PairScore("a", "s1", "m1", 1.0),
        PairScore("a", "s2", "m1", 0.0),
        PairScore("b", "s0", "m0", 1.0),
    ]
    first, second = heterogeneity(rows)
    assert first.models == Spread(0.25, "m1", 0.5, "m0", 0.25)
    assert first.scenarios == Spread(0.75, "s1", 0.75, "s2", 0.0)
    assert second == Heterogeneity("b", None, None)


def test_equal_rates_have_a_spread_of_zero_between_the_first_names() -> None:
    (found,) = heterogeneity(of_rates(a=(0.5, 0.5)))
    assert found.models == Spread(0.0, "m0", 0.5, "m0", 0.5)
