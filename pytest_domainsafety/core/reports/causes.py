"""Why trials have no measurement or are open: the causes that a report counts, the commonest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.evidence.trials import without_words

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.core.reports.trial_report import TrialReport

_UNMEASURED: Final = ("missing", "unjudged")
_CAN_BE_OPEN: Final = ("refused", "declined", "filtered")
_UNKNOWN: Final = "asked again after a failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of trials that count against a pass.

    Args:
        what: What they are: missing, unjudged or open.
        reason: Short and uniform.
        trials: How many.
        said: What a server told of the first of them, untrusted; empty where it told nothing.
    """

    what: str
    reason: str
    trials: int
    said: str = ""

    def sentence(self) -> str:
        """A line for people."""
        plural = "" if self.trials == 1 else "s"
        said = f", where the server said: {self.said}" if self.said else ""
        return f"{self.trials} trial{plural} {self.what}: {self.reason}{said}"


def causes(report: Report) -> list[Cause]:
    """All causes of a report."""
    counts: Counter[tuple[str, str]] = Counter()
    words: dict[tuple[str, str], str] = {}
    for trial in report.trials:
        what = _what(trial)
        if what is None:
            continue
        reason, said = without_words(trial.error or _UNKNOWN)
        counts[what, reason] += 1
        if said:
            words.setdefault((what, reason), said)
    return [
        Cause(what=what, reason=reason, trials=count, said=words.get((what, reason), ""))
        for (what, reason), count in counts.most_common()
    ]


def _what(trial: TrialReport) -> str | None:
    if trial.outcome in _UNMEASURED:
        return trial.outcome
    return "open" if trial.reasked and trial.outcome in _CAN_BE_OPEN else None
