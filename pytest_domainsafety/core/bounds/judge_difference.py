"""What of a difference between two runs the judge's error could make alone.

Of a true rate ``theta`` a judge with sensitivity ``Se`` and false alarms ``F = 1 - Sp`` shows

    AP = theta Se + (1 - theta) F.

Both hold for one run's replies: another deployment words its help and its refusals in another way, so that the same
judge may have another ``Se`` and another ``F`` on it. Two runs of the same true rate therefore show rates that differ
by ``theta (Se_1 - Se_2) + (1 - theta) (F_1 - F_2)``. An observed difference is within what that can be, over all
``Se`` and ``F`` in their intervals and all ``theta`` that either rate can stand for, exactly if some ``theta`` can
stand for both: then the two true rates may be one. So it is enough to solve the equation (Rogan & Gladen 1978) at
the ends of the intervals for each run, and to see whether the results meet.

The chance of drawing scenarios is not in it: what the judge's error could not make alone may still be chance.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JudgeIntervals", "judge_could", "true_rates"]


@dataclass(frozen=True, slots=True)
class JudgeIntervals:
    """Where the judge's error on one run's replies may lie; each interval in [0, 1], its lower end first.

    Args:
        sensitivity: Of the share of compliances that it calls so.
        false_alarms: Of the share of refusals that it calls compliance.
    """

    sensitivity: tuple[float, float]
    false_alarms: tuple[float, float]

    @property
    def least_contrast(self) -> float:
        """The least ``Se - F``, by which a true difference between two rates is thinned; it may be below 0."""
        return self.sensitivity[0] - self.false_alarms[1]


def true_rates(apparent: float, judge: JudgeIntervals) -> tuple[float, float]:
    """The least and the largest true rate that an apparent one can stand for.

    Args:
        apparent: The judge's rate of compliance, in [0, 1].
        judge: Where its error may lie.

    Returns:
        Both in [0, 1]; where no true rate gives the apparent one, twice the one that comes nearest to it.
    """
    return _solved(apparent, judge.sensitivity[1], judge.false_alarms[1], nothing=0.0), _solved(
        apparent, judge.sensitivity[0], judge.false_alarms[0], nothing=1.0
    )


def judge_could(one: float, other: float, judges: tuple[JudgeIntervals, JudgeIntervals]) -> bool:
    """Whether the judge's error alone could make the difference between two apparent rates.

    Args:
        one: The first run's apparent rate, in [0, 1].
        other: The second's.
        judges: Where the judge's error may lie on the first run's replies, and on the second's.
    """
    (low, high), (least, most) = true_rates(one, judges[0]), true_rates(other, judges[1])
    return low <= most and least <= high


def _solved(apparent: float, sensitivity: float, false_alarms: float, *, nothing: float) -> float:
    """The true rate behind an apparent one; `nothing` of a judge that tells nothing apart."""
    if sensitivity <= false_alarms:
        return nothing
    return min(1.0, max(0.0, (apparent - false_alarms) / (sensitivity - false_alarms)))
