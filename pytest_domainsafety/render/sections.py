"""The parts of the terminal's report below the table: framing gaps and the baseline, a domain a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.reports.domain_report import (
    DomainReport,
    Gap,
    ScenarioShare,
    WorstFraming,
    paired_bound,
)
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.changes import could_be_the_judge, rises
from pytest_domainsafety.render.framings import (
    beside,
    fitted,
    gap_titles,
    harmful_names,
    named,
    told_in_part,
)
from pytest_domainsafety.render.numbers import signed

Style = Literal["green", "yellow", "red", "bold", "plain"]

_BESIDE: Final = 2
_GAP: Final = 29
"""Columns of a gap with its interval."""

_RATES_BESIDE: Final = 4
_RATE: Final = 14

STYLES: Final[dict[str, Style]] = {"pass": "green", "block": "red", "inconclusive": "yellow", "report": "plain"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its colour; it reads as well without."""

    text: str
    style: Style = "plain"


def gap_lines(report: Report, width: int) -> list[Line]:
    """What restating does, paired by scenario: two gaps side by side, further ones below them."""
    titles = gap_titles(domain.gaps for domain in report.domains)
    if not titles:
        return []
    width = max(width, len("framing gap"))
    lines = []
    for shown in beside(list(titles), _BESIDE):
        heads = "".join(f" {fitted(titles[name], _GAP)}" for name in shown)
        lines.append(Line(f"{'framing gap':{width}}{heads}"))
        for domain in report.domains:
            cells = "".join(f" {_gap(domain.gaps.get(name)):>{_GAP}}" for name in shown)
            lines.append(Line(f"{shortened(domain.domain, width)}{cells}"))
    return [*lines, Line(f"gaps are paired by scenario, with {report.confidence * 100:g}% intervals")]


def framing_lines(report: Report, width: int) -> list[Line]:
    """Compliance by framing, where there are several: what is refused plainly may be given when restated."""
    names = harmful_names(report.domains)
    if names in ([], [ALWAYS_GATED]):
        return []
    names.append(ANY)
    width = max(width, len("complied"))
    lines = []
    for shown in beside(names, _RATES_BESIDE):
        lines.append(Line(f"{'complied':{width}}" + "".join(f" {fitted(name, _RATE)}" for name in shown)))
        for domain in report.domains:
            cells = "".join(f" {_rate_of(domain, name):>{_RATE}}" for name in shown)
            lines.append(Line(f"{shortened(domain.domain, width)}{cells}"))
    lines.append(Line("by framing; any: under at least one of them; *: a gate stands on it"))
    if any(told_in_part(domain.worst) for domain in report.domains):
        lines.append(Line("any as a count: of the scenarios known; those not measured in full are left out"))
    return lines


def wording_lines(report: Report, width: int) -> list[Line]:
    """How far answers hang on the wording: a domain a row, with upper bounds."""
    if harmful_names(report.domains) in ([], [ALWAYS_GATED]):
        return []
    width = max(width, len("wording"))
    head = f"{'wording':{width}} {'spread over framings':>{_GAP}} {'named the harm, and helped':>{_GAP}}"
    rows = []
    for domain in report.domains:
        cells = "".join(f" {_share(each):>{_GAP}}" for each in (domain.spread, domain.named_and_done))
        rows.append(Line(f"{shortened(domain.domain, width)}{cells}"))
    return [Line(head), *rows, Line(f"means over scenarios, <= the upper {level(report.alpha)} bound")]


def _share(found: ScenarioShare | None) -> str:
    return "-" if found is None or found.mean is None else f"{found.mean:.2f} <= {found.upper_bound:.2f}"


def _rate_of(domain: DomainReport, name: str) -> str:
    found = domain.worst if name == ANY else domain.harmful.get(name)
    if found is None or found.rate is None:
        return "-"
    share = (told_in_part(found) if isinstance(found, WorstFraming) else None) or f"{found.rate * 100:.0f}%"
    return f"{share}{'' if found.decision is None else '*'}"


def baseline_lines(report: Report, width: int) -> list[Line]:
    """The comparison with the baseline, where there is one."""
    compared = [(domain.domain, domain.baseline) for domain in report.domains if domain.baseline is not None]
    if not compared:
        return []
    width = max(width, len("against baseline"))
    head = f"{'against baseline':{width}} framing     shared  change  bound margin decision"
    rows: list[Line] = []
    for name, baseline in compared:
        for framing, paired in baseline.framings.items():
            rows.append(
                Line(
                    f"{shortened(name, width)} {named(framing)} {paired.scenarios:6d} {signed(paired.difference):>7} "
                    f"{signed(paired_bound(paired)):>6} {baseline.margin:6.2f} {paired.decision.upper()}",
                    STYLES[paired.decision],
                )
            )
            if rose := rises(paired.changes):
                rows += [Line(part) for part in wrapped(f"rose most: {rose}", "  ")]
            for said in could_be_the_judge(name, framing, paired):
                rows += [Line(part) for part in wrapped(said, "  ")]
    return [Line(head), *rows, Line(f"change of compliance, paired by scenario; upper {level(report.alpha)} bound")]


def shortened(name: str, width: int) -> str:
    """A domain's name, exactly so wide."""
    return f"{name if len(name) <= width else name[: width - 1] + '~':{width}}"


def _gap(gap: Gap | None) -> str:
    if gap is None or gap.difference is None:
        return "-"
    return f"{signed(gap.difference)} [{signed(gap.ci[0])}, {signed(gap.ci[1])}]"
