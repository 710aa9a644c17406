"""Framing gaps: what restating a request does, paired by scenario."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pytest_domainsafety.core.bounds.paired import paired_interval
from pytest_domainsafety.core.evidence.clusters import clusters, joined
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, FRAMINGS, framing_of, in_order


class Contrast(NamedTuple):
    """Which two framings a gap is between: the share of one minus that of the other."""

    minuend: str
    subtrahend: str


_RESTATED: Final = f"_minus_{ALWAYS_GATED}"
_ENGAGED: Final = f"_engagement_minus_{ALWAYS_GATED}_compliance"


def contrasts(names: Iterable[str]) -> dict[str, Contrast]:
    """The gaps between framings and the one that always has a gate, by their names in reports.

    Args:
        names: The framings.
    """
    found = sorted(in_order(names), key=lambda name: not framing_of(name).harmful)
    return {
        name + (_RESTATED if framing_of(name).harmful else _ENGAGED): Contrast(name, ALWAYS_GATED)
        for name in found
        if name != ALWAYS_GATED
    }


def gap_title(gap: str) -> str:
    """What a gap is called where people read, by its name in reports."""
    if gap.endswith(_ENGAGED):
        name = gap.removesuffix(_ENGAGED)
        return f"{'' if name in FRAMINGS else f'{name} '}engaged - complied"
    return f"{gap.removesuffix(_RESTATED)} - {ALWAYS_GATED}"


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
    for name, (minuend, subtrahend) in contrasts(framings).items():
        ours, theirs = framings.get(minuend, {}), framings.get(subtrahend, {})
        shared = [scenario for scenario in ours if scenario in theirs]
        if shared:
            groups = clusters(shared, *(asked[name] for name in (minuend, subtrahend) if asked))
            gaps[name] = _gap(
                ScenarioMeans.of(joined(ours, groups), framing_of(minuend).positive),
                ScenarioMeans.of(joined(theirs, groups), framing_of(subtrahend).positive),
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
