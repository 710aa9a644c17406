"""In the gate's place where one part of the suite is measured: it gathers the same evidence, and decides nothing.

The verdict is taken from the runs of all parts, so nothing here tells what the model did, and no report is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

import pytest

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.trials import Trial, without_words
from pytest_domainsafety.core.outcome import MEASURED
from pytest_domainsafety.core.reports.part import Part
from pytest_domainsafety.core.suite.shards import Shard, keys_of
from pytest_domainsafety.effects.runs.journal_rows import TRIALS, last_trials
from pytest_domainsafety.effects.runs.parts import write_part
from pytest_domainsafety.shell.gate.evidence_reports import OutcomeWords
from pytest_domainsafety.shell.gate.ledger import Ledger
from pytest_domainsafety.shell.gate.opening import Run
from pytest_domainsafety.shell.gate.plugin import DECIDED, Gate

_NOT_ALL: Final = 10


class MeasuredWords(OutcomeWords):
    """One letter and one word for all measured items: pytest's last line counts words, and would tell rates."""

    @pytest.hookimpl
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """That it was measured; pytest's own where it was not."""
        told = super().pytest_report_teststatus(report)
        return None if told is None else ("measured", "m", ("MEASURED", {}))


class PartGate(Gate):
    """The hooks around one run of a part.

    Args:
        run: The run.
        announce: Tells the user what is about to be asked.
        shard: The part.
    """

    def __init__(self, run: Run, announce: Callable[[Run], None], shard: Shard) -> None:
        super().__init__(run, announce)
        self.shard = shard
        self.part: Part | None = None
        self.unmeasured: Counter[str] = Counter()
        self._ledger = Ledger()
        self._whole = False
        self._ended = False

    def enter(self, report: pytest.TestReport) -> None:
        """Take the evidence from a test report."""
        self._ledger.enter(report)

    def end_measurement(self) -> None:
        """End it, once: from here on a test may fake the file system, and what is written now is there."""
        if self.run.begun and not self._ended:
            self._ended = True
            self.run.engine.end()
            self.run.engine.stop()
            self._keep()

    def finish(self, session: pytest.Session, *, interrupted: bool) -> None:
        """Wait for what is judged after all items; there is no verdict to take."""
        del session
        if self.run.begun and not interrupted:
            if self.run.settings.second_judge_model is not None or self.run.known.controls:
                self.run.engine.end()
            self._whole = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write what was measured, of an interrupted run too, and set the exit code.

        pytest's own codes 2 to 6 keep their meaning, and an ordinary failure keeps its 1.
        """
        self.run.engine.stop()
        if not self.run.begun:
            self.run.discard()
            return
        problem = self._keep()
        if problem is not None:
            self.problems.append(problem)
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif exitstatus in DECIDED:
            if session.testsfailed:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            else:
                session.exitstatus = _NOT_ALL if self.unmeasured else pytest.ExitCode.OK
        self.exit_code = session.exitstatus

    def _keep(self) -> str | None:
        """Write down what the run came to, after all else in its directory.

        Returns:
            A sentence if that cannot be done.
        """
        run = self.run
        run.journal.close()
        if run.kept is None:
            return None
        try:
            self.part = self._told(self._trials())
            write_part(run.kept, self.part)
        except ConfigurationError as error:
            return str(error)
        except OSError as error:
            return f"domain_safety_runs_dir = {run.runs_dir} cannot be written: {error.strerror}"
        return None

    def _trials(self) -> list[Trial]:
        """All that were planned: as they are kept, since that is what will be joined, or else why they are not."""
        run = self.run
        kept = {} if run.kept is None else last_trials(run.kept / TRIALS)
        evidence = self._ledger.complete(run.suite, run.selected, run.settings.repetitions)
        trials = [trial for key in keys_of(run.suite, self.shard) for trial in evidence[key]]
        return [kept.get((*trial.key, trial.repetition), trial) for trial in trials]

    def _told(self, trials: list[Trial]) -> Part:
        run = self.run
        self.unmeasured = Counter(_why(trial) for trial in trials if trial.outcome not in MEASURED)
        return Part(
            shard=f"{self.shard}",
            started=run.started_at.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            planned=len(trials),
            measured=len(trials) - self.unmeasured.total(),
            interrupted=not self._whole,
            stopped=None if run.engine.stopped is None else run.engine.stopped.for_reports,
            version=version("pytest-domainsafety"),
            notes=run.wiring.notes,
            files={},
        )


def _why(trial: Trial) -> str:
    reason, _ = without_words(trial.error or "")  # what a server says differs, and would not fold
    return f"{trial.outcome.value.replace('_', ' ')}: {reason}"
