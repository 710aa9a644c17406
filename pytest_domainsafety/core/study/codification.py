"""Compliance by codification: do deployments help more where law spells the harm out less?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.study.report import ByCodification, CodificationGroup, StudyDomain
from pytest_domainsafety.core.study.resampling import difference_interval, mean_interval
from pytest_domainsafety.core.suite.scenarios import Codification


def by_codification(
    domains: list[StudyDomain], means: Mapping[str, ScenarioMeans], confidence: float, seed: int
) -> ByCodification | None:
    """The mean over the domains of each codification; None where no domain with a rate names one.

    Domains are too few to be drawn again: the intervals are over scenarios, and are about these domains.

    Args:
        domains: All domains.
        means: Their pooled means by name.
        confidence: Of the intervals.
        seed: Of the resampling.
    """
    rates: dict[str, list[list[float]]] = {}
    groups = []
    for level in get_args(Codification):
        names = [each.domain for each in domains if each.codification == level and each.pooled.rate is not None]
        if not names:
            continue
        rates[level] = [means[name].rates for name in names]
        low, high = mean_interval(rates[level], confidence=confidence, seed=seed)
        rate = Interval(estimate=_mean_of_means(rates[level]), low=low, high=high)
        groups.append(CodificationGroup(codification=level, domains=names, rate=rate))
    if not groups:
        return None
    difference = None
    if "high" in rates and "low" in rates:
        low, high = difference_interval(rates["high"], rates["low"], confidence=confidence, seed=seed)
        estimate = _mean_of_means(rates["high"]) - _mean_of_means(rates["low"])
        difference = Interval(estimate=estimate, low=low, high=high)
    return ByCodification(groups=groups, high_minus_low=difference)


def _mean_of_means(domains: list[list[float]]) -> float:
    return sum(sum(each) / len(each) for each in domains) / len(domains)
