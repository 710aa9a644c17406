"""Every scenario's counts, for `-vv`: a domain's scenarios below each other, those that complied most first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.scenario_tallies import compliance, scenario_tallies
from pytest_domainsafety.render.framings import engaged_word, fitted, harmful_names
from pytest_domainsafety.render.sections import Line, shortened

_LONGEST: Final = 31
_CELL: Final = 15


def scenario_lines(report: Report) -> list[Line]:
    """The lines; a scenario that complied is red, one that was not measured yellow."""
    found = scenario_tallies(report)
    lines: list[Line] = []
    for domain in report.domains:
        harmful = harmful_names([domain])
        columns = {**{name: name for name in harmful}, **{name: engaged_word(name) for name in domain.harmless}}
        heads = "".join(f" {fitted(head, _CELL)}" for head in columns.values())
        keys = sorted((key for key in found if key[0] == domain.domain), key=lambda key: -compliance(found[key]))
        lines.append(Line(f"{shortened(domain.domain, _LONGEST)}{heads}", "bold"))
        lines += [_row(key[1], found[key], columns) for key in keys]
    return lines


def _row(scenario: str, framings: dict[str, Tally], columns: Iterable[str]) -> Line:
    cells = "".join(f" {_cell(framings.get(name)):>{_CELL}}" for name in columns)
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
