"""What an attestation tells of a run: who was asked and judged, how surely, and the bounds by domain. No reply."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.reports.adjudicated import Rule

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
    """The figures by domain, and what they stand on. `report_sha256` is what the report tells of itself.

    `merged_from` counts the runs of parts that were merged into this one, null where it was measured in one.
    """

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
    merged_from: int | None = Field(ge=1)
    domains: list[AttestedDomain]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the figures, as they stand in a statement."""
    return Figures.model_json_schema(by_alias=True, mode="serialization")
