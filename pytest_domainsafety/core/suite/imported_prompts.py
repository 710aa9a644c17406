"""Rows of a table of prompts as scenarios that still want their other framings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.table_rows import holds_json, json_rows, table_rows

_LONGEST_ID: Final = 6
_LONGEST_HARM: Final = 100
_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what.

    Args:
        prompt: The harmful request.
        id: The scenario's id; None makes one of the prompt's first words.
        harm: The harm in one line; None takes the prompt's beginning.
        tag: The sub-topic.
    """

    prompt: str
    id: str | None = None
    harm: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario whose analytical and technical framings are to be written."""

    id: str
    harm: str
    operational: str
    tags: tuple[str, ...]


def read_rows(text: str, place: str) -> list[Mapping[str, Any]]:
    """The rows of a table that a spreadsheet saved, or of JSON lines.

    Raises:
        ConfigurationError: At the first line that is none, or if the text is no table.
    """
    rows = json_rows(text, place) if holds_json(text) else table_rows(text, place)
    return [row for _, row in rows]


def import_rows(rows: Iterable[Mapping[str, Any]], columns: Columns, place: str) -> list[Imported]:
    """Scenarios of the rows, those without a prompt left out.

    Raises:
        ConfigurationError: If no row has a prompt, or a column is not there.
    """
    rows = list(rows)
    known = dict.fromkeys(name for row in rows for name in row)
    for column in (columns.prompt, columns.id, columns.harm, columns.tag):
        if column is not None and column not in known:
            raise ConfigurationError(f"{place} has no column {column}: it has {', '.join(map(str, known)) or 'none'}")
    ids: Counter[str] = Counter()
    found: list[Imported] = []
    for row in rows:
        if prompt := _text(row.get(columns.prompt)):
            name = _slug(_text(row.get(columns.id)) if columns.id else " ".join(prompt.split()[:_LONGEST_ID]))
            ids[name] += 1
            tag = _slug(_text(row.get(columns.tag))) if columns.tag else ""
            found.append(
                Imported(
                    id=name if ids[name] == 1 else f"{name}-{ids[name]}",
                    harm=_line(_text(row.get(columns.harm)) if columns.harm else "") or _line(prompt),
                    operational=prompt,
                    tags=(tag,) if tag else (),
                )
            )
    if not found:
        raise ConfigurationError(
            f"{place} holds no prompt in the column {columns.prompt}: name the column with --prompt"
        )
    return found


def _text(value: object) -> str:
    """A cell's text; of a list of turns, as SORRY-Bench has them, the first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return f"{value}".strip() if isinstance(value, str | int | float) else ""


def _slug(text: str) -> str:
    return _NOT_IN_IDS.sub("-", text.lower()).strip("-") or "scenario"


def _line(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _LONGEST_HARM else line[:_LONGEST_HARM].rsplit(" ", 1)[0]
