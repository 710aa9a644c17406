"""What a report's page shows of the evidence: scenarios, what is missing, and every trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.scenario_tallies import compliance, scenario_tallies
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, framing_of, in_order
from pytest_domainsafety.render.html.charts import Chart, Parts, chart, parted

_MOST_ERRORS: Final = 10
_DOUBTFUL: Final = ("missing", "unjudged", "filtered", "not_asked", "reasked", "cut")
"""Counts of a framing for which it is listed."""

_UNMEASURED: Final = {"missing": "missing", "unjudged": "unjudged", "not_asked": "not asked"}
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


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial; domain, framing and outcome also as places in the page's lists, which its filter goes by."""

    trial: TrialReport
    domain: int
    framing: int
    outcome: int
    word: str
    score: str
    remarks: str
    matters: bool


@dataclass(frozen=True, slots=True)
class Trials:
    """All trials, and what they can be filtered by."""

    domains: list[str]
    framings: list[str]
    outcomes: list[str]
    rows: list[TrialRow]
    replies: bool


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
        Parts(domain, Counter(_part(tally) for framings in tallies.values() if (tally := framings.get(ALWAYS_GATED))))
        for domain, tallies in _by_domain(report).items()
    ]
    rows = [row for row in rows if row.counts]
    if not rows:
        return None
    label = f"Scenarios of each domain by how often their {ALWAYS_GATED} replies complied, with their counts."
    return chart(label, parted(rows, _COLOURS, title=f"share of the domain's scenarios, {ALWAYS_GATED}"))


def _by_domain(report: Report) -> dict[str, dict[str, dict[str, Tally]]]:
    """Domain, scenario, framing: of scenarios with a framing whose compliance is the harm."""
    found: dict[str, dict[str, dict[str, Tally]]] = {domain.domain: {} for domain in report.domains}
    for (domain, scenario), framings in scenario_tallies(report).items():
        if any(framing_of(name).harmful for name in framings):
            found.setdefault(domain, {})[scenario] = framings
    return found


def _complied(tally: Tally | None) -> str:
    return "- no such prompt" if tally is None else str(tally) if tally.measured else "- not measured"


def _part(tally: Tally) -> str:
    always, at_times, never, nothing = _COLOURS
    if not tally.measured:
        return nothing
    return never if not tally.positive else always if tally.positive == tally.measured else at_times


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
    found = Counter(trial.error for trial in report.trials if trial.error and trial.outcome in _UNMEASURED)
    return found.most_common(_MOST_ERRORS)


def trials(report: Report) -> Trials:
    """Every trial, in the report's order."""
    domains, framings, outcomes = (
        _distinct([trial.domain for trial in report.trials]),
        _distinct([trial.framing for trial in report.trials]),
        _distinct([trial.outcome for trial in report.trials]),
    )
    rows = [
        TrialRow(
            trial=trial,
            domain=domains[trial.domain],
            framing=framings[trial.framing],
            outcome=outcomes[trial.outcome],
            word=_UNMEASURED.get(trial.outcome, trial.outcome),
            score="- no score" if trial.score is None else f"{trial.score} of 5",
            remarks=_remarks(trial),
            matters=trial.outcome in {"complied", *_UNMEASURED},
        )
        for trial in report.trials
    ]
    words = [_UNMEASURED.get(outcome, outcome) for outcome in outcomes]
    held = any(trial.reply is not None for trial in report.trials)
    return Trials(domains=list(domains), framings=list(framings), outcomes=words, rows=rows, replies=held)


def _distinct(names: Sequence[str]) -> dict[str, int]:
    """Each name's place among those that occur."""
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _remarks(trial: TrialReport) -> str:
    """What is out of the ordinary about a trial."""
    parts = [
        f"{trial.attempts} attempts" if trial.attempts > 1 else "",
        f"finished: {trial.finish_reason}" if trial.finish_reason not in {None, "stop"} else "",
        "refused in words" if trial.called and trial.called.refused_in_words else "",
        f"called {', '.join(trial.called.names)}" if trial.called else "",
        trial.error or "",
    ]
    return "; ".join(part for part in parts if part)
