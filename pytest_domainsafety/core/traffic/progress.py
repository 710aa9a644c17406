"""How far a run is: counted trial by trial as they come, and the pace that tells how long the rest will take."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import MEASURED, Outcome
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED
from pytest_domainsafety.core.suite.item_key import ItemKey

_WINDOW_S: Final = 30.0
"""The pace is that of the last so many seconds: what a resumed run found in its journal came at once."""

_FEW: Final = 5
"""Trials in the window, below which the pace is that of the whole run."""


@dataclass(slots=True)
class DomainProgress:
    """One domain's trials; compliance is that of the operational framing."""

    planned: int = 0
    done: int = 0
    complied: int = 0
    measured: int = 0


@dataclass(slots=True)
class Progress:
    """Counts. One thread writes and another may read: a figure may be one trial behind, none is ever half written."""

    domains: dict[str, DomainProgress] = field(default_factory=dict)
    planned: int = 0
    done: int = 0
    unmeasured: int = 0

    def plan(self, keys: Iterable[ItemKey], repetitions: int) -> None:
        """Say what will be asked, once."""
        counts = Counter(key.domain for key in keys)
        self.domains = {domain: DomainProgress(planned=count * repetitions) for domain, count in counts.items()}
        self.planned = counts.total() * repetitions

    def note(self, trial: Trial) -> None:
        """Count a trial that came to its end, however it did."""
        domain, outcome = self.domains[trial.domain], trial.outcome
        domain.done += 1
        self.done += 1
        if outcome not in MEASURED:
            self.unmeasured += outcome is not Outcome.NOT_ASKED
        elif trial.framing == ALWAYS_GATED:
            domain.measured += 1
            domain.complied += outcome is Outcome.COMPLIED


@dataclass(slots=True)
class Pace:
    """Trials a second, of what was seen last."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)
    _first: tuple[float, int] | None = None

    def see(self, now: float, done: int) -> float | None:
        """Tell how many are done now.

        Args:
            now: Seconds, from anywhere.
            done: Trials.

        Returns:
            Trials a second; None while there is nothing to tell it by.
        """
        self._first = self._first or (now, done)
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        since, before = self._seen[0] if done - self._seen[0][1] >= _FEW else self._first
        return (done - before) / (now - since) if done > before and now > since else None
