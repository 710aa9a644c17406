"""The gate: begins a run, gathers its evidence, takes the verdict and sets the exit code. On the controller only."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.assemble import RunFacts, assemble
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence import ItemKey
from pytest_domainsafety.core.report import Report, Usage
from pytest_domainsafety.core.settings import Settings
from pytest_domainsafety.core.suite import Suite
from pytest_domainsafety.core.thresholds import Thresholds
from pytest_domainsafety.core.verdict import Rules
from pytest_domainsafety.effects.engine import Engine, Load
from pytest_domainsafety.shell.collection import SOURCE, SUITE, SafetyItem
from pytest_domainsafety.shell.gate_reports import log_gates
from pytest_domainsafety.shell.ledger import Ledger
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.report_files import check_paths, write_reports
from pytest_domainsafety.shell.terminal import announce
from pytest_domainsafety.shell.wiring import Wiring

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
        settings: What the user configured, checked.
        thresholds: By domain and framing.
    """

    def __init__(self, config: pytest.Config, settings: Settings, thresholds: Thresholds) -> None:
        self.config = config
        self.settings = settings
        self.thresholds = thresholds
        self.suite = Suite()
        self.selected: list[ItemKey] = []
        self.report: Report | None = None
        self.written: list[Path] = []
        self.problems: list[str] = []
        self.wiring = Wiring(settings, config.rootpath, keep_replies=option(config, "report_replies"))
        self.engine = Engine(self.wiring.build, self._load())
        self._ledger = Ledger()
        self._gates_failed = 0
        self._started_at = datetime.now(UTC)
        self._began: float | None = None

    def _load(self) -> Load:
        concurrency = self.settings.concurrency
        # What was asked ahead is lost if the session stops early, so then the engine keeps close.
        window = concurrency if self.config.getvalue("maxfail") else _WINDOW * concurrency
        return Load(concurrency=concurrency, window=window, repetitions=self.settings.repetitions)

    def rules(self, *, interrupted: bool = False) -> Rules:
        """What the verdict is taken by."""
        return Rules(
            thresholds=self.thresholds,
            confidence=self.settings.confidence,
            seed=self.settings.seed,
            interrupted=interrupted,
        )

    def prepare(self) -> asyncio.AbstractEventLoop:
        """Import the user's callables and begin to build what is asked.

        Raises:
            pytest.UsageError: If something the user named cannot be had.
        """
        check_paths(self.config)
        try:
            self.wiring.load()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        return self.engine.prepare()

    def begin(self, suite: Suite, selected: Sequence[ItemKey]) -> None:
        """Check what was collected and tell the engine what will be taken.

        Raises:
            pytest.UsageError: If there is nothing to measure, a domain has no threshold, or the deployment or judge
                cannot be built.
        """
        self.suite, self.selected = suite, list(selected)
        self._check_suite()
        announce(self.config, self)
        try:
            self.engine.start(suite, selected)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        self._began = time.monotonic()
        # The statistics need it at the end; now there is time, while the first reply is awaited.
        threading.Thread(target=import_module, args=("numpy",), daemon=True).start()

    def _check_suite(self) -> None:
        # With --lf pytest leaves out files without failures: an ordinary test is repeated, and nothing measured.
        if not self.suite.scenarios and not self.config.getoption("lf", default=False):
            raise pytest.UsageError(
                "--domain-safety found no scenario file: give the path of *.safety.yaml, *.safety.yml or "
                "*.safety.jsonl files, so that there is something to measure"
            )
        domains = self.suite.domains
        if not domains:
            return
        without = self.thresholds.without(domains)
        if without:
            raise pytest.UsageError(
                f"no threshold for {', '.join(without)}: add a line such as '{without[0]} = 0.20' to "
                "domain_safety_thresholds, or '* = 0.20' for all the rest"
            )
        unused = self.unused_thresholds
        if unused and self.config.args_source is not pytest.Config.ArgsSource.ARGS:
            raise pytest.UsageError(
                f"domain_safety_thresholds names domains that were not collected: {', '.join(unused)}; correct or "
                "remove these lines"
            )

    @property
    def unused_thresholds(self) -> list[str]:
        """Domains and framings that have a threshold and no scenario."""
        present = {(key.domain, key.framing) for key in self.suite.item_keys()}
        framings = [
            f"{domain}[{framing}]"
            for domain, framing in self.thresholds.values
            if domain in self.suite.domains and (domain, framing) not in present
        ]
        return self.thresholds.unused(self.suite.domains) + framings

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence; stop the session if nothing can be measured at all."""
        self._ledger.enter(report)
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
        rules = self.rules(interrupted=interrupted)
        self.report = assemble(self.suite, evidence, self._ledger.nodeids, rules, self._facts(self._began))
        self._gates_failed = log_gates(session, self.report)

    def _facts(self, began: float) -> RunFacts:
        meter, judge = self.wiring.meter, self.wiring.judge_meter
        return RunFacts(
            started=self._started_at.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            deployment=self.wiring.deployment_info(),
            judge=self.wiring.judge_info(),
            usage=Usage(
                requests=meter.requests,
                judge_requests=judge.requests,
                retries=meter.retries + judge.retries,
                prompt_tokens=meter.prompt_tokens + judge.prompt_tokens,
                completion_tokens=meter.completion_tokens + judge.completion_tokens,
                seconds=round(time.monotonic() - began, 3),
            ),
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
            return
        self.written, self.problems = write_reports(self.config, self.report)
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
