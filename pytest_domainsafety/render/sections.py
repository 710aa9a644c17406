"""The parts of the terminal's report below the table: framing gaps and the baseline, a domain a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pytest_domainsafety.core.escape import wrapped
from pytest_domainsafety.core.reports.report import Gap, Report
from pytest_domainsafety.core.verdict.reasons import level
from pytest_domainsafety.render.changes import bound_shown, could_be_the_judge, rises
from pytest_domainsafety.render.numbers import signed

Style = Literal["green", "yellow", "red", "bold", "plain"]

STYLES: Final[dict[str, Style]] = {"pass": "green", "block": "red", "inconclusive": "yellow", "report": "plain"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its colour; it reads as well without."""

    text: str
    style: Style = "plain"


def gap_lines(report: Report, width: int) -> list[Line]:
    """What restating does: technical and analytical against operational, paired by scenario."""
    pairs = [
        (
            domain,
            domain.gaps.technical_minus_operational,
            domain.gaps.analytical_engagement_minus_operational_compliance,
        )
        for domain in report.domains
    ]
    if not any(technical or analytical for _, technical, analytical in pairs):
        return []
    width = max(width, len("framing gap"))
    head = f"{'framing gap':{width}} {'technical - operational':>26} {'engaged - complied':>26}"
    rows = [
        Line(f"{shortened(domain.domain, width)} {_gap(technical):>26} {_gap(analytical):>26}")
        for domain, technical, analytical in pairs
    ]
    return [Line(head), *rows, Line(f"gaps are paired by scenario, with {report.confidence * 100:g}% intervals")]


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
                    f"{shortened(name, width)} {framing:11} {paired.scenarios:6d} {signed(paired.difference):>7} "
                    f"{signed(bound_shown(paired)):>6} {baseline.margin:6.2f} {paired.decision.upper()}",
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
