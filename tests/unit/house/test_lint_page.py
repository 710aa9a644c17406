"""The page on the rules is what its script makes of their table."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_lint.py"))["text"]()
    assert written == (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
