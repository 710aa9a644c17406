"""Runs on disk that this one stands beside: the baseline, and its own directory, new or of an earlier session."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.controls import digest
from pytest_domainsafety.core.reports.comparable_runs import adjudicated_notes, check_comparable, judge_note
from pytest_domainsafety.core.reports.resumed import Resumed
from pytest_domainsafety.core.reports.run_identity import run_identity
from pytest_domainsafety.core.suite.scenario_digests import scenario_digests
from pytest_domainsafety.effects.runs.finished_runs import REPORT, read_report
from pytest_domainsafety.effects.runs.interrupted_runs import (
    EarlierRun,
    check_age,
    earlier_run,
    new_run,
    tell_identity,
)
from pytest_domainsafety.effects.runs.parts import remove_part
from pytest_domainsafety.shell.options import option
from pytest_domainsafety.shell.wiring.live_batches import HOURS, check_left

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.merged import Merged
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.core.verdict.suite_verdict import Evidence
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
    return baseline, [*([note] if note else []), *adjudicated_notes({"the baseline": baseline})]


def earlier_of(run: Run) -> EarlierRun | None:
    """The run to go on with, None where a new one is made.

    Raises:
        ConfigurationError: If it was another one, is too old or has no holes.
    """
    wanted = option(run.config, "resume")
    if wanted is None:
        return None
    earlier = earlier_run(run.runs_dir, wanted, run.config.invocation_params.dir, identity_of(run))
    # A batch may take a day, in which nothing was asked anew.
    days = [run.settings.batch, run.settings.judge_batch].count("yes")
    leave_out = "leave --domain-safety-resume out for a new run"
    hours = run.settings.resume_age + HOURS * days
    check_age(earlier.folder, earlier.started, run.started_at, hours, leave_out)
    check_left(earlier.folder, run.settings)
    _check_holes(run, earlier)
    run.merged = _merged_before(earlier.folder)
    return earlier


def _merged_before(folder: Path) -> Merged | None:
    """What a run was merged from before it went on; its verdicts are counted with those of earlier sessions."""
    try:
        merged = read_report(folder).merged if (folder / REPORT).exists() else None
    except ConfigurationError:
        return None
    return None if merged is None else merged.model_copy(update={"verdicts": 0})


def open_directory(run: Run) -> Path:
    """Make the run's directory, or go on in an earlier run's, and open the journal there.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    earlier = run.earlier
    try:
        kept = (
            new_run(run.runs_dir, run.started_at, run.drawn, identity_of(run), about(run))
            if earlier is None
            else earlier.folder
        )
        run.journal.open(kept)
        remove_part(kept)
        if earlier is not None and earlier.rejudges:
            # Or a third session could go on with the first one's judge, among the second one's verdicts.
            tell_identity(kept, earlier.started, run.drawn, identity_of(run), about(run))
    except OSError as error:
        raise ConfigurationError(
            f"domain_safety_runs_dir = {run.runs_dir} cannot be written: {error.strerror}"
        ) from None
    return kept


def identity_of(run: Run) -> dict[str, Any]:
    """What a session must share that goes on with a run, reads what it asked for, or merges it; by name, as JSON."""
    judges = run.wiring.judges
    return run_identity(
        run.suite,
        run.wiring.deployment_info(),
        judges.identity(),
        run.settings,
        calibration=judges.calibration,
        baseline=run.baseline,
        controls=digest(run.known.controls) if run.known.controls else None,
        shard=None if run.shard is None else f"{run.shard}",
    )


def about(run: Run) -> dict[str, Any]:
    """What else is told of a run where it is kept: by what it was measured, and what each scenario was."""
    return {"version": version("pytest-domainsafety"), "scenarios": scenario_digests(run.suite)}


def _check_holes(run: Run, earlier: EarlierRun) -> None:
    """Refuse to go on with a finished run of which nothing that was selected may be asked or judged again."""
    if earlier.finished and (run.shard is not None or not run.holes_of(read_report(earlier.folder))):
        raise ConfigurationError(
            f"{earlier.folder} has reached its end, and nothing in it is missing or unjudged for a cause that may "
            "have passed: leave --domain-safety-resume out for a new run"
        )


def resumed(run: Run, evidence: Evidence) -> Resumed | None:
    """What to tell of the run that this one went on with, None where it is a new one.

    Args:
        run: The run.
        evidence: All of its trials.
    """
    if run.earlier is None:
        return None
    planned = [(*key, number) for key in dict.fromkeys(run.selected) for number in range(run.settings.repetitions)]
    asked = sum(
        trial.attempts > 0 and not run.journal.keeps((*trial.key, trial.repetition))
        for trials in evidence.values()
        for trial in trials
    )
    return Resumed(
        started=run.earlier.started.isoformat(timespec="seconds"),
        trials=sum(map(run.journal.keeps, planned)),
        planned=len(planned),
        asked=asked,
        verdicts=run.earlier.verdicts,
    )
