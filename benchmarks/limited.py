"""A server that allows only 20 requests in flight: how much of it is used, and how much it has to refuse.

The limit is what 20 at a time of 0.25 s each allow.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from common import PYTEST, seen, serving, verdict, write_gate, write_suite
from costs import cost

SCENARIOS: Final = 500
DELAY_S: Final = 0.25
CAPACITY: Final = 20
SETTLED_S: Final = 3.0
IN_FLIGHT: Final = (32, 64)


def measure(in_flight: int) -> list[bool]:
    """One run."""
    with serving(DELAY_S, CAPACITY) as base_url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_suite(folder, SCENARIOS)
        write_gate(folder, base_url=base_url, model="fake", concurrency=in_flight)
        cost((*PYTEST, "--domain-safety"), folder)
        stats = seen(base_url)
    served, refused = stats["requests"] - len(stats["refused"]), stats["refused"]
    window = stats["last"] - stats["first"]
    late = sum(moment - stats["first"] > SETTLED_S for moment in refused)
    print(f"concurrency {in_flight}: {served} served, {len(refused)} refused, {late} of them after {SETTLED_S:.0f} s")
    return [
        verdict("share of the capacity left unused", 1 - served * DELAY_S / CAPACITY / window, 0.10, ""),
        verdict("share refused after the first seconds", late / served, 0.02, ""),
    ]


def main() -> int:
    """Measure and print."""
    checks = [check for in_flight in IN_FLIGHT for check in measure(in_flight)]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
