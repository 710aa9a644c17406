"""Whether anything answers at an address at all: a run that was given a wrong one is told so at once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from pytest_domainsafety.core.evidence.failures import FailedAskError


@dataclass(slots=True)
class FirstContact:
    """Follows the first trials until one of them is answered.

    A server may be slow and one of its connections broken: as long as a trial that never failed is on its way, there
    is hope.
    """

    unreachable: bool = False
    _answered: bool = False
    _hopeful: set[Hashable] = field(default_factory=set)

    def begin(self, trial: Hashable) -> None:
        """A trial is asked."""
        self._hopeful.add(trial)

    def fail(self, trial: Hashable, failure: FailedAskError) -> None:
        """One of its requests failed."""
        self._hopeful.discard(trial)
        self.unreachable = failure.unreachable
        self._answered = self._answered or not failure.unreachable

    def end(self, trial: Hashable, *, answered: bool) -> bool:
        """It came to its end.

        Returns:
            Whether nothing answers.
        """
        self._hopeful.discard(trial)
        self._answered = self._answered or answered
        return self.unreachable and not self._answered and not self._hopeful
