"""What a plain pytest run pays for the plugin being installed: CPU time with and without it, in turn."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from common import PYTEST, cpu_ms, verdict

RUNS = 25


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("test_one.py").write_text("def test_one():\n    pass\n")
        folder.joinpath("pytest.ini").write_text("[pytest]\n")
        without = (*PYTEST, "-p", "no:domainsafety")
        pairs = [(cpu_ms(PYTEST, folder), cpu_ms(without, folder)) for _ in range(RUNS + 1)][1:]
    added = statistics.median(ours - theirs for ours, theirs in pairs)
    return 0 if verdict("plain run, added by the plugin (CPU, median of pairs)", added, 20.0, "ms") else 1


if __name__ == "__main__":
    sys.exit(main())
