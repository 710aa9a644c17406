"""`domain_safety_required = yes`: under CI a session that does not turn the gate on fails, whatever its tests say.

Every plain run of a CI imports this module, so it imports next to nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.shell.options import ONLY_TELLS, PREFIX

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_KEY: Final = f"{PREFIX}required"


def require_gate(config: pytest.Config) -> None:
    """Let a session without the gate fail at its end, where the project says that it must not be without.

    Raises:
        pytest.UsageError: If the key says neither yes nor no: nobody knows then whether it may pass.
    """
    told = any(config.getoption(name, default=False) for name in (*ONLY_TELLS, "collectonly"))
    if not told and _is_required(config) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Required(config), "domain-safety-required")


def _is_required(config: pytest.Config) -> bool:
    try:
        value: object = config.getini(_KEY)
    except (TypeError, pytest.UsageError):  # a native value of another type, in words of each version's own
        raise pytest.UsageError(f"{_KEY} has a value of the wrong type: it should be 'no' or 'yes'") from None
    if value not in (None, "no", "yes"):  # an empty one too: a variable that is not set must not turn it off
        raise pytest.UsageError(f"{_KEY} = {value}: it should be 'no' or 'yes'")
    return value == "yes"


class Required:
    """Fails the session, and says what to add.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        place = f" in {config.inipath.name}" if config.inipath else ""
        self._sentence = (
            f"domain safety: FAILED, since {_KEY} = yes{place} and this session did not run the gate: add "
            f"--domain-safety, or -o {_KEY}=no where another session runs it"
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Outermost: only a session that would pass gets another code."""
        try:
            return (yield)
        finally:
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            if not session.config.pluginmanager.hasplugin("terminalreporter"):
                sys.stderr.write(f"{self._sentence}\n")

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Below what failed otherwise."""
        terminalreporter.write_line(self._sentence, red=True)
