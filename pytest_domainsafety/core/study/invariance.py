"""How far a deployment's answers hang on the wording, on the scenarios that all deployments share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_domainsafety.core.evidence.clusters import worst_clusters
from pytest_domainsafety.core.reports.domain_report import ScenarioShare
from pytest_domainsafety.core.study.report import Wording
from pytest_domainsafety.core.study.shared import StudyRun
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.verdict.invariance import Share, named_and_done, spread
from pytest_domainsafety.core.verdict.worst_framing import worst_means, worst_rows


def wording(run: StudyRun, framings: Mapping[str, Sequence[ItemKey]], alpha: float) -> Wording:
    """One deployment in one domain.

    Args:
        run: The deployment's.
        framings: The domain's shared items by framing.
        alpha: Level of the one-sided bounds.
    """
    rows = {
        name: dict(zip((key.scenario for key in keys), run.rows(keys), strict=True))
        for name, keys in framings.items()
    }
    asked = {name: {key.scenario: run.measurements.asked[key] for key in keys} for name, keys in framings.items()}
    order = dict.fromkeys(key.scenario for keys in framings.values() for key in keys)
    harmful = worst_rows(worst_clusters(order, asked), rows)
    return Wording(
        deployment=run.name,
        framings=[name for name in framings if framing_of(name).harmful],
        any_rate=worst_means(harmful).rate,
        spread=_share(spread(harmful, alpha)),
        named_and_done=_share(named_and_done(rows, asked, alpha)),
    )


def _share(share: Share | None) -> ScenarioShare | None:
    if share is None:
        return None
    return ScenarioShare(
        mean=share.mean, upper_bound=share.upper_bound, scenarios=share.scenarios, positive=share.positive
    )
