"""Rows of a table of prompts as scenarios that still want their other framings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.import_notes import counted, left_out, unused_columns
from pytest_domainsafety.core.suite.imported_cells import Prompt, in_context, prompt_of, request, tags_of, text_of
from pytest_domainsafety.core.suite.scenarios import DOMAIN_NAME
from pytest_domainsafety.core.suite.table_rows import holds_json, json_rows, table_rows

_WORDS_OF_AN_ID: Final = 6
_LONGEST_ID: Final = 80
_LONGEST_HARM: Final = 100
_NOT_IN_IDS: Final = re.compile(r"[\W_]+")

Row = tuple[int, Mapping[str, Any]]
"""A row and the line where it begins, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what.

    Args:
        prompt: The harmful request.
        id: The scenario's id; None makes one of the prompt's first words.
        harm: The harm in one line; None takes the prompt's beginning.
        tag: The sub-topic.
        context: A text that stands before the request; None asks the request alone.
        domain: The scenario's domain; None where all have one.
        where: Column and value of the rows to take: of several values of one column any, of several columns all.
    """

    prompt: str
    id: str | None = None
    harm: str | None = None
    tag: str | None = None
    context: str | None = None
    domain: str | None = None
    where: Sequence[tuple[str, str]] = ()

    def used(self) -> list[str]:
        """Their names."""
        named = (self.prompt, self.id, self.harm, self.tag, self.context, self.domain)
        return [column for column in named if column is not None] + [column for column, _ in self.where]


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario whose analytical and technical framings are to be written."""

    id: str
    harm: str
    operational: Prompt
    tags: tuple[str, ...]
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """What a table gave.

    Args:
        scenarios: In the order of their rows.
        notes: What was left out or is not used, a line each.
    """

    scenarios: Sequence[Imported]
    notes: Sequence[str]


def read_rows(text: str, place: str) -> list[Row]:
    """The rows of a table that a spreadsheet saved, of JSON lines or of a JSON list.

    Raises:
        ConfigurationError: At the first row that is none, or if the text is no table.
    """
    return list(json_rows(text, place) if holds_json(text) else table_rows(text, place))


def import_rows(rows: Sequence[Row], columns: Columns, place: str) -> Import:
    """Scenarios of the rows; those without a prompt are left out and counted.

    Raises:
        ConfigurationError: If no row has a prompt, a column is not there, or a cell cannot be taken whole.
    """
    known = dict.fromkeys(name for _, row in rows for name in row if name)
    for column in columns.used():
        if column not in known:
            raise ConfigurationError(f"{place} has no column {column}: it has {', '.join(map(str, known)) or 'none'}")
    taken = _chosen(rows, columns, place)
    asked, empty = [], []
    for line, row in taken:
        prompt = prompt_of(row.get(columns.prompt), f"{place}:{line}: {columns.prompt}")
        if prompt:
            asked.append((line, row, prompt))
        else:
            empty.append(line)
    if not asked:
        raise ConfigurationError(
            f"{place} holds no prompt in the column {columns.prompt}: name the column with --prompt"
        )
    names = _apart([_name(row, prompt, columns, f"{place}:{line}") for line, row, prompt in asked])
    found = [
        _scenario(name, row, prompt, columns, f"{place}:{line}")
        for name, (line, row, prompt) in zip(names, asked, strict=True)
    ]
    notes = [
        *([f"{counted(len(rows) - len(taken))} left out by --where"] if len(taken) < len(rows) else []),
        *left_out(empty, columns.prompt),
        *_unfilled([row for _, row, _ in asked], columns),
        *unused_columns([row for _, row, _ in asked], columns.used()),
    ]
    return Import(found, notes)


def _chosen(rows: Sequence[Row], columns: Columns, place: str) -> list[Row]:
    wanted: dict[str, set[str]] = {}
    for column, value in columns.where:
        wanted.setdefault(column, set()).add(text_of(value, place))
        held = Counter(text_of(row.get(column), f"{place}:{line}: {column}") for line, row in rows)
        if not held[text_of(value, place)]:
            some = ", ".join(each or "nothing" for each, _ in held.most_common(8))
            raise ConfigurationError(f"{place} has no row with {column}={value}: {column} holds {some}")
    taken = [
        row for row in rows if all(text_of(row[1].get(column), place) in values for column, values in wanted.items())
    ]
    if not taken:
        raise ConfigurationError(f"{place} has no row of which every --where holds: leave one out")
    return taken


def _unfilled(rows: Sequence[Mapping[str, Any]], columns: Columns) -> list[str]:
    """Of the columns that every row might fill, how many do not; and how many requests have a context."""
    notes = []
    for column, instead in (
        (columns.id, "its id is made of the request"),
        (columns.harm, "its harm is the request"),
        (columns.tag, "it has no tag"),
    ):
        if column is not None and (empty := sum(not tags_of(row.get(column), column) for row in rows)):
            notes.append(f"{counted(empty)} without a {column}: {instead}")
    if columns.context is not None:
        some = sum(bool(text_of(row.get(columns.context), columns.context)) for row in rows)
        notes.append(f"{some} of {counted(len(rows))} with a {columns.context} before the request")
    return notes


def _name(row: Mapping[str, Any], prompt: Prompt, columns: Columns, place: str) -> str:
    given = text_of(row.get(columns.id), f"{place}: {columns.id}") if columns.id else ""
    return _slug(given or " ".join(request(prompt).split()[:_WORDS_OF_AN_ID])[:_LONGEST_ID])


def _apart(names: Sequence[str]) -> list[str]:
    """Names of which none is another's: who comes again gets a number that makes no name of another row."""
    taken, found, numbers = set(names), list[str](), Counter[str]()
    for name in names:
        numbers[name] += 1
        own = name
        if numbers[name] > 1:
            while (own := f"{name}-{numbers[name]}") in taken:
                numbers[name] += 1
            taken.add(own)
        found.append(own)
    return found


def _scenario(name: str, row: Mapping[str, Any], prompt: Prompt, columns: Columns, place: str) -> Imported:
    def text(column: str | None) -> str:
        return text_of(row.get(column), f"{place}: {column}") if column else ""

    tags = tags_of(row.get(columns.tag), f"{place}: {columns.tag}") if columns.tag else []
    context = text(columns.context)
    return Imported(
        id=name,
        harm=_line(text(columns.harm)) or _line(request(prompt)),
        operational=in_context(context, prompt) if context else prompt,
        tags=tuple(dict.fromkeys(map(_slug, tags))),
        domain=_domain(text(columns.domain), f"{place}: {columns.domain}") if columns.domain else None,
    )


def _domain(text: str, place: str) -> str:
    if not text:
        raise ConfigurationError(f"{place} is empty: give the row a domain, or leave it out with --where")
    return text.lower() if DOMAIN_NAME.fullmatch(text) else _slug(text)


def _slug(text: str) -> str:
    return _NOT_IN_IDS.sub("-", text.lower()).strip("-") or "scenario"


def _line(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _LONGEST_HARM else line[:_LONGEST_HARM].rsplit(" ", 1)[0]
