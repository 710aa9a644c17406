"""When requests that wait are submitted: once nothing is on its way that could bring more of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rounds:
    """Shared by all answers of a run that come in batches.

    Args:
        flying: How many trials and known exhibits are on their way.
    """

    flying: Callable[[], int] = lambda: 0
    _waiting: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def waiting(self, asked_for: str) -> Iterator[None]:
        """A trial, or a known exhibit, waits for an answer; the judges of a panel may wait at a time for one."""
        self._waiting[asked_for] += 1
        try:
            yield
        finally:
            self._waiting[asked_for] -= 1
            if not self._waiting[asked_for]:
                del self._waiting[asked_for]

    @property
    def complete(self) -> bool:
        """Whether whatever is on its way waits."""
        return len(self._waiting) >= self.flying()
