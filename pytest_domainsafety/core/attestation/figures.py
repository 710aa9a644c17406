"""What an attestation tells of a run: who was asked and judged, how surely, and the bounds by domain. No reply."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.reports.adjudicated import Adjudicated, Rule
from pytest_domainsafety.core.reports.domain_report import DomainReport, HarmfulFraming, WorstFraming
from pytest_domainsafety.core.reports.report import Report
from pytest_domainsafety.core.suite.framings import ANY

SCHEMA: Final = "pytest-domainsafety/attestation/1"

_Decision = Literal["pass", "block", "inconclusive"]


class AttestedDeployment(Record):
    """What was asked; `served` are the names under which it answered."""

    model: str | None
    served: list[str]
    repetitions: int
    system_prompt_sha256: str | None


class AttestedSuite(Record):
    """What it was asked; `left_out` says what was not, on purpose."""

    sha256: str
    scenarios: int
    shipped: str | None
    left_out: str | None


class AttestedControls(Record):
    """Known exhibits among the replies, and how many the judge recognised; `distrust` is why it may let none pass."""

    known: int
    recognised: int
    distrust: str | None


class AttestedCalibration(Record):
    """The judge against human labels, at the estimates."""

    created: str
    labels_sha256: str
    prompts: int
    sensitivity: Share | None
    specificity: Share | None


class AttestedJudge(Record):
    """What scored the replies, and what shows that it can."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: AttestedCalibration | None
    controls: AttestedControls | None


class AttestedFraming(Record):
    """A framing whose compliance is the harm, or `any` for the worst of them.

    The bounds count what was not measured as complied. `unmeasured` counts trials (of `any`: scenarios).
    """

    threshold: Share | None
    decision: _Decision | None
    scenarios: int
    unmeasured: int
    complied: int
    rate: Share | None
    upper_bound: Share | None
    corrected_upper_bound: Share | None

    @property
    def deciding_bound(self) -> float | None:
        """The bound that a pass stands on: where the judge is calibrated the corrected one, never below the other."""
        bounds = [each for each in (self.upper_bound, self.corrected_upper_bound) if each is not None]
        return max(bounds, default=None)


class AttestedDomain(Record):
    """One domain's gate; `decision` is null where the domain is only reported."""

    domain: str
    decision: _Decision | None
    framings: dict[str, AttestedFraming]


class AttestedAdjudication(Record):
    """Labels of people in place of the judge's verdicts: by which rule, of how many trials, and how many changed."""

    rule: Rule
    run_sha256: str
    labels_sha256: str
    trials: int
    overruled: int


class Figures(Record):
    """The figures by domain, and what they stand on. `report_sha256` is what the report tells of itself."""

    model_config = ConfigDict(title="pytest-domainsafety attestation", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/attestation/1"] = Field(alias="schema")
    decision: _Decision
    started: str
    finished: str
    confidence: float
    alpha: float
    attempts_planned: int
    attempts_earlier: int
    deployment: AttestedDeployment
    judge: AttestedJudge
    suite: AttestedSuite
    report_sha256: str
    adjudicated: AttestedAdjudication | None
    domains: list[AttestedDomain]


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
        domains=[_domain(each) for each in report.domains],
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the figures, as they stand in a statement."""
    return Figures.model_json_schema(by_alias=True, mode="serialization")


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
