"""What a run has cost by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_domainsafety.core.reports.report import Usage

if TYPE_CHECKING:
    from pytest_domainsafety.shell.gate.opening import Run


def usage_of(run: Run) -> Usage:
    """Requests, tokens and seconds, its earlier sessions included."""
    meter, judge = run.wiring.meter, run.wiring.judges.meter
    return Usage(
        requests=meter.requests,
        judge_requests=judge.requests,
        retries=meter.retries + judge.retries,
        prompt_tokens=meter.prompt_tokens + judge.prompt_tokens,
        completion_tokens=meter.completion_tokens + judge.completion_tokens,
        seconds=run.seconds,
        planned_trials=len(run.selected) * run.settings.repetitions,
        estimated_requests=meter.estimated + judge.estimated,
    )
