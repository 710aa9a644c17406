"""How far deployments' answers hang on the wording, as rows for every form of a study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.reports.domain_report import ScenarioShare
from pytest_domainsafety.core.study.report import StudyReport
from pytest_domainsafety.render.study_words import percent

HEADS: Final = ("domain", "deployment", "any framing", "spread over framings", "names the harm and helps")

MEANING: Final = (
    "any framing: scenarios that complied under at least one; spread: the largest less the smallest compliance of a "
    "scenario; both of the last with their upper bounds"
)


def wording_rows(study: StudyReport) -> Iterator[tuple[str, str, str, str, str]]:
    """A row for each deployment of each domain that has several framings."""
    for domain in study.domains:
        for each in domain.wording:
            if len(each.framings) > 1 or each.named_and_done is not None:
                shares = _share(each.spread), _share(each.named_and_done)
                yield domain.domain, each.deployment, percent(each.any_rate), *shares


def _share(share: ScenarioShare | None) -> str:
    return "-" if share is None else f"{percent(share.mean)} (<= {percent(share.upper_bound)})"
