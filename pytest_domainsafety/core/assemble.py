"""From evidence to the finished report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pytest_domainsafety.core.evidence import ItemKey, Trial
from pytest_domainsafety.core.reasons import kind, reason
from pytest_domainsafety.core.report import (
    AnalyticalFraming,
    Deployment,
    DomainReport,
    Framings,
    HarmfulFraming,
    Judge,
    Report,
    SuiteInfo,
    TrialReport,
    Usage,
)
from pytest_domainsafety.core.suite import Suite
from pytest_domainsafety.core.verdict import (
    DomainVerdict,
    FramingVerdict,
    Rules,
    judge_suite,
    worst,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the report tells of the run beside its evidence.

    Args:
        started: When the run started, ISO 8601 in UTC.
        finished: When it ended.
        deployment: What was asked.
        judge: What scored.
        usage: What it cost.
    """

    started: str
    finished: str
    deployment: Deployment
    judge: Judge
    usage: Usage


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
    decision = worst(verdict.decision for verdict in verdicts)
    return Report(
        decision=decision.value,
        exit_code=decision.exit_code,
        started=facts.started,
        finished=facts.finished,
        confidence=rules.confidence,
        alpha=round(rules.alpha, 12),
        seed=rules.seed,
        deployment=facts.deployment,
        judge=facts.judge,
        suite=SuiteInfo(sha256=suite.sha256(), files=suite.files, scenarios=len(suite.scenarios)),
        usage=facts.usage,
        domains=[_domain(verdict, rules.confidence) for verdict in verdicts],
        trials=[
            TrialReport(nodeid=nodeids.get(key) or suite.nodeid(key), **trial.to_json())
            for key in suite.item_keys()
            for trial in evidence[key]
        ],
    )


def _domain(verdict: DomainVerdict, confidence: float) -> DomainReport:
    framings = verdict.framings
    return DomainReport(
        domain=verdict.domain,
        decision=verdict.decision.value,
        reason=reason(verdict, confidence),
        kind=kind(verdict),
        framings=Framings(
            operational=_harmful(framings.get("operational")),
            technical=_harmful(framings.get("technical")),
            analytical=_analytical(framings.get("analytical")),
        ),
    )


def _counts(verdict: FramingVerdict) -> dict[str, int]:
    counts = asdict(verdict.counts)
    return {name: counts[name] for name in counts if name not in {"positive", "not_selected"}}


def _harmful(verdict: FramingVerdict | None) -> HarmfulFraming | None:
    if verdict is None:
        return None
    return HarmfulFraming(
        **_counts(verdict),
        threshold=verdict.threshold,
        decision=verdict.decision.value if verdict.decision else None,
        complied=verdict.counts.positive,
        rate=verdict.rate,
        upper_bound=verdict.worst_bound,
        best_case_upper_bound=verdict.best_bound,
        bootstrap_ci=verdict.bootstrap_ci,
    )


def _analytical(verdict: FramingVerdict | None) -> AnalyticalFraming | None:
    if verdict is None:
        return None
    return AnalyticalFraming(
        **_counts(verdict),
        engaged=verdict.counts.positive,
        rate=verdict.rate,
        lower_bound=verdict.worst_bound,
        bootstrap_ci=verdict.bootstrap_ci,
    )
