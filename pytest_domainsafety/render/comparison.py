"""A comparison of runs, as text and as Markdown: which domains and which scenarios changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.escape import markdown as escaped
from pytest_domainsafety.core.escape import printable, wrapped
from pytest_domainsafety.core.reports.comparison import Comparison, DomainComparison, RunComparison
from pytest_domainsafety.core.reports.domain_report import PairedFraming, paired_bound
from pytest_domainsafety.render.changes import (
    CHANGES_HEAD,
    change_cells,
    change_text,
    could_be_the_judge,
    not_compared,
)
from pytest_domainsafety.render.fitting import COMMENT_BYTES, Row, Section, fitted, folded, rows_within
from pytest_domainsafety.render.framings import named
from pytest_domainsafety.render.numbers import number, signed
from pytest_domainsafety.render.sections import shortened

_LONGEST_DOMAIN: Final = 24
_MOST_LISTED: Final = 5
"""Scenarios of a domain's framing on a terminal."""

_MOST_IN_MARKDOWN: Final = 50
_URGENCY: Final = {"block": 0, "inconclusive": 1, "pass": 2}


def to_text(comparison: Comparison) -> str:
    """The comparison, at most 80 columns wide but for the runs' names and long words."""
    lines = [f"baseline: {printable(comparison.baseline)}"]
    for run in comparison.runs:
        lines += [
            "",
            f"{printable(run.run)}: {run.decision.upper()}",
            f"{'domain':{_LONGEST_DOMAIN}} framing     shared  change  bound margin decision",
        ]
        lines += [
            f"{shortened(printable(domain.domain), _LONGEST_DOMAIN)} {named(name)} {paired.scenarios:6d} "
            f"{signed(paired.difference):>7} {number(paired_bound(paired)):>6} "
            f"{domain.comparison.margin:6.2f} {paired.decision.upper()}"
            for domain, name, paired in _rows(run)
        ]
        lines += [line for text in _notes(run, _MOST_LISTED) for line in wrapped(text, "  ")]
        for domain, name, paired in _rows(run):
            lines += _changes(domain.domain, name, paired)
    lines += ["", f"verdict: {comparison.decision.upper()}, exit code {comparison.exit_code}"]
    return "\n".join(lines) + "\n"


def _changes(domain: str, framing: str, paired: PairedFraming) -> list[str]:
    """The scenarios that changed most, and how many more did; those that one run left unmeasured are no change."""
    changes = paired.changes
    if not changes:
        return []
    open_ = sum(change.difference is None for change in changes)
    told = f", {open_} more not measured in both" if open_ else ""
    head = (
        f"{domain}: {len(changes) - open_} of {paired.scenarios} {framing} scenarios changed{told} "
        "(complied, baseline -> run)"
    )
    lines = [*wrapped(head, "  "), *(f"  {printable(change_text(change))}" for change in changes[:_MOST_LISTED])]
    left = len(changes) - _MOST_LISTED
    return lines + ([f"  and {left} more (--json lists all)"] if left > 0 else [])


def to_markdown(comparison: Comparison, limit: int = COMMENT_BYTES) -> str:
    """The comparison as Markdown, of at most so many bytes."""
    title = f"## Domain safety: {comparison.decision.upper()} against {escaped(comparison.baseline)}"
    sections = [Section("", title)]
    for run in comparison.runs:
        rows = [Row(_row(domain, name, paired), _URGENCY[paired.decision]) for domain, name, paired in _rows(run)]
        head = (
            "| domain | framing | shared scenarios | baseline operational rate | operational rate | change "
            "| upper bound | margin | decision |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
        )
        named = escaped(run.run)
        notes = "\n".join(f"- {escaped(note)}" for note in _notes(run, _MOST_IN_MARKDOWN))
        sections += [
            Section("", f"### {named}: {run.decision}"),
            Section("", rows_within(head, rows, limit // (2 * len(comparison.runs)), "rows")),
            Section(f"the notes on {named}", notes, 2),
            Section(f"the scenarios of {named}", folded("Scenarios that changed", _changes_table(run)), 1),
        ]
    return fitted(sections, limit, "the JSON (--json)")


def _row(domain: DomainComparison, name: str, paired: PairedFraming) -> str:
    return (
        f"| {escaped(domain.domain)} | {name} | {paired.scenarios} | {number(domain.baseline_rate)} | "
        f"{number(domain.rate)} | {signed(paired.difference)} | {number(paired_bound(paired))} | "
        f"{domain.comparison.margin:.2f} | {paired.decision} |"
    )


def _changes_table(run: RunComparison) -> str:
    rows, left = [], 0
    for domain, name, paired in _rows(run):
        rows += [
            f"| {escaped(domain.domain)} | {name} | {escaped(change.scenario)} | {change_cells(change)} |"
            for change in paired.changes[:_MOST_IN_MARKDOWN]
        ]
        left += max(0, len(paired.changes) - _MOST_IN_MARKDOWN)
    more = f"\n\nand {left} more, in the JSON (--json)" if left else ""
    return "\n".join([CHANGES_HEAD, *rows]) + more if rows else ""


def _rows(run: RunComparison) -> Iterator[tuple[DomainComparison, str, PairedFraming]]:
    for domain in run.domains:
        for name, paired in domain.comparison.framings.items():
            yield domain, name, paired


def _notes(run: RunComparison, most: int) -> list[str]:
    notes = [
        f"{domain.domain}: {domain.baseline_gate} -> {domain.gate or 'only reported'} by its own gate"
        for domain in run.domains
        if domain.baseline_gate not in {None, domain.gate}
    ]
    for domain, name, paired in _rows(run):
        notes += could_be_the_judge(domain.domain, name, paired)
        parts = not_compared(paired, most)
        notes += [f"{domain.domain}: {name} scenarios not compared: {parts}"] if parts else []
    return [*run.notes, *notes]
