"""Runs on disk that this one stands beside: the baseline, and its own directory, new or of an interrupted session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.comparable_runs import check_comparable, judge_note
from pytest_domainsafety.core.reports.run_identity import run_identity
from pytest_domainsafety.effects.runs.finished_runs import read_report
from pytest_domainsafety.effects.runs.interrupted_runs import interrupted_run, new_run
from pytest_domainsafety.shell.options import option

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.shell.gate.opening import Run
    from pytest_domainsafety.shell.wiring.deployment_wiring import Wiring


def read_baseline(where: str, wiring: Wiring) -> tuple[Report, list[str]]:
    """The baseline, and what to say of it.

    Raises:
        ConfigurationError: If it cannot be read, or was measured otherwise than this run will be.
    """
    baseline, judge = read_report(Path(where)), wiring.judges.info()
    check_comparable(baseline, where, wiring.deployment_info(), judge)
    note = judge_note(baseline, judge)
    return baseline, [note] if note else []


def open_directory(run: Run) -> Path:
    """Make the run's directory, or go on in an interrupted run's, and open the journal there.

    Raises:
        ConfigurationError: If it cannot be written, or the interrupted run was another one.
    """
    wanted, judge = option(run.config, "resume"), run.wiring.judges.identity()
    identity = run_identity(run.suite, run.wiring.deployment_info(), judge, run.settings)
    try:
        if wanted is None:
            kept = new_run(run.runs_dir, run.started_at, identity)
        else:
            kept = interrupted_run(run.runs_dir, wanted, run.config.invocation_params.dir, identity)
        run.journal.open(kept)
    except OSError as error:
        raise ConfigurationError(
            f"domain_safety_runs_dir = {run.runs_dir} cannot be written: {error.strerror}"
        ) from None
    return kept
