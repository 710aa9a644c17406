"""The report: one pydantic model that JSON, terminal and Markdown are all made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.evidence.trials import is_settled
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.reports.change_report import ScenarioChange
from pytest_domainsafety.core.reports.report_text import canonical_parts, json_parts
from pytest_domainsafety.core.reports.resumed import Resumed
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.suite import FramingItems, left_out_words

SCHEMA: Final = "pytest-domainsafety/report/1"


class Attempts(Record):
    """Verdicts planned for this release candidate, and those that earlier runs reached on deployment and suite."""

    planned: int = 1
    earlier: int = 0


class Deployment(Record):
    """What was asked, and how; `served` tells what answered."""

    model: str | None
    base_url: str | None
    temperature: float | None
    max_tokens: int | None
    repetitions: int
    system_prompt_sha256: str | None
    request: dict[str, Any] | None
    headers_note: str | None
    warnings: list[str] = Field(default=[])
    served: list[ServedModel] = Field(default=[])


class FramingInfo(Record):
    """Prompts of a framing that were asked, of those collected; `most` a domain, null where that is not limited.

    What is left out so is neither missing nor gated.
    """

    asked: int
    collected: int
    most: int | None


class SuiteInfo(Record):
    """What was collected; the digest covers domains, ids and prompts, `shipped` names what the package brought.

    `unloaded` are the scenario files that failed to load: then nothing passes. `framings` tells by name what of them
    was asked; the digest is of all that was collected.
    """

    sha256: str
    files: list[str]
    scenarios: int
    shipped: str | None = None
    unloaded: list[str] = Field(default=[])
    framings: dict[str, FramingInfo] = Field(default={})

    def counted(self) -> dict[str, FramingItems]:
        """How much of each framing that was collected was asked."""
        return {name: FramingItems(each.asked, each.collected) for name, each in self.framings.items()}

    def left_out(self) -> str | None:
        """What was left out on purpose, None where nothing was."""
        return left_out_words(self.counted())


class Usage(Record):
    """What the run cost: requests count retries too, `planned_trials` neither them nor what stopping early saved.

    `estimated_requests` counts the replies that came without `usage`: their tokens are an upper estimate.
    """

    requests: int
    judge_requests: int
    retries: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    planned_trials: int = 0
    estimated_requests: int = 0


class OneText(Record):
    """A text that answered more than a third of a framing's trials; its beginning, null where it was not kept."""

    trials: int
    text: str | None


class FramingCounts(Record):
    """Trials of one framing by what became of them.

    `scenarios` have different prompts, and `repeated` counts those that repeat one. `cut` counts the replies that
    ended at the longest length. `reasked` counts the trials that did not comply, and to which the model may have
    given another reply in a request that failed: they are open, and count both ways.
    """

    scenarios: int
    trials: int
    judged: int
    missing: int
    unjudged: int
    filtered: int
    not_asked: int
    cut: int = 0
    reasked: int = 0
    repeated: int = 0
    one_text: OneText | None = None


class Subtopics(Record):
    """The sensitivity bound with the sub-topic (a scenario's first tag) as the unit; it decides nothing."""

    subtopics: int
    upper_bound: Share


class HarmfulFraming(FramingCounts):
    """A framing whose compliance is the harm.

    `upper_bound` counts trials without a measurement as complied and decides a pass; `best_case_upper_bound`
    counts them as refused and decides a block; of a sequential gate both are of where it stopped, and null for what
    it left unasked of a framing without a gate. Where the judge is calibrated
    the corrected bounds decide in their place, `corrected_rate` is the Rogan-Gladen estimate, and `correction` says
    whose labels tell of the judge's error.
    """

    threshold: Share | None
    decision: Literal["pass", "block", "inconclusive"] | None
    complied: int
    rate: Share | None
    upper_bound: Share | None
    best_case_upper_bound: Share | None
    corrected_upper_bound: Share | None = None
    corrected_best_case_upper_bound: Share | None = None
    corrected_rate: Share | None = None
    correction: str | None = None
    bootstrap_ci: tuple[float, float] | None
    subtopics: Subtopics | None = None


class AnalyticalFraming(FramingCounts):
    """The framing whose engagement one hopes for; in `lower_bound` unmeasured trials count as declined.

    A `floor` of 0 gates nothing: the deployment is meant to refuse everything.
    """

    floor: Share | None = None
    decision: Literal["pass", "block", "inconclusive"] | None = None
    engaged: int
    rate: Share | None
    lower_bound: Share | None
    best_case_lower_bound: Share | None = None
    bootstrap_ci: tuple[float, float] | None


class Framings(Record):
    """The framings of a domain; null where no scenario has one."""

    operational: HarmfulFraming | None
    technical: HarmfulFraming | None
    analytical: AnalyticalFraming | None


class Gap(Record):
    """A paired difference between framings and its two-sided interval, unmeasured trials counted both ways."""

    difference: float | None
    ci: tuple[float, float]
    scenarios: int


class Gaps(Record):
    """Differences between framings; null where they are not computed."""

    technical_minus_operational: Gap | None = None
    analytical_engagement_minus_operational_compliance: Gap | None = None


class PairedFraming(Record):
    """One framing against the baseline, paired by scenario; the bounds are null where none is shared.

    `changes` holds the shared scenarios whose rate is another, the largest change first; `new`, `changed` (another
    prompt) and `removed` are those that are not compared. `corrected_upper_bound` is of the true rise, which the
    judge's error makes look smaller; a pass needs it within the margin. `judge_could` tells whether the judge's error
    could make the difference alone. Both are null where no calibration tells of that error.
    """

    decision: Literal["pass", "block", "inconclusive"]
    difference: float | None
    upper_bound: float | None
    best_case_upper_bound: float | None
    corrected_upper_bound: float | None = None
    judge_could: bool | None = None
    scenarios: int
    new: list[str]
    changed: list[str]
    removed: list[str]
    changes: list[ScenarioChange] = Field(default=[])


class BaselineReport(Record):
    """A domain against the baseline: whether compliance rose by more than the margin.

    `notes` tell what else differs between the two runs.
    """

    decision: Literal["pass", "block", "inconclusive"]
    margin: float
    model: str | None
    finished: str | None
    framings: dict[str, PairedFraming]
    notes: list[str] = Field(default=[])


class DomainReport(Record):
    """One domain's gate; `codification` is null where its files name none, or not the same one.

    `decision` is null where the domain is only reported, and no gate stands on it. `reservations` stand at the end of
    the reason too. `absent` tells what of it limits or the baseline name and was not collected.
    """

    domain: str
    codification: Literal["high", "medium", "low"] | None = None
    decision: Literal["pass", "block", "inconclusive"] | None
    reason: str
    kind: Literal["rate", "evidence", "baseline", "analytical", "deselected"] | None
    framings: Framings
    gaps: Gaps = Gaps()
    baseline: BaselineReport | None = None
    reservations: list[str] = Field(default=[])
    notes: list[str] = Field(default=[])
    absent: list[str] = Field(default=[])

    @property
    def word(self) -> str:
        """The decision in a word, also where the domain is only reported."""
        return self.decision or "report"


class Report(Record):
    """A finished run. `sha256` is the digest of all the rest, so that an edited report is known for one.

    `drawn` is what the order of asking was drawn by, where the run may stop early.
    """

    model_config = ConfigDict(title="pytest-domainsafety report", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/report/1"] = Field(default="pytest-domainsafety/report/1", alias="schema")
    decision: Literal["pass", "block", "inconclusive"]
    exit_code: int
    started: str
    finished: str
    confidence: float
    alpha: float
    attempts: Attempts = Attempts()
    stop_early: Literal["no", "curtail", "sequential"] = "no"
    interrupted: bool = False
    stopped: str | None = None
    resumed: Resumed | None = None
    seed: int
    drawn: str | None = None
    deployment: Deployment
    judge: Judge
    suite: SuiteInfo
    usage: Usage
    domains: list[DomainReport]
    trials: list[TrialReport]
    sha256: str = ""

    def holes(self) -> list[TrialReport]:
        """The trials without a measurement for a cause that may have passed: they may be asked, or judged, again."""
        return [
            trial
            for trial in self.trials
            if trial.outcome in {Outcome.MISSING, Outcome.UNJUDGED}
            and not is_settled(trial.outcome, trial.latency_s, rejected=trial.rejected)
        ]

    def content_sha256(self) -> str:
        """The digest of everything but the digest, in a canonical form."""
        digest = hashlib.sha256()
        for part in canonical_parts(self, self.trials):
            digest.update(part.encode())
        return digest.hexdigest()

    def sealed(self) -> Self:
        """The same with its digest."""
        return self.model_copy(update={"sha256": self.content_sha256()})

    def to_json(self) -> str:
        """As JSON text, harmless where it is printed; a field without a value is null, never absent."""
        return "".join(self.json_parts())

    def json_parts(self) -> Iterator[str]:
        """The same piece by piece, to be written without being held."""
        return map(json_text, json_parts(self, self.trials))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a report, as it is written."""
    return Report.model_json_schema(by_alias=True, mode="serialization")
