"""The exit code, set after all others: what another plugin makes of failed tests is no verdict."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pytest_domainsafety.shell.gate.plugin import Gate

_PYTESTS_OWN: Final = (
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR,
    pytest.ExitCode.USAGE_ERROR,
    6,  # pytest 9.2: more warnings than allowed
)


class LastWord:
    """Holds the exit code that the terminal has told.

    Args:
        gate: Whose verdict it is.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._session: pytest.Session | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Outermost: set it again where another plugin hid it. That another fails the session stays so."""
        self._session = session
        try:
            return (yield)
        finally:
            code = self._gate.exit_code
            if code and session.exitstatus not in _PYTESTS_OWN:
                session.exitstatus = code

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Tell where the process will end with another code all the same."""
        told, session = self._gate.exit_code, self._session
        if session is not None and told is not None and session.exitstatus != told:
            sys.stderr.write(
                f"domain safety: the exit code would be {told:d}, and another plugin, or conftest.py, made it "
                f"{session.exitstatus:d}\n"
            )
