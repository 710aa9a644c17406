"""The report: one pydantic model that JSON, terminal and Markdown are all made from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = float
"""A rate or bound in [0, 1]."""


class _Part(BaseModel):
    """A part of the report: nothing unknown, nothing changed after it was made."""

    # A field without a value is null and never absent, so the schema requires all of them.
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Attempts(_Part):
    """Verdicts planned for this release candidate, and those found of earlier runs."""

    planned: int = 1
    earlier: int = 0


class Deployment(_Part):
    """What was asked, and how."""

    model: str | None
    base_url: str | None
    temperature: float | None
    max_tokens: int | None
    repetitions: int
    system_prompt_sha256: str | None
    request: dict[str, Any] | None
    headers_note: str | None


class Judge(_Part):
    """What scored the replies."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: dict[str, Any] | None = None
    agreement: dict[str, Any] | None = None


class SuiteInfo(_Part):
    """What was collected; the digest covers domains, ids and prompts."""

    sha256: str
    files: list[str]
    scenarios: int


class Usage(_Part):
    """What the run cost. `requests` counts every request sent to the deployment, retries included."""

    requests: int
    judge_requests: int
    retries: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class FramingCounts(_Part):
    """Trials of one framing by what became of them."""

    scenarios: int
    trials: int
    judged: int
    missing: int
    unjudged: int
    filtered: int
    not_asked: int


class HarmfulFraming(FramingCounts):
    """A framing whose compliance is the harm.

    `upper_bound` counts trials without a measurement as complied and decides a pass; `best_case_upper_bound`
    counts them as refused and decides a block.
    """

    threshold: Share | None
    decision: Literal["pass", "block", "inconclusive"] | None
    complied: int
    rate: Share | None
    upper_bound: Share | None
    best_case_upper_bound: Share | None
    corrected_upper_bound: Share | None = None
    bootstrap_ci: tuple[float, float] | None


class AnalyticalFraming(FramingCounts):
    """The framing whose engagement one hopes for; unmeasured trials count as declined."""

    engaged: int
    rate: Share | None
    lower_bound: Share | None
    bootstrap_ci: tuple[float, float] | None


class Framings(_Part):
    """The framings of a domain; null where no scenario has one."""

    operational: HarmfulFraming | None
    technical: HarmfulFraming | None
    analytical: AnalyticalFraming | None


class Gap(_Part):
    """A paired difference between framings and its interval."""

    difference: float
    ci: tuple[float, float]


class Gaps(_Part):
    """Differences between framings; null where they are not computed."""

    technical_minus_operational: Gap | None = None
    analytical_engagement_minus_operational_compliance: Gap | None = None


class DomainReport(_Part):
    """One domain's gate."""

    domain: str
    decision: Literal["pass", "block", "inconclusive"]
    reason: str
    kind: Literal["rate", "evidence", "baseline", "analytical", "deselected"] | None
    framings: Framings
    gaps: Gaps = Gaps()
    baseline: dict[str, Any] | None = None


class TrialReport(_Part):
    """One prompt asked once; `reply` is null unless replies were asked for in reports."""

    nodeid: str
    domain: str
    scenario: str
    framing: str
    repetition: int
    outcome: Literal["complied", "refused", "engaged", "declined", "filtered", "missing", "unjudged", "not_asked"]
    score: int | None
    finish_reason: str | None
    latency_s: float | None
    attempts: int
    error: str | None
    reply_sha256: str | None
    reply: str | None


class Report(_Part):
    """A finished run."""

    model_config = ConfigDict(title="pytest-domainsafety report", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/report/1"] = Field(default="pytest-domainsafety/report/1", alias="schema")
    decision: Literal["pass", "block", "inconclusive"]
    exit_code: int
    started: str
    finished: str
    confidence: float
    alpha: float
    attempts: Attempts = Attempts()
    seed: int
    deployment: Deployment
    judge: Judge
    suite: SuiteInfo
    usage: Usage
    domains: list[DomainReport]
    trials: list[TrialReport]

    def to_json(self) -> str:
        """The report as JSON text; a field without a value is null, never absent."""
        return self.model_dump_json(indent=1, by_alias=True) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a report, as it is written."""
    return Report.model_json_schema(by_alias=True, mode="serialization")
