"""Every scenario's counts, for `-vv`: a domain's scenarios below each other, those that complied most first."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.scenario_tallies import compliance, scenario_tallies
from pytest_domainsafety.render.sections import Line, shortened

_FRAMINGS: Final = ("operational", "technical", "analytical")
_LONGEST: Final = 31
_CELL: Final = 15


def scenario_lines(report: Report) -> list[Line]:
    """The lines, at most 80 columns wide; a scenario that complied is red, one that was not measured yellow."""
    found = scenario_tallies(report)
    heads = "".join(f" {name:>{_CELL}}" for name in ("operational", "technical", "engaged"))
    lines: list[Line] = []
    for domain in report.domains:
        keys = sorted((key for key in found if key[0] == domain.domain), key=lambda key: -compliance(found[key]))
        lines.append(Line(f"{shortened(domain.domain, _LONGEST)}{heads}", "bold"))
        lines += [_row(key[1], found[key]) for key in keys]
    return lines


def _row(scenario: str, framings: dict[str, Tally]) -> Line:
    cells = "".join(f" {_cell(framings.get(name)):>{_CELL}}" for name in _FRAMINGS)
    missing = any(tally.measured < tally.trials for tally in framings.values())
    return Line(
        f"{shortened(scenario, _LONGEST)}{cells}",
        "red" if compliance(framings) else "yellow" if missing else "plain",
    )


def _cell(tally: Tally | None) -> str:
    """So many of the measured, and of how many where some were not."""
    if tally is None:
        return "-"
    if not tally.measured:
        return "unmeasured"
    left = tally.trials - tally.measured
    return f"{tally.positive} of {tally.measured}" + (f" (-{left})" if left else "")
