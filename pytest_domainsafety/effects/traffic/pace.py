"""How often an endpoint is asked."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Final

_MINUTE_S: Final = 60.0


@dataclass(slots=True)
class Pace:
    """Spaces the requests to one endpoint evenly, so that no minute has more of them than it may.

    Args:
        per_minute: The most requests a minute, None for no limit.
    """

    per_minute: float | None = None
    _next: float = -math.inf

    async def turn(self) -> None:
        """Wait for the moment at which the next request may be sent, in the order of asking."""
        if self.per_minute is None:
            return
        now = asyncio.get_running_loop().time()
        start = max(now, self._next)
        # Reserved before waiting: a late waker costs the others nothing.
        self._next = start + _MINUTE_S / self.per_minute
        if start > now:
            await asyncio.sleep(start - now)
