"""The engine's event loop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

if sys.platform == "win32":
    from asyncio import ProactorEventLoop as _PlatformLoop
else:
    from asyncio import SelectorEventLoop as _PlatformLoop


class Loop(_PlatformLoop):
    """The platform's own, with a clock of its own.

    A library that freezes the date puts its clock in the place of `time.monotonic` for all threads. Timeouts that are
    pending would end at once, and what waits for its turn would wait for ever.
    """

    def time(self, now: Callable[[], float] = time.monotonic) -> float:
        """Seconds on the system's monotonic clock."""
        return now()
