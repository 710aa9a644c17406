"""From evidence to the finished report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_domainsafety.core.bar.tries import Tries
from pytest_domainsafety.core.evidence.alike_repetitions import alike_repetitions
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.assemble_domain import domain_report
from pytest_domainsafety.core.reports.report import (
    SCHEMA,
    SCHEMA_OF_OWN_FRAMINGS,
    Attempts,
    Deployment,
    FramingInfo,
    Report,
    SuiteInfo,
    TriesReport,
)
from pytest_domainsafety.core.reports.run_facts import RunFacts
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.framings import FRAMINGS
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.decision import worst
from pytest_domainsafety.core.verdict.reservations import unlabelled
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.suite_verdict import DomainVerdict, judge_suite


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
        schema=SCHEMA if suite.framings().keys() <= FRAMINGS.keys() else SCHEMA_OF_OWN_FRAMINGS,
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
        merged=facts.merged,
        seed=rules.seed,
        drawn=None if rules.stop_early == "no" else rules.drawn,
        deployment=_deployment(facts.deployment, evidence),
        judge=_judge(facts.judge, verdicts),
        suite=_suite(suite, rules, facts),
        usage=facts.usage,
        earlier_runs=list(facts.earlier_runs),
        lock=facts.lock,
        tries=_tries(rules, facts.tries),
        domains=[domain_report(verdict, suite, rules, facts) for verdict in verdicts],
        trials=[
            TrialReport.of(trial, nodeids.get(key) or suite.nodeid(key), prompts[key])
            for key in suite.item_keys()
            for trial in evidence[key]
        ],
    )
    return report.sealed()


def _tries(rules: Rules, tries: Tries | None) -> TriesReport | None:
    if tries is None:
        return None
    return TriesReport(verdicts=tries.verdicts, broken_off=tries.broken_off, spent=rules.spent)


def _suite(suite: Suite, rules: Rules, facts: RunFacts) -> SuiteInfo:
    return SuiteInfo(
        sha256=suite.sha256(),
        files=suite.files,
        scenarios=len(suite.scenarios),
        shipped=facts.shipped,
        unloaded=list(rules.unloaded),
        framings={
            name: FramingInfo(
                asked=items.asked,
                collected=items.collected,
                most=suite.most.get(name),
                purpose=suite.purpose(name),
            )
            for name, items in suite.framings().items()
        },
    )


def _deployment(deployment: Deployment, evidence: Mapping[ItemKey, Sequence[Trial]]) -> Deployment:
    """The deployment, with a warning where its repetitions are no samples."""
    said = alike_repetitions(evidence, deployment.temperature)
    return deployment if said is None else deployment.model_copy(update={"warnings": [*deployment.warnings, said]})


def _judge(judge: Judge, verdicts: Sequence[DomainVerdict]) -> Judge:
    """The judge, with a warning where its error is not known by domain; the embedded one's card says so already."""
    if judge.kind == "embedded":
        return judge
    return judge.model_copy(update={"warnings": [*judge.warnings, *unlabelled(verdicts)]})
