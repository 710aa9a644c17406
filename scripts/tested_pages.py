"""What the pages share that are written from tests: the way to the tests, tables, and the file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

sys.path.insert(0, str(ROOT / "tests"))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def section(title: str, lines: Iterable[str]) -> str:
    """A section with its lines."""
    return "\n".join([f"## {title}", "", *lines, ""])


def write(page: str, text: str) -> None:
    """Write a page of `docs` and say so."""
    path = ROOT / "docs" / page
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path.name}")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
