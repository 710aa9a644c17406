"""Where a judge's error may lie on one run's replies, by the calibration that the run's report holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bounds.judge_difference import JudgeIntervals

if TYPE_CHECKING:
    from pytest_domainsafety.core.judging.judge_report import Interval, JudgeCalibration


JUDGE_UNKNOWN: Final = "not both runs have a calibration, so the judge's error is unknown, and a difference may be it"
"""What to say where runs are compared without one."""


def intervals_of(calibration: JudgeCalibration | None, domain: str) -> JudgeIntervals | None:
    """The judge's error in a domain: by the domain's own labels, and where it has none of a kind by all of them.

    Args:
        calibration: The run's; None gives None, since then the judge's error is unknown.
        domain: The domain.
    """
    if calibration is None:
        return None
    own = calibration.domains.get(domain)
    parts = (calibration,) if own is None else (own, calibration)
    sensitivity = _known(part.sensitivity for part in parts)
    low, high = _known(part.specificity for part in parts)
    return JudgeIntervals(sensitivity, (1 - high, 1 - low))


def thinning(domain: str, *calibrations: JudgeCalibration | None) -> float:
    """By how much at most the judge's error thins a true difference between runs: the least ``Se - F`` of any.

    Args:
        domain: The domain.
        calibrations: Each run's; None where it has none.

    Returns:
        At most 1, which it is where no run has a calibration; 0 or less where the judge may tell nothing apart.
    """
    found = [intervals_of(calibration, domain) for calibration in calibrations]
    return min((each.least_contrast for each in found if each is not None), default=1.0)


def _known(intervals: Iterable[Interval]) -> tuple[float, float]:
    """The first interval that there is; all of [0, 1] where nothing speaks to it."""
    for each in intervals:
        if each.low is not None and each.high is not None:
            return each.low, each.high
    return 0.0, 1.0
