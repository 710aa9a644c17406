"""Finishing a run: from the evidence that reached the controller to the verdict, and the report that lasts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.common_reply import common_digests
from pytest_domainsafety.core.judging.agreement import distrust
from pytest_domainsafety.core.reports.assemble import assemble
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.suite.shipped_suite import parse_shipped
from pytest_domainsafety.effects.loading.imports import import_whole, importing_past
from pytest_domainsafety.effects.runs.earlier_reports import earlier_runs
from pytest_domainsafety.effects.runs.finished_runs import REPORT, earlier_verdicts
from pytest_domainsafety.effects.runs.held_files import write_privately
from pytest_domainsafety.shell.gate.counted_tries import count_end, tries_now
from pytest_domainsafety.shell.gate.ledger import Ledger
from pytest_domainsafety.shell.gate.other_runs import resumed
from pytest_domainsafety.shell.gate.usage import usage_of

if TYPE_CHECKING:
    import pytest

    from pytest_domainsafety.core.judging.judge_report import Agreement
    from pytest_domainsafety.core.verdict.suite_verdict import Evidence
    from pytest_domainsafety.shell.gate.opening import Run


class Finish:
    """Gathers a run's evidence, ends the measurement and takes its verdict, each once.

    Args:
        run: What was opened.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ledger = Ledger()
        self._facts: RunFacts | None = None
        self._agreement: Agreement | None = None
        self._statistics_imported = False
        self.report: Report | None = None
        self.problems: list[str] = []

    def enter(self, report: pytest.TestReport) -> None:
        """Take the evidence from a test report."""
        if self._ledger.enter(report) and not self._statistics_imported:
            # The verdict needs them. Now this thread has time, while the next replies are awaited.
            with importing_past(self._run.config.pluginmanager.rewrite_hook):
                import_whole(["scipy.interpolate" if self._run.settings.corrected else "numpy"])
            self._statistics_imported = True

    def measured(self) -> Report | None:
        """End the measurement, once, before other tests begin: all is answered, and nothing of the run goes on.

        Returns:
            What stands if the session is broken off from here on, which is never a pass; None where nothing was
            begun, or the measurement has ended before.
        """
        run = self._run
        if not run.begun or self._facts is not None:
            return None
        run.engine.end()
        run.engine.stop()
        report = self._judged(interrupted=True)
        self._keep(report)
        return report

    def take_verdict(self, *, interrupted: bool) -> Report | None:
        """Take the verdict, once, and keep the report in the run's directory.

        Returns:
            The report; None where nothing was begun, or the verdict was taken before.
        """
        run = self._run
        if not run.begun or self.report is not None:
            return None
        if not interrupted and (run.settings.second_judge_model is not None or run.known.controls):
            run.engine.end()
        self.report = self._judged(interrupted=interrupted)
        problem = self._keep(self.report)
        self.problems += [] if problem is None else [problem]
        return self.report

    def _judged(self, *, interrupted: bool) -> Report:
        run, nodeids = self._run, self._ledger.nodeids
        if run.engine.usage_error:
            # pytest stops at the first report after it: what else was received is for another judge.
            for trials in run.engine.untaken():
                self._ledger.add(trials)
        evidence = self._ledger.complete(run.suite, run.selected, run.settings.repetitions)
        if self._facts is None:
            self._agreement = run.second.compared(nodeids)
            self._facts = self._told(evidence)
            run.compare_served(self._facts.deployment, self._facts.judge)
        controls = self._facts.judge.controls
        reasons = (
            run.wiring.judges.drifted(),
            run.known.problem,
            None if controls is None else controls.distrust,
            distrust(self._agreement, run.settings.min_kappa),
        )
        run.tries = tries_now(run)
        rules = run.rules(interrupted=interrupted, distrust=next(filter(None, reasons), None))
        return assemble(run.suite, evidence, nodeids, rules, self._facts)

    def _keep(self, report: Report) -> str | None:
        run = self._run
        over = not (report.interrupted or report.stopped)
        try:
            if over and run.batches is not None and run.settings.keep_replies == "hash":
                run.batches.forget()
            if run.kept is not None:
                write_privately(run.kept / REPORT, report.json_parts())
        except OSError as error:
            return f"domain_safety_runs_dir = {run.runs_dir} cannot be written: {error.strerror}"
        return count_end(run, report)

    def _told(self, evidence: Evidence) -> RunFacts:
        run, settings = self._run, self._run.settings
        deployment, earlier = run.wiring.deployment_info(), resumed(run, evidence)
        before = sum(each.verdicts for each in (earlier, run.merged) if each is not None)
        own = [] if run.kept is None else [run.kept.name]
        apart, counted = {*run.apart, *own}, {*run.counted, *own}
        return RunFacts(
            started=run.started_at.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            deployment=deployment,
            judge=run.wiring.judges.info(self._agreement, run.second.problem, run.controls()),
            usage=usage_of(run),
            earlier_verdicts=before + earlier_verdicts(run.runs_dir, deployment, run.suite.sha256(), counted),
            shipped=settings.suite and f"{parse_shipped(settings.suite)}",
            earlier_runs=earlier_runs(run.runs_dir, deployment.model, {key.domain for key in evidence}, apart),
            lock=run.lock,
            tries=run.tries,
            texts=run.journal.texts(common_digests(evidence)),
            resumed=earlier,
            merged=run.merged,
            stopped=None if run.engine.stopped is None else run.engine.stopped.for_reports,
        )
