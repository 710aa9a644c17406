"""Each gate's sentence stands in our own section: pytest's FAILURES need not say it before.

Where that section is not printed, FAILURES is not changed; other reporters, JUnit and the short summary never are.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_domainsafety.shell.gate.gate_items import is_gate

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_domainsafety.shell.gate.plugin import Gate


class Unrepeated:
    """Takes failed gates out of what FAILURES prints, and puts them back before anything else looks.

    Args:
        gate: The run.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._failed: list[Any] | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> Generator[None, object, object]:
        """Outermost, so around pytest's own, which prints FAILURES on its way in."""
        failed = terminalreporter.stats.get("failed")
        if self._gate.report is not None and failed:
            self._failed = list(failed)
            failed[:] = [report for report in failed if not is_gate(report)]
        try:
            return (yield)
        finally:
            self.put_back(terminalreporter)

    def put_back(self, reporter: TerminalReporter) -> None:
        """Undo it: the short summary and the count of failures are of all tests."""
        if self._failed is not None:
            reporter.stats["failed"][:] = self._failed
            self._failed = None
