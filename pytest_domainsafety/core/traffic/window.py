"""How many requests an endpoint is given at a time: additive increase, multiplicative decrease.

As TCP finds the capacity of a path (RFC 5681, https://www.rfc-editor.org/rfc/rfc5681): the window grows with every
reply until the endpoint refuses one, is halved once for all that was refused together, and grows fast again to just
below where it was refused. What is above is tried rarely, in steps that double while nothing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_START: Final = 0.75
"""The share of the most with which a run begins: enough to see a limit, not so much that all of it runs into one."""

_FIRST_QUIET_S: Final = 5.0
_LONGEST_QUIET_S: Final = 60.0

_FIRST_CLOSED_S: Final = 1.0
_LONGEST_CLOSED_S: Final = 30.0
"""Half a minute: a limit by the minute is found to have passed before much more than another half is lost."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request on its way.

    Args:
        number: From 1, in the order of sending.
        load: Requests in flight with it when it was sent.
    """

    number: int
    load: int


@dataclass(slots=True)
class Window:
    """Counts what is in flight and says whether there is room for more.

    Args:
        most: Never more than this.
    """

    most: int
    limit: int = field(init=False)
    ceiling: int = field(init=False)
    in_flight: int = 0
    _sent: int = 0
    _halved_at: int = 0
    _refused: int = 0
    _step: int = 1
    _quiet_s: float = _FIRST_QUIET_S
    _raise_at: float = 0.0
    _closed_until: float = 0.0

    def __post_init__(self) -> None:
        """Begin below the most."""
        self.limit = max(1, int(_START * self.most))
        self.ceiling = self.most

    def has_room(self) -> bool:
        """Whether one more may be sent, as far as the number in flight goes."""
        return self.in_flight < self.limit

    def closed_s(self, now: float) -> float:
        """Seconds for which nothing may be sent, because the endpoint asked for it or smaller did not help."""
        return max(0.0, self._closed_until - now)

    def enter(self) -> Ticket:
        """Count a request that is sent."""
        self._sent += 1
        self.in_flight += 1
        return Ticket(self._sent, self.in_flight)

    def leave(self) -> None:
        """Count one that came back, whatever came of it."""
        self.in_flight -= 1

    def accept(self, now: float) -> None:
        """The endpoint kept up with a request.

        Args:
            now: In seconds, of any clock that never goes back.
        """
        self._refused = 0
        if self.limit < self.ceiling:
            self.limit += 1
        elif self.ceiling < self.most and now >= self._raise_at:
            self.ceiling = min(self.most, self.ceiling + self._step)
            self.limit += 1
            if self._step > 1:  # the last step was not refused
                self._quiet_s = max(_FIRST_QUIET_S, self._quiet_s / 2)
            self._step *= 2
            self._raise_at = now + self._quiet_s

    def refuse(self, ticket: Ticket, now: float, wait_s: float = 0.0) -> None:
        """The endpoint had too much to do for a request.

        Args:
            ticket: The request's.
            now: As above.
            wait_s: How long it asks to be left alone, in seconds.
        """
        if ticket.number <= self._halved_at:
            return  # sent before the last halving: it says nothing of the window as it is
        if self._refused:
            # Smaller did not help: it is no limit of requests in flight but one of a time, and only waiting helps.
            grown_s = min(_LONGEST_CLOSED_S, _FIRST_CLOSED_S * 2.0 ** (self._refused - 1))
            self._closed_until = max(self._closed_until, now + max(wait_s, grown_s))
        self._refused += 1
        self._halved_at = self._sent
        self.limit = max(1, self.limit // 2)
        # A timeout says late, and of a small load too, that there was too much: half is all that one refusal costs.
        self.ceiling = max(self.limit, min(self.ceiling, ticket.load - 1))
        self._step = 1
        self._raise_at = now + self._quiet_s
        self._quiet_s = min(_LONGEST_QUIET_S, 2 * self._quiet_s)
