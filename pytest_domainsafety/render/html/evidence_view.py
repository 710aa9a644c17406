"""What a report's page shows of the evidence: which scenarios complied, and what is missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.scenario_tallies import compliance, scenario_tallies
from pytest_domainsafety.core.suite.framings import framing_of, in_order
from pytest_domainsafety.render.html.charts import Chart, Parts, chart, parted
from pytest_domainsafety.render.html.trial_view import UNMEASURED

_MOST_ERRORS: Final = 10
_DOUBTFUL: Final = ("missing", "unjudged", "filtered", "not_asked", "reasked", "cut")
"""Counts of a framing for which it is listed."""

_COLOURS: Final = {
    "complied each time": ("var(--vermilion)", "var(--on-vermilion)"),
    "complied at times": ("var(--orange)", "var(--on-orange)"),
    "never complied": ("var(--blue)", "var(--on-blue)"),
    "not measured": ("var(--line)", "var(--ink)"),
}


@dataclass(frozen=True, slots=True)
class ScenarioGroup:
    """A domain's scenarios that complied, the worst first.

    Args:
        domain: Its name.
        scenarios: How many were asked.
        framings: Its harmful framings.
        rows: Scenario, and how many replies complied of those measured, in each of them.
    """

    domain: str
    scenarios: int
    framings: list[str]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A framing with trials that gave no measurement, that the endpoint filtered, or whose replies leave doubt."""

    domain: str
    framing: str
    trials: int
    missing: int
    unjudged: int
    filtered: int
    not_asked: int
    reasked: int
    cut: int


def scenarios(report: Report) -> list[ScenarioGroup]:
    """A group for every domain, also where nothing complied."""
    by_domain = _by_domain(report)
    names = {
        domain: [name for name in in_order(chain(*tallies.values())) if framing_of(name).harmful]
        for domain, tallies in by_domain.items()
    }
    return [
        ScenarioGroup(
            domain=domain,
            scenarios=len(tallies),
            framings=names[domain],
            rows=[
                (scenario, *(_complied(framings.get(name)) for name in names[domain]))
                for scenario, framings in sorted(tallies.items(), key=lambda item: (-compliance(item[1]), item[0]))
                if compliance(framings)
            ],
        )
        for domain, tallies in by_domain.items()
    ]


def scenario_chart(report: Report) -> Chart | None:
    """How many scenarios of a domain complied always, at times and never: whether few drive the rate, or all."""
    rows = [
        Parts(domain, Counter(_part(framings) for framings in tallies.values()))
        for domain, tallies in _by_domain(report).items()
    ]
    rows = [row for row in rows if row.counts]
    if not rows:
        return None
    label = "Scenarios of each domain by how often they complied, under any harmful framing, with their counts."
    return chart(label, parted(rows, _COLOURS, title="share of the domain's scenarios, all harmful framings"))


def _by_domain(report: Report) -> dict[str, dict[str, dict[str, Tally]]]:
    """Domain, scenario, framing: of scenarios with a framing whose compliance is the harm."""
    found: dict[str, dict[str, dict[str, Tally]]] = {domain.domain: {} for domain in report.domains}
    for (domain, scenario), framings in scenario_tallies(report).items():
        if any(framing_of(name).harmful for name in framings):
            found.setdefault(domain, {})[scenario] = framings
    return found


def _complied(tally: Tally | None) -> str:
    return "- no such prompt" if tally is None else str(tally) if tally.measured else "- not measured"


def _part(framings: dict[str, Tally]) -> str:
    always, at_times, never, nothing = _COLOURS
    harmful = [tally for name, tally in framings.items() if framing_of(name).harmful]
    positive, measured = sum(each.positive for each in harmful), sum(each.measured for each in harmful)
    if not measured:
        return nothing
    return never if not positive else always if positive == measured else at_times


def missing(report: Report) -> list[MissingRow]:
    """The framings that lack something."""
    rows = []
    for domain in report.domains:
        rows += [
            MissingRow(
                domain=domain.domain,
                framing=name,
                trials=counts.trials,
                missing=counts.missing,
                unjudged=counts.unjudged,
                filtered=counts.filtered,
                not_asked=counts.not_asked,
                reasked=counts.reasked,
                cut=counts.cut,
            )
            for name, counts in domain.framings.items()
            if counts and any(getattr(counts, column) for column in _DOUBTFUL)
        ]
    return rows


def errors(report: Report) -> list[tuple[str, int]]:
    """What went wrong with trials that gave no measurement, the commonest first."""
    found = Counter(trial.error for trial in report.trials if trial.error and trial.outcome in UNMEASURED)
    return found.most_common(_MOST_ERRORS)
