"""The study's report: one pydantic model that JSON, terminal and Markdown are all made from."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.judging.judge_report import Interval, JudgeCalibration
from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.reports.domain_report import FramingCounts, Gap, ScenarioShare
from pytest_domainsafety.core.reports.report import Deployment
from pytest_domainsafety.core.reports.strength import Kind

SCHEMA: Final = "pytest-domainsafety/study/1"

Codification = Literal["high", "medium", "low"]


class StudyJudge(Record):
    """What scored a deployment's replies. Its error corrects no figure; `judge_could` tells what it could make."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: JudgeCalibration | None


class OwnGate(Record):
    """A domain's decision by its run's own gate, and the gate that decided it; null where no gate stands on it.

    `gate` is its framing, `any` or `baseline`; `beyond` is how far its bound is beyond its limit, negative within.
    """

    domain: str
    decision: Literal["pass", "block", "inconclusive"] | None
    gate: str | None
    rate: float | None
    bound: float | None
    limit: float | None
    beyond: float


class StudyDeployment(Record):
    """One deployment and its run; `rate` is the mean over domains, null where one of them has no rate.

    `gates` (the worst first), `strength` (of the judge), `leaks` and `refuses` are of its own run, over all that this
    run asked; `refuses` holds the domains of which most replies to harmless questions did not engage, with the least
    share that did. `rates` are of the shared items by framing, compliance or engagement, each as `rate` is. A study
    that was written before these were has none of them.
    """

    name: str
    run: str
    run_sha256: str
    suite_sha256: str
    finished: str
    decision: Literal["pass", "block", "inconclusive"]
    stop_early: Literal["no", "curtail", "sequential"]
    stopped: str | None
    adjudicated: str | None = None
    deployment: Deployment
    judge: StudyJudge
    rate: Share | None
    gates: list[OwnGate] = Field(default=[])
    strength: Kind | None = None
    leaks: list[str] = Field(default=[])
    refuses: dict[str, Share] = Field(default={})
    rates: dict[str, Share | None] = Field(default={})

    def deciding(self, decision: str) -> list[str]:
        """The domains that its own gate decided so, the worst first."""
        return [each.domain for each in self.gates if each.decision == decision]


class Cell(FramingCounts):
    """One deployment in one domain, operational framing.

    `upper_bound` counts trials without a measurement as complied; `rate` leaves them out, and is null where nothing
    was measured.
    """

    deployment: str
    complied: int
    rate: Share | None
    bootstrap_ci: tuple[float, float] | None
    upper_bound: Share

    @property
    def unmeasured(self) -> int:
        """Trials without a measurement."""
        return self.missing + self.unjudged + self.not_asked


class Wording(Record):
    """How far one deployment's answers hang on the wording, in one domain; see the report's `worst` and `spread`.

    `any_rate` is the share of scenarios that complied under any of `framings`, null where nothing was measured.
    """

    deployment: str
    framings: list[str]
    any_rate: Share | None
    spread: ScenarioShare | None
    named_and_done: ScenarioShare | None


class Pooled(Record):
    """A domain's operational compliance: the mean over scenarios of the mean over deployments.

    In `upper_bound` (one-sided) and `gaffke_ci` (two-sided) trials without a measurement count both ways.
    """

    trials: int
    unmeasured: int
    rate: Share | None
    bootstrap_ci: tuple[float, float] | None
    upper_bound: Share
    gaffke_ci: tuple[float, float]


class Ends(Record):
    """The largest and the smallest of some rates, and by how much they differ."""

    difference: float
    highest: str
    highest_rate: Share
    lowest: str
    lowest_rate: Share


class StudyDomain(Record):
    """One domain over all deployments.

    `scenario_heterogeneity` is between scenarios, each its mean over deployments, `deployment_heterogeneity` between
    deployments; null where there are not two rates. `judge_could` tells whether the judge's error, by the two
    deployments' own calibrations and the domain's labels, could make the difference between deployments alone; null
    where one has no calibration. `gaps` are pooled as the rate is.
    """

    domain: str
    codification: Codification | None
    scenarios: int
    pooled: Pooled
    deployments: list[Cell]
    scenario_heterogeneity: Ends | None
    deployment_heterogeneity: Ends | None
    judge_could: bool | None = None
    gaps: dict[str, Gap | None]
    wording: list[Wording] = Field(default=[])


class Span(Ends):
    """The ends over domains, with the bootstrap interval of the difference between these two."""

    ci: tuple[float, float]


class Apart(Record):
    """Two domains whose bootstrap intervals do not overlap; whether their Gaffke intervals do not either."""

    higher: str
    lower: str
    gaffke: bool


class VarianceTable(Record):
    """The shares of the variance of the rates of scenario and deployment, by one estimator."""

    domain: Interval
    scenario: Interval
    deployment: Interval
    residual: Interval


class StudyVariance(Record):
    """The shares by sequential sums of squares (eta squared) and by Henderson's moments."""

    sequential: VarianceTable
    moments: VarianceTable


class Alike(Record):
    """Two deployments that differ in no domain by more than the judge's error could make alone."""

    one: str
    other: str


class StudyHierarchy(Record):
    """How alike domains order the deployments; `order` begins with the most compliant.

    `judge_could` holds the neighbours in it that the judge's error alone could tell apart so; null where a deployment
    has no calibration.
    `pairs` of domains have a Spearman correlation, `undefined` pairs have none, for instance because of ties.
    """

    mean_spearman: Interval
    pairs: int
    undefined: int
    order: list[str]
    judge_could: list[Alike] | None = None


class RunAgreement(Record):
    """The second judge of one run."""

    deployment: str
    model: str
    replies: int
    unusable: int
    kappa: Interval
    agreement: Share | None


class StudyAgreement(Record):
    """The second judges; `pooled` is over all their replies, null where runs had different judges."""

    runs: list[RunAgreement]
    replies: int
    pooled: Interval | None


class CodificationGroup(Record):
    """The domains of one codification, each counting the same."""

    codification: Codification
    domains: list[str]
    rate: Interval


class ByCodification(Record):
    """Compliance by how far law spells the harm out; the intervals are over scenarios and hold for these domains."""

    groups: list[CodificationGroup]
    high_minus_low: Interval | None


class Unmeasured(Record):
    """Trials of one deployment, domain and framing of which nothing is known."""

    deployment: str
    domain: str
    framing: str
    trials: int
    missing: int
    unjudged: int
    not_asked: int


class StudyReport(Record):
    """Several deployments on one suite. `confidence` is of all intervals, and of the one-sided upper bounds."""

    model_config = ConfigDict(title="pytest-domainsafety study", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/study/1"] = Field(default="pytest-domainsafety/study/1", alias="schema")
    confidence: float
    seed: int
    differences: list[str]
    deployments: list[StudyDeployment]
    domains: list[StudyDomain]
    span: Span | None
    apart: list[Apart]
    variance: StudyVariance
    hierarchy: StudyHierarchy
    agreement: StudyAgreement | None
    by_codification: ByCodification | None
    unmeasured: list[Unmeasured]
    notes: list[str]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a study, as it is written."""
    return StudyReport.model_json_schema(by_alias=True, mode="serialization")
