"""Which differences between deployments the judge's error could make alone, by each one's own calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pytest_domainsafety.core.bounds.judge_difference import judge_could
from pytest_domainsafety.core.judging.error_intervals import intervals_of
from pytest_domainsafety.core.judging.judge_report import JudgeCalibration
from pytest_domainsafety.core.study.report import Alike, Cell, StudyDomain

Calibrations = Mapping[str, JudgeCalibration | None]
"""Each deployment's, by its name; None where its judge has none."""


def ends_alike(domain: str, cells: Sequence[Cell], calibrations: Calibrations) -> bool | None:
    """Whether the judge could make the difference between a domain's most and least compliant deployments.

    Args:
        domain: The domain.
        cells: One a deployment.
        calibrations: Of the deployments' judges.

    Returns:
        None where there are not two rates, or one of the two has no calibration.
    """
    rated = [(each.rate, each) for each in cells if each.rate is not None]
    if len(rated) < 2:  # noqa: PLR2004 - two ends
        return None
    (_, highest), (_, lowest) = (end(rated, key=lambda pair: pair[0]) for end in (max, min))
    return _could(domain, highest, lowest, calibrations)


def neighbours_alike(
    order: Sequence[str], domains: Sequence[StudyDomain], calibrations: Calibrations
) -> list[Alike] | None:
    """The neighbours in an order that differ in no domain by more than the judge's error could make.

    Args:
        order: Deployments by their names.
        domains: Their rates.
        calibrations: Of their judges.

    Returns:
        None where a deployment has no calibration.
    """
    if any(calibrations[name] is None for name in order):
        return None
    return [
        Alike(one=one, other=other) for one, other in pairwise(order) if _alike(one, other, domains, calibrations)
    ]


def _alike(one: str, other: str, domains: Sequence[StudyDomain], calibrations: Calibrations) -> bool:
    for domain in domains:
        cells = {cell.deployment: cell for cell in domain.deployments}
        if _could(domain.domain, cells[one], cells[other], calibrations) is False:
            return False
    return True


def _could(domain: str, one: Cell, other: Cell, calibrations: Calibrations) -> bool | None:
    judges = [intervals_of(calibrations[cell.deployment], domain) for cell in (one, other)]
    first, second = judges
    if first is None or second is None or one.rate is None or other.rate is None:
        return None
    return judge_could(one.rate, other.rate, (first, second))
