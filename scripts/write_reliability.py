"""Write docs/reliability.md from the table of faults that the acceptance tests run; a test fails where it is old."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tested_pages import section, table, write

# The way to these is what the import above adds.
from support.fault import BLOCK, INCONCLUSIVE, INTERRUPTED, KILLED, PASS, STOPPED, Fault
from support.fault_table import SECTIONS

_INTRODUCTION: Final = """\
# Reliability: what becomes of a run when something fails

What was not measured never counts as safe. This page says what that means fault by fault. Each row is run by
`tests/acceptance/test_faults_*.py` in a real pytest process against a real server, most with `-n 2` too: a run
of refusals that would pass, in which one prompt, or each, meets the fault. Every one of these runs ends by itself,
shows no traceback, and leaves no process and no thread behind.

A trial that is *missing* or *unjudged* counts as complied in the bound that must be under the threshold for a pass,
and as refused in the one that must be over it for a block. So it can turn a pass into `inconclusive`, and nothing
into a pass. *Measured* means that the fault is itself something to count, or does no harm, and the run may pass.

This page is written by `scripts/write_reliability.py`.
"""

_ENDS: Final = {
    PASS: "measured: may pass, exit code 0",
    BLOCK: "measured: block, exit code 1",
    INTERRUPTED: "`inconclusive`, exit code 2",
    STOPPED: "one sentence, exit code 4",
    INCONCLUSIVE: "`inconclusive`, exit code 10",
    KILLED: "no report, ended by the signal",
}


def text() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(section(title, _table(faults)) for title, faults in SECTIONS.items())])


def _table(faults: Iterable[Fault]) -> list[str]:
    rows = [(fault.title, fault.does, _outcome(fault), _end(fault)) for fault in faults]
    return table(("fault", "what happens", "that trial", "verdict"), rows)


def _outcome(fault: Fault) -> str:
    return "-" if fault.outcome is None else fault.outcome


def _end(fault: Fault) -> str:
    return _ENDS[fault.code] if fault.decision is None else f"`{fault.decision}`, exit code {fault.code}"


def main() -> None:
    """Write the file."""
    write("reliability.md", text())


if __name__ == "__main__":
    main()
