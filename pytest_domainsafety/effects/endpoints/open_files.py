"""How many files and connections this process may have open."""

from __future__ import annotations

import contextlib
from typing import Final

_REST: Final = 256
"""Open beside the connections: the journal, xdist's workers, the interpreter's own."""


def allow_connections(count: int) -> None:
    """Raise the process's own limit where it is too low for so many connections, as far as the system lets us."""
    try:
        import resource
    except ImportError:  # Windows: its limit is high enough
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = count + _REST
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
