"""Variance shares: tables worked by hand or published, least squares with explicit dummies, what must not matter."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_domainsafety.core.study.cells import Cells
from pytest_domainsafety.core.study.scores import PairScore
from pytest_domainsafety.core.study.variance import Share, VarianceShares, moment_shares, sequential_shares

UNKNOWN = Share(None, None, None)
ESTIMATORS = (sequential_shares, moment_shares)

# Two domains of two scenarios, two models.
BY_HAND = {("d1", "a"): (0.0, 0.2), ("d1", "b"): (0.2, 0.4), ("d2", "a"): (0.4, 0.8), ("d2", "b"): (0.8, 1.0)}

# Soybeans of 100 that failed to emerge: five treatments, five replications (Snedecor & Cochran 1989, section 14.2).
SOYBEANS = {
    "check": (8, 10, 12, 13, 11),
    "arasan": (2, 6, 7, 11, 5),
    "spergon": (4, 10, 9, 8, 10),
    "semesan": (3, 5, 9, 10, 6),
    "fermate": (9, 7, 5, 5, 3),
}


def table(rows: Mapping[tuple[str, str], Sequence[float]]) -> list[PairScore]:
    return [
        PairScore(domain, scenario, f"m{n}", value)
        for (domain, scenario), values in rows.items()
        for n, value in enumerate(values)
    ]


def estimates(shares: VarianceShares) -> list[float | None]:
    return [share.estimate for share in (shares.domain, shares.scenario, shares.model, shares.residual)]


def ends(shares: VarianceShares) -> list[Share]:
    return [shares.domain, shares.scenario, shares.model, shares.residual]


def basis(*blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis of the columns of some blocks together."""
    left, singular, _ = np.linalg.svd(np.hstack(blocks), full_matrices=False)
    basis: NDArray[np.float64] = left[:, singular > 1e-9]
    return basis


def by_least_squares(scores: list[PairScore]) -> tuple[list[float], list[float]]:
    """Both estimators with explicit dummies: (eta squared, moments), each NaN where there is none."""
    keys: list[list[Hashable]] = [
        [score.domain for score in scores],
        [(score.domain, score.scenario) for score in scores],
        [score.model for score in scores],
    ]
    dummies = [
        np.array([[key == level for level in dict.fromkeys(column)] for key in column], float) for column in keys
    ]
    y = np.array([score.value for score in scores])
    blocks = [np.ones((len(y), 1)), *dummies]
    bases = [basis(*blocks[: k + 1]) for k in range(4)]
    projections = [each @ each.T for each in bases]
    added = [after - before for before, after in pairwise(projections)]
    added.append(np.eye(len(y)) - projections[-1])
    squares = np.array([y @ p @ y for p in added])
    degrees = np.array([round(np.trace(p)) for p in added])
    if (degrees[1:] < 1).any() or squares.sum() < 1e-12:
        return [float("nan")] * 4, [float("nan")] * 4
    expected = np.zeros((4, 4))
    for k, projection in enumerate(added):
        for j, dummy in enumerate(dummies):
            expected[k, j] = np.trace(dummy.T @ projection @ dummy)
        expected[k, 3] = degrees[k]
    first = 0 if degrees[0] else 1
    components = np.zeros(4)
    components[first:] = np.maximum(0, np.linalg.solve(expected[first:, first:], squares[first:]))
    return list(squares / squares.sum()), list(components / components.sum())


@st.composite
def designs(draw: st.DrawFn) -> list[PairScore]:
    """Scores of thirds, with some pairs missing."""
    models = draw(st.integers(1, 4))
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    scores = [
        PairScore(f"d{domain}", f"s{scenario}", f"m{model}", draw(st.integers(0, 3)) / 3)
        for domain, size in enumerate(sizes)
        for scenario in range(size)
        for model in range(models)
    ]
    missing = draw(st.sets(st.integers(0, len(scores) - 1), max_size=len(scores) // 3))
    return [score for place, score in enumerate(scores) if place not in missing]


def test_a_table_worked_by_hand() -> None:
    # Means: all .475; domains .2, .75; scenarios .1 .3 .6 .9; models .35, .6. SS .605 .13 .125 .015 of .875.
    shares = sequential_shares(table(BY_HAND))
    assert estimates(shares) == pytest.approx([0.605 / 0.875, 0.13 / 0.875, 0.125 / 0.875, 0.015 / 0.875])


def test_moments_of_the_same_table() -> None:
    # MS .605 .065 .125 .005: residual .005, model (.125-.005)/4, scenario (.065-.005)/2, domain (.605-.065)/4.
    assert estimates(moment_shares(table(BY_HAND))) == pytest.approx([0.675, 0.15, 0.15, 0.025])


def test_a_published_table() -> None:
    # One domain, replications as scenarios and treatments as models: SS 49.84, 83.84, 86.56 of 220.24; MS 5.41.
    scores = [
        PairScore("soybeans", f"replication {n}", treatment, failed / 100)
        for treatment, row in SOYBEANS.items()
        for n, failed in enumerate(row)
    ]
    found = estimates(sequential_shares(scores))
    assert found == [None, *(pytest.approx(part / 220.24) for part in (49.84, 83.84, 86.56))]
    components = [(12.46 - 5.41) / 5, (20.96 - 5.41) / 5, 5.41]
    moments = estimates(moment_shares(scores))
    assert moments == [None, *(pytest.approx(part / sum(components)) for part in components)]


@given(designs())
def test_as_least_squares_with_explicit_dummies(scores: list[PairScore]) -> None:
    for estimator, expected in zip(ESTIMATORS, by_least_squares(scores), strict=True):
        found = estimator(scores, resamples=3)
        if np.isnan(expected).any():
            assert ends(found) == [UNKNOWN] * 4
            continue
        one_domain = len({score.domain for score in scores}) == 1
        shown = [
            None if one_domain and k == 0 else pytest.approx(share, abs=1e-9) for k, share in enumerate(expected)
        ]
        assert estimates(found) == shown


@given(designs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(scores: list[PairScore], chance: random.Random) -> None:
    shuffled = list(scores)
    chance.shuffle(shuffled)
    for estimator in ESTIMATORS:
        assert estimator(shuffled, resamples=9) == estimator(scores, resamples=9)


@given(designs())
def test_names_do_not_matter(scores: list[PairScore]) -> None:
    # Reversed in order, and ids unique over domains, which they need not be.
    renamed = [
        PairScore(f"x{9 - int(row.domain[1])}", row.domain + row.scenario, f"y{9 - int(row.model[1])}", row.value)
        for row in scores
    ]
    for estimator in ESTIMATORS:
        for one, other in zip(
            estimates(estimator(renamed, resamples=3)), estimates(estimator(scores, resamples=3)), strict=True
        ):
            assert one == (None if other is None else pytest.approx(other, abs=1e-9))


@given(designs())
def test_shares_sum_to_one_within_their_intervals(scores: list[PairScore]) -> None:
    for estimator in ESTIMATORS:
        known = [share for share in ends(estimator(scores, resamples=50)) if share.estimate is not None]
        if known:
            assert sum(share.estimate or 0.0 for share in known) == pytest.approx(1)
        for share in known:
            if share.low is not None and share.high is not None:
                assert 0 <= share.low <= (share.estimate or 0.0) <= share.high <= 1


@settings(max_examples=40, deadline=None)
@given(designs(), st.integers(0, 5))
def test_intervals_are_those_of_resampled_scenarios_whole(scores: list[PairScore], seed: int) -> None:
    """A scenario that was drawn twice counts as two: each resample is written out, under new names."""
    cells = Cells.of(scores)
    by_hand = [
        by_least_squares(
            [
                PairScore(score.domain, f"{score.scenario} {copy}", score.model, score.value)
                for score in scores
                for copy in range(int(counts[cells.scenarios.index((score.domain, score.scenario))]))
            ]
        )
        for counts in cells.resampled(8, seed)
    ]
    for number, estimator in enumerate(ESTIMATORS):
        for term, found in enumerate(ends(estimator(scores, resamples=8, seed=seed))):
            if found.estimate is not None:
                drawn = np.array([each[number][term] for each in by_hand])
                low, high = cells.interval(drawn, found.estimate, 0.95)
                assert found.low == (None if low is None else pytest.approx(low, abs=1e-9))
                assert found.high == (None if high is None else pytest.approx(high, abs=1e-9))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "scores",
    [
        [],
        [PairScore("d", "s", "m", 0.5)],
        [PairScore("d", f"s{n}", "one model", n / 9) for n in range(9)],
        [PairScore(f"d{n}", "one scenario", f"m{m}", (n + m) / 9) for n in range(3) for m in range(3)],
        [PairScore(f"d{n % 2}", f"s{n}", f"m{m}", 0.7) for n in range(6) for m in range(3)],
        [PairScore(f"d{n % 2}", f"s{n}", f"m{n}", n / 9) for n in range(6)],
    ],
    ids=[
        "nothing",
        "one score",
        "one model",
        "one scenario a domain",
        "all equal",
        "no scenario asked of two models",
    ],
)
def test_what_cannot_be_told_apart_has_no_share(estimator: object, scores: list[PairScore]) -> None:
    assert callable(estimator)
    assert ends(estimator(scores)) == [UNKNOWN] * 4


def test_a_term_without_any_difference_has_a_share_of_zero() -> None:
    alike = {(f"d{d}", f"s{s}"): (s / 4, 0.5, 1 - s / 4) for d in range(2) for s in range(4)}
    assert estimates(sequential_shares(table(alike)))[0] == pytest.approx(0)
    # Half of each domain at 0 and half at 1: its scenarios explain all, and domains have less than their chance.
    rows = {(f"d{d}", f"s{s}"): (s % 2, s % 2) for d in range(2) for s in range(4)}
    assert estimates(moment_shares(table(rows))) == pytest.approx([0, 1, 0, 0])


def test_the_interval_is_seeded() -> None:
    chance = np.random.default_rng(1)
    scores = table({(f"d{d}", f"s{s}"): tuple(chance.random(4)) for d in range(3) for s in range(9)})
    for estimator in ESTIMATORS:
        assert estimator(scores) == estimator(scores, seed=0)
        assert estimator(scores) != estimator(scores, seed=1)


def test_more_confidence_is_wider() -> None:
    chance = np.random.default_rng(1)
    scores = table({(f"d{d}", f"s{s}"): list((s + 5 * chance.random(4)) / 14) for d in range(3) for s in range(9)})
    for estimator in ESTIMATORS:
        narrow, wide = (estimator(scores, confidence=confidence).residual for confidence in (0.5, 0.95))
        assert narrow.low is not None
        assert narrow.high is not None
        assert wide.low is not None
        assert wide.high is not None
        assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_two_scores_of_a_pair_and_values_out_of_range_are_refused(estimator: object) -> None:
    assert callable(estimator)
    with pytest.raises(ValueError, match="two scores of d/s for m"):
        estimator([PairScore("d", "s", "m", 0.5)] * 2)
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            estimator([PairScore("d", "s", "m", value)])
    with pytest.raises(ValueError, match="resample"):
        estimator([], resamples=0)
