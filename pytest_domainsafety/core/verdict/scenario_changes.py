"""Which scenarios changed between two runs: those in both with the same prompt, whose compliance differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_domainsafety.core.evidence.tally import Tally
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A scenario of one framing, before and after."""

    scenario: str
    before: Tally
    after: Tally

    @property
    def difference(self) -> float | None:
        """The rate after minus the rate before, in [-1, 1]; None where one of them was not measured."""
        if self.before.rate is None or self.after.rate is None:
            return None
        return self.after.rate - self.before.rate


def changed(rows: Iterable[tuple[str, Sequence[Trial], Sequence[Trial]]], positive: Outcome) -> list[Change]:
    """The scenarios whose rate is another, the largest change first, rises before falls; unmeasured ones last.

    Args:
        rows: Each scenario's id, its trials before and its trials after.
        positive: The outcome that is counted.
    """
    found = [
        Change(scenario=scenario, before=_tally(before, positive), after=_tally(after, positive))
        for scenario, before, after in rows
    ]
    different = [change for change in found if change.before.rate != change.after.rate]
    return sorted(different, key=_order)


def _tally(trials: Sequence[Trial], positive: Outcome) -> Tally:
    return Tally.of((trial.outcome for trial in trials), positive)


def _order(change: Change) -> tuple[bool, float, bool]:
    size = change.difference
    return size is None, -abs(size or 0.0), (size or 0.0) < 0
