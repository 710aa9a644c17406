"""The report: one pydantic model that JSON, terminal and Markdown are all made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.bar.lock import LockReport
from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.evidence.trials import is_settled
from pytest_domainsafety.core.judging.judge_report import Judge
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.reports.adjudicated import Adjudicated
from pytest_domainsafety.core.reports.domain_report import DomainReport
from pytest_domainsafety.core.reports.earlier_runs import PastRun
from pytest_domainsafety.core.reports.merged import Merged
from pytest_domainsafety.core.reports.report_text import canonical_parts, json_parts
from pytest_domainsafety.core.reports.resumed import Resumed
from pytest_domainsafety.core.reports.trial_report import TrialReport
from pytest_domainsafety.core.suite.suite import FramingItems, left_out_words

SCHEMA: Final = "pytest-domainsafety/report/1"

SCHEMA_OF_OWN_FRAMINGS: Final = "pytest-domainsafety/report/2"
"""Of a run whose suite has further framings than those that every suite may have."""


class Attempts(Record):
    """Verdicts planned for this release candidate, and those that earlier runs reached on deployment and suite."""

    planned: int = 1
    earlier: int = 0


class TriesReport(Record):
    """Earlier tries at the candidate, by the file that counts them.

    `spent` says why this one is one too many, so that nothing passes; null where it is not.
    """

    verdicts: int
    broken_off: int
    spent: str | None


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

    What is left out so is neither missing nor gated. `purpose` says what a prompt in the framing does.
    """

    asked: int
    collected: int
    most: int | None
    purpose: str | None = None


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


class Report(Record):
    """A finished run. `sha256` is the digest of all the rest, so that an edited report is known for one.

    `earlier_runs` are the newest finished runs beside this one, for people. `adjudicated` tells of people's labels in
    the place of the judge's verdicts: outcomes and figures are with them, scores the judge's. `drawn` is what the
    order of asking was drawn by, where the run may stop early. Version 2 of the schema is written where a suite
    brings framings of its own, which a reader of version 1 would not look for. `merged` tells the parts that the run
    was put together from.
    """

    model_config = ConfigDict(title="pytest-domainsafety report", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/report/1", "pytest-domainsafety/report/2"] = Field(
        default=SCHEMA, alias="schema"
    )
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
    merged: Merged | None = None
    adjudicated: Adjudicated | None = None
    seed: int
    drawn: str | None = None
    deployment: Deployment
    judge: Judge
    suite: SuiteInfo
    usage: Usage
    earlier_runs: list[PastRun] = Field(default=[])
    lock: LockReport | None = None
    tries: TriesReport | None = None
    domains: list[DomainReport]
    trials: list[TrialReport]
    sha256: str = ""

    def of_sessions(self) -> list[str]:
        """What is to be said of a run that was not measured in one session, in words; nothing of any other."""
        return [told.sentence() for told in (self.resumed, self.merged) if told is not None]

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
