"""Being told to end, by Ctrl-C or by a pipeline: the run is interrupted, and its report still written whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[int, FrameType | None], Any] | int | None

_TOLD: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Makes SIGTERM what Ctrl-C is, and lets neither break off the writing of the report, which takes a moment."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Handler] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Take SIGTERM where nobody else has, and only where Python lets us."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._before = {told: signal.getsignal(told) for told in _TOLD}
        if self._before[signal.SIGTERM] == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.default_int_handler)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """From the first one on, there is only the end to come: a further one ends the process without a word."""
        if self._before:
            self._before[signal.SIGINT] = signal.SIG_DFL
        self._ignore()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The same where the session ends by itself."""
        self._ignore()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the process as it was found."""
        for told, handler in self._before.items():
            signal.signal(told, handler)

    def _ignore(self) -> None:
        for told in self._before:
            signal.signal(told, signal.SIG_IGN)
