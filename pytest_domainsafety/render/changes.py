"""The scenarios that changed against a baseline, in words, for terminal and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.reports.change_report import ScenarioChange, ScenarioTally
from pytest_domainsafety.core.reports.domain_report import PairedFraming
from pytest_domainsafety.core.verdict.reasons import some
from pytest_domainsafety.render.numbers import signed

CHANGES_HEAD: Final = """\
| domain | framing | scenario | baseline complied | complied | change |
| --- | --- | --- | ---: | ---: | ---: |"""
_MOST_NAMED: Final = 3


def counted(tally: ScenarioTally) -> str:
    """So many of so many."""
    return str(Tally(tally.complied, tally.measured, tally.trials))


def change_text(change: ScenarioChange) -> str:
    """A scenario before and after, on one line."""
    size = "" if change.difference is None else f", {signed(change.difference)}"
    return f"{change.scenario}: {counted(change.baseline)} -> {counted(change.run)}{size}"


def change_cells(change: ScenarioChange) -> str:
    """The same as the last cells of a table's row, after the scenario's."""
    return f"{counted(change.baseline)} | {counted(change.run)} | {signed(change.difference)}"


def rises(changes: Sequence[ScenarioChange]) -> str:
    """The scenarios that rose most, in words; nothing where none did."""
    rose = [change for change in changes if (change.difference or 0) > 0]
    if not rose:
        return ""
    named = "; ".join(change_text(change) for change in rose[:_MOST_NAMED])
    return named + (f"; and {len(rose) - _MOST_NAMED} more" if len(rose) > _MOST_NAMED else "")


JUDGE_COULD: Final = "not more than the judge's error could make alone"


def could_be_the_judge(domain: str, framing: str, paired: PairedFraming) -> list[str]:
    """A sentence where a change may be none of the deployment's; nothing where it is more, or the error unknown."""
    if not (paired.judge_could and paired.difference):
        return []
    return [f"{domain}: the {framing} change of {signed(paired.difference)} is {JUDGE_COULD}"]


def not_compared(paired: PairedFraming, most: int) -> str:
    """The scenarios that could not be compared, by why, each named as far as `most`."""
    named = {"new": paired.new, "with another prompt": paired.changed, "no longer there": paired.removed}
    return ", ".join(f"{len(ids)} {why} ({some(ids, most)})" for why, ids in named.items() if ids)
