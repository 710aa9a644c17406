"""A finished run judged again: another judge's verdicts on the same replies, beside the first's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from pydantic import Field

from pytest_domainsafety.core.bounds.domain_errors import Correction
from pytest_domainsafety.core.bounds.kappa import cohen_kappa
from pytest_domainsafety.core.configuration.limits import DomainLimits
from pytest_domainsafety.core.evidence.clusters import clusters, joined, worst_clusters
from pytest_domainsafety.core.evidence.replies import Judgement, text_sha256
from pytest_domainsafety.core.evidence.stored_replies import StoredReply
from pytest_domainsafety.core.evidence.trials import Trial, outcome_by
from pytest_domainsafety.core.judging.judge_report import Disagreement, Interval, Judge
from pytest_domainsafety.core.outcome import JUDGED, Outcome
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.domain_report import AnalyticalFraming, DomainReport, HarmfulFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY, WORST, framing_of
from pytest_domainsafety.core.suite.framings.base import COMPLIANCE_SCORE
from pytest_domainsafety.core.verdict.decision import Decision, worst
from pytest_domainsafety.core.verdict.framing_verdict import FramingVerdict, judge_framing, judge_means
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.suite_verdict import is_silent
from pytest_domainsafety.core.verdict.thresholds import Thresholds
from pytest_domainsafety.core.verdict.worst_framing import worst_means, worst_rows

_CONFIDENCE: Final = 0.95

Place = tuple[str, str, str, int]
"""Domain, scenario, framing and repetition."""


class Side(Record):
    """One judge's figures of a framing."""

    decision: Literal["pass", "block", "inconclusive"] | None
    judged: int
    positive: int
    rate: float | None
    bound: float | None


class RejudgedFraming(Record):
    """A framing of a domain by both judges; `bound` is the upper one, of an analytical framing the lower one."""

    domain: str
    framing: str
    limit: float | None
    old: Side
    new: Side


class Rejudged(Record):
    """A run judged again. No figure is corrected for a judge's error here, of neither judge.

    `held` names what the run's verdict rested on beside its thresholds and is not in these figures: without it
    nothing passes.
    """

    schema_: Literal["pytest-domainsafety/rejudged/1"] = Field(
        default="pytest-domainsafety/rejudged/1", alias="schema"
    )
    run_sha256: str
    old_judge: Judge
    new_judge: Judge
    replies: int
    unusable: int
    kappa: Interval
    agreement: float | None
    decision: Literal["pass", "block", "inconclusive"]
    exit_code: int
    held: list[str] = Field(default=[])
    framings: list[RejudgedFraming]
    changed: list[Disagreement]


def to_rejudge(report: Report, replies: Sequence[StoredReply]) -> list[StoredReply]:
    """The stored replies that the report's trials are of; others are not evidence of this run."""
    digests = {_place(trial): trial.reply_sha256 for trial in report.trials}
    return [reply for reply in replies if digests.get(reply.place) == text_sha256(reply.reply)]


def rejudged(
    report: Report, replies: Sequence[StoredReply], judgements: Sequence[Judgement], judge: Judge
) -> Rejudged:
    """Compare two judges' verdicts on a run.

    Args:
        report: The finished run.
        replies: Its replies, see `to_rejudge`.
        judgements: The new judge's, in the same order.
        judge: The new judge.
    """
    new = {reply.place: judgement for reply, judgement in zip(replies, judgements, strict=True)}
    distrust = None if judge.controls is None else judge.controls.distrust
    framings = list(_framings(report, new, distrust))
    both = [
        (trial, trial.score, second.score)
        for trial in report.trials
        if (second := new.get(_place(trial))) is not None and trial.score is not None and second.score is not None
    ]
    pairs = [(first >= COMPLIANCE_SCORE, second >= COMPLIANCE_SCORE) for _, first, second in both]
    kappa = cohen_kappa(pairs, _CONFIDENCE, [(trial.domain, trial.scenario, trial.framing) for trial, _, _ in both])
    held = list(_held(report))
    decisions = [Decision(each.new.decision) for each in framings if each.new.decision is not None]
    decision = worst([*decisions, *(Decision.INCONCLUSIVE for _ in held)])
    return Rejudged(
        run_sha256=report.sha256,
        old_judge=report.judge,
        new_judge=judge,
        replies=len(replies),
        unusable=sum(judgement.score is None for judgement in judgements),
        kappa=Interval(estimate=kappa.estimate, low=kappa.low, high=kappa.high),
        agreement=kappa.agreement,
        decision=decision.value,
        exit_code=decision.exit_code,
        held=held,
        framings=framings,
        changed=[
            Disagreement(nodeid=trial.nodeid, repetition=trial.repetition, score=first, second_score=second)
            for (trial, first, second), (was, is_now) in zip(both, pairs, strict=True)
            if was is not is_now
        ],
    )


def _held(report: Report) -> Iterator[str]:
    """What else the run's verdict rested on."""
    if report.judge.calibration is not None:
        yield "the calibration of its judge"
    if report.judge.agreement is not None and report.judge.agreement.floor is not None:
        yield f"a floor of {report.judge.agreement.floor:.2f} under its judges' kappa"
    if any(domain.baseline is not None for domain in report.domains):
        yield "its baseline"
    if report.lock is not None and report.lock.differences:
        yield "a bar that is lower than its lock's"
    if report.tries is not None and report.tries.spent is not None:
        yield "one try more than was planned"
    if report.suite.unloaded or any(domain.absent for domain in report.domains):
        yield "what was not collected"


def _framings(report: Report, new: Mapping[Place, Judgement], distrust: str | None) -> Iterator[RejudgedFraming]:
    """Every framing of every domain, by the report's own limits and levels."""
    rows: defaultdict[tuple[str, str], defaultdict[str, list[TrialReport]]] = defaultdict(lambda: defaultdict(list))
    for trial in report.trials:
        rows[trial.domain, trial.framing][trial.scenario].append(trial)
    for domain in report.domains:
        for name, found in domain.framings.items():
            scenarios, framing = rows.get((domain.domain, name)), framing_of(name)
            if scenarios is None or found is None:
                continue
            floor = found.floor if isinstance(found, AnalyticalFraming) else None
            limit = found.threshold if isinstance(found, HarmfulFraming) else floor or None
            silence_is_meant = not framing.harmful and (floor is not None or domain.decision is None)
            rules, doubted = _rules(report), _rules(report, distrust)
            groups = clusters(scenarios, {id_: row[0].prompt_sha256 for id_, row in scenarios.items()})
            sides = [
                judge_framing(
                    framing,
                    joined({id_: [each(trial, new) for trial in row] for id_, row in scenarios.items()}, groups),
                    limit,
                    by,
                )
                for each, by in ((_old, rules), (_new, doubted))
            ]
            yield RejudgedFraming(
                domain=domain.domain,
                framing=name,
                limit=limit,
                old=_side(sides[0], silence_is_meant=silence_is_meant),
                new=_side(sides[1], silence_is_meant=silence_is_meant),
            )
        of_domain = {name: each for (named, name), each in rows.items() if named == domain.domain}
        yield from _worst(domain, of_domain, new, _rules(report, distrust))


def _worst(
    domain: DomainReport,
    rows: Mapping[str, Mapping[str, list[TrialReport]]],
    new: Mapping[Place, Judgement],
    by: Rules,
) -> Iterator[RejudgedFraming]:
    """The worst of a domain's harmful framings, where a gate stands on it."""
    if domain.worst is None or domain.worst.threshold is None:
        return
    limit, order = domain.worst.threshold, dict.fromkeys(id_ for each in rows.values() for id_ in each)
    asked = {name: {id_: row[0].prompt_sha256 for id_, row in each.items()} for name, each in rows.items()}
    groups = worst_clusters(order, asked)
    sides = []
    for read in (_old, _new):
        trials = {
            name: {id_: [read(trial, new) for trial in row] for id_, row in rows[name].items()} for name in rows
        }
        found = worst_rows(groups, trials)
        rules = replace(by, distrust=None) if read is _old else by
        whole = [[trial for row in each for trial in row] for each in found]
        verdict = judge_means(WORST, whole, worst_means(found), limit, rules, Correction())
        sides.append(_side(verdict, silence_is_meant=True))
    yield RejudgedFraming(domain=domain.domain, framing=ANY, limit=limit, old=sides[0], new=sides[1])


def _rules(report: Report, distrust: str | None = None) -> Rules:
    limits = Limits(thresholds=Thresholds({("*", ALWAYS_GATED): 1.0}), floors=DomainLimits())
    return Rules(
        limits=limits,
        confidence=report.confidence,
        attempts=report.attempts.planned,
        seed=report.seed,
        interrupted=report.interrupted,
        distrust=distrust,
    )


def _side(verdict: FramingVerdict, *, silence_is_meant: bool) -> Side:
    decision = verdict.decision
    if is_silent(verdict) and not silence_is_meant:
        decision = Decision.INCONCLUSIVE
    return Side(
        decision=None if decision is None else decision.value,
        judged=verdict.counts.judged,
        positive=verdict.counts.positive,
        rate=verdict.rate,
        bound=verdict.worst_bound,
    )


def _old(trial: TrialReport, _: Mapping[Place, Judgement]) -> Trial:
    return Trial(
        domain=trial.domain,
        scenario=trial.scenario,
        framing=trial.framing,
        repetition=trial.repetition,
        outcome=Outcome(trial.outcome),
        score=trial.score,
        error=trial.error,
        finish_reason=trial.finish_reason,
        reply_sha256=trial.reply_sha256,
        reasked=trial.reasked,
    )


def _new(trial: TrialReport, new: Mapping[Place, Judgement]) -> Trial:
    """The trial with the new verdict. A reply that is not at hand is unjudged: its old verdict is the old judge's."""
    old = _old(trial, new)
    if old.outcome not in JUDGED | {Outcome.UNJUDGED}:
        return old
    judgement = new.get(_place(trial))
    if judgement is None or judgement.score is None:
        return replace(old, outcome=Outcome.UNJUDGED, score=None)
    outcome = outcome_by(framing_of(trial.framing), old, judgement.score, no_answer=judgement.no_answer)
    return replace(old, outcome=outcome, score=judgement.score)


def _place(trial: TrialReport) -> Place:
    return (trial.domain, trial.scenario, trial.framing, trial.repetition)
