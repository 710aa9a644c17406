"""The lines below pytest's own that tell how far the run is, on a terminal where lines can be written again.

pytest goes on writing its letters where it was: the lines stand below the cursor, which is put back each time, and
are taken away before pytest begins a new line. A thread writes them, for under xdist no hook is called while the
replies are awaited. It writes to a copy of standard output: pytest has its own turned away while an item runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import pytest

from pytest_domainsafety.core.traffic.progress import Pace
from pytest_domainsafety.render.progress import progress_lines
from pytest_domainsafety.render.sections import Line
from pytest_domainsafety.shell.telling.terminal import shows_blocks

if TYPE_CHECKING:
    from pytest_domainsafety.shell.gate.opening import Run

_EVERY_S: Final = 0.25
_QUIET_S: Final = 1.0
"""So long nothing is shown: what is over by then needs no telling."""

_SPARE: Final = 4
"""Lines of the screen that are left to pytest."""

_CLEAR: Final = "\x1b[J"
"""From the cursor to the screen's end."""

_ROOM, _UP, _SAVE, _BACK, _NEXT = "\x1bD", "\x1b[{}A", "\x1b7", "\x1b8", "\x1b[B\r\x1b[K"
"""One line down, scrolling, in the same column; up; the cursor kept and put back; to the next line, emptied."""

_CI: Final = ("CI", "BUILD_NUMBER")
"""What pytest itself knows a CI by."""


class Live:
    """Shows the run's progress while the items run.

    Args:
        run: Whose progress it is.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._display: _Display | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Around everything that is written meanwhile."""
        reporter = _reporter(session.config)
        if reporter is not None:
            self._display = _Display(reporter, self._run)
        try:
            return (yield)
        finally:
            self._end()

    @pytest.hookimpl
    def pytest_enter_pdb(self) -> None:
        """From here on the terminal is the debugger's."""
        self._end()

    def _end(self) -> None:
        if self._display is not None:
            self._display.end()
            self._display = None


def rewrites(config: pytest.Config) -> bool:
    """Whether the progress is shown in lines that are written again."""
    return _reporter(config) is not None


def _reporter(config: pytest.Config) -> pytest.TerminalReporter | None:
    """Whose lines ours stand below; None where none can be written again, or nobody would look at them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    # Other plugins bring reporters, and a progress, of their own.
    if type(reporter) is not pytest.TerminalReporter or not reporter.isatty() or reporter.verbosity < 0:
        return None
    if sys.platform == "win32" or os.environ.get("TERM", "dumb") == "dumb" or any(map(os.environ.get, _CI)):
        return None
    # Uncaptured tests and the debugger write to the terminal themselves.
    shared = config.getoption("capture", "no") == "no" or config.getoption("usepdb", default=False)
    shared = shared or config.getoption("trace", default=False)
    return None if shared or config.getini("console_output_style") == "classic" else reporter


class _Display:
    """The lines on the screen, from now to `end`."""

    def __init__(self, reporter: pytest.TerminalReporter, run: Run) -> None:
        self._writer = reporter._tw  # noqa: SLF001 - the only way to know when pytest writes
        self._file = self._writer._file  # noqa: SLF001
        self._copy = os.dup(self._file.fileno())
        self._unicode = shows_blocks(reporter)
        self._progress = run.engine.progress
        self._outcomes = run.shard is None
        self._batches = run.batches
        self._lines: list[Line] = []
        self._shown = False
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._writer._file = cast("TextIO", _Guarded(self._file, self))  # noqa: SLF001
        self._thread = threading.Thread(target=self._run, name="domain-safety-progress", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pace, begun = Pace(), None
        # A terminal that was closed is told nothing any more.
        with contextlib.suppress(OSError):
            while not self._ended.wait(_EVERY_S):
                if not self._progress.planned:
                    continue
                now = time.monotonic()
                begun = begun or now
                speed = pace.see(now, self._progress.done)
                if now - begun >= _QUIET_S:
                    self._show(speed)

    def _show(self, speed: float | None) -> None:
        columns, rows = os.get_terminal_size(self._copy)
        lines = progress_lines(
            self._progress,
            speed,
            width=columns or 80,
            height=(rows or 24) - _SPARE,
            unicode=self._unicode,
            outcomes=self._outcomes,
        )
        with self._lock:
            if self._ended.is_set():
                return
            self._lines = list(lines)
            if self._lines and self._batches is not None:
                waiting = [Line(line[: (columns or 80) - 1]) for line in self._batches.lines]
                self._lines = [*waiting, *self._lines][: max(1, (rows or 24) - _SPARE)]
            self._draw()

    def _draw(self) -> None:
        lines = [self._writer.markup(line.text, bold=line.style == "bold") for line in self._lines]
        if not lines:
            self._put(_CLEAR if self._shown else "")
        else:
            room = _ROOM * len(lines) + _UP.format(len(lines))
            self._put(room + _SAVE + "".join(f"{_NEXT}{line}" for line in lines) + _CLEAR + _BACK)
        self._shown = bool(lines)

    def _put(self, text: str) -> None:
        data = text.encode(self._file.encoding or "ascii", "replace")
        while data:
            data = data[os.write(self._copy, data) :]

    def write(self, text: str) -> int:
        """What pytest writes: where it goes to another line, ours make way and come back below."""
        with self._lock:
            wide = self._writer.width_of_current_line >= os.get_terminal_size(self._copy).columns
            if not self._shown or not (wide or "\n" in text):
                return self._file.write(text)
            written = self._file.write(_CLEAR + text)
            self._file.flush()
            self._draw()
            return written

    def end(self) -> None:
        """Take the lines away for good."""
        self._ended.set()
        with self._lock:
            self._writer._file = self._file  # noqa: SLF001
            if self._shown:
                with contextlib.suppress(OSError):
                    self._put(_CLEAR)
        self._thread.join()
        os.close(self._copy)


class _Guarded:
    """The file that pytest writes to, as it was but for `write`."""

    def __init__(self, file: TextIO, display: _Display) -> None:
        self._file = file
        self.write = display.write

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(self._file, name)
