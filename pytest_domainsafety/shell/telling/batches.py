"""What is told of batches: how far they are where no line can be written again, and which go on without the run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.shell.telling.live import rewrites

if TYPE_CHECKING:
    from pytest_domainsafety.shell.wiring.live_batches import LiveBatches


class BatchLines:
    """Tells of a run's batches.

    Args:
        batches: The run's.
    """

    def __init__(self, batches: LiveBatches) -> None:
        self._batches = batches

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """A line a change, to a copy of standard output: pytest has its own turned away while an item runs."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or reporter.verbosity < 0 or rewrites(session.config):
            return (yield)
        writer = reporter._tw  # noqa: SLF001 - the only way to know where pytest writes
        try:
            copy = os.dup(writer._file.fileno())  # noqa: SLF001
        except (OSError, ValueError):  # no file of the system's
            return (yield)

        width = 0

        def tell(line: str) -> None:
            nonlocal width
            before, width = width, writer.width_of_current_line
            begun = "\n" if width != before else ""
            with contextlib.suppress(OSError):
                os.write(copy, f"{begun}domain safety: {printable(line)}\n".encode("ascii", "replace"))

        self._batches.tell = tell
        try:
            return (yield)
        finally:
            self._batches.tell = lambda _: None
            os.close(copy)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """What goes on without the run."""
        for sentence in self._batches.left_there:
            terminalreporter.write_line(printable(sentence), yellow=True)
