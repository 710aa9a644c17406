"""The model of a history: what is known of each domain, run by run."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.suite.framings import ANY, in_order

SCHEMA: Final = "pytest-domainsafety/history/1"

Decision = Literal["pass", "block", "inconclusive"]


class Change(Record):
    """What is another than in the run before, so that two figures are not of the same measurement.

    `bar` is what a figure is held against: a threshold, floor or margin, or the level of the bounds.
    """

    kind: Literal["suite", "judge", "bar", "sampling", "address"]
    words: str


class HistoryJudge(Record):
    """What scored a run's replies; `calibration` is the digest of the labels, null without a calibration."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: str | None

    @property
    def name(self) -> str:
        """The model, or what it is where there is none."""
        return self.model or self.kind


class HistoryRun(Record):
    """One run. `changes` are against the run before it, and concern all of its domains.

    `interrupted` and `stopped` tell that not all was asked: such a run never passed.
    """

    run: str
    sha256: str
    started: str
    finished: str
    decision: Decision
    interrupted: bool
    stopped: str | None
    model: str | None
    base_url: str | None
    judge: HistoryJudge
    suite_sha256: str
    scenarios: int
    alpha: float
    changes: list[Change] = Field(default=[])

    @property
    def ended(self) -> bool:
        """Whether it reached its end."""
        return not self.interrupted and self.stopped is None


class Figures(Record):
    """A framing in one run; `bound` is the upper bound that decides, `decision` null where no gate stands on it."""

    rate: Share | None
    bound: Share | None
    threshold: Share | None
    decision: Decision | None


class Point(Record):
    """A domain in one run, by its place in `runs`.

    `decision` is the domain's, whatever it rests on; null where it is only reported. `framings` are those that are
    shown: the plain one, and those that a gate stands on in any run. `changes` are of the domain's own bars, against
    the run before that has the domain.
    """

    run: int
    decision: Decision | None
    framings: dict[str, Figures]
    changes: list[Change] = Field(default=[])


class DomainHistory(Record):
    """One domain over the runs that have it."""

    domain: str
    points: list[Point]

    @property
    def names(self) -> list[str]:
        """The framings that are shown, in order."""
        found = {name for point in self.points for name in point.framings}
        return [*in_order(found - {ANY}), *(found & {ANY})]


class History(Record):
    """Runs in the order in which they were started, and their domains. Nothing in it decides."""

    model_config = ConfigDict(title="pytest-domainsafety history", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/history/1"] = Field(default=SCHEMA, alias="schema")
    runs: list[HistoryRun]
    domains: list[DomainHistory]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a history, as it is written."""
    return History.model_json_schema(by_alias=True, mode="serialization")
