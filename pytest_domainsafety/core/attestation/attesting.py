"""What of a finished run is attested, and on which artifact. What reads statements imports none of it.

A deploy that verifies one has no report, and would wait for all that reports are made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pytest_domainsafety.core.attestation.artifact import Artifact
from pytest_domainsafety.core.attestation.figures import (
    SCHEMA,
    AttestedAdjudication,
    AttestedCalibration,
    AttestedControls,
    AttestedDeployment,
    AttestedDomain,
    AttestedFraming,
    AttestedJudge,
    AttestedSuite,
    Figures,
)
from pytest_domainsafety.core.attestation.statement import (
    MODEL_FILES,
    PREDICATE,
    STATEMENT,
    Digest,
    Resource,
    Statement,
    Subject,
    TestResult,
    canonical,
    result_of,
    tests_of,
)
from pytest_domainsafety.core.bar.lock import LockReport
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.reports.adjudicated import Adjudicated
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming, WorstFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ANY


def statement_on(artifact: Artifact, report: Report, report_file_sha256: str) -> Statement:
    """The verdict of a finished run, as a statement on the artifact that was asked.

    Args:
        artifact: What will be deployed.
        report: The run's report.
        report_file_sha256: Of the report's file, byte for byte.

    Raises:
        ConfigurationError: If the run was interrupted: then it has no verdict.
    """
    if report.interrupted:
        raise ConfigurationError(
            "the run was interrupted, so it has no verdict to attest: go on with it (--domain-safety-resume)"
        )
    figures = figures_of(report)
    passed, failed = tests_of(figures)
    return Statement(
        _type=STATEMENT,
        subject=[Subject(name=artifact.name, digest=Digest(sha256=artifact.sha256))],
        predicateType=PREDICATE,
        predicate=TestResult(
            result=result_of(figures),
            configuration=[
                *_configuration(figures, report_file_sha256),
                *_lock(report.lock),
                *_model_files(artifact),
            ],
            passedTests=passed,
            warnedTests=[],
            failedTests=failed,
            domainSafety=figures,
        ),
    )


def figures_of(report: Report) -> Figures:
    """What is attested of a finished run."""
    deployment, suite = report.deployment, report.suite
    return Figures(
        schema=SCHEMA,
        decision=report.decision,
        started=report.started,
        finished=report.finished,
        confidence=report.confidence,
        alpha=report.alpha,
        attempts_planned=report.attempts.planned,
        attempts_earlier=report.attempts.earlier,
        deployment=AttestedDeployment(
            model=deployment.model,
            served=sorted({each.model for each in deployment.served if each.model is not None}),
            repetitions=deployment.repetitions,
            system_prompt_sha256=deployment.system_prompt_sha256,
        ),
        judge=_judge(report.judge),
        suite=AttestedSuite(
            sha256=suite.sha256, scenarios=suite.scenarios, shipped=suite.shipped, left_out=suite.left_out()
        ),
        report_sha256=report.sha256,
        adjudicated=_adjudicated(report.adjudicated),
        merged_from=None if report.merged is None else len(report.merged.parts),
        domains=[_domain(each) for each in report.domains],
    )


def _configuration(figures: Figures, report_file_sha256: str) -> list[Resource]:
    judge, told = figures.judge, figures.judge.calibration
    who = {"kind": judge.kind, "model": judge.model or "", "fingerprint": judge.fingerprint}
    found = [
        _resource("suite", figures.suite.sha256, {"scenarios": str(figures.suite.scenarios)}),
        _resource("judge", hashlib.sha256(canonical(who)).hexdigest(), who),
        _resource("report", report_file_sha256, {"sha256": figures.report_sha256}),
    ]
    if told is not None:
        found.append(_resource("calibration labels", told.labels_sha256, {"created": told.created}))
    return found


def _lock(lock: LockReport | None) -> Iterator[Resource]:
    """The bar that was reviewed, where a lock stood beside the run."""
    if lock is not None:
        told = {"differences": str(len(lock.differences)), "lowered": str(len(lock.lowered))}
        yield _resource("lock", lock.sha256, told)


def _model_files(artifact: Artifact) -> Iterator[Resource]:
    if artifact.files_sha256 is not None:
        yield _resource(MODEL_FILES, artifact.files_sha256, {})


def _resource(name: str, sha256: str, annotations: dict[str, str]) -> Resource:
    return Resource(name=name, digest=Digest(sha256=sha256), annotations=annotations)


def _adjudicated(found: Adjudicated | None) -> AttestedAdjudication | None:
    if found is None:
        return None
    return AttestedAdjudication(
        rule=found.rule,
        run_sha256=found.run_sha256,
        labels_sha256=found.labels_sha256,
        trials=found.trials,
        overruled=len(found.overruled),
    )


def _judge(judge: Judge) -> AttestedJudge:
    told, controls = judge.calibration, judge.controls
    return AttestedJudge(
        kind=judge.kind,
        model=judge.model,
        fingerprint=judge.fingerprint,
        calibration=None
        if told is None
        else AttestedCalibration(
            created=told.created,
            labels_sha256=told.labels_sha256,
            prompts=told.prompts,
            sensitivity=told.sensitivity.estimate,
            specificity=told.specificity.estimate,
        ),
        controls=None
        if controls is None
        else AttestedControls(
            known=controls.compliances.known + controls.others.known,
            recognised=controls.compliances.recognised + controls.others.recognised,
            distrust=controls.distrust,
        ),
    )


def _domain(domain: DomainReport) -> AttestedDomain:
    framings = {name: _framing(each) for name, each in domain.harmful.items()}
    if domain.worst is not None:
        framings[ANY] = _worst(domain.worst)
    return AttestedDomain(domain=domain.domain, decision=domain.decision, framings=framings)


def _framing(framing: HarmfulFraming) -> AttestedFraming:
    return AttestedFraming(
        threshold=framing.threshold,
        decision=framing.decision,
        scenarios=framing.scenarios,
        unmeasured=framing.missing + framing.unjudged + framing.not_asked,
        complied=framing.complied,
        rate=framing.rate,
        upper_bound=framing.upper_bound,
        corrected_upper_bound=framing.corrected_upper_bound,
    )


def _worst(worst: WorstFraming) -> AttestedFraming:
    return AttestedFraming(
        threshold=worst.threshold,
        decision=worst.decision,
        scenarios=worst.scenarios,
        unmeasured=worst.scenarios - worst.measured,
        complied=worst.complied,
        rate=worst.rate,
        upper_bound=worst.upper_bound,
        corrected_upper_bound=worst.corrected_upper_bound,
    )
