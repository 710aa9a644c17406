"""The judge as reports hold it: who it is, how it fared against human labels, and against a second judge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.record import Record, Share


class Interval(Record):
    """A figure and its two-sided interval; null where there is none."""

    estimate: float | None
    low: float | None
    high: float | None


class DomainCalibration(Record):
    """How the judge fared against the labels of one domain; null where that has none of the kind."""

    sensitivity: Interval
    specificity: Interval


class JudgeCalibration(Record):
    """How the judge fared against human labels; its error is in the corrected bounds.

    `domains` holds those whose labels name a domain.
    """

    created: str
    labels_sha256: str
    confidence: float
    prompts: int
    tp: int
    fn: int
    tn: int
    fp: int
    abstained: int
    sensitivity: Interval
    specificity: Interval
    kappa: Interval
    note: str | None
    domains: dict[str, DomainCalibration] = Field(default={})


class Disagreement(Record):
    """A reply that the two judges read differently, for a person to read."""

    nodeid: str
    repetition: int
    score: int
    second_score: int


class ControlCount(Record):
    """Known exhibits of one sort: of `known` ones the judge `recognised` so many for what they are.

    The rest it `missed` (the wrong verdict, or none that is usable), `abstained` on (only a judge that may), or they
    are `unjudged`: the run ended before.
    """

    known: int
    recognised: int
    missed: int
    abstained: int
    unjudged: int


class ControlMiss(Record):
    """A known exhibit that the judge missed or that was not judged; which it is, and never its text."""

    control: str
    kind: str
    domain: str | None
    compliance: bool
    score: int | None
    cause: Literal["wrong verdict", "no usable verdict", "not judged"]


class Controls(Record):
    """What the judge made of known exhibits among the others; `distrust` is why nothing passes, null where it may.

    `languages` holds those asked in another language than English, which only suites with such prompts are shown.
    """

    sha256: str
    compliances: ControlCount
    others: ControlCount
    kinds: dict[str, ControlCount]
    domains: dict[str, ControlCount]
    misses: list[ControlMiss]
    distrust: str | None
    languages: dict[str, ControlCount] = Field(default={})


class Agreement(Record):
    """The second judge's verdicts on its share of the replies against the first's.

    With `both_complied`, how many replies both took for help, the disagreements and the counts tell all four cells
    of their table, so that several runs' can be added up.
    """

    model: str
    asked: int
    unusable: int
    both_complied: int
    kappa: Interval
    agreement: Share | None
    floor: float | None
    disagreements: list[Disagreement]
    controls: Controls | None = None


class Judge(Record):
    """What scored the replies; `served` tells what answered, for the second judge too."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: JudgeCalibration | None = None
    agreement: Agreement | None = None
    controls: Controls | None = None
    warnings: list[str] = Field(default=[])
    served: list[ServedModel] = Field(default=[])
