"""Whether a candidate may be compared with a baseline: only the deployment may differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.served import served_difference
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.reports.report import Deployment, Report
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import FramingItems

_SAMPLING: Final = ("temperature", "max_tokens", "repetitions", "system_prompt_sha256")


def check_comparable(baseline: Report, where: str, deployment: Deployment, judge: Judge) -> None:
    """Refuse a baseline that was measured otherwise: what differs would be taken for a change of the deployment.

    Args:
        baseline: The finished run.
        where: Where it was read from, for the message.
        deployment: The candidate's.
        judge: The candidate's.

    Raises:
        ConfigurationError: With the first difference, and the mend.
    """
    for name in _SAMPLING:
        theirs, ours = getattr(baseline.deployment, name), getattr(deployment, name)
        if theirs != ours:
            raise ConfigurationError(
                f"the baseline {where} has {name} = {_shown(theirs)}, this run {_shown(ours)}: measure the baseline "
                "again with this run's sampling, or use its settings"
            )
    for name in ("kind", "model"):
        theirs, ours = getattr(baseline.judge, name), getattr(judge, name)
        if theirs != ours:
            raise ConfigurationError(
                f"the baseline {where} was judged by {_shown(theirs)}, this run by {_shown(ours)}: use the same "
                "judge for both"
            )


def check_shares_suite(baseline: Report, where: str, keys: Iterable[ItemKey]) -> None:
    """Refuse a baseline of another suite: one that has not a single item of this one's.

    Raises:
        ConfigurationError: If it has none.
    """
    theirs = {ItemKey(trial.domain, trial.scenario, trial.framing) for trial in baseline.trials}
    if theirs.isdisjoint(keys):
        raise ConfigurationError(
            f"the baseline {where} is of another suite: it shares no scenario with this one; give a run of this suite"
        )


def check_adjudicated(baseline: Report, report: Report, where: str) -> None:
    """Refuse a run whose judge was overruled beside a baseline whose judge was not.

    The false alarms that people took away in one only would look like a fall, and hide a rise.

    Raises:
        ConfigurationError: If it is so.
    """
    if report.adjudicated is not None and report.adjudicated.lowered and baseline.adjudicated is None:
        raise ConfigurationError(
            f"{where} was adjudicated and the baseline was not, so that a rise could be hidden: compare the run's "
            "own report, or adjudicate both"
        )


def adjudicated_notes(runs: Mapping[str, Report]) -> list[str]:
    """What to say of runs whose verdicts people overruled."""
    return [f"{name} was {run.adjudicated.sentence()}" for name, run in runs.items() if run.adjudicated is not None]


def judge_note(baseline: Report, judge: Judge) -> str | None:
    """What to say where the same judge model was asked otherwise: another rubric, place or parameter."""
    if baseline.judge.fingerprint == judge.fingerprint:
        return None
    return (
        "the baseline's judge has another fingerprint (rubric, place or parameters): a difference may be the judge's"
    )


def served_notes(baseline: Report, deployment: Deployment, judge: Judge) -> list[str]:
    """What to say where other models answered than in the baseline, or other systems of the same model."""
    differences = (
        served_difference("the deployment", baseline.deployment.served, deployment.served),
        served_difference("the judge", baseline.judge.served, judge.served),
    )
    return [said for said in differences if said is not None]


def framing_notes(baseline: Report, framings: Mapping[str, FramingItems]) -> list[str]:
    """What to say of harmful framings that the baseline asked and this run leaves out: they are not compared."""
    theirs = {trial.framing for trial in baseline.trials}
    return [
        f"the baseline asked {name} prompts, which this run leaves out: they are not compared"
        for name, items in framings.items()
        if framing_of(name).harmful and name in theirs and not items.asked
    ]


def stopped_notes(runs: Mapping[str, Report]) -> list[str]:
    """What to say of runs that stopped early: what they did not ask could have changed either way.

    Args:
        runs: By what they are called in a sentence.
    """
    notes = []
    for name, run in runs.items():
        left = sum(trial.outcome == Outcome.NOT_ASKED.value for trial in run.trials)
        if left:
            notes.append(
                f"{name} stopped early and left {left} of {len(run.trials)} trials unasked, any of which could have "
                f"changed: measure {name} with domain_safety_stop_early = no"
            )
    return notes


def _shown(value: object) -> str:
    return "none" if value is None else f"{value!s:.40}"
