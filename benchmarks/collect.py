"""Collecting 10,000 scenarios against the time pytest needs for 20,000 parametrized tests."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from common import PYTEST, seconds, verdict, write_suite

SCENARIOS = 10_000


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = Path(name, "ours"), Path(name, "theirs")
        ours.mkdir()
        theirs.mkdir()
        write_suite(ours, SCENARIOS)
        theirs.joinpath("test_many.py").write_text(
            f"import pytest\n\n@pytest.mark.parametrize('n', range({2 * SCENARIOS}))\ndef test_one(n):\n    pass\n"
        )
        for folder in (ours, theirs):
            folder.joinpath("pytest.ini").write_text("[pytest]\n")
        collect = (*PYTEST, "--collect-only", "-qq")
        peer = seconds(collect, theirs)
        own = seconds((*collect, "--domain-safety"), ours)
    print(f"{SCENARIOS} scenarios {own:.2f} s, {2 * SCENARIOS} parametrized tests {peer:.2f} s")
    return 0 if verdict("collection, ratio to parametrized tests", own / peer, 3.0, "x") else 1


if __name__ == "__main__":
    sys.exit(main())
