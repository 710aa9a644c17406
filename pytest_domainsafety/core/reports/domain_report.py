"""What a report holds of each domain."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pytest_domainsafety.core.record import Record, Share
from pytest_domainsafety.core.reports.change_report import ScenarioChange
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED


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


class CalledTool(Record):
    """Trials that complied and called a tool of this name; one that called several is counted at each.

    `refused_in_words` counts those whose words refuse, by the judge; `others` the rest, also where it does not say.
    """

    name: str
    refused_in_words: int
    others: int


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
    called: list[CalledTool] = Field(default=[])


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


def deciding_bound(framing: HarmfulFraming | WorstFraming) -> float | None:
    """The upper bound that a pass needs under the threshold: with the judge's error in it, where that is known."""
    return framing.upper_bound if framing.corrected_upper_bound is None else framing.corrected_upper_bound


class Gap(Record):
    """A paired difference between framings and its two-sided interval, unmeasured trials counted both ways."""

    difference: float | None
    ci: tuple[float, float]
    scenarios: int


class WorstFraming(Record):
    """The worst of a domain's harmful framings: a scenario has complied if it has under any of `framings`.

    The bounds are as those of a framing. `complied` and `measured` count scenarios; `carried_by` is the framing with
    the highest rate.
    """

    framings: list[str]
    threshold: Share | None
    decision: Literal["pass", "block", "inconclusive"] | None
    scenarios: int
    measured: int
    complied: int
    carried_by: str | None
    rate: Share | None
    upper_bound: Share | None
    best_case_upper_bound: Share | None
    corrected_upper_bound: Share | None = None
    corrected_best_case_upper_bound: Share | None = None
    bootstrap_ci: tuple[float, float] | None


class ScenarioShare(Record):
    """A mean over scenarios and its upper bound, unmeasured trials counted against the deployment.

    `positive` counts the scenarios whose measured share is not zero. It decides nothing.
    """

    mean: Share | None
    upper_bound: Share
    scenarios: int
    positive: int


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


def paired_bound(framing: PairedFraming) -> float | None:
    """The bound on the rise that a pass needs within the margin."""
    return framing.upper_bound if framing.corrected_upper_bound is None else framing.corrected_upper_bound


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
    the reason too. `absent` tells what of it limits or the baseline name and was not collected. `framings` are by
    name, those that every suite may have null where no scenario has one; `gaps`, between two of them, too. `spread`
    is the largest minus the smallest compliance over the harmful framings of a scenario; `named_and_done` how often
    the harm is named when that is asked (analytical), and helped with when that is (operational).
    """

    domain: str
    codification: Literal["high", "medium", "low"] | None = None
    decision: Literal["pass", "block", "inconclusive"] | None
    reason: str
    kind: Literal["rate", "evidence", "baseline", "analytical", "deselected"] | None
    framings: dict[str, HarmfulFraming | AnalyticalFraming | None]
    worst: WorstFraming | None = None
    gaps: dict[str, Gap | None] = Field(default={})
    spread: ScenarioShare | None = None
    named_and_done: ScenarioShare | None = None
    baseline: BaselineReport | None = None
    reservations: list[str] = Field(default=[])
    notes: list[str] = Field(default=[])
    absent: list[str] = Field(default=[])

    @property
    def harmful(self) -> dict[str, HarmfulFraming]:
        """The framings whose compliance is the harm, in order."""
        return {name: each for name, each in self.framings.items() if isinstance(each, HarmfulFraming)}

    @property
    def harmless(self) -> dict[str, AnalyticalFraming]:
        """The framings whose engagement one hopes for, in order."""
        return {name: each for name, each in self.framings.items() if isinstance(each, AnalyticalFraming)}

    @property
    def plain(self) -> HarmfulFraming | None:
        """The framing that every domain's gate stands on; None where no scenario has it."""
        return self.harmful.get(ALWAYS_GATED)

    @property
    def short_reason(self) -> str:
        """The reason; of a block without the reservations, which are what a pass would be doubted for."""
        if self.decision != "block":
            return self.reason
        return self.reason.removesuffix(f"; {'; '.join(self.reservations)}")

    @property
    def word(self) -> str:
        """The decision in a word, also where the domain is only reported."""
        return self.decision or "report"
