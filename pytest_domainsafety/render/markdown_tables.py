"""Two tables of the Markdown report: what restating changes, and what became of compliance since the baseline."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.escape import markdown
from pytest_domainsafety.core.reports.domain_report import Gap, paired_bound
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.changes import CHANGES_HEAD, change_cells
from pytest_domainsafety.render.framings import gap_titles, named_and_done_sentences
from pytest_domainsafety.render.numbers import number

SIGNS: Final = {"pass": "✅", "block": "⛔", "inconclusive": "❔", "report": "📋"}

_MOST_CHANGES: Final = 10
_LONGEST: Final = 500
"""Of a reply, a name or a sentence, in characters."""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, cut: a name or a message may be as long as who wrote it liked."""
    return markdown(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def gaps_markdown(report: Report) -> str:
    """The framing gaps with their intervals; empty where no domain has one."""
    titles = gap_titles(domain.gaps for domain in report.domains)
    if not titles:
        return ""
    cells = [[_gap(domain.gaps.get(name)) for name in titles] for domain in report.domains]
    rows = [
        f"| {' | '.join([escaped(domain.domain), *row])} |" for domain, row in zip(report.domains, cells, strict=True)
    ]
    heads = ["domain", *(escaped(title) for title in titles.values())]
    head = f"| {' | '.join(heads)} |\n| --- |{' ---: |' * len(titles)}"
    said = f"Framing gaps are paired by scenario, with {report.confidence * 100:g} % intervals."
    return "\n".join([head, *rows, "", said, *(f"\n{escaped(each)}." for each in named_and_done_sentences(report))])


def _gap(gap: Gap | None) -> str:
    if gap is None or gap.difference is None:
        return "-"
    return f"{gap.difference:+.2f} ({gap.ci[0]:+.2f} to {gap.ci[1]:+.2f})"


def baseline_markdown(report: Report) -> str:
    """Each domain against the baseline, and what changed most; empty where there is none."""
    rows = [
        f"| {escaped(domain.domain)} | {escaped(name)} | {paired.scenarios} | {number(paired.difference)} | "
        f"{number(paired_bound(paired))} | "
        f"{domain.baseline.margin:.2f} | {SIGNS[paired.decision]} {paired.decision} |"
        for domain in report.domains
        if domain.baseline is not None
        for name, paired in domain.baseline.framings.items()
    ]
    if not rows:
        return ""
    head = (
        "| domain | framing | shared scenarios | change of compliance "
        f"| upper {level(report.alpha)} bound | margin | decision |\n| --- | --- | ---: | ---: | ---: | ---: | --- |"
    )
    changes = [
        f"| {escaped(domain.domain)} | {escaped(name)} | {escaped(change.scenario)} | {change_cells(change)} |"
        for domain in report.domains
        if domain.baseline is not None
        for name, paired in domain.baseline.framings.items()
        for change in paired.changes[:_MOST_CHANGES]
    ]
    table = "\n".join([head, *rows])
    if not changes:
        return table
    return "\n".join([f"{table}\n\nScenarios that changed most, of each domain:\n", CHANGES_HEAD, *changes])
