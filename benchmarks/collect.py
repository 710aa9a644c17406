"""Collecting 10,000 scenarios against 20,000 parametrized tests, and an item of two framings against one of eight."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from common import PYTEST, seconds, verdict, write_suite

SCENARIOS = 10_000
FURTHER = 6


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        ours, theirs, many = (Path(name, each) for each in ("ours", "theirs", "many"))
        for folder in (ours, theirs, many):
            folder.mkdir()
        write_suite(many, SCENARIOS, further=FURTHER)
        write_suite(ours, SCENARIOS)
        theirs.joinpath("test_many.py").write_text(
            f"import pytest\n\n@pytest.mark.parametrize('n', range({2 * SCENARIOS}))\ndef test_one(n):\n    pass\n"
        )
        for folder in (ours, theirs, many):
            folder.joinpath("pytest.ini").write_text("[pytest]\n")
        collect = (*PYTEST, "--collect-only", "-qq")
        peer = seconds(collect, theirs)
        own = seconds((*collect, "--domain-safety"), ours)
        framings = seconds((*collect, "--domain-safety"), many)
    print(f"{SCENARIOS} scenarios {own:.2f} s, {2 * SCENARIOS} parametrized tests {peer:.2f} s")
    each = framings / (2 + FURTHER) / (own / 2)
    print(f"{SCENARIOS} scenarios in {2 + FURTHER} framings {framings:.2f} s")
    held = [
        verdict("collection, ratio to parametrized tests", own / peer, 3.0, "x"),
        verdict("an item of eight framings, ratio to one of two", each, 1.3, "x"),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
