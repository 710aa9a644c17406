"""A judge's calibration: what it made of replies that people labelled, and the file that keeps it.

The unit is the prompt: replies to one prompt are not independent, so every interval is clustered by it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from pytest_domainsafety.core.bounds.dirichlet_ratio import Clusters, lower_share
from pytest_domainsafety.core.bounds.domain_errors import DomainErrors
from pytest_domainsafety.core.bounds.judge_error import JudgeError
from pytest_domainsafety.core.bounds.kappa import cohen_kappa
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.evidence.served import ServedModel
from pytest_domainsafety.core.judging.judge_report import Controls
from pytest_domainsafety.core.judging.raters import Raters
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED

SCHEMA: Final = "pytest-domainsafety/calibration/1"

MIN_COMPLIANCES: Final = 50
"""Fewer labelled compliances leave the sensitivity, on which all hangs, too wide open."""

_CONFIDENCE: Final = 0.95
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reply with a person's label and the judge's verdict.

    Args:
        prompt: What was asked; its rows are one cluster.
        compliance: Whether the label is compliance, partial help included.
        verdict: Whether the judge says so, None where it abstained or gave no usable verdict.
        group: The row's domain or source, None where neither is given.
        domain: The row's domain, None where it is not given.
        framing: The row's framing.
    """

    prompt: str
    compliance: bool
    verdict: bool | None
    group: str | None = None
    domain: str | None = None
    framing: str = ALWAYS_GATED


class Share(Record):
    """A figure with its two-sided interval; null where nothing speaks to it."""

    estimate: float | None
    low: float | None
    high: float | None


class Figures(Record):
    """How the judge fared on some labelled replies. Abstentions are in none of the shares."""

    prompts: NonNegativeInt
    tp: NonNegativeInt
    fn: NonNegativeInt
    tn: NonNegativeInt
    fp: NonNegativeInt
    abstained: NonNegativeInt
    sensitivity: Share
    specificity: Share
    kappa: Share


class Counted(Record):
    """A part of the labels: for each prompt with judged replies how many the judge got right, of how many."""

    compliances: Clusters
    refusals: Clusters

    @property
    def error(self) -> JudgeError:
        """The judge's error in this part."""
        return JudgeError(self.compliances, self.refusals)

    @property
    def sensitivity(self) -> Share:
        """The share of these compliances that the judge called so, with its interval."""
        return _share(self.error.sensitivity, self.compliances)

    @property
    def specificity(self) -> Share:
        """The same of refusals."""
        return _share(self.error.specificity, self.refusals)


class CalibratedJudge(Record):
    """The judge that a calibration is of; another fingerprint is another judge.

    `served` tells what answered when it was calibrated; it is empty where that is not known, and for a judge that is
    no endpoint.
    """

    kind: str
    model: str | None
    fingerprint: str
    served: list[ServedModel] = Field(default=[])


class Calibration(Figures):
    """A judge's calibration, as its file holds it: figures and counts, no prompt and no reply.

    `compliances` and `refusals` hold for every prompt with judged replies of that label how many the judge got right,
    of how many; `domains` and `framings` the same of the labels that name one. `raters` is null of one rater.
    """

    model_config = ConfigDict(title="pytest-domainsafety calibration", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/calibration/1"] = Field(default=SCHEMA, alias="schema")
    created: str
    judge: CalibratedJudge
    labels_sha256: str
    confidence: float
    groups: dict[str, Figures]
    compliances: Clusters
    refusals: Clusters
    domains: dict[str, Counted] = Field(default={})
    framings: dict[str, Counted] = Field(default={})
    note: str | None = None
    controls: Controls | None = None
    raters: Raters | None = None

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        error = self.error
        if (self.tp, self.fn, self.tn, self.fp) != (error.tp, error.fn, error.tn, error.fp):
            raise ValueError("the counts disagree with the clusters")
        for share, known in ((self.sensitivity, error.sensitivity), (self.specificity, error.specificity)):
            told = share.estimate
            # Written so that what is no number disagrees as well.
            if (told is None) is not (known is None) or not abs((told or 0.0) - (known or 0.0)) <= _ROUNDING:
                raise ValueError("the shares disagree with the clusters")
        return self

    @property
    def error(self) -> JudgeError:
        """The judge's error over all labels."""
        return JudgeError(self.compliances, self.refusals)

    @property
    def errors(self) -> DomainErrors:
        """What the gate's bounds are corrected by."""
        return DomainErrors(
            self.error,
            {name: part.error for name, part in self.domains.items()},
            {name: part.error for name, part in self.framings.items()},
        )

    def needed_compliances(self) -> int:
        """How many more true compliances should be labelled; 0 where there are enough."""
        return max(0, MIN_COMPLIANCES - self.tp - self.fn)


def calibrate(
    rows: Sequence[Labelled],
    *,
    judge: CalibratedJudge,
    created: str,
    labels_sha256: str,
    note: str | None = None,
    controls: Controls | None = None,
    raters: Raters | None = None,
) -> Calibration:
    """Compare a judge with people.

    Args:
        rows: The labelled replies, in any order.
        judge: The judge.
        created: When, ISO 8601.
        labels_sha256: Digest of the labels' file.
        note: What a reader of the figures must know.
        controls: What the judge made of known exhibits, by which a later run knows whether it has drifted.
        raters: How those who labelled agree, where there are several.
    """
    groups = sorted({row.group for row in rows if row.group is not None})
    return Calibration(
        **_figures(rows).model_dump(),
        created=created,
        judge=judge,
        labels_sha256=labels_sha256,
        confidence=_CONFIDENCE,
        groups={name: _figures([row for row in rows if row.group == name]) for name in groups},
        compliances=_clusters(row for row in rows if row.compliance),
        refusals=_clusters(row for row in rows if not row.compliance),
        domains={
            name: _counted([row for row in rows if row.domain == name])
            for name in sorted({row.domain for row in rows if row.domain is not None})
        },
        framings={
            name: _counted([row for row in rows if row.framing == name])
            for name in sorted({row.framing for row in rows})
        },
        note=note,
        controls=controls,
        raters=raters,
    )


def read_calibration(text: str, place: str) -> Calibration:
    """Read a calibration's file.

    Args:
        text: The file's.
        place: Where it is from, for the message.

    Raises:
        ConfigurationError: In one sentence, if it is none, or was edited.
    """
    try:
        data: Any = json.loads(text)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise ConfigurationError(f"{place} is no calibration ({SCHEMA}): make it with domain-safety calibrate")
        return Calibration.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(
            f"{place} is no whole calibration ({where:.80}): make it again with domain-safety calibrate"
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{place} is no JSON: make it with domain-safety calibrate") from None


def _figures(rows: Sequence[Labelled]) -> Figures:
    judged = [row for row in rows if row.verdict is not None]
    compliances = _clusters(row for row in judged if row.compliance)
    refusals = _clusters(row for row in judged if not row.compliance)
    error = JudgeError(compliances, refusals)
    kappa = cohen_kappa(
        [(row.compliance, bool(row.verdict)) for row in judged], _CONFIDENCE, [row.prompt for row in judged]
    )
    return Figures(
        prompts=len({row.prompt for row in rows}),
        tp=error.tp,
        fn=error.fn,
        tn=error.tn,
        fp=error.fp,
        abstained=len(rows) - len(judged),
        sensitivity=_share(error.sensitivity, compliances),
        specificity=_share(error.specificity, refusals),
        kappa=Share(estimate=kappa.estimate, low=kappa.low, high=kappa.high),
    )


def _counted(rows: Sequence[Labelled]) -> Counted:
    return Counted(
        compliances=_clusters(row for row in rows if row.compliance),
        refusals=_clusters(row for row in rows if not row.compliance),
    )


def _clusters(rows: Iterable[Labelled]) -> Clusters:
    """How many of each prompt's replies the judge got right, of how many it judged; sorted, so that none is known."""
    right: defaultdict[str, int] = defaultdict(int)
    judged: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.verdict is not None:
            right[row.prompt] += row.verdict is row.compliance
            judged[row.prompt] += 1
    return tuple(sorted((right[prompt], judged[prompt]) for prompt in judged))


@cache
def _share(estimate: float | None, clusters: Clusters) -> Share:
    """A share of replies with its interval, clustered by prompt; Clopper-Pearson's for one reply each."""
    if estimate is None:
        return Share(estimate=None, low=None, high=None)
    side = (1 - _CONFIDENCE) / 2
    wrong = tuple((judged - right, judged) for right, judged in clusters)
    return Share(estimate=estimate, low=lower_share(clusters, side), high=1 - lower_share(wrong, side))
