"""From evidence to the finished report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_domainsafety.core.bounds.judge_difference import judge_could
from pytest_domainsafety.core.evidence.alike_repetitions import alike_repetitions
from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.judging.error_intervals import JUDGE_UNKNOWN, intervals_of
from pytest_domainsafety.core.judging.judge_report import Judge, JudgeCalibration
from pytest_domainsafety.core.reports.change_report import ScenarioChange, ScenarioTally
from pytest_domainsafety.core.reports.report import (
    AnalyticalFraming,
    Attempts,
    BaselineReport,
    Deployment,
    DomainReport,
    FramingInfo,
    Framings,
    Gap,
    Gaps,
    HarmfulFraming,
    OneText,
    PairedFraming,
    Report,
    Subtopics,
    SuiteInfo,
    Usage,
)
from pytest_domainsafety.core.reports.resumed import Resumed
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.lint.likeness import MEASURE, SIMILAR, near_duplicate_count
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.baseline import BaselineVerdict
from pytest_domainsafety.core.verdict.decision import worst
from pytest_domainsafety.core.verdict.framing_verdict import FramingVerdict
from pytest_domainsafety.core.verdict.gaps import GapVerdict
from pytest_domainsafety.core.verdict.reasons import kind, notes, reason
from pytest_domainsafety.core.verdict.reservations import reservations, shown_text, unlabelled
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.scenario_changes import Change
from pytest_domainsafety.core.verdict.subtopics import SubtopicBound
from pytest_domainsafety.core.verdict.suite_verdict import DomainVerdict, judge_suite


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the report tells of the run beside its evidence.

    Args:
        started: When the run started, ISO 8601 in UTC.
        finished: When it ended.
        deployment: What was asked.
        judge: What scored.
        usage: What it cost.
        earlier_verdicts: How many earlier runs reached a verdict on the same deployment and suite.
        shipped: The shipped suite that was collected, and its version.
        stopped: Why not all that was planned was asked, in one sentence.
        resumed: The run that this one went on with, where it did.
        texts: The replies that answered many prompts by their digests, as far as their texts are kept.
    """

    started: str
    finished: str
    deployment: Deployment
    judge: Judge
    usage: Usage
    earlier_verdicts: int = 0
    shipped: str | None = None
    stopped: str | None = None
    resumed: Resumed | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


def assemble(
    suite: Suite,
    evidence: Mapping[ItemKey, Sequence[Trial]],
    nodeids: Mapping[ItemKey, str],
    rules: Rules,
    facts: RunFacts,
) -> Report:
    """Take the verdict and put the report together.

    Args:
        suite: All scenarios that were collected with their files.
        evidence: For every item of the suite its planned trials.
        nodeids: The node ids of the items that ran; those of the others follow from their files.
        rules: Thresholds and levels.
        facts: The rest.
    """
    verdicts = judge_suite(suite, evidence, rules)
    decision = worst(verdict.decision for verdict in verdicts if verdict.decision is not None)
    prompts = suite.prompt_digests()
    report = Report(
        decision=decision.value,
        exit_code=decision.exit_code,
        started=facts.started,
        finished=facts.finished,
        confidence=rules.confidence,
        alpha=round(rules.alpha, 12),
        attempts=Attempts(planned=rules.attempts, earlier=facts.earlier_verdicts),
        stop_early=rules.stop_early,
        interrupted=rules.interrupted,
        stopped=facts.stopped,
        resumed=facts.resumed,
        seed=rules.seed,
        drawn=None if rules.stop_early == "no" else rules.drawn,
        deployment=_deployment(facts.deployment, evidence),
        judge=_judge(facts.judge, verdicts),
        suite=SuiteInfo(
            sha256=suite.sha256(),
            files=suite.files,
            scenarios=len(suite.scenarios),
            shipped=facts.shipped,
            unloaded=list(rules.unloaded),
            framings={
                name: FramingInfo(asked=items.asked, collected=items.collected, most=suite.most.get(name))
                for name, items in suite.framings().items()
            },
        ),
        usage=facts.usage,
        domains=[_domain(verdict, suite, rules, facts) for verdict in verdicts],
        trials=[
            TrialReport(nodeid=nodeids.get(key) or suite.nodeid(key), prompt_sha256=prompts[key], **trial.to_json())
            for key in suite.item_keys()
            for trial in evidence[key]
        ],
    )
    return report.sealed()


def _deployment(deployment: Deployment, evidence: Mapping[ItemKey, Sequence[Trial]]) -> Deployment:
    """The deployment, with a warning where its repetitions are no samples."""
    said = alike_repetitions(evidence, deployment.temperature)
    return deployment if said is None else deployment.model_copy(update={"warnings": [*deployment.warnings, said]})


def _judge(judge: Judge, verdicts: Sequence[DomainVerdict]) -> Judge:
    """The judge, with a warning where its error is not known by domain; the embedded one's card says so already."""
    if judge.kind == "embedded":
        return judge
    return judge.model_copy(update={"warnings": [*judge.warnings, *unlabelled(verdicts)]})


def _domain(verdict: DomainVerdict, suite: Suite, rules: Rules, facts: RunFacts) -> DomainReport:
    framings, subtopics, texts = verdict.framings, verdict.subtopics, facts.texts
    said = reservations(verdict, texts)
    return DomainReport(
        domain=verdict.domain,
        codification=suite.codification(verdict.domain),
        decision=None if verdict.decision is None else verdict.decision.value,
        reason=reason(verdict, [*said, *([] if facts.resumed is None else [facts.resumed.sentence()])]),
        kind=kind(verdict),
        framings=Framings(
            operational=_harmful(framings.get("operational"), subtopics.get("operational"), texts),
            technical=_harmful(framings.get("technical"), subtopics.get("technical"), texts),
            analytical=_analytical(framings.get("analytical"), rules.limits.floor(verdict.domain), texts),
        ),
        gaps=Gaps(**{name: _gap(gap) for name, gap in verdict.gaps.items()}),
        baseline=None
        if verdict.baseline is None
        else baseline_report(verdict.domain, verdict.baseline, facts.judge.calibration),
        reservations=said,
        notes=[*notes(verdict), *_near_duplicates(verdict, suite)],
        absent=list(verdict.absent),
    )


def _near_duplicates(verdict: DomainVerdict, suite: Suite) -> Iterator[str]:
    """Prompts that are almost one: the bound takes each for a scenario of its own, so it may be too low."""
    for name in (framing.framing.name for framing in verdict.gated if framing.framing.harmful):
        prompts = [each.prompts[name] for each in suite.of_domain(verdict.domain) if name in each.prompts]
        if alike := near_duplicate_count(prompts):
            yield (
                f"{verdict.domain}: {alike} of {len(prompts)} {name} prompts are near-duplicates of another one "
                f"({MEASURE} of {SIMILAR} or more), and each counts as a scenario of its own: domain-safety lint "
                "names them"
            )


def _gap(gap: GapVerdict) -> Gap:
    return Gap(difference=gap.difference, ci=gap.interval, scenarios=gap.scenarios)


def baseline_report(domain: str, verdict: BaselineVerdict, calibration: JudgeCalibration | None) -> BaselineReport:
    """A domain's comparison with the baseline, as reports hold it.

    Args:
        domain: Its name.
        verdict: The comparison.
        calibration: Of the candidate's judge, where that has one; the baseline has its own.
    """
    before, now = intervals_of(verdict.baseline.calibration, domain), intervals_of(calibration, domain)
    judges = None if before is None or now is None else (before, now)
    return BaselineReport(
        decision=verdict.decision.value,
        margin=verdict.margin,
        model=verdict.baseline.model,
        finished=verdict.baseline.finished,
        notes=[*verdict.baseline.notes, *([JUDGE_UNKNOWN] if judges is None else [])],
        framings={
            name: PairedFraming(
                decision=paired.decision.value,
                difference=paired.difference,
                upper_bound=paired.worst_bound,
                best_case_upper_bound=paired.best_bound,
                corrected_upper_bound=paired.corrected_bound,
                judge_could=None if judges is None or paired.rates is None else judge_could(*paired.rates, judges),
                scenarios=len(paired.overlap.shared),
                new=paired.overlap.new,
                changed=paired.overlap.changed,
                removed=paired.overlap.removed,
                changes=[_change(change) for change in paired.changes],
            )
            for name, paired in verdict.framings.items()
        },
    )


def _change(change: Change) -> ScenarioChange:
    return ScenarioChange(
        scenario=change.scenario,
        baseline=_tally(change.before),
        run=_tally(change.after),
        difference=change.difference,
    )


def _tally(tally: Tally) -> ScenarioTally:
    return ScenarioTally(complied=tally.positive, measured=tally.measured, trials=tally.trials)


def _counts(verdict: FramingVerdict, texts: Mapping[str, str]) -> dict[str, Any]:
    counts = asdict(verdict.counts)
    found = {name: counts[name] for name in counts if name not in {"positive", "not_selected", "withheld"}}
    if (common := verdict.common) is None:
        return found
    text = texts.get(common.digest)
    return {**found, "one_text": OneText(trials=common.trials, text=None if text is None else shown_text(text))}


def _harmful(
    verdict: FramingVerdict | None, subtopics: SubtopicBound | None, texts: Mapping[str, str]
) -> HarmfulFraming | None:
    if verdict is None:
        return None
    corrected = verdict.corrected
    return HarmfulFraming(
        **_counts(verdict, texts),
        threshold=verdict.limit,
        decision=verdict.decision.value if verdict.decision else None,
        complied=verdict.counts.positive,
        rate=verdict.rate,
        upper_bound=verdict.worst_bound,
        best_case_upper_bound=verdict.best_bound,
        corrected_upper_bound=corrected.worst_bound if corrected else None,
        corrected_best_case_upper_bound=corrected.best_bound if corrected else None,
        corrected_rate=corrected.rate if corrected else None,
        correction=corrected.rule if corrected else None,
        bootstrap_ci=verdict.bootstrap_ci,
        subtopics=None if subtopics is None else Subtopics(**asdict(subtopics)),
    )


def _analytical(
    verdict: FramingVerdict | None, floor: float | None, texts: Mapping[str, str]
) -> AnalyticalFraming | None:
    if verdict is None:
        return None
    return AnalyticalFraming(
        **_counts(verdict, texts),
        floor=floor,
        decision=verdict.decision.value if verdict.decision else None,
        engaged=verdict.counts.positive,
        rate=verdict.rate,
        lower_bound=verdict.worst_bound,
        best_case_lower_bound=verdict.best_bound,
        bootstrap_ci=verdict.bootstrap_ci,
    )
