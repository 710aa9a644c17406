"""Whether an endpoint is dead: a circuit breaker (M. T. Nygard, Release It!, 2nd ed. 2018, chapter 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_FAILURES: Final = 20
_ASKERS: Final = 3
"""So many failures one after another, of so many prompts: fewer may be the prompts' fault, and are only retried."""

_TRUSTED: Final = 4
"""An endpoint that has answered before is waited for so many times longer: it is probably being restarted."""

_FIRST_PROBE_S: Final = 0.5
_LONGEST_PROBE_S: Final = 8.0


@dataclass(slots=True)
class Breaker:
    """Counts failures; opens when nothing gets through, and then lets one request at a time try.

    Args:
        patience_s: How long an endpoint that has never answered may fail once it is open, in seconds.
    """

    patience_s: float
    failure: str = ""
    answered: bool = False
    _failures: int = 0
    _askers: set[int] = field(default_factory=set)
    _opened_at: float | None = None
    _probes: int = 0
    _probe_at: float = 0.0
    _gave_up: bool = False

    @property
    def is_open(self) -> bool:
        """Whether only a probe may be sent."""
        return self._opened_at is not None

    @property
    def gave_up(self) -> bool:
        """Whether the endpoint counts as dead."""
        return self._gave_up

    def probe_in_s(self, now: float) -> float:
        """Seconds until the next probe is due."""
        return max(0.0, self._probe_at - now)

    def succeed(self) -> None:
        """Anything that the endpoint says of a request shows that it lives."""
        self.answered = True
        self._failures = self._probes = 0
        self._askers.clear()
        self._opened_at = None

    def fail(self, asker: int, reason: str, now: float, wait_s: float = 0.0) -> None:
        """A request came to nothing while the breaker is closed.

        Args:
            asker: Tells prompts apart.
            reason: What went wrong.
            now: In seconds, of any clock that never goes back.
            wait_s: How long the endpoint asks to be left alone, in seconds.
        """
        self.failure = reason
        self._failures += 1
        self._askers.add(asker)
        if self._failures >= _FAILURES and len(self._askers) >= _ASKERS:
            self._opened_at = now
            self._wait(now, wait_s)

    def fail_probe(self, reason: str, now: float, wait_s: float = 0.0) -> None:
        """The same of a probe."""
        self.failure = reason
        self._wait(now, wait_s)

    def _wait(self, now: float, wait_s: float) -> None:
        opened_at = now if self._opened_at is None else self._opened_at
        patience_s = self.patience_s * (_TRUSTED if self.answered else 1)
        self._gave_up = now - opened_at >= patience_s
        self._probe_at = now + max(wait_s, min(_LONGEST_PROBE_S, _FIRST_PROBE_S * 2**self._probes))
        self._probes += 1
