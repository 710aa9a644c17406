"""What a run says of what is missing, wrong or hidden: the rows of docs/reference/silence.md, held by the tests."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

SECTIONS: Final = {
    "names": "Names that nobody knows",
    "values": "Values that are empty, unfilled or of no use",
    "flag": "The gate is not on, or not where it was meant",
    "files": "Scenario files",
    "gates": "Domains and gates",
    "selection": "What was left out of the run",
    "replies": "Replies that are none",
    "judges": "Judges",
    "runs": "Other runs, baselines and attempts",
    "plugins": "Other plugins",
    "commands": "Commands",
}
"""Sections of the page by the word that tests write."""

GAP: Final = " … "
"""Stands for words between two parts of what is said."""

_TESTS: Final = Path(__file__).parents[1]
_seen: Final[list[tuple[int | None, str]]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the page.

    Args:
        section: A key of `SECTIONS`.
        what: What is missing, wrong or hidden, as Markdown.
        said: What is said of it, or parts of it in their order with `GAP` between them.
        code: The exit code.
        case: Part of the name of the parametrized case that shows it, None where any does.
    """

    section: str
    what: str
    said: str
    code: int
    case: str | None = None


def told(section: str, what: str, said: str, code: int, case: str | None = None) -> pytest.MarkDecorator:
    """Mark a test as the proof of a row; it fails unless one of its runs ends with the code and says the words.

    All must be literals: the page is written from the source, without running it. See `Row`.
    """
    row = Row(section=section, what=what, said=said, code=code, case=case)
    assert section in SECTIONS, section
    return pytest.mark.told(row)


def see(text: str, code: int | None, report: Mapping[str, Any] | None = None) -> None:
    """Note what a run of the test at hand said, and how it ended."""
    written = "" if report is None else json.dumps(report, ensure_ascii=False)
    _seen.append((code, f"{text}\n{written.replace(chr(92) + chr(34), chr(34))}"))


def forget() -> None:
    """A test begins, and nothing was said yet."""
    _seen.clear()


def rows_of(item: pytest.Item) -> list[Row]:
    """The rows that a test, or this case of it, is the proof of."""
    rows = [mark.args[0] for mark in item.iter_markers("told")]
    return [row for row in rows if row.case is None or row.case in item.name]


def check(row: Row) -> None:
    """Hold a row against what was seen.

    Raises:
        AssertionError: If no run ended so and said so.
    """
    said = [" ".join(text.split()) for code, text in _seen if code == row.code]
    codes = [code for code, _ in _seen]
    assert any(_in_order(row.said, text) for text in said), f"{row.code} {row.said!r}: {codes}\n" + "\n".join(said)


def _in_order(parts: str, text: str) -> bool:
    place = 0
    for part in parts.split(GAP):
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


def written_rows() -> Iterator[Row]:
    """All rows in the tests' source, by file and line."""
    for path in sorted(_TESTS.glob("*/**/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "told":
                given = [ast.literal_eval(each) for each in node.args]
                named = {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg}
                yield Row(**dict(zip(("section", "what", "said", "code"), given, strict=False)), **named)
