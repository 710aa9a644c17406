"""A study as text: tables of at most 80 columns, the domains' own figures before anything taken over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pytest_domainsafety.core.escape import columns, printable, wrapped
from pytest_domainsafety.core.judging.judge_report import Interval
from pytest_domainsafety.core.study.report import Cell, Ends, Pooled, StudyReport, VarianceTable
from pytest_domainsafety.render.changes import JUDGE_COULD
from pytest_domainsafety.render.framings import beside, fitted, gap_titles
from pytest_domainsafety.render.numbers import signed
from pytest_domainsafety.render.sections import shortened
from pytest_domainsafety.render.study_wording import MEANING, wording_rows
from pytest_domainsafety.render.study_words import (
    apart_sentences,
    deployment_sentence,
    gap,
    kappa_sentences,
    order_sentence,
    percent,
    points,
    span_sentence,
    unmeasured_sentence,
)

_GAPS_BESIDE: Final = 2
_GAP: Final = 28
_DOMAIN: Final = 22
_COLUMN: Final = 10
_COLUMNS: Final = 5
"""Deployments side by side in the heat map; further ones stand below."""

_MOST_UNMEASURED: Final = 12
"""Lines; more are summed up."""


def to_text(study: StudyReport) -> str:
    """The whole study."""
    sections = [
        _deployments(study),
        _compliance(study),
        *_heat_maps(study),
        _apart(study),
        _heterogeneity(study),
        _gaps(study),
        _wording(study),
        _codification(study),
        _variance(study),
        _hierarchy(study),
        [line for text in kappa_sentences(study) for line in wrapped(text, "  ")],
        _unmeasured(study),
        [line for note in study.notes for line in wrapped(f"- {note}", "  ")],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _deployments(study: StudyReport) -> list[str]:
    lines = [f"study of {len(study.deployments)} deployments, {len(study.domains)} domains"]
    for number, each in enumerate(study.deployments, 1):
        lines += wrapped(f"{number} {deployment_sentence(each)}", "  ")
    return lines


def _compliance(study: StudyReport) -> list[str]:
    """A block a domain: pooled first, then each deployment."""
    lines = [f"{'operational compliance':{_DOMAIN}} {'rate':>5} {'95% CI':>9} {'bound':>6} {'scenarios':>9} measured"]
    for domain in study.domains:
        lines.append(_rate_line(domain.domain, domain.pooled, f"{domain.scenarios:9d}", _measured(domain.pooled)))
        for number, cell in enumerate(domain.deployments, 1):
            lines.append(_rate_line(f"  {number} {cell.deployment}", cell, f"{'':9}", _measured(cell)))
    lines.append("a domain's rate is the mean over scenarios of the mean over deployments")
    return lines


def _rate_line(name: str, rated: Pooled | Cell, scenarios: str, measured: str) -> str:
    return (
        f"{_name(name, _DOMAIN)} {_rate(rated.rate, rated.unmeasured):>5} {_range(rated.bootstrap_ci):>9} "
        f"{percent(rated.upper_bound):>6} {scenarios} {measured}"
    )


def _measured(rated: Pooled | Cell) -> str:
    return f"{rated.trials - rated.unmeasured} of {rated.trials}"


def _heat_maps(study: StudyReport) -> Iterator[list[str]]:
    for first in range(0, len(study.deployments), _COLUMNS):
        shown = range(first, min(first + _COLUMNS, len(study.deployments)))
        names = (_name(f"{place + 1} {study.deployments[place].name}", _COLUMN).strip() for place in shown)
        lines = [f"{'domain x deployment':{_DOMAIN}} " + " ".join(f"{name:>{_COLUMN}}" for name in names)]
        for domain in study.domains:
            cells = (domain.deployments[place] for place in shown)
            rates = " ".join(f"{_rate(cell.rate, cell.unmeasured):>{_COLUMN}}" for cell in cells)
            lines.append(f"{_name(domain.domain, _DOMAIN)} {rates}")
        means = " ".join(f"{percent(study.deployments[place].rate):>{_COLUMN}}" for place in shown)
        yield [*lines, f"{'mean of these domains':{_DOMAIN}} {means}"]


def _apart(study: StudyReport) -> list[str]:
    return [line for text in (span_sentence(study), *apart_sentences(study)) if text for line in wrapped(text, "  ")]


def _heterogeneity(study: StudyReport) -> list[str]:
    numbered = {each.name: f"{number} {each.name}" for number, each in enumerate(study.deployments, 1)}
    legend = ["points between the largest rate in a domain and the smallest, and whose they are"]
    lines = [f"{'largest - smallest':{_DOMAIN}} {'between scenarios':>28} {'between deployments':>28}"]
    for each in study.domains:
        scenarios = _ends(each.scenario_heterogeneity)
        deployments = _ends(each.deployment_heterogeneity, numbered, "~" if each.judge_could else ">")
        lines.append(f"{_name(each.domain, _DOMAIN)} {scenarios} {deployments}")
    if any(each.judge_could and _differs(each.deployment_heterogeneity) for each in study.domains):
        legend.append(f"~ {JUDGE_COULD}")
    return [*lines, *legend]


def _differs(ends: Ends | None) -> bool:
    return ends is not None and ends.difference > 0


def _ends(ends: Ends | None, called: Mapping[str, str] | None = None, sign: str = ">") -> str:
    if ends is None:
        return f"{'-':>28}"
    names = ((called or {}).get(name, name) for name in (ends.highest, ends.lowest))
    between = f" {sign} ".join(_name(name, _COLUMN).strip() for name in names) if ends.difference else "all alike"
    return f"{points(ends.difference):>4} {between:>23}"


def _gaps(study: StudyReport) -> list[str]:
    titles = gap_titles(each.gaps for each in study.domains)
    if not titles:
        return []
    lines = []
    for shown in beside(list(titles), _GAPS_BESIDE):
        heads = "".join(f" {fitted(titles[name], _GAP)}" for name in shown)
        lines.append(f"{'framing gap':{_DOMAIN}}{heads}")
        for each in study.domains:
            cells = "".join(f" {gap(each.gaps.get(name)):>{_GAP}}" for name in shown)
            lines.append(f"{_name(each.domain, _DOMAIN)}{cells}")
    return [*lines, "paired by scenario and deployment, with 95% Gaffke intervals"]


def _wording(study: StudyReport) -> list[str]:
    lines = [
        f"{_name(domain, _DOMAIN)} {_name(deployment, _COLUMN)} {worst:>11} {apart:>14} {named:>14}"
        for domain, deployment, worst, apart, named in wording_rows(study)
    ]
    head = f"{'by wording':{_DOMAIN}} {'':{_COLUMN}} {'any framing':>11} {'spread':>14} {'named, helped':>14}"
    return [head, *lines, *wrapped(MEANING, "  ")] if lines else []


def _codification(study: StudyReport) -> list[str]:
    found = study.by_codification
    if found is None:
        return []
    lines = [f"{'by codification':{_DOMAIN}} {'rate':>5} {'95% CI':>9} domains"]
    for group in found.groups:
        head = f"{group.codification:{_DOMAIN}} {percent(group.rate.estimate):>5} {_interval(group.rate):>9} "
        lines += _beside(head, ", ".join(group.domains))
    if (difference := found.high_minus_low) is not None:
        between = f"[{signed(difference.low)}, {signed(difference.high)}]"
        lines.append(f"{'high minus low':{_DOMAIN}} {signed(difference.estimate):>5} {between}")
    return lines


def _beside(head: str, text: str) -> list[str]:
    """A text in the table's last column, on as many lines as it needs."""
    width = 80 - len(head)
    words, lines = printable(text).split(" "), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [columns((head if not number else " " * len(head)) + line[:width]) for number, line in enumerate(lines)]


def _variance(study: StudyReport) -> list[str]:
    names = ("domain", "scenario", "deployment", "residual")
    return [
        f"{'share of the variance':{_DOMAIN}} " + " ".join(f"{name:>13}" for name in names),
        _shares("sequential (eta2)", study.variance.sequential),
        _shares("moments (Henderson)", study.variance.moments),
    ]


def _shares(name: str, table: VarianceTable) -> str:
    parts = (table.domain, table.scenario, table.deployment, table.residual)
    return f"{name:{_DOMAIN}} " + " ".join(f"{percent(each.estimate) + ' ' + _interval(each):>13}" for each in parts)


def _hierarchy(study: StudyReport) -> list[str]:
    return wrapped(order_sentence(study), "  ")


def _unmeasured(study: StudyReport) -> list[str]:
    if not study.unmeasured:
        return []
    lines = ["without a measurement, counted as complied in the bounds:"]
    if len(study.unmeasured) <= _MOST_UNMEASURED:
        return lines + [line for each in study.unmeasured for line in wrapped(f"- {unmeasured_sentence(each)}", "  ")]
    sums: dict[str, Counter[str]] = {}
    for each in study.unmeasured:
        sums.setdefault(each.deployment, Counter())[each.framing] += each.missing + each.unjudged + each.not_asked
    for deployment, counts in sums.items():
        shown = ", ".join(f"{count} {framing}" for framing, count in counts.items())
        lines += wrapped(f"- {deployment}: {shown} trials", "  ")
    return [*lines, "by domain they are in the Markdown and the JSON"]


def _name(name: str, width: int) -> str:
    return shortened(columns(name), width)


def _rate(rate: float | None, unmeasured: int) -> str:
    """The rate, with a star where trials are not in it."""
    return percent(rate) + ("*" if unmeasured and rate is not None else "")


def _range(interval: Sequence[float] | None) -> str:
    return "-" if interval is None else f"{interval[0] * 100:.0f}-{interval[1] * 100:.0f}%"


def _interval(found: Interval) -> str:
    return "" if found.low is None or found.high is None else _range((found.low, found.high))
