"""Framing gaps over several deployments: paired by scenario and deployment, then averaged over deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_domainsafety.core.bounds.paired import paired_interval
from pytest_domainsafety.core.evidence.clusters import clusters
from pytest_domainsafety.core.reports.domain_report import Gap
from pytest_domainsafety.core.study.compliance import means_of, pooled_means
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.verdict.gaps import contrasts


def pooled_gaps(
    runs: Sequence[StudyRun], framings: Mapping[str, Sequence[ItemKey]], alpha: float
) -> dict[str, Gap | None]:
    """The gaps of a domain, as far as it has both framings.

    Args:
        runs: The deployments'.
        framings: The domain's shared items by framing.
        alpha: Level of the two-sided intervals.
    """
    found: dict[str, Gap] = {}
    for name, (minuend, subtrahend) in contrasts(framings).items():
        theirs = {key.scenario: key for key in framings.get(subtrahend, ())}
        ours = [key for key in framings.get(minuend, ()) if key.scenario in theirs]
        if ours:
            both = [(key, theirs[key.scenario]) for key in ours]
            asked = runs[0].measurements.asked
            groups = clusters(both, *({pair: asked[pair[side]] for pair in both} for side in (0, 1)))
            found[name] = _gap(runs, groups, alpha)
    return {**dict.fromkeys(contrasts(FRAMINGS)), **found}


def _gap(runs: Sequence[StudyRun], groups: Sequence[Sequence[tuple[ItemKey, ItemKey]]], alpha: float) -> Gap:
    ours, theirs = ([[pair[side] for pair in group] for group in groups] for side in (0, 1))
    pairs = [(means_of(run, ours), means_of(run, theirs)) for run in runs]
    minuend, subtrahend = (pooled_means(side) for side in zip(*pairs, strict=True))
    differences = []
    for number in range(len(ours)):
        both = [(mine.measured[number], other.measured[number]) for mine, other in pairs]
        known = [one - two for one, two in both if one is not None and two is not None]
        differences += [sum(known) / len(known)] if known else []
    return Gap(
        difference=sum(differences) / len(differences) if differences else None,
        ci=paired_interval(
            [low - high for low, high in zip(minuend.low, subtrahend.high, strict=True)],
            [high - low for high, low in zip(minuend.high, subtrahend.low, strict=True)],
            alpha,
        ),
        scenarios=sum(map(len, groups)),
    )
