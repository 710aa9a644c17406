"""What the user reads at the end of a session that measured one part of the suite."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.render.part import cost_lines, merge_line, part_lines
from pytest_domainsafety.shell.gate.usage import usage_of
from pytest_domainsafety.shell.telling.terminal import NAME, Terminal, short, write_line

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.shell.gate.part_gate import PartGate
    from pytest_domainsafety.shell.telling.unrepeated import Unrepeated


class PartTerminal(Terminal):
    """Prints the header of every run, and in place of a table how much was measured.

    Args:
        gate: The run.
        unrepeated: As for every run; there are no gates that it could print.
    """

    def __init__(self, gate: PartGate, unrepeated: Unrepeated) -> None:
        super().__init__(gate, unrepeated)
        self._part_gate = gate

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """What was measured, what was noted on the way, where it is kept and what comes next."""
        gate, run, reporter = self._part_gate, self._part_gate.run, terminalreporter
        if not run.begun:
            return
        reporter.write_sep("=", NAME)
        part = gate.part
        for line in [] if part is None else part_lines(part, gate.unmeasured, gate.exit_code):
            write_line(reporter, line)
        for line in cost_lines(usage_of(run)) if reporter.verbosity >= 0 else []:
            write_line(reporter, line)
        if run.engine.stopped is not None:
            reporter.write_line(printable(f"stopped: {run.engine.stopped}"), red=True)
        for note in self.notes():
            reporter.write_line(printable(note), yellow=True)
        for problem in gate.problems:
            reporter.write_line(printable(f"ERROR: {problem}"), red=True)
        if run.kept is None or reporter.verbosity < 0:
            return
        kept = short(run.kept, run.config)
        reporter.write_line(f"run: {kept}")
        if part is None or not part.is_whole:
            reporter.write_line("go on with it, asking nothing twice:")
            reporter.write_line(f"  --domain-safety-shard={gate.shard} --domain-safety-resume={shlex.quote(kept)}")
        write_line(reporter, merge_line(gate.shard))
