"""Opening a run: from the configuration, over the checks of what was collected, to the first request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_domainsafety.core.bar.bar import bar_of
from pytest_domainsafety.core.bar.lock import LockReport, held_words
from pytest_domainsafety.core.bar.lowered import lowered
from pytest_domainsafety.core.bar.tries import Tries
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.replies import text_sha256
from pytest_domainsafety.core.judging.controls import figures, shown
from pytest_domainsafety.core.judging.judge_notes import calibration_report
from pytest_domainsafety.core.reports.comparable_runs import check_shares_suite, framing_notes, served_notes
from pytest_domainsafety.core.reports.measured import baseline_of
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.shards import empty_words
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.effects.engine.engine import Engine
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.known_exhibits import KnownExhibits
from pytest_domainsafety.effects.files.lock_files import read_lock
from pytest_domainsafety.effects.runs.finished_runs import check_runs_dir
from pytest_domainsafety.effects.runs.journal import Journal
from pytest_domainsafety.shell.collecting.collected import check_limits
from pytest_domainsafety.shell.collecting.collection import FRAMINGS, SHARD
from pytest_domainsafety.shell.configuring.configuration import Configuration, home_of
from pytest_domainsafety.shell.gate.counted_tries import count_try, tries_before
from pytest_domainsafety.shell.gate.other_runs import earlier_of, open_directory, read_baseline
from pytest_domainsafety.shell.gate.second_opinion import SecondOpinion
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.report_files import check_paths
from pytest_domainsafety.shell.wiring.deployment_wiring import Wiring
from pytest_domainsafety.shell.wiring.judge_bar import judge_bar
from pytest_domainsafety.shell.wiring.live_batches import live_batches, together

if TYPE_CHECKING:
    import asyncio

    from pytest_domainsafety.core.configuration.settings import Settings
    from pytest_domainsafety.core.judging.judge_report import Controls, Judge
    from pytest_domainsafety.core.reports.merged import Merged
    from pytest_domainsafety.core.reports.report import Deployment
    from pytest_domainsafety.effects.runs.interrupted_runs import EarlierRun
    from pytest_domainsafety.shell.collecting.collection import TrialSource

_WINDOW: Final = 8
"""How far, in multiples of the concurrency, the engine may run ahead where nothing can stop the session early."""


class Run:
    """One run: one deployment, one suite, one verdict.

    Args:
        config: pytest's.
        configuration: What the user configured, checked.

    `before_asking` is called once all is checked and before anything is asked. `asked_before` says how the deployment
    was asked before this session, None where it is asked now.
    """

    def __init__(self, config: pytest.Config, configuration: Configuration) -> None:
        self.config = config
        self.settings = settings = configuration.settings
        self.limits = configuration.limits
        self.suite = Suite()
        self.selected: list[ItemKey] = []
        self.unloaded: dict[str, None] = {}
        self.kept: Path | None = None
        self.notes: list[str] = []
        self.warnings = configuration.warnings
        self.journal = Journal(
            keeps_text=settings.keep_replies == "full",
            holds=settings.keep_replies == "hash" and settings.second_judge_model is not None,
        )
        self.wiring = Wiring(settings, config.rootpath, option(config, "report_replies"), self.journal)
        self.wiring.provide(configuration.callables)
        self.journal.used = lambda: {**self.wiring.used(), "seconds": self.seconds}
        self.shard = config.stash[SHARD]
        self.known = KnownExhibits(seed=settings.seed, abstains=self.wiring.judges.abstains, shard=self.shard)
        self.second = SecondOpinion(settings, self.known)
        self.batches = live_batches(settings, self.wiring)
        build = self.wiring.build if self.batches is None else self.batches.build
        self.engine = Engine(build, _load(config, settings), self.second.ask)
        if self.batches is not None:
            self.batches.flying(self.engine)
        self.runs_dir = config.rootpath / settings.runs_dir
        self.started_at = datetime.now(UTC)
        self.baseline: Report | None = None
        self.lock: LockReport | None = None
        self.tries: Tries | None = None
        self.earlier: EarlierRun | None = None
        self.merged: Merged | None = None
        self.apart: set[str] = set()
        self.counted: set[str] = set()
        self.asks = True
        self.drawn = ""
        self.before_asking: Callable[[], None] = lambda: None
        self.asked_before: str | None = None
        self._began: float | None = None

    def rules(self, *, interrupted: bool = False, distrust: str | None = None) -> Rules:
        """What the verdict is taken by."""
        settings, calibration = self.settings, self.wiring.judges.calibration
        return Rules(
            limits=self.limits,
            confidence=settings.confidence,
            attempts=settings.attempts,
            seed=settings.seed,
            drawn=self.drawn,
            stop_early=settings.stop_early,
            baseline=None if self.baseline is None else baseline_of(self.baseline, self.notes),
            judge_errors=None if calibration is None else calibration.errors,
            calibration=None if calibration is None else calibration_report(calibration),
            interrupted=interrupted,
            unloaded=tuple(self.unloaded),
            lowered=held_words(self.lock.differences) if self.lock and self.lock.differences else None,
            spent=None if self.tries is None else self.tries.too_many(settings.attempts),
            distrust=distrust,
        )

    def compare_served(self, deployment: Deployment, judge: Judge) -> None:
        """Note where other models answered than in the baseline, once all have."""
        if self.baseline is not None:
            self.notes += served_notes(self.baseline, deployment, judge)

    @property
    def source(self) -> TrialSource:
        """Where items take their trials from."""
        return self.engine

    def prepare(self) -> asyncio.AbstractEventLoop | None:
        """Read the baseline, import the user's callables and begin the engine's thread.

        Returns:
            The engine's event loop, None where nobody is asked.

        Raises:
            pytest.UsageError: If something the user named cannot be had.
        """
        self.look(self.wiring.load)
        return self.engine.prepare()

    def look(self, load: Callable[[], None]) -> None:
        """Look before anything is asked and paid for whether all is there.

        Args:
            load: Reads what deployment and judge are known by.

        Raises:
            pytest.UsageError: If something the user named cannot be had.
        """
        check_paths(self.config)
        try:
            check_runs_dir(self.runs_dir)
            load()
            self.read_baseline()
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None

    def read_baseline(self) -> None:
        """Read the baseline, where there is one, once the judge is known.

        Raises:
            ConfigurationError: If it cannot be read, or was measured otherwise.
        """
        if self.settings.baseline is not None:
            self.baseline, self.notes = read_baseline(self.settings.baseline, self.wiring)

    def collected(self, suite: Suite, selected: Sequence[ItemKey]) -> None:
        """Take of what was collected what is asked, and check it.

        Raises:
            pytest.UsageError: If there is nothing to measure, or a domain has no threshold.
        """
        self.suite, self.selected = suite.asking(self.config.stash[FRAMINGS]), list(selected)
        self.known.controls = shown(self.wiring.judges.controls, self.suite.languages())
        check_limits(self.config, self.suite, self.rules())
        if self.shard is not None and (problem := empty_words(self.suite, self.shard)) is not None:
            raise pytest.UsageError(problem)
        self.lock = self._locked()
        if self.baseline is not None:
            self.notes += framing_notes(self.baseline, self.suite.framings())

    def begin(self) -> None:
        """Tell the engine what will be taken, and open the run's directory.

        Raises:
            pytest.UsageError: If deployment or judge cannot be built, or the directory not be written.
        """
        try:
            self.before_asking()
            self.earlier = earlier_of(self)
            self.tries = tries_before(self)
            self.drawn = (self.drawn or self.draw()) if self.earlier is None else self.earlier.drawn
            self.engine.start(self.suite, self.selected, self.early_stop(), self.known)
            self.kept = open_directory(self)
            self.known.beside.open(self.kept)
            if self.batches is not None:
                self.batches.open(self.kept)
            count_try(self)
            self.wiring.restore(self.journal.before)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        self._began = time.monotonic()

    def discard(self) -> None:
        """Remove a run in which nothing was measured, unless it is an earlier one."""
        if option(self.config, "resume") is None:
            self.journal.discard()
        else:
            self.journal.close()

    def holes_of(self, report: Report) -> int:
        """How many of the selected trials may be asked or judged again."""
        selected = set(self.selected)
        return sum(ItemKey(hole.domain, hole.scenario, hole.framing) in selected for hole in report.holes())

    def controls(self) -> Controls | None:
        """What the judge made of the known exhibits, None where there are none."""
        known = self.known
        return figures(known.controls, known.judgements, abstains=known.abstains) if known.controls else None

    @property
    def begun(self) -> bool:
        """Whether anything may have been asked."""
        return self._began is not None

    @property
    def seconds(self) -> float:
        """How long the run has taken, its earlier sessions included."""
        before: float = self.journal.before.get("seconds", 0.0)
        return round(before + time.monotonic() - (self._began or time.monotonic()), 3)

    def _locked(self) -> LockReport | None:
        """The lock beside the run, and where the run's bar is lower; None where there is none.

        Raises:
            pytest.UsageError: If it cannot be read.
        """
        try:
            there = read_lock(home_of(self.config))
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        if there is None:
            return None
        lock, sha256 = there
        now = bar_of(
            self.suite, self.rules(), self.settings, judge_bar(self.wiring.judges, self.settings, self.suite)
        )
        return LockReport(sha256=sha256, differences=lowered(lock.bar, now), lowered=lock.lowered)

    def draw(self) -> str:
        """What the order of asking is made of: of the suite, and a number that nobody chose."""
        return text_sha256(f"{self.suite.sha256()} {secrets.token_hex(16)}")[:32]

    def early_stop(self) -> EarlyStop | None:
        """What tells which trials no decision needs any more; None where all are asked.

        Raises:
            ConfigurationError: If the baseline is of another suite.
        """
        if self.baseline is not None and self.selected:
            check_shares_suite(self.baseline, f"{self.settings.baseline}", self.suite.item_keys())
        if self.settings.stop_early == "no" or self.shard is not None:
            return None  # what the other parts find is not known, so none can tell what is needed no more
        return EarlyStop(self.suite, self.rules(), self.settings.repetitions)


def _load(config: pytest.Config, settings: Settings) -> Load:
    # What was asked ahead is lost if the session stops early, so then the engine keeps close.
    window = settings.concurrency * (1 if config.getvalue("maxfail") else _WINDOW)
    load = Load(concurrency=settings.concurrency, window=window, repetitions=settings.repetitions)
    return together(load, settings) if "yes" in {settings.batch, settings.judge_batch} else load
