"""Whether an endpoint that refuses requests as too many will take one again: patience in time, not in tries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

PATIENCE_S: Final = 120.0
"""Twice the minute by which most limits count, and twice the longest wait that a server can ask for here."""

_ASKERS: Final = 2
"""So many prompts refused with no answer between them: it is the endpoint's limit, and no longer one prompt's."""


@dataclass(slots=True)
class Throttle:
    """Follows the refusals since the endpoint dealt with a request last.

    `said` is what the last of them said.
    """

    said: str = ""
    gave_up: bool = False
    _since: float | None = None
    _askers: set[int] = field(default_factory=set)

    @property
    def is_everybodys(self) -> bool:
        """Whether it is no prompt's own fault, so that waiting uses up nobody's retries."""
        return len(self._askers) >= _ASKERS

    def succeed(self) -> None:
        """The endpoint dealt with a request, whoever asked."""
        self._since = None
        self._askers.clear()

    def refuse(self, asker: int, said: str, now: float, *, alone: bool) -> None:
        """It refused one.

        Args:
            asker: Tells prompts apart.
            said: Status and words.
            now: In seconds, of any clock that never goes back.
            alone: Whether no other request is in flight: one that is may be answered yet.
        """
        self.said = said
        self._askers.add(asker)
        if self._since is None:
            self._since = now
        self.gave_up = self.gave_up or (alone and self.is_everybodys and now - self._since >= PATIENCE_S)
