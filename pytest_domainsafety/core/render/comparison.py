"""A comparison of runs, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.comparison import Comparison, DomainComparison, RunComparison
from pytest_domainsafety.core.render.escape import markdown as escaped
from pytest_domainsafety.core.render.escape import printable
from pytest_domainsafety.core.render.numbers import number, signed
from pytest_domainsafety.core.render.sections import shortened
from pytest_domainsafety.core.report import PairedFraming

_LONGEST_DOMAIN: Final = 24


def to_text(comparison: Comparison) -> str:
    """The comparison, at most 80 columns wide but for the runs' names."""
    lines = [f"baseline: {printable(comparison.baseline)}"]
    for run in comparison.runs:
        lines += [
            "",
            f"{printable(run.run)}: {run.decision.upper()}",
            f"{'domain':{_LONGEST_DOMAIN}} framing     shared  change  bound margin decision",
        ]
        lines += [
            f"{shortened(printable(domain.domain), _LONGEST_DOMAIN)} {name:11} {paired.scenarios:6d} "
            f"{signed(paired.difference):>7} {number(paired.upper_bound):>6} "
            f"{domain.comparison.margin:6.2f} {paired.decision.upper()}"
            for domain, name, paired in _rows(run)
        ]
        lines += [printable(note) for note in _notes(run)]
    lines += ["", f"verdict: {comparison.decision.upper()}, exit code {comparison.exit_code}"]
    return "\n".join(lines) + "\n"


def to_markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    parts = [f"## Domain safety: {comparison.decision.upper()} against {escaped(comparison.baseline)}"]
    for run in comparison.runs:
        rows = [
            f"| {escaped(domain.domain)} | {name} | {paired.scenarios} | {number(domain.baseline_rate)} | "
            f"{number(domain.rate)} | {signed(paired.difference)} | {number(paired.upper_bound)} | "
            f"{domain.comparison.margin:.2f} | {paired.decision} |"
            for domain, name, paired in _rows(run)
        ]
        head = (
            "| domain | framing | shared scenarios | baseline operational rate | operational rate | change "
            "| upper bound | margin | decision |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
        )
        parts += [f"### {escaped(run.run)}: {run.decision}", "\n".join([head, *rows])]
        parts += ["\n".join(f"- {escaped(note)}" for note in notes)] if (notes := _notes(run)) else []
    return "\n\n".join(parts) + "\n"


def _rows(run: RunComparison) -> Iterator[tuple[DomainComparison, str, PairedFraming]]:
    for domain in run.domains:
        for name, paired in domain.comparison.framings.items():
            yield domain, name, paired


def _notes(run: RunComparison) -> list[str]:
    notes = list(run.notes)
    for domain, name, paired in _rows(run):
        named = {"new": paired.new, "changed": paired.changed, "no longer there": paired.removed}
        parts = [f"{len(ids)} {word}" for word, ids in named.items() if ids]
        notes += [f"{domain.domain}: {name} scenarios not compared: {', '.join(parts)}"] if parts else []
    return notes
