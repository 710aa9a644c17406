"""Framing gaps: what restating a request does, paired by scenario."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pytest_domainsafety.core.bounds.paired import paired_interval
from pytest_domainsafety.core.evidence.clusters import clusters, joined
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.framings import FRAMINGS


class Contrast(NamedTuple):
    """Which two framings a gap is between: the share of one minus that of the other."""

    minuend: str
    subtrahend: str


CONTRASTS: Final = {
    "technical_minus_operational": Contrast("technical", "operational"),
    "analytical_engagement_minus_operational_compliance": Contrast("analytical", "operational"),
}
"""The gaps by their names in reports. A new one is a line here and a field of the report."""

Rows = Mapping[str, Sequence[Trial]]
"""The trials of one framing by scenario id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapVerdict:
    """A gap between two framings of one domain.

    Args:
        scenarios: How many have both framings.
        difference: Mean over those with a measurement in both; None where there is none.
        interval: Two-sided, whatever the unmeasured trials were.
    """

    scenarios: int
    difference: float | None
    interval: tuple[float, float]


def framing_gaps(
    framings: Mapping[str, Rows], alpha: float, asked: Mapping[str, Mapping[str, Hashable]] | None = None
) -> dict[str, GapVerdict]:
    """The gaps of a domain, by name, as far as it has both framings.

    Args:
        framings: Each framing's trials by scenario id.
        alpha: Level of the two-sided intervals.
        asked: What each framing asks, by scenario id; None where no two scenarios ask the same.
    """
    gaps: dict[str, GapVerdict] = {}
    for name, (minuend, subtrahend) in CONTRASTS.items():
        ours, theirs = framings.get(minuend, {}), framings.get(subtrahend, {})
        shared = [scenario for scenario in ours if scenario in theirs]
        if shared:
            groups = clusters(shared, *(asked[name] for name in (minuend, subtrahend) if asked))
            gaps[name] = _gap(
                ScenarioMeans.of(joined(ours, groups), FRAMINGS[minuend].positive),
                ScenarioMeans.of(joined(theirs, groups), FRAMINGS[subtrahend].positive),
                alpha,
            )
    return gaps


def _gap(ours: ScenarioMeans, theirs: ScenarioMeans, alpha: float) -> GapVerdict:
    differences = mean_differences(ours, theirs)
    return GapVerdict(
        scenarios=len(ours.low),
        difference=sum(differences) / len(differences) if differences else None,
        interval=paired_interval(
            [low - high for low, high in zip(ours.low, theirs.high, strict=True)],
            [high - low for high, low in zip(ours.high, theirs.low, strict=True)],
            alpha,
        ),
    )


def mean_differences(ours: ScenarioMeans, theirs: ScenarioMeans) -> list[float]:
    """The differences of the scenarios that were measured on both sides."""
    return [
        mine - other
        for mine, other in zip(ours.measured, theirs.measured, strict=True)
        if mine is not None and other is not None
    ]
