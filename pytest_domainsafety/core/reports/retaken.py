"""A finished run's verdict taken again, with people's labels in place of its judge's verdicts.

Where a compliance was taken away, the judge's false alarms are gone and its misses are not: the bound there is
corrected by the judge's sensitivity alone. See the statistics reference for why this keeps the level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pytest_domainsafety.core.bar.lock import held_words
from pytest_domainsafety.core.bounds.domain_errors import DomainErrors
from pytest_domainsafety.core.bounds.judge_error import JudgeError
from pytest_domainsafety.core.configuration.limits import DomainLimits
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.clusters import clusters
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.judging.agreement import distrust
from pytest_domainsafety.core.judging.calibration import Calibration
from pytest_domainsafety.core.judging.served_judge import drifted
from pytest_domainsafety.core.reports.adjudicated import Adjudicated
from pytest_domainsafety.core.reports.assemble_domain import domain_report
from pytest_domainsafety.core.reports.domain_report import AnalyticalFraming, DomainReport
from pytest_domainsafety.core.reports.overruling import Overruling
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import ANY
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.decision import Decision, worst
from pytest_domainsafety.core.verdict.reasons import reason
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.suite_verdict import DomainVerdict, judge_rows
from pytest_domainsafety.core.verdict.thresholds import Thresholds

_UNSEEN: Final = (
    "people took compliances away, and nothing tells how much of what helps the judge overlooks: calibrate it, or "
    "have a random draw labelled"
)

_NEAR: Final = 1e-9


def check_adjudicable(report: Report, place: str) -> None:
    """Make sure that labels can stand in the place of a run's verdicts.

    Raises:
        ConfigurationError: In one sentence, if they cannot.
    """
    cause = next(filter(None, _causes(report)), None)
    if cause is not None:
        raise ConfigurationError(f"{place} cannot be adjudicated: {cause}")


def _causes(report: Report) -> tuple[str | None, ...]:
    baseline = any(domain.baseline is not None for domain in report.domains)
    return (
        "it was already; give the run's own report with all labels" if report.adjudicated else None,
        "it did not reach its end; go on with it (--domain-safety-resume)" if report.interrupted else None,
        "it is sequential, and where it stopped was the judge's doing; run all of it (domain_safety_stop_early = no)"
        if report.stop_early == "sequential"
        else None,
        "it was compared with a baseline whose judge nobody overruled; run it without domain_safety_baseline"
        if baseline
        else None,
    )


def check_attempt(report: Report, lowered: frozenset[str]) -> None:
    """Make sure that a verdict on corrected bounds is one of those that were planned.

    With a calibration the verdict before and the one after are two tests, of which neither passes only where the
    other does; without one the first passes only where the second does.

    Raises:
        ConfigurationError: If no attempt is left for the second.
    """
    attempts, tries = report.attempts, report.tries
    counted = 0 if tries is None else tries.verdicts + tries.broken_off
    needed = max(attempts.earlier, counted) + 2
    if lowered and report.judge.calibration is not None and attempts.planned < needed:
        raise ConfigurationError(
            f"the judge is calibrated, so that an adjudicated verdict is one more attempt, the {needed}. on this "
            f"deployment, and domain_safety_attempts planned {attempts.planned}: plan {needed} and run again"
        )


def retaken(
    report: Report, found: Overruling, adjudicated: Adjudicated, calibration: Calibration | None = None
) -> Report:
    """The report with its verdict taken again.

    Args:
        report: The run's own, see `check_adjudicable`.
        found: What labels make of its trials.
        adjudicated: The same, as reports hold it.
        calibration: Of the run's judge, where it is calibrated.

    Raises:
        ConfigurationError: In one sentence, if the report does not hold all that its verdict rests on.
    """
    domains = [
        _again(report, domain, found, calibration) if domain.domain in found.changed else domain
        for domain in report.domains
    ]
    decision = worst(Decision(each.decision) for each in domains if each.decision is not None)
    return report.model_copy(
        update={
            "decision": decision.value,
            "exit_code": decision.exit_code,
            "domains": domains,
            "trials": found.trials,
            "adjudicated": adjudicated,
        }
    ).sealed()


def without_alarms(errors: DomainErrors) -> DomainErrors:
    """The same misses and no false alarm, which leaves the largest true rate."""

    def quiet(error: JudgeError) -> JudgeError:
        return JudgeError(error.compliances, ())

    return DomainErrors(
        quiet(errors.pooled),
        {name: quiet(each) for name, each in errors.domains.items()},
        {name: quiet(each) for name, each in errors.framings.items()},
    )


def _again(report: Report, domain: DomainReport, found: Overruling, calibration: Calibration | None) -> DomainReport:
    rules = _rules(report, domain, calibration)
    errors = rules.judge_errors
    was = _judged(domain, report.trials, rules)
    facts = _facts(report, domain, was)
    known = domain_report(was, Suite(), rules, facts)
    if not _is_same(domain, known):
        raise ConfigurationError(
            f"the verdict on {domain.domain} rests on what its report does not hold, so that it cannot be taken "
            "again: run it again with another judge"
        )
    lowered = domain.domain in found.lowered
    if lowered and errors is not None:
        rules = replace(rules, judge_errors=without_alarms(errors))
    verdict = _judged(domain, found.trials, rules)
    now = domain_report(verdict, Suite(), rules, facts)
    # What is told of prompts, which are in no report, holds as before.
    kept = [each for each in domain.reservations if each not in known.reservations]
    said = [*now.reservations, *kept, *([_UNSEEN] if lowered and errors is None and found.rule != "random" else [])]
    resumed = [] if report.resumed is None else [report.resumed.sentence()]
    return now.model_copy(
        update={
            "codification": domain.codification,
            "reservations": said,
            "reason": reason(verdict, [*said, *resumed]),
            "notes": [*now.notes, *(each for each in domain.notes if each not in known.notes)],
        }
    )


def _facts(report: Report, domain: DomainReport, was: DomainVerdict) -> RunFacts:
    """What the report tells of the run, and the texts that it shows."""
    texts = {}
    for name, verdict in was.framings.items():
        framing = domain.framings.get(name)
        if verdict.common and framing and framing.one_text and framing.one_text.text is not None:
            texts[verdict.common.digest] = framing.one_text.text
    return RunFacts(
        started=report.started,
        finished=report.finished,
        deployment=report.deployment,
        judge=report.judge,
        usage=report.usage,
        resumed=report.resumed,
        merged=report.merged,
        texts=texts,
    )


def _is_same(domain: DomainReport, known: DomainReport) -> bool:
    """Whether the report alone gives its own verdict back."""
    return domain.decision == known.decision and all(
        _near(before, after)
        for name, framing in domain.harmful.items()
        for before, after in zip(_bounds(framing), _bounds(known.harmful.get(name)), strict=True)
    )


def _bounds(framing: object) -> tuple[float | None, ...]:
    names = ("upper_bound", "best_case_upper_bound", "corrected_upper_bound")
    return tuple(getattr(framing, name, None) for name in names)


def _near(first: float | None, second: float | None) -> bool:
    return first is second or (first is not None and second is not None and abs(first - second) <= _NEAR)


def _rules(report: Report, domain: DomainReport, calibration: Calibration | None) -> Rules:
    name, judge = domain.domain, report.judge
    limits = {(name, framing): each.threshold for framing, each in domain.harmful.items()}
    if domain.worst is not None:
        limits[name, ANY] = domain.worst.threshold
    analytical = [each for each in domain.framings.values() if isinstance(each, AnalyticalFraming)]
    floor = next((each.floor for each in analytical if each.floor is not None), None)
    agreement, lock = judge.agreement, report.lock
    doubts = (
        None if calibration is None else drifted(calibration.judge.served, judge.served),
        None if judge.controls is None else judge.controls.distrust,
        distrust(agreement, None if agreement is None else agreement.floor),
    )
    return Rules(
        limits=Limits(
            thresholds=Thresholds(limits),
            floors=DomainLimits({} if floor is None else {name: floor}),
        ),
        confidence=report.confidence,
        attempts=report.attempts.planned,
        seed=report.seed,
        drawn=report.drawn or "",
        stop_early=report.stop_early,
        judge_errors=None if calibration is None else calibration.errors,
        calibration=judge.calibration,
        unloaded=tuple(report.suite.unloaded),
        lowered=held_words(lock.differences) if lock is not None and lock.differences else None,
        spent=None if report.tries is None else report.tries.spent,
        distrust=next(filter(None, doubts), None),
    )


def _judged(domain: DomainReport, trials: Sequence[TrialReport], rules: Rules) -> DomainVerdict:
    """The verdict on a domain by the trials of a report."""
    name = domain.domain
    rows: defaultdict[str, defaultdict[str, list[Trial]]] = defaultdict(lambda: defaultdict(list))
    asked: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for trial in trials:
        if trial.domain == name:
            rows[trial.framing][trial.scenario].append(trial.trial())
            asked[trial.framing][trial.scenario] = trial.prompt_sha256
    present: Mapping[str, Mapping[str, Sequence[Trial]]] = {
        each: rows[each] for each in domain.framings if each in rows
    }
    groups = {each: clusters(found, asked[each]) for each, found in present.items()}
    order = dict.fromkeys(scenario for found in present.values() for scenario in found)
    return replace(judge_rows(name, present, asked, groups, order, rules), absent=domain.absent)
