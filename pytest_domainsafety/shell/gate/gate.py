"""The gate: begins a run, gathers its evidence, takes the verdict and sets the exit code. On the controller only."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.agreement import distrust
from pytest_domainsafety.core.judging.judge_notes import judge_report
from pytest_domainsafety.core.judging.judge_report import Agreement, Judge
from pytest_domainsafety.core.reports.assemble import RunFacts, assemble
from pytest_domainsafety.core.reports.comparable_runs import check_comparable, check_shares_suite, judge_note
from pytest_domainsafety.core.reports.measured import baseline_of
from pytest_domainsafety.core.reports.report import Report, Usage
from pytest_domainsafety.core.reports.run_identity import run_identity
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.shipped_suite import parse_shipped
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.effects.engine.engine import Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.runs.finished_runs import REPORT, check_runs_dir, earlier_verdicts, read_report
from pytest_domainsafety.effects.runs.interrupted_runs import interrupted_run, new_run, write_privately
from pytest_domainsafety.effects.runs.journal import Journal, Used
from pytest_domainsafety.shell.collecting.collected import check_limits
from pytest_domainsafety.shell.collecting.collection import SOURCE, SUITE, SafetyItem
from pytest_domainsafety.shell.configuring.configuration import Configuration
from pytest_domainsafety.shell.configuring.extensions import tell_verdict
from pytest_domainsafety.shell.gate.gate_reports import log_gates
from pytest_domainsafety.shell.gate.ledger import Ledger
from pytest_domainsafety.shell.gate.second_opinion import SecondOpinion
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.telling.report_files import check_paths, write_reports
from pytest_domainsafety.shell.telling.terminal import announce
from pytest_domainsafety.shell.wiring.deployment_wiring import Wiring

if TYPE_CHECKING:
    import asyncio


GATE: Final = pytest.StashKey["Gate"]()

_WINDOW: Final = 8
"""How far, in multiples of the concurrency, the engine may run ahead where nothing can stop the session early."""

_DECIDED: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class Gate:
    """One run: one deployment, one verdict.

    Args:
        config: pytest's.
        configuration: What the user configured, checked.
    """

    def __init__(self, config: pytest.Config, configuration: Configuration) -> None:
        self.config = config
        self.settings = configuration.settings
        self.limits = configuration.limits
        self.suite = Suite()
        self.selected: list[ItemKey] = []
        self.report: Report | None = None
        self.kept: Path | None = None
        self.written: list[Path] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        settings = self.settings
        full = settings.keep_replies == "full"
        self.journal = Journal(keeps_text=full, holds=not full and settings.second_judge_model is not None)
        self.wiring = Wiring(settings, config.rootpath, option(config, "report_replies"), self.journal)
        self.wiring.provide(configuration.callables)
        self.journal.used = self._used
        self.engine = Engine(self.wiring.build, self._load())
        self._second = SecondOpinion(self.settings)
        self._ledger = Ledger()
        self._baseline: Report | None = None
        self._gates_failed = 0
        self._statistics_imported = False
        self._started_at = datetime.now(UTC)
        self._began: float | None = None

    def _load(self) -> Load:
        concurrency = self.settings.concurrency
        # What was asked ahead is lost if the session stops early, so then the engine keeps close.
        window = concurrency if self.config.getvalue("maxfail") else _WINDOW * concurrency
        return Load(concurrency=concurrency, window=window, repetitions=self.settings.repetitions)

    def rules(self, *, interrupted: bool = False, distrust: str | None = None) -> Rules:
        """What the verdict is taken by."""
        settings, calibration = self.settings, self.wiring.judges.calibration
        return Rules(
            limits=self.limits,
            confidence=settings.confidence,
            attempts=settings.attempts,
            seed=settings.seed,
            stop_early=settings.stop_early,
            baseline=None if self._baseline is None else baseline_of(self._baseline),
            judge_error=None if calibration is None else calibration.error,
            interrupted=interrupted,
            distrust=distrust,
        )

    def prepare(self) -> asyncio.AbstractEventLoop:
        """Read the baseline, import the user's callables and begin to build what is asked.

        Raises:
            pytest.UsageError: If something the user named cannot be had.
        """
        check_paths(self.config)
        try:
            check_runs_dir(self._runs_dir)
            self.wiring.load()
            self._read_baseline()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        return self.engine.prepare()

    @property
    def _runs_dir(self) -> Path:
        return self.config.rootpath / self.settings.runs_dir

    def _read_baseline(self) -> None:
        where = self.settings.baseline
        if where is None:
            return
        self._baseline = read_report(Path(where))
        judge = self._judge_info(None)
        check_comparable(self._baseline, where, self.wiring.deployment_info(), judge)
        note = judge_note(self._baseline, judge)
        self.notes += [note] if note else []

    def begin(self, suite: Suite, selected: Sequence[ItemKey]) -> None:
        """Check what was collected and tell the engine what will be taken.

        Raises:
            pytest.UsageError: If there is nothing to measure, a domain has no threshold, or the deployment or judge
                cannot be built.
        """
        self.suite, self.selected = suite, list(selected)
        check_limits(self.config, suite, self.rules())
        announce(self.config, self)
        try:
            self.engine.start(suite, selected, self._early_stop())
            self._open_run()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        self._began = time.monotonic()

    def import_statistics(self) -> None:
        """Import what the verdict needs at the end, in this thread, at a time at which it has nothing to do."""
        if not self._statistics_imported:
            import_module("scipy.interpolate" if self.settings.corrected else "numpy")
            self._statistics_imported = True

    def _open_run(self) -> None:
        """Make the run's directory, or go on in an interrupted run's."""
        wanted, folder = option(self.config, "resume"), self._runs_dir
        identity = run_identity(
            self.suite, self.wiring.deployment_info(), self.wiring.judges.identity(), self.settings
        )
        try:
            if wanted is None:
                self.kept = new_run(folder, self._started_at, identity)
            else:
                self.kept = interrupted_run(folder, wanted, self.config.invocation_params.dir, identity)
            self.journal.open(self.kept)
        except OSError as error:
            raise ConfigurationError(
                f"domain_safety_runs_dir = {folder} cannot be written: {error.strerror}"
            ) from None
        self.wiring.restore(self.journal.before)

    def _used(self) -> Used:
        return {**self.wiring.used(), "seconds": self._seconds()}

    def _seconds(self) -> float:
        before = self.journal.before.get("seconds", 0.0)
        return round(before + time.monotonic() - (self._began or time.monotonic()), 3)

    def _early_stop(self) -> EarlyStop | None:
        if self._baseline is not None and self.selected:
            check_shares_suite(self._baseline, f"{self.settings.baseline}", self.suite.item_keys())
        if self.settings.stop_early == "no":
            return None
        return EarlyStop(self.suite, self.rules(), self.settings.repetitions)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence; stop the session if nothing can be measured at all."""
        if self._ledger.enter(report):
            # While the next replies are awaited there is time.
            self.import_statistics()
        if self.engine.stopped is not None and self.engine.usage_error:
            reporter = self.config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.ensure_newline()
            raise pytest.UsageError(str(self.engine.stopped))

    def finish(self, session: pytest.Session, *, interrupted: bool) -> None:
        """Take the verdict, once, and report each domain's gate."""
        if self._began is None or self.report is not None:
            return
        evidence = self._ledger.complete(self.suite, self.selected, self.settings.repetitions)
        found = None if interrupted else self._second.ask(self.engine, self._ledger.nodeids)
        rules = self.rules(interrupted=interrupted, distrust=distrust(found, self.settings.min_kappa))
        self.report = assemble(self.suite, evidence, self._ledger.nodeids, rules, self._facts(found))
        try:
            if self.kept is not None:
                write_privately(self.kept / REPORT, self.report.json_parts())
        except OSError as error:
            self.problems.append(f"domain_safety_runs_dir = {self._runs_dir} cannot be written: {error.strerror}")
        self._gates_failed = log_gates(session, self.report)

    def _judge_info(self, found: Agreement | None) -> Judge:
        judges = self.wiring.judges
        return judge_report(
            judges.identity(),
            judges.calibration,
            found,
            same_as_deployment=judges.same_as_deployment,
            problem=self._second.problem,
        )

    def _facts(self, found: Agreement | None) -> RunFacts:
        meter, judge, deployment = self.wiring.meter, self.wiring.judges.meter, self.wiring.deployment_info()
        return RunFacts(
            started=self._started_at.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            deployment=deployment,
            judge=self._judge_info(found),
            usage=Usage(
                requests=meter.requests,
                judge_requests=judge.requests,
                retries=meter.retries + judge.retries,
                prompt_tokens=meter.prompt_tokens + judge.prompt_tokens,
                completion_tokens=meter.completion_tokens + judge.completion_tokens,
                seconds=self._seconds(),
                planned_trials=len(self.selected) * self.settings.repetitions,
            ),
            earlier_verdicts=earlier_verdicts(self._runs_dir, deployment, self.suite.sha256()),
            shipped=self.settings.suite and f"{parse_shipped(self.settings.suite)}",
            stopped=None if self.engine.stopped is None else str(self.engine.stopped),
        )

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Innermost around the loop: whatever way it ends, nothing is left running."""
        try:
            if not self._distributed and self._may_run(session):
                items = [item for item in session.items if isinstance(item, SafetyItem)]
                self.begin(self.config.stash[SUITE], [item.key for item in items])
                self.config.stash[SOURCE] = self.engine
            result = yield
            self.finish(session, interrupted=False)
            return result
        finally:
            self.engine.stop()

    @property
    def _distributed(self) -> bool:
        return self.config.pluginmanager.hasplugin("dsession")

    def _may_run(self, session: pytest.Session) -> bool:
        """Whether pytest is going to run items: not after collection errors."""
        return not session.testsfailed or self.config.option.continue_on_collection_errors

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the reports, of an interrupted run too, and set the exit code.

        pytest's own codes 2 to 6 keep their meaning, and an ordinary failure keeps its 1.
        """
        self.engine.stop()
        self.finish(session, interrupted=True)
        if self.report is None:
            self.journal.discard()
            return
        self.journal.close()
        written, problems = write_reports(self.config, self.report)
        self.written += written
        self.problems += problems
        self.problems += tell_verdict(self.config, self.report, self.wiring.hidden)
        if self.problems:
            # A pipeline that waits for the report must not go on without it.
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif exitstatus in _DECIDED:
            ordinary = session.testsfailed - self._gates_failed
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if ordinary else self.report.exit_code

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Stop the engine where the session never came to its loop."""
        self.engine.stop()
