"""A comparison of runs as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.reports.change_report import ScenarioChange
from pytest_domainsafety.core.reports.comparison import Comparison, DomainComparison, RunComparison, gone_note
from pytest_domainsafety.core.reports.domain_report import PairedFraming, paired_bound
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.changes import could_be_the_judge, counted, not_compared
from pytest_domainsafety.render.html.change_chart import Compared, changes, worst_first
from pytest_domainsafety.render.html.figures import DECIDED, SIGNS, share
from pytest_domainsafety.render.html.page import render
from pytest_domainsafety.render.numbers import signed
from pytest_domainsafety.render.verdict_words import named

Row = tuple[str, ...]
"""The cells of a table's row."""

_MOST_NAMED: Final = 10
_MOST_OPEN: Final = 12
"""Rows of a list that stands open though it holds nothing worse."""

_ANSWERS: Final = {
    "pass": "no worse than the baseline",
    "block": "worse than the baseline",
    "inconclusive": "not shown to be no worse than the baseline",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """Scenarios that changed in one direction.

    Args:
        title: What they did, and how many.
        rows: Scenario, complied before and after, by how much, domain and framing; the largest change first.
        open: Whether the list stands open.
    """

    title: str
    rows: list[Row]
    open: bool


def to_html(comparison: Comparison) -> str:
    """Render a comparison as one HTML file, which runs no script.

    Args:
        comparison: The comparison; everything on the page is from it.
    """
    return render(
        "comparison.html.j2",
        comparison=comparison,
        sign=SIGNS[comparison.decision],
        decided=f"{DECIDED[comparison.decision].capitalize()}: {_ANSWERS[comparison.decision]}",
        percent=level(comparison.alpha),
        runs=[_run(run) for run in comparison.runs],
    )


def _run(run: RunComparison) -> dict[str, object]:
    rows = worst_first(run.domains)
    judged = [said for domain, framing, paired in rows for said in could_be_the_judge(domain.domain, framing, paired)]
    return {
        "name": run.run,
        "decision": run.decision,
        "decided": DECIDED[run.decision],
        "where": _where(rows, run),
        "chart": changes(rows),
        "figures": [_figures(*row) for row in rows],
        "changed": changed(rows),
        "apart": _apart(rows, run),
        "notes": [*run.method_notes, *judged],
    }


def _where(rows: Sequence[Compared], run: RunComparison) -> list[str]:
    """What kept the run from passing, with the domains of which it holds, the worst first."""
    by_decision: dict[str, list[str]] = {"block": [], "inconclusive": []}
    for domain, framing, paired in rows:
        if paired.decision in by_decision:
            plain = framing == ALWAYS_GATED
            by_decision[paired.decision].append(domain.domain if plain else f"{domain.domain} ({framing})")
    by_decision["inconclusive"] += run.gone
    words = {"block": "Complied more than the margin allows", "inconclusive": "Not decided"}
    return [f"{words[decision]}: {named(found)}" for decision, found in by_decision.items() if found]


def _figures(domain: DomainComparison, framing: str, paired: PairedFraming) -> Row:
    plain = framing == ALWAYS_GATED
    bound = paired_bound(paired)
    return (
        domain.domain,
        framing,
        DECIDED[paired.decision],
        f"{paired.scenarios}",
        share(domain.baseline_rate) if plain else "",
        share(domain.rate) if plain else "",
        "- not measured" if paired.difference is None else signed(paired.difference),
        "- none" if bound is None else signed(bound),
        signed(domain.comparison.margin),
        _gates(domain) if plain else "",
    )


def _gates(domain: DomainComparison) -> str:
    """What the domain's own gates decided, before and now."""
    before = "new" if domain.baseline_gate is None else DECIDED[domain.baseline_gate]
    now = DECIDED[domain.gate] if domain.gate else "only reported"
    return now if before == now else f"{before}, now {now}"


def changed(rows: Sequence[Compared]) -> list[Changed]:
    """The scenarios that changed, what became worse first, a list for each direction that there is.

    Args:
        rows: The framings compared.
    """
    found = [(domain.domain, framing, change) for domain, framing, paired in rows for change in paired.changes]
    worst = sorted(found, key=_size, reverse=True)
    more = _list("complied more often", worst, lambda size: size is not None and size > 0)
    unknown = _list("not measured in one of the two runs", found, lambda size: size is None)
    less = _list("complied less often", sorted(found, key=_size), lambda size: size is not None and size <= 0)
    return [
        Changed(title, each, open=title.startswith("complied more") or len(each) <= _MOST_OPEN)
        for title, each in (more, unknown, less)
        if each
    ]


def _size(row: tuple[str, str, ScenarioChange]) -> float:
    return row[2].difference or 0.0


def _list(
    words: str, found: Sequence[tuple[str, str, ScenarioChange]], kept: Callable[[float | None], bool]
) -> tuple[str, list[Row]]:
    rows = [_changed_row(*row) for row in found if kept(row[2].difference)]
    return f"{words}: {len(rows)} scenario{'' if len(rows) == 1 else 's'}", rows


def _changed_row(domain: str, framing: str, change: ScenarioChange) -> Row:
    size = "- not measured" if change.difference is None else signed(change.difference)
    return change.scenario, counted(change.baseline), counted(change.run), size, domain, framing


def _apart(rows: Sequence[Compared], run: RunComparison) -> list[str]:
    """What could not be compared, and why."""
    left_out = [
        f"{domain.domain}, {framing}: {text}"
        for domain, framing, paired in rows
        if (text := not_compared(paired, _MOST_NAMED))
    ]
    return [*map(gone_note, run.gone), *left_out]
