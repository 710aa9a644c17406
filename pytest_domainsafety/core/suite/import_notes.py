"""What an import tells of the rows and columns that it did not take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pytest_domainsafety.core.suite.imported_cells import text_of

_MOST_LINES: Final = 5
_MOST_LABELS: Final = 20
_CONTEXT: Final = ("context",)
_IMAGE: Final = ("image",)
_VARIED: Final = {"--framing-column": ("framing", "prompt_style"), "--language-column": ("language", "locale")}
_LABEL: Final = ("label", "is_safe", "unsafe", "harmful", "benign")


def counted(rows: int) -> str:
    """How many rows, in words."""
    return "1 row" if rows == 1 else f"{rows} rows"


def left_out(lines: Sequence[int], column: str) -> list[str]:
    """The rows left out for an empty cell, by their lines."""
    if not lines:
        return []
    return [f"{counted(len(lines))} left out, without a {column} (empty, nan, N/A or null): {lines_of(lines)}"]


def lines_of(lines: Sequence[int]) -> str:
    """Lines by number, of many the first."""
    shown = ", ".join(map(str, lines[:_MOST_LINES])) + (", ..." if len(lines) > _MOST_LINES else "")
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}"


def unused_columns(rows: Sequence[Mapping[str, Any]], used: Collection[str]) -> list[str]:
    """The columns that look as if rows are not themselves without them.

    They hold a context, an image, a label, or the name of a framing or a language.

    Args:
        rows: Those that become scenarios.
        used: Columns that were named.
    """
    notes = []
    for column in dict.fromkeys(name for row in rows for name in row if name and name not in used):
        filled = [text for row in rows if (text := _shown(row.get(column)))]
        name = column.casefold()
        has = f"{len(filled)} of {counted(len(rows))} have {'an' if name[0] in 'aeiou' else 'a'} {column}"
        if not filled:
            continue
        if any(part in name for part in _CONTEXT):
            notes.append(f"{has} that is not used: --context {_quoted(column)}")
        elif any(part in name for part in _IMAGE):
            notes.append(f"{has} that is not asked, since it is no text: --where {_quoted(f'{column}=')}")
        elif any(part in name for part in _LABEL):
            values = Counter(filled)
            if 1 < len(values) <= _MOST_LABELS:
                parts = ", ".join(f"{value} {count}" for value, count in values.most_common())
                notes.append(f"{has} that is not used ({parts}): --where {_quoted(f'{column}=VALUE')} takes one part")
        elif len(set(filled)) > 1:
            notes.extend(
                f"{has} that is not used: {option} {_quoted(column)}"
                for option, parts in _VARIED.items()
                if any(part in name for part in parts)
            )
    return notes


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return f"{value}" if value else ""
    return text_of(value, "")


def _quoted(argument: str) -> str:
    """An argument as a shell takes it."""
    return f'"{argument}"' if " " in argument else argument
