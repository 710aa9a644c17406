"""Compliance by domain and deployment: rates, intervals and bounds, and how far domains lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from pytest_domainsafety.core.bounds.bootstrap import cluster_bootstrap_interval
from pytest_domainsafety.core.bounds.gaffke import lower_bound, upper_bound
from pytest_domainsafety.core.evidence.clusters import joined
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.outcome import JUDGED, Outcome
from pytest_domainsafety.core.study.report import Apart, Cell, Pooled, Span, StudyDomain
from pytest_domainsafety.core.study.resampling import difference_interval
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey


def means_of(run: StudyRun, groups: Sequence[Sequence[ItemKey]]) -> ScenarioMeans:
    """A run's scenario means of some items of one framing, those of equal prompts in one group."""
    return ScenarioMeans.of(joined(run.measurements.rows, groups), framing_of(groups[0][0].framing).positive)


def pooled_means(means: Sequence[ScenarioMeans]) -> ScenarioMeans:
    """The mean over deployments, scenario by scenario; one that was not measured counts both ways in the bounds.

    Args:
        means: One a deployment, of the same scenarios in the same order.
    """
    measured = []
    for row in zip(*(each.measured for each in means), strict=True):
        known = [value for value in row if value is not None]
        measured.append(_mean(known) if known else None)
    return ScenarioMeans(
        [_mean(row) for row in zip(*(each.low for each in means), strict=True)],
        [_mean(row) for row in zip(*(each.high for each in means), strict=True)],
        measured,
    )


def cell(run: StudyRun, keys: Sequence[ItemKey], means: ScenarioMeans, confidence: float, seed: int) -> Cell:
    """One deployment in one domain.

    Args:
        run: The deployment's.
        keys: The shared operational items of the domain.
        means: Of these items.
        confidence: Of interval and bound.
        seed: Of the resampling.
    """
    tally = Counter(trial.outcome for row in run.rows(keys) for trial in row)
    return Cell(
        deployment=run.name,
        scenarios=len(keys),
        trials=tally.total(),
        judged=sum(tally[outcome] for outcome in JUDGED),
        missing=tally[Outcome.MISSING],
        unjudged=tally[Outcome.UNJUDGED],
        filtered=tally[Outcome.FILTERED],
        not_asked=tally[Outcome.NOT_ASKED],
        complied=tally[Outcome.COMPLIED],
        rate=means.rate,
        bootstrap_ci=_bootstrap(means, confidence, seed),
        upper_bound=upper_bound(means.high, 1 - confidence),
    )


def pooled(cells: Sequence[Cell], means: ScenarioMeans, confidence: float, seed: int) -> Pooled:
    """A domain over all deployments.

    Args:
        cells: One a deployment.
        means: The pooled ones.
        confidence: Of intervals and bound.
        seed: Of the resampling.
    """
    side = (1 - confidence) / 2
    return Pooled(
        trials=sum(each.trials for each in cells),
        unmeasured=sum(each.unmeasured for each in cells),
        rate=means.rate,
        bootstrap_ci=_bootstrap(means, confidence, seed),
        upper_bound=upper_bound(means.high, 1 - confidence),
        gaffke_ci=(lower_bound(means.low, side), upper_bound(means.high, side)),
    )


def span(means: Mapping[str, ScenarioMeans], confidence: float, seed: int) -> Span | None:
    """From the lowest domain to the highest; None where there are not two with a rate.

    The interval is of the difference between the two domains that these data put at the ends.
    """
    rates = {domain: each.rate for domain, each in means.items() if each.rate is not None}
    if len(rates) < 2:  # noqa: PLR2004 - two ends
        return None
    highest, lowest = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
    return Span(
        difference=rates[highest] - rates[lowest],
        highest=highest,
        highest_rate=rates[highest],
        lowest=lowest,
        lowest_rate=rates[lowest],
        ci=difference_interval([means[highest].rates], [means[lowest].rates], confidence=confidence, seed=seed),
    )


def apart(domains: Sequence[StudyDomain]) -> list[Apart]:
    """The pairs of domains whose bootstrap intervals do not overlap, the higher of each first."""
    found = []
    for one, other in combinations(domains, 2):
        for higher, lower in ((one, other), (other, one)):
            ours, theirs = higher.pooled, lower.pooled
            if ours.bootstrap_ci and theirs.bootstrap_ci and ours.bootstrap_ci[0] > theirs.bootstrap_ci[1]:
                separate = ours.gaffke_ci[0] > theirs.gaffke_ci[1]
                found.append(Apart(higher=higher.domain, lower=lower.domain, gaffke=separate))
    return found


def mean_over_domains(rates: Sequence[float | None]) -> float | None:
    """The mean of all domains' rates; None where one of them has none, since the rest would be another mean."""
    known = [rate for rate in rates if rate is not None]
    return _mean(known) if known and len(known) == len(rates) else None


def _bootstrap(means: ScenarioMeans, confidence: float, seed: int) -> tuple[float, float] | None:
    if not means.rates:
        return None
    return cluster_bootstrap_interval(means.rates, confidence=confidence, seed=seed)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
