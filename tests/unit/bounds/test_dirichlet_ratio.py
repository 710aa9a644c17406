"""The law of a share over unequal clusters, against simulation, its definition and the law of equal ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from pytest_domainsafety.core.bounds.dirichlet_mean import DirichletMean
from pytest_domainsafety.core.bounds.dirichlet_ratio import Clusters, DirichletRatio, lower_share
from pytest_domainsafety.core.bounds.gaffke import lower_bound

UNEQUAL: Clusters = ((0, 1), (2, 2), (9, 10), (1, 3), (4, 4), (0, 5), (7, 7), (1, 1), (2, 6), (3, 3))
PLACES = np.linspace(0.05, 0.95, 19)

clusters = st.lists(
    st.integers(1, 10).flatmap(lambda labels: st.tuples(st.integers(0, labels), st.just(labels))),
    min_size=1,
    max_size=12,
)


def test_it_is_what_drawing_it_gives() -> None:
    random = np.random.default_rng(5)
    counted, labels = np.array(UNEQUAL, dtype=float).T
    drawn = random.standard_exponential((400_000, len(UNEQUAL) + 1))
    shares = drawn[:, 1:] @ counted / (drawn[:, 1:] @ labels + labels.max() * drawn[:, 0])
    simulated = [float((shares <= place).mean()) for place in PLACES]
    assert DirichletRatio(UNEQUAL).distribution(PLACES) == pytest.approx(simulated, abs=4e-3)


@given(clusters, st.floats(0.01, 0.99))
def test_its_distribution_is_gaffkes_of_means_whose_expectation_is_the_share(
    found: list[tuple[int, int]], share: float
) -> None:
    most = max(labels for _, labels in found)
    means = [counted / most + share * (1 - labels / most) for counted, labels in found]
    expected = lower_bound_distribution(means, share)
    assert float(DirichletRatio(tuple(found)).distribution([share])[0]) == pytest.approx(expected, abs=1e-9)


def lower_bound_distribution(means: list[float], at: float) -> float:
    """P(sum_i u_i D_i + 0 * D_0 <= at), by the law of means."""
    law = DirichletMean.of([0.0, *means])
    if at >= law.knots[-1]:
        return 1.0
    return float(law.distribution(np.array([at]))[0])


@pytest.mark.parametrize(("right", "of"), [(18, 20), (45, 50), (1, 3), (50, 50), (3, 40)])
def test_with_one_label_a_prompt_it_is_the_law_of_the_mean(right: int, of: int) -> None:
    ones: Clusters = ((1, 1),) * right + ((0, 1),) * (of - right)
    ratio, mean = DirichletRatio(ones), DirichletMean.of([0.0, *(float(counted) for counted, _ in ones)])
    assert ratio.distribution(PLACES) == pytest.approx(mean.distribution(PLACES), abs=1e-9)
    inside = PLACES[(mean.distribution(PLACES) > 1e-6) & (mean.distribution(PLACES) < 1 - 1e-6)]
    assert ratio.density(inside) == pytest.approx(mean.density(inside), rel=1e-6, abs=1e-7)
    assert lower_share(ones, 0.05) == pytest.approx(float(beta.ppf(0.05, right, of - right + 1)), abs=2e-9)


def test_equal_clusters_are_a_mean_over_prompts() -> None:
    equal: Clusters = ((5, 5), (3, 5), (0, 5), (4, 5))
    means = [counted / labels for counted, labels in equal]
    assert lower_share(equal, 0.05) == pytest.approx(lower_bound(means, 0.05), abs=2e-9)


@given(clusters)
def test_its_density_is_that_of_its_distribution(found: list[tuple[int, int]]) -> None:
    law = DirichletRatio(tuple(found))
    if law.is_point:
        return
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = law.edges(10)
    left, half = edges[:-1, np.newaxis], np.diff(edges)[:, np.newaxis] / 2
    at = (left + half * (1 + nodes)).ravel()
    assert float(law.density(at) @ (half * weights).ravel()) == pytest.approx(1.0, abs=1e-6)


def test_what_is_never_counted_is_no_share() -> None:
    assert lower_share(((0, 2), (0, 1)), 0.05) == 0.0


def test_a_prompt_with_many_labels_weighs_as_much_as_it_has() -> None:
    """One prompt on which the judge is blind, and half of all compliances are replies to it."""
    blind: Clusters = ((0, 19), *((1, 1),) * 19)
    assert lower_share(blind, 0.5) < 0.55
    assert lower_bound([counted / labels for counted, labels in blind], 0.5) > 0.85
