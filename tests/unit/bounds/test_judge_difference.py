"""What of a difference between two runs the judge's error could make alone: known answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_domainsafety.core.bounds.judge_difference import JudgeIntervals, judge_could, true_rates

PERFECT = JudgeIntervals((1.0, 1.0), (0.0, 0.0))
EXACT = JudgeIntervals((0.9, 0.9), (0.05, 0.05))
USUAL = JudgeIntervals((0.8, 0.96), (0.0, 0.06))
LOOSE = JudgeIntervals((0.4, 0.9), (0.0, 0.1))
NOTHING = JudgeIntervals((0.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("apparent", "judge", "least", "most"),
    [
        (0.3, PERFECT, 0.3, 0.3),
        (0.305, EXACT, 0.3, 0.3),  # (0.305 - 0.05) / 0.85
        (0.3, USUAL, (0.3 - 0.06) / 0.9, 0.3 / 0.8),
        (0.03, USUAL, 0.0, 0.03 / 0.8),
        (0.02, EXACT, 0.0, 0.0),
        (0.95, EXACT, 1.0, 1.0),
        (0.3, NOTHING, 0.0, 1.0),
    ],
)
def test_the_true_rates_that_an_apparent_one_can_stand_for(
    apparent: float, judge: JudgeIntervals, least: float, most: float
) -> None:
    assert true_rates(apparent, judge) == pytest.approx((least, most))


@pytest.mark.parametrize(
    ("one", "other", "judges", "could"),
    [
        (0.3, 0.3, (PERFECT, PERFECT), True),
        (0.3, 0.31, (PERFECT, PERFECT), False),
        # [.267, .375] and [.156, .250], then [.267, .375] and [.211, .313].
        (0.3, 0.2, (USUAL, USUAL), False),
        (0.3, 0.25, (USUAL, USUAL), True),
        (0.25, 0.3, (USUAL, USUAL), True),
        # The same rates, where the second run's help is overlooked more often: [.156, .500].
        (0.3, 0.2, (USUAL, LOOSE), True),
        (0.2, 0.3, (LOOSE, USUAL), True),
        (0.0, 1.0, (USUAL, USUAL), False),
        (0.0, 1.0, (USUAL, NOTHING), True),
    ],
)
def test_whether_the_judge_could(
    one: float, other: float, judges: tuple[JudgeIntervals, JudgeIntervals], could: object
) -> None:
    assert judge_could(one, other, judges) is could


shares = st.integers(0, 20).map(lambda number: number / 20)


@st.composite
def intervals(draw: st.DrawFn) -> JudgeIntervals:
    low, high = sorted((draw(shares), draw(shares)))
    quiet, loud = sorted((draw(shares), draw(shares)))
    return JudgeIntervals((low, high), (quiet, loud))


@given(shares, intervals(), intervals(), st.tuples(shares, shares, shares, shares))
def test_two_rates_of_one_true_rate_are_never_called_different(
    theta: float, first: JudgeIntervals, second: JudgeIntervals, within: tuple[float, float, float, float]
) -> None:
    def at(ends: tuple[float, float], place: float) -> float:
        return ends[0] + place * (ends[1] - ends[0])

    def shown(judge: JudgeIntervals, one: float, other: float) -> float:
        return theta * at(judge.sensitivity, one) + (1 - theta) * at(judge.false_alarms, other)

    # Rounding may put one just beside the other.
    judges = (_wider(first, 1e-9), _wider(second, 1e-9))
    assert judge_could(shown(first, *within[:2]), shown(second, *within[2:]), judges)


def _wider(judge: JudgeIntervals, by: float) -> JudgeIntervals:
    (low, high), (quiet, loud) = judge.sensitivity, judge.false_alarms
    return JudgeIntervals((low - by, high + by), (quiet - by, loud + by))


def test_the_least_contrast() -> None:
    assert USUAL.least_contrast == pytest.approx(0.74)
    assert NOTHING.least_contrast == -1.0
