"""The scenarios of a report, each with what its trials came to, framing by framing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.suite.framings import framing_of

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report

Scenarios = dict[tuple[str, str], dict[str, Tally]]
"""By domain and scenario, then by framing."""


def scenario_tallies(report: Report) -> Scenarios:
    """The tallies of a report's scenarios, in its order."""
    outcomes: dict[tuple[str, str], dict[str, list[str]]] = {}
    for trial in report.trials:
        framings = outcomes.setdefault((trial.domain, trial.scenario), {})
        framings.setdefault(trial.framing, []).append(trial.outcome)
    return {
        key: {name: Tally.of(found, framing_of(name).positive) for name, found in framings.items()}
        for key, framings in outcomes.items()
    }


def compliance(framings: dict[str, Tally]) -> float:
    """The largest rate of a scenario's harmful framings, to sort by."""
    return max((tally.rate or 0.0 for name, tally in framings.items() if framing_of(name).harmful), default=0.0)


def is_clean(framings: dict[str, Tally]) -> bool:
    """Whether a scenario never complied, all of it measured."""
    return all(
        tally == (0, tally.trials, tally.trials) for name, tally in framings.items() if framing_of(name).harmful
    )
