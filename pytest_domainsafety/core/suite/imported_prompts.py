"""Rows of a table of prompts as scenarios that still want their other framings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.suite.import_columns import Columns
from pytest_domainsafety.core.suite.import_notes import counted, left_out, lines_of, unused_columns
from pytest_domainsafety.core.suite.imported_cells import Prompt, in_context, prompt_of, request, tags_of, text_of
from pytest_domainsafety.core.suite.imported_groups import Asked, Group, grouped
from pytest_domainsafety.core.suite.scenarios import DOMAIN_NAME
from pytest_domainsafety.core.suite.table_rows import holds_json, json_rows, short_rows, table_rows

_WORDS_OF_AN_ID: Final = 6
_LONGEST_ID: Final = 80
_LONGEST_HARM: Final = 100
_NOT_IN_IDS: Final = re.compile(r"[\W_]+")

Row = tuple[int, Mapping[str, Any]]
"""A row and the line where it begins, from 1."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario; what it lacks of the analytical and technical framings is to be written.

    Args:
        id: Unique in its domain.
        harm: The harm in one line.
        operational: The request.
        tags: Sub-topics.
        domain: None where the table does not say.
        prompts: Key of a scenario file to prompt, beside `operational`: `analytical`, `technical`, `operational[de]`.
        framings: Name of a further harmful framing to its prompt.
    """

    id: str
    harm: str
    operational: Prompt
    tags: tuple[str, ...]
    domain: str | None = None
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    framings: Mapping[str, Prompt] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """What a table gave.

    Args:
        scenarios: In the order of their rows.
        notes: What was left out or is not used, a line each.
    """

    scenarios: Sequence[Imported]
    notes: Sequence[str]


def import_table(text: str, columns: Columns, place: str) -> Import:
    """Scenarios of a table that a spreadsheet saved, of JSON lines or of a JSON list.

    Raises:
        ConfigurationError: If it cannot be read whole, or gives no scenario.
    """
    found = import_rows(read_rows(text, place), columns, place)
    short = [] if holds_json(text) else short_rows(text)
    if not short:
        return found
    cut = f"{counted(len(short))} with fewer cells than the first line has names, perhaps cut: {lines_of(short)}"
    return Import(found.scenarios, [cut, *found.notes])


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
    taken, notes = _chosen(rows, columns, place)
    asked, empty = [], []
    for line, row in taken:
        at = f"{place}:{line}"
        prompt = prompt_of(row.get(columns.prompt), f"{at}: {columns.prompt}")
        if prompt:
            context = text_of(row.get(columns.context), f"{at}: {columns.context}") if columns.context else ""
            prompt = in_context(context, prompt) if context else prompt
            asked.append(Asked(line, row, prompt, _domain(row, columns, at)))
        else:
            empty.append(line)
    if not asked:
        raise ConfigurationError(
            f"{place} holds no prompt in the column {columns.prompt}: name the column with --prompt"
        )
    found = grouped(asked, columns, place)
    names = [_name(group.base, columns, place) for group in found.groups]
    own = _apart([(group.base.domain, name) for group, name in zip(found.groups, names, strict=True)])
    again = [group.base.line for group, name, each in zip(found.groups, names, own, strict=True) if name != each]
    scenarios = [_scenario(name, group, columns, place) for name, group in zip(own, found.groups, strict=True)]
    return Import(
        scenarios,
        [
            *notes,
            *left_out(empty, columns.prompt),
            *found.notes,
            *_numbered(again if columns.id else []),
            *_unfilled([group.base.row for group in found.groups], [each.row for each in asked], columns),
            *unused_columns([each.row for each in asked], columns.used()),
        ],
    )


def _chosen(rows: Sequence[Row], columns: Columns, place: str) -> tuple[list[Row], list[str]]:
    wanted: dict[str, set[str]] = {}
    unwanted: dict[str, set[str]] = {}
    notes = []
    for chosen, conditions in ((wanted, columns.where), (unwanted, columns.but)):
        for column, value in conditions:
            chosen.setdefault(column, set()).add(text_of(value, place))
            held = Counter(text_of(row.get(column), f"{place}:{line}: {column}") for line, row in rows)
            if held[text_of(value, place)]:
                continue
            said = ", ".join(each or "nothing" for each, _ in held.most_common(8))
            said = f"no row with {column}={value}: {column} holds {said}"
            if chosen is wanted:
                raise ConfigurationError(f"{place} has {said}")
            notes.append(f"--where leaves out {said}")
    taken = [
        (line, row)
        for line, row in rows
        if all(text_of(row.get(column), place) in values for column, values in wanted.items())
        and not any(text_of(row.get(column), place) in values for column, values in unwanted.items())
    ]
    if not taken and rows:
        raise ConfigurationError(f"{place} has no row of which every --where holds: leave one out")
    out = len(rows) - len(taken)
    return taken, [*([f"{counted(out)} left out by --where"] if out else []), *notes]


def _numbered(lines: Sequence[int]) -> list[str]:
    if not lines:
        return []
    return [f"{counted(len(lines))} with an id that another has: a number makes it its own: {lines_of(lines)}"]


def _unfilled(bases: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], columns: Columns) -> list[str]:
    """Of the columns that every scenario might fill, how many do not; and how many requests have a context."""
    notes = []
    for column, instead in (
        (columns.id, "its id is made of the request"),
        (columns.harm, "its harm is the request"),
        (columns.tag, "it has no tag"),
    ):
        if column is not None and (empty := sum(not tags_of(row.get(column), column) for row in bases)):
            notes.append(f"{counted(empty)} without a {column}: {instead}")
    if columns.context is not None:
        some = sum(bool(text_of(row.get(columns.context), columns.context)) for row in rows)
        notes.append(f"{some} of {counted(len(rows))} with a {columns.context} before the request")
    return notes


def _name(base: Asked, columns: Columns, place: str) -> str:
    given = base.text(columns.id, place)
    return _slug(given or " ".join(_request(base, columns).split()[:_WORDS_OF_AN_ID])[:_LONGEST_ID])


def _request(base: Asked, columns: Columns) -> str:
    """What is asked in the end, without the context before it."""
    return request(prompt_of(base.row.get(columns.prompt), columns.prompt))


def _apart(names: Sequence[tuple[str | None, str]]) -> list[str]:
    """Names of which none is another's in its domain: who comes again gets a number that makes no name of another."""
    taken, found, numbers = set(names), list[str](), Counter[tuple[str | None, str]]()
    for domain, name in names:
        numbers[domain, name] += 1
        own = name
        if numbers[domain, name] > 1:
            while (domain, own := f"{name}-{numbers[domain, name]}") in taken:
                numbers[domain, name] += 1
            taken.add((domain, own))
        found.append(own)
    return found


def _scenario(name: str, group: Group, columns: Columns, place: str) -> Imported:
    base = group.base
    tags = tags_of(base.row.get(columns.tag), f"{place}:{base.line}: {columns.tag}") if columns.tag else []
    return Imported(
        id=name,
        harm=_line(base.text(columns.harm, place)) or _line(_request(base, columns)),
        operational=base.prompt,
        tags=tuple(dict.fromkeys(map(_slug, tags))),
        domain=base.domain,
        prompts=group.prompts,
        framings=group.framings,
    )


def _domain(row: Mapping[str, Any], columns: Columns, at: str) -> str | None:
    if columns.domain is None:
        return None
    text = text_of(row.get(columns.domain), f"{at}: {columns.domain}")
    if not text:
        raise ConfigurationError(
            f"{at}: {columns.domain} is empty: give the row a domain, or leave it out with --where"
        )
    return text.lower() if DOMAIN_NAME.fullmatch(text) else _slug(text)


def _slug(text: str) -> str:
    return _NOT_IN_IDS.sub("-", text.lower()).strip("-") or "scenario"


def _line(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _LONGEST_HARM else line[:_LONGEST_HARM].rsplit(" ", 1)[0]
