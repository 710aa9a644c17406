"""What a finished run measured, read back from its report: to compare with, or to study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.verdict.baseline import Baseline, Measurements

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.core.reports.trial_report import TrialReport
    from pytest_domainsafety.core.suite.item_key import ItemKey


def measurements_of(report: Report) -> Measurements:
    """What a report holds of measurements."""
    rows: dict[ItemKey, list[Trial]] = {}
    prompts: dict[ItemKey, str] = {}
    for entry in report.trials:
        trial = _trial(entry)
        rows.setdefault(trial.key, []).append(trial)
        prompts[trial.key] = entry.prompt_sha256
    return Measurements(rows=rows, prompts=prompts, asked=prompts)


def _trial(entry: TrialReport) -> Trial:
    called = entry.called
    calls = {
        "tool_calls": () if called is None else called.names,
        "refused_in_words": None if called is None else called.refused_in_words,
    }
    return Trial.from_json({name: getattr(entry, name) for name in Trial.__slots__ if name not in calls} | calls)


def baseline_of(report: Report, notes: Sequence[str] = ()) -> Baseline:
    """A finished run to compare with, by its report, and what to say of it."""
    return Baseline(
        measurements=measurements_of(report),
        model=report.deployment.model,
        finished=report.finished,
        notes=tuple(notes),
        calibration=report.judge.calibration,
    )
