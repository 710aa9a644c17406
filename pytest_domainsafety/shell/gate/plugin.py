"""The gate in pytest's hooks: begins the run, hands in its evidence, sets the exit code. On the controller only."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

import pytest

from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.effects.files.scenario_files import is_scenario_file
from pytest_domainsafety.shell.collecting.collection import SOURCE, SUITE, SafetyItem
from pytest_domainsafety.shell.configuring.extensions import tell_sinks, tell_verdict
from pytest_domainsafety.shell.gate.finishing import Finish
from pytest_domainsafety.shell.gate.gate_items import is_gate, run_gates
from pytest_domainsafety.shell.gate.opening import Run
from pytest_domainsafety.shell.report_files import write_reports, write_run

DECIDED: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
"""pytest's own codes in whose place the gate's stands."""


class Gate:
    """The hooks around one run.

    Args:
        run: The run.
        announce: Tells the user what is about to be asked, once it is known and checked.
    """

    def __init__(self, run: Run, announce: Callable[[Run], None]) -> None:
        self.run = run
        self.written: list[Path] = []
        self.problems: list[str] = []
        self.untold: list[str] = []
        self.exit_code: int | None = None
        self._announce = announce
        self._finish = Finish(run)
        self._gates_failed = 0

    @property
    def report(self) -> Report | None:
        """The finished run; None before."""
        return self._finish.report

    def begin(self, suite: Suite, selected: Sequence[ItemKey]) -> None:
        """Begin to measure what was collected and selected.

        Raises:
            pytest.UsageError: If it cannot be measured or judged as configured.
        """
        self.run.collected(suite, selected)
        self._announce(self.run)
        self.run.begin()

    def finish(self, session: pytest.Session, *, interrupted: bool) -> None:
        """Take the verdict, once, and report each domain's gate."""
        report = self._finish.take_verdict(interrupted=interrupted)
        if report is not None:
            run_gates(session, report)

    def enter(self, report: pytest.TestReport) -> None:
        """Take the evidence from a test report."""
        self._finish.enter(report)

    def end_measurement(self) -> None:
        """End it, once: from here on a test may fake the file system, and what is written now is there."""
        report = self._finish.measured()
        if report is not None:
            write_run(self.run.config, report, self.run.journal.replies)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what failed to load, from xdist's workers too: a scenario file, or a folder that may hold some."""
        file = report.nodeid.partition("::")[0]
        if report.failed and (is_scenario_file(Path(file)) or (self.run.config.rootpath / file).is_dir()):
            self.run.unloaded[file] = None

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence; stop the session if nothing can be measured at all."""
        self.enter(report)
        # As pytest counts the failures of a session.
        self._gates_failed += report.when == "call" and report.failed and is_gate(report)
        engine = self.run.engine
        if engine.stopped is not None and engine.usage_error:
            reporter = self.run.config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.ensure_newline()
            raise pytest.UsageError(str(engine.stopped))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """End the measurement before anything else is set up. Under xdist items run in workers only."""
        if not isinstance(item, SafetyItem):
            self.end_measurement()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Innermost around the loop: whatever way it ends, nothing is left running."""
        config, engine = self.run.config, self.run.engine
        try:
            if not config.pluginmanager.hasplugin("dsession") and _may_run(session):
                items = [item for item in session.items if isinstance(item, SafetyItem)]
                self.begin(config.stash[SUITE], [item.key for item in items])
                config.stash[SOURCE] = self.run.source
            result = yield
            self.finish(session, interrupted=False)
            return result
        finally:
            engine.stop()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the reports, of an interrupted run too, and set the exit code.

        pytest's own codes 2 to 6 keep their meaning, and an ordinary failure keeps its 1.
        """
        self.run.engine.stop()
        self.finish(session, interrupted=True)
        report, config = self.report, self.run.config
        if report is None:
            self.run.discard()
            return
        self.run.journal.close()
        self.written, unwritten = write_reports(config, report, self.run.journal.replies)
        untold = tell_verdict(config, report, self.run.wiring.hidden)
        self.problems = [*self._finish.problems, *unwritten, *untold]
        if self.problems:
            # A pipeline that waits for the report must not go on without it.
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif exitstatus in DECIDED:
            ordinary = session.testsfailed - self._gates_failed
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if ordinary else report.exit_code
        self.exit_code = session.exitstatus
        self.untold = tell_sinks(config, report, self.run.wiring.hidden)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Stop the engine where the session never came to its loop."""
        self.run.engine.stop()


def _may_run(session: pytest.Session) -> bool:
    """Whether pytest is going to run items: not after collection errors."""
    return not session.testsfailed or session.config.option.continue_on_collection_errors
