"""Whether what a test started has left anything running."""

from __future__ import annotations

import os
import time


def group_is_gone(group: int, within_s: float = 5.0) -> bool:
    """Whether no process of a group is left; xdist's workers may need a moment to be reaped."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
