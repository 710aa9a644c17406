"""A comparison of runs as a page."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_domainsafety.core.reports.comparison import Comparison, DomainComparison, RunComparison
from pytest_domainsafety.core.reports.domain_report import PairedFraming, paired_bound
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.changes import could_be_the_judge, counted, not_compared
from pytest_domainsafety.render.html.figures import DECIDED, share
from pytest_domainsafety.render.html.page import render
from pytest_domainsafety.render.numbers import signed

Row = tuple[str, ...]
"""The cells of a table's row."""

_MOST_NAMED = 10


def to_html(comparison: Comparison) -> str:
    """Render a comparison as one HTML file, which runs no script.

    Args:
        comparison: The comparison; everything on the page is from it.
    """
    return render(
        "comparison.html.j2",
        comparison=comparison,
        decided=DECIDED[comparison.decision],
        percent=level(comparison.alpha),
        runs=[
            {
                "name": run.run,
                "decided": DECIDED[run.decision],
                "domains": list(_domains(run)),
                "changes": list(changes(run.domains)),
                "notes": _notes(run),
            }
            for run in comparison.runs
        ],
    )


def _framings(domains: list[DomainComparison]) -> Iterator[tuple[DomainComparison, str, PairedFraming]]:
    for domain in domains:
        for name, paired in domain.comparison.framings.items():
            yield domain, name, paired


def _domains(run: RunComparison) -> Iterator[Row]:
    for domain, framing, paired in _framings(run.domains):
        yield (
            domain.domain,
            framing,
            DECIDED[paired.decision],
            f"{paired.scenarios}",
            share(domain.baseline_rate),
            share(domain.rate),
            "- not measured" if paired.difference is None else signed(paired.difference),
            "- none" if (bound := paired_bound(paired)) is None else signed(bound),
            signed(domain.comparison.margin),
            "new" if domain.baseline_gate is None else DECIDED[domain.baseline_gate],
            DECIDED[domain.gate] if domain.gate else "only reported",
        )


def changes(domains: list[DomainComparison]) -> Iterator[Row]:
    """A row for each scenario that changed, the largest change of a domain first."""
    for domain, framing, paired in _framings(domains):
        for change in paired.changes:
            size = "- not measured" if change.difference is None else signed(change.difference)
            yield domain.domain, framing, change.scenario, counted(change.baseline), counted(change.run), size


def _notes(run: RunComparison) -> list[str]:
    left_out = [
        f"{domain.domain}, {framing}, not compared: {text}"
        for domain, framing, paired in _framings(run.domains)
        if (text := not_compared(paired, _MOST_NAMED))
    ]
    judged = [
        said
        for domain, framing, paired in _framings(run.domains)
        for said in could_be_the_judge(domain.domain, framing, paired)
    ]
    return [*run.notes, *judged, *left_out]
