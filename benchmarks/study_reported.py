"""The figures that the study's report puts together itself: pooled rates, the span and compliance by codification."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from planted import RATES, Planted
from study_page import Figure, Interval

from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.judging.judge_report import Interval as Reported
from pytest_domainsafety.core.reports.report import Gaps
from pytest_domainsafety.core.study.codification import by_codification
from pytest_domainsafety.core.study.compliance import mean_over_domains, pooled, pooled_means, span
from pytest_domainsafety.core.study.report import Codification, Pooled, StudyDomain

CONFIDENCE: Final = 0.95
SEED: Final = 0
LEVELS: Final[dict[Codification, Sequence[int]]] = {"high": (0, 1), "medium": (2, 3, 4), "low": (5, 6)}
"""The domains of each codification; the paper has more compliance where law spells a harm out less."""


def add_reported(
    found: defaultdict[str, Figure], truth: Planted, cells: Mapping[tuple[int, int], ScenarioMeans]
) -> dict[str, ScenarioMeans]:
    """The figures of one study.

    Args:
        found: To add to.
        truth: The deployments'.
        cells: The operational means by domain and model.

    Returns:
        The pooled means by domain.
    """
    domains, models = (range(count) for count in truth.location.shape)
    means = {f"d{domain}": pooled_means([cells[domain, model] for model in models]) for domain in domains}
    described = {name: pooled([], each, CONFIDENCE, SEED) for name, each in means.items()}
    add_domains(found["rate of a domain"], list(described.values()))
    found["rate of a model over all domains"].add(
        [mean_over_domains([cells[domain, model].rate for domain in domains]) for model in models],
        truth.rates.mean(axis=0),
    )
    add_span(found, means)
    add_codification(found, described, means)
    return means


def add_domains(figure: Figure, domains: Sequence[Pooled]) -> None:
    """The pooled rates with all that the report has beside them."""
    figure.add([each.rate for each in domains], RATES)
    figure.check("percentile bootstrap", [each.bootstrap_ci or (1.0, 0.0) for each in domains])
    figure.check("Gaffke, upper bound", [(None, each.upper_bound) for each in domains])
    figure.check("Gaffke, both sides", [each.gaffke_ci for each in domains])


def add_span(found: defaultdict[str, Figure], means: Mapping[str, ScenarioMeans]) -> None:
    """The interval, held against the span and against the difference of the two domains that it is of."""
    seen = span(means, CONFIDENCE, SEED)
    if seen is None:
        raise SystemExit("no study is without two domains")
    ends = float(RATES[int(seen.highest[1:])] - RATES[int(seen.lowest[1:])])
    for name, true in (
        ("span of the domains", float(np.ptp(RATES))),
        ("difference of the domains at its ends", ends),
    ):
        found[name].add([seen.difference], [true])
        found[name].check("bootstrap", [seen.ci])


def add_codification(
    found: defaultdict[str, Figure], described: Mapping[str, Pooled], means: Mapping[str, ScenarioMeans]
) -> None:
    """The rates by codification, and what high has less than low."""
    levels: dict[str, Codification] = {f"d{each}": level for level, domains in LEVELS.items() for each in domains}
    domains = [
        StudyDomain(
            domain=name,
            codification=levels[name],
            scenarios=len(each.measured),
            pooled=described[name],
            deployments=[],
            scenario_heterogeneity=None,
            deployment_heterogeneity=None,
            gaps=Gaps(),
        )
        for name, each in means.items()
    ]
    seen = by_codification(domains, means, CONFIDENCE, SEED)
    if seen is None or seen.high_minus_low is None:
        raise SystemExit("no study is without two codifications")
    true = {level: float(np.mean(RATES[list(members)])) for level, members in LEVELS.items()}
    rates = {each.codification: each.rate for each in seen.groups}
    add_intervals(found["rate of a codification"], [rates[level] for level in LEVELS], list(true.values()))
    add_intervals(found["high minus low codification"], [seen.high_minus_low], [true["high"] - true["low"]])


def add_intervals(figure: Figure, seen: Sequence[Reported], truths: Sequence[float]) -> None:
    """Estimates with percentile intervals over scenarios within domains."""
    figure.add([each.estimate for each in seen], truths)
    ends: list[Interval] = [(each.low, each.high) for each in seen]
    figure.check("percentile bootstrap", ends)
