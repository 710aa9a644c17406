"""The sensitivity bound with the sub-topic as the unit: scenarios of one sub-topic may rise and fall together.

It decides nothing. Ten sub-topics cannot show less than 0.259, so it is far wider than the gate's own bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_domainsafety.core.bounds.gaffke import upper_bound


@dataclass(frozen=True, slots=True)
class SubtopicBound:
    """How many sub-topics there are, and the upper bound on the mean of their means."""

    subtopics: int
    upper_bound: float


def subtopic_bound(means: Sequence[float], tags: Sequence[tuple[str, ...]], alpha: float) -> SubtopicBound | None:
    """Take the first tag of each scenario as its cluster; one without tags stands for itself.

    Args:
        means: A mean a scenario, in [0, 1].
        tags: A tuple of tags a scenario, in the same order.
        alpha: Level of the one-sided bound.

    Returns:
        None where no scenario has a tag, so that there are no sub-topics to speak of.
    """
    if not any(tags):
        return None
    clusters: dict[str | int, list[float]] = {}
    for number, (mean, named) in enumerate(zip(means, tags, strict=True)):
        clusters.setdefault(named[0] if named else number, []).append(mean)
    return SubtopicBound(len(clusters), upper_bound([sum(group) / len(group) for group in clusters.values()], alpha))
