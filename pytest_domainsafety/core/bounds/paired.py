"""Paired differences: the gate's bound on a mean of d_s = z_s - y_s in [-1, 1], scenario by scenario.

Gaffke's bound holds on any known range, so it is taken of (d + 1) / 2 in [0, 1] and scaled back. With no
difference anywhere it is 1 - alpha ** (1 / S): as few scenarios as cannot pass a threshold cannot show a margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_domainsafety.core.bounds.gaffke import p_value, upper_bound
from pytest_domainsafety.core.bounds.looks import Looks, looks


def paired_p_value(differences: Sequence[float], margin: float) -> float:
    """The p-value for "the mean difference is at least the margin".

    Args:
        differences: One a scenario, in [-1, 1].
        margin: In [-1, 1].

    Raises:
        ValueError: No differences, or one out of range.
    """
    return p_value(_unit(differences), (margin + 1) / 2)


def paired_upper_bound(differences: Sequence[float], alpha: float) -> float:
    """The one-sided 1 - alpha upper confidence bound on the mean difference, in [-1, 1].

    Args:
        differences: One a scenario, in [-1, 1].
        alpha: Level, in (0, 1).

    Raises:
        ValueError: As `paired_p_value`, or alpha out of range.
    """
    return 2 * upper_bound(_unit(differences), alpha) - 1


def paired_interval(low: Sequence[float], high: Sequence[float], alpha: float) -> tuple[float, float]:
    """The two-sided interval of the mean difference, alpha / 2 a side.

    Args:
        low: The smallest that each scenario's difference can be, whatever its unmeasured trials were.
        high: The largest.
        alpha: Level of both sides together, in (0, 1).
    """
    return -paired_upper_bound([-difference for difference in low], alpha / 2), paired_upper_bound(high, alpha / 2)


@dataclass(frozen=True, slots=True)
class PairedLooks:
    """The same bound at a few looks, where a run may stop early; see `looks`."""

    unit: Looks

    def passes(self, differences: Sequence[float]) -> bool:
        """Whether a look passes, by a difference for every scenario in the order of asking."""
        return self.unit.passes(_unit(differences))

    def upper_bound(self, differences: Sequence[float]) -> float:
        """The least of the looks' upper confidence bounds, in [-1, 1]."""
        return 2 * self.unit.upper_bound(_unit(differences)) - 1


def paired_looks(scenarios: int, margin: float, alpha: float) -> PairedLooks:
    """The looks of a comparison.

    Args:
        scenarios: At least 1.
        margin: That a pass is to exclude, in (0, 1).
        alpha: Level of all looks together, in (0, 1).
    """
    return PairedLooks(looks(scenarios, (margin + 1) / 2, alpha, hoped=0.5))


def _unit(differences: Sequence[float]) -> list[float]:
    return [(difference + 1) / 2 for difference in differences]
