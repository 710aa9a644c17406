"""The page on reliability is what its script makes of the table of faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

WRITE = "import runpy; print(runpy.run_path('scripts/write_reliability.py')['text'](), end='')"


def test_the_page_is_up_to_date() -> None:
    # In a process of its own: the script finds the table by a path of its own.
    made = subprocess.run([sys.executable, "-c", WRITE], cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - ours

    assert made.stdout.decode() == (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
