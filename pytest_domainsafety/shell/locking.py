"""`--domain-safety-lock`: write the bar of what was collected as a lock, or compare it with one; nothing is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pytest_domainsafety.core.bar.bar import Bar, bar_of
from pytest_domainsafety.core.bar.lock import NAME, Lock, Lowering
from pytest_domainsafety.core.bar.lowered import changed, lowered
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.effects.files.lock_files import read_lock, write_lock
from pytest_domainsafety.effects.runs.memory import MemoryRun
from pytest_domainsafety.shell.collecting.collected import check_limits
from pytest_domainsafety.shell.collecting.collection import asked_suite
from pytest_domainsafety.shell.configuring.configuration import Configuration, home_of
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.planning import planned_rules
from pytest_domainsafety.shell.wiring.deployment_wiring import Wiring
from pytest_domainsafety.shell.wiring.judge_bar import judge_bar

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


class Locking:
    """Writes or checks the lock in place of running anything. The deployment need not be configured, nor any key.

    Args:
        configuration: What the user configured.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._said: list[str] = []
        self._fails = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Compare what was collected; pytest itself ends a session with collection errors."""
        config = session.config
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        try:
            self._compare(config)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        return True

    def _compare(self, config: pytest.Config) -> None:
        now, there = self._bar(config), read_lock(home_of(config))
        differences = [] if there is None else lowered(there[0].bar, now)
        if option(config, "lock") == "check":
            self._check(None if there is None else there[0], now, differences)
            return
        why, before = option(config, "lock_why"), [] if there is None else list(there[0].lowered)
        if differences and not why:
            raise ConfigurationError(
                f"the bar would be lower than {NAME} says ({'; '.join(differences)}): put it back, or give --why "
                "'the reason', which stays in the lock"
            )
        if differences:
            day = datetime.now(UTC).date().isoformat()
            before.append(Lowering(at=day, why=printable(why), what=differences))
        path = write_lock(home_of(config), Lock(bar=now, lowered=before))
        self._said.append(f"wrote {path.name}: {_size(now)}; commit it, and have changes to it reviewed")

    def _check(self, there: Lock | None, now: Bar, differences: list[str]) -> None:
        self._fails = there is None or bool(differences)
        if there is None:
            self._said.append(f"there is no {NAME}: write it with domain-safety lock")
        elif differences:
            self._said += [f"lower than {NAME}: {each}" for each in differences]
        else:
            more = "; more is asked than it says: domain-safety lock" if changed(there.bar, now) else ""
            self._said.append(f"{NAME} holds: {_size(there.bar)}{more}")

    def _bar(self, config: pytest.Config) -> Bar:
        settings, suite = self._configuration.settings, asked_suite(config)
        rules = planned_rules(self._configuration)
        check_limits(config, suite, rules)
        wiring = Wiring(settings, config.rootpath, keep_replies=False, store=MemoryRun())
        wiring.provide(self._configuration.callables)
        wiring.judges.read()
        return bar_of(suite, rules, settings, judge_bar(wiring.judges, settings, suite))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A lock that does not hold ends as a failed test does."""
        if self._fails:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say what was written, or what differs."""
        terminalreporter.write_sep("=", "domain safety: lock, nothing was asked")
        for line in self._said:
            terminalreporter.write_line(printable(line), red=self._fails)


def _size(bar: Bar) -> str:
    scenarios = sum(map(len, bar.scenarios.values()))
    gates = sum(limit is not None for limit in bar.thresholds.values())
    return f"{scenarios} scenarios in {len(bar.scenarios)} domains, {gates} thresholds, judge {bar.judge.kind}"
