"""The judge as reports hold it: who it is, how it fared against human labels, and against a second judge."""

from __future__ import annotations

from pydantic import Field

from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.record import Record, Share


class Interval(Record):
    """A figure and its two-sided interval; null where there is none."""

    estimate: float | None
    low: float | None
    high: float | None


class JudgeCalibration(Record):
    """How the judge fared against human labels; its error is in the corrected bounds."""

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


class Disagreement(Record):
    """A reply that the two judges read differently, for a person to read."""

    nodeid: str
    repetition: int
    score: int
    second_score: int


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


class Judge(Record):
    """What scored the replies; `served` tells what answered, for the second judge too."""

    kind: str
    model: str | None
    fingerprint: str
    calibration: JudgeCalibration | None = None
    agreement: Agreement | None = None
    warnings: list[str] = Field(default=[])
    served: list[ServedModel] = Field(default=[])
