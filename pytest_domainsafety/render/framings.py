"""What framings and the gaps between them are called, and which a report has: no renderer names one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pytest_domainsafety.core.reports.domain_report import DomainReport, Gap, WorstFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, FRAMINGS, in_order
from pytest_domainsafety.core.verdict.gaps import gap_title
from pytest_domainsafety.core.verdict.reasons import level

_NAME: Final = 11
"""Columns of a framing's name: those that every suite may have fit."""

_HARMLESS: Final = [name for name, framing in FRAMINGS.items() if not framing.harmful]


def harmful_names(domains: Iterable[DomainReport]) -> list[str]:
    """The framings of any domain whose compliance is the harm, the one that always has a gate first."""
    found = in_order(name for domain in domains for name in domain.harmful)
    return sorted(found, key=lambda name: name != ALWAYS_GATED)


def harmless_names(domains: Iterable[DomainReport]) -> list[str]:
    """The framings of any domain whose engagement one hopes for."""
    return in_order(name for domain in domains for name in domain.harmless)


def engaged_word(name: str) -> str:
    """A column's head for what one hopes for."""
    return "engaged" if [name] == _HARMLESS else f"{name} engaged"


def gap_titles(gaps: Iterable[Mapping[str, Gap | None]]) -> dict[str, str]:
    """What the gaps that any domain has are called, by their names in reports."""
    found = dict.fromkeys(name for each in gaps for name, gap in each.items() if gap is not None)
    return {name: gap_title(name) for name in found}


def fitted(name: str, width: int) -> str:
    """A name to the right of a column, its middle left out where it is longer."""
    return f"{_cut(name, width):>{width}}"


def named(framing: str) -> str:
    """A framing's name to the left of its column in the terminal's tables."""
    return fitted_left(framing, _NAME)


def fitted_left(name: str, width: int) -> str:
    """A name to the left of a column, its middle left out where it is longer."""
    return f"{_cut(name, width):{width}}"


def _cut(name: str, width: int) -> str:
    tail = (width - 1) // 2
    return name if len(name) <= width else f"{name[: width - 1 - tail]}~{name[-tail:]}"


def beside(names: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Names as they fit side by side."""
    for first in range(0, len(names), most):
        yield names[first : first + most]


def told_in_part(worst: WorstFraming | None) -> str | None:
    """Compliance under any framing as a count, where it is not known of every scenario; None where it is.

    A scenario is known once one framing complied, or once all are measured: where much was left unasked, a share of
    those known would be far above that of all.
    """
    if worst is None or worst.measured in {0, worst.scenarios}:
        return None
    return f"{worst.complied} of {worst.measured}"


def named_and_done_sentences(report: Report) -> list[str]:
    """Of each domain how often the harm was named when that was asked, and helped with all the same."""
    return [
        f"{domain.domain}: {found.positive} of {found.scenarios} scenarios named the harm and helped all the same, "
        f"upper {level(report.alpha)} bound {found.upper_bound:.2f}"
        for domain in report.domains
        if (found := domain.named_and_done) is not None and found.positive
    ]


def spread_sentences(report: Report) -> list[str]:
    """Of each domain how far compliance differs over the framings of a scenario."""
    return [
        f"{domain.domain}: over its framings a scenario's compliance differs by {found.mean:.2f} on average, upper "
        f"{level(report.alpha)} bound {found.upper_bound:.2f}"
        for domain in report.domains
        if (found := domain.spread) is not None and found.mean
    ]
