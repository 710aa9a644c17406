"""What lies behind a study's rates, as its report holds it: spreads, variance shares and the order of deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.study.heterogeneity import Spread
from pytest_domainsafety.core.study.hierarchy import model_hierarchy
from pytest_domainsafety.core.study.report import Ends, StudyHierarchy, StudyVariance, VarianceTable
from pytest_domainsafety.core.study.scores import PairScore
from pytest_domainsafety.core.study.variance import Share, VarianceShares, moment_shares, sequential_shares
from pytest_domainsafety.core.suite.item_key import ItemKey


def pair_scores(keys: Sequence[ItemKey], deployments: Mapping[str, ScenarioMeans]) -> list[PairScore]:
    """A score a scenario and deployment, for those that were measured.

    Args:
        keys: The operational items of a domain, of equal prompts the first.
        deployments: The means of these items by the deployment's name.
    """
    return [
        PairScore(key.domain, key.scenario, name, value)
        for name, means in deployments.items()
        for key, value in zip(keys, means.measured, strict=True)
        if value is not None
    ]


def study_variance(scores: Sequence[PairScore], confidence: float, seed: int) -> StudyVariance:
    """The variance shares by both estimators."""
    return StudyVariance(
        sequential=_table(sequential_shares(scores, confidence=confidence, seed=seed)),
        moments=_table(moment_shares(scores, confidence=confidence, seed=seed)),
    )


def study_hierarchy(scores: Sequence[PairScore], confidence: float, seed: int) -> StudyHierarchy:
    """Whether domains order the deployments alike."""
    found = model_hierarchy(scores, confidence=confidence, seed=seed)
    return StudyHierarchy(
        mean_spearman=Interval(estimate=found.mean_spearman, low=found.low, high=found.high),
        pairs=found.pairs,
        undefined=found.undefined,
        order=list(found.order),
    )


def ends(spread: Spread | None) -> Ends | None:
    """A spread as the report holds it."""
    if spread is None:
        return None
    return Ends(
        difference=spread.difference,
        highest=spread.highest,
        highest_rate=spread.highest_rate,
        lowest=spread.lowest,
        lowest_rate=spread.lowest_rate,
    )


def _table(shares: VarianceShares) -> VarianceTable:
    return VarianceTable(
        domain=_interval(shares.domain),
        scenario=_interval(shares.scenario),
        deployment=_interval(shares.model),
        residual=_interval(shares.residual),
    )


def _interval(share: Share) -> Interval:
    return Interval(estimate=share.estimate, low=share.low, high=share.high)
