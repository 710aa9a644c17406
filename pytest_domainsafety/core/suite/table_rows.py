"""Rows that people bring with them: as JSON lines, as a JSON list, or as a table that a spreadsheet saved."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError

_LARGEST_CELL: Final = 2**31 - 1
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*(?:[\[{\"\]]|$))")
_SPACE: Final = re.compile(r"\s*")


class _KeyTwiceError(ValueError):
    """An object has a key twice, of which JSON's reader would keep the last."""


def holds_json(text: str) -> bool:
    """Whether a text's rows are JSON, and not a table's."""
    return _JSON.match(text) is not None


def json_rows(text: str, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of JSON lines, or of one JSON list, with the numbers of their first lines, from 1.

    Raises:
        ConfigurationError: At the first row that is no object.
    """
    return _list_rows(text, place) if text.lstrip().startswith("[") else _line_rows(text, place)


def _line_rows(text: str, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_object)
        except _KeyTwiceError as twice:
            raise ConfigurationError(f"{place}:{number}: {twice}") from None
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise ConfigurationError(f"{place}:{number}: no JSON object: write one row a line")
        yield number, row


def _list_rows(text: str, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    # Decoded row by row, since a list that is decoded whole has lost its lines.
    decode = json.JSONDecoder(object_pairs_hook=_object).raw_decode
    number, counted, at = 1, 0, _after_space(text, text.index("[") + 1)
    more = not text.startswith("]", at)
    while True:
        number, counted = number + text.count("\n", counted, at), at
        if not more:
            break
        try:
            row, end = decode(text, at)
        except _KeyTwiceError as twice:
            raise ConfigurationError(f"{place}:{number}: {twice}") from None
        except (ValueError, RecursionError):
            row, end = None, at
        if not isinstance(row, dict):
            raise ConfigurationError(f"{place}:{number}: no JSON object: give a list of objects, one a row")
        yield number, row
        at = _after_space(text, end)
        more = text.startswith(",", at)
        if more:
            at = _after_space(text, at + 1)
    if text[at : at + 1] != "]" or text[at + 1 :].strip():
        raise ConfigurationError(f"{place}:{number}: the list should go on with a comma or end with ] here")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _KeyTwiceError(
            f"two keys are called {next(name for name in names if names.count(name) > 1)}: rename one"
        )
    return found


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def table_rows(text: str, place: str, needed: Collection[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table, whose first line names the columns, with the numbers of their first lines.

    Args:
        text: Separated by commas, semicolons or tabs.
        place: The file, for messages.
        needed: Columns that must be there, once; without any, no column may be there twice.

    Raises:
        ConfigurationError: If a column is not there, a row has a cell under no column or a quote that does not close,
            or the text is no table.
    """
    names: list[str] | None = None
    for number, cells in _cells(text, place):
        if names is None:
            names = _head(cells, place, needed)
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            raise ConfigurationError(
                f"{place}:{number}: {len(cells)} cells and {_columns(len(names))}: put a cell that holds what parts "
                "cells in quotes"
            )
        yield number, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
    if names is None:
        _head([], place, needed)


def short_rows(text: str) -> list[int]:
    """The first lines of a table's rows with fewer cells than its first line has names.

    Args:
        text: A table that `table_rows` has read without an error.
    """
    (_, head), *rows = list(_cells(text, "")) or [(1, [])]
    return [number for number, cells in rows if len(cells) < len(head)]


def _cells(text: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a table that are not blank, with the number of each one's first line."""
    csv.field_size_limit(_LARGEST_CELL)
    # A spreadsheet writes what parts columns in its language: a semicolon where a comma is for decimals.
    head = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    number = 1
    try:
        for cells in reader:
            if cells:
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        never = f"{error}".startswith("unexpected end")
        said = "a quote that opens in this row never closes" if never else "text follows a closed quote in this row"
        raise ConfigurationError(f"{place}:{number}: {said}: double a quote that is part of a cell") from None


def _head(names: Sequence[str], place: str, needed: Collection[str]) -> list[str]:
    missing = set(needed) - set(names)
    if missing:
        raise ConfigurationError(
            f"{place}:1: no column {', '.join(sorted(missing))}: the first line names the columns"
        )
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    for name in twice:
        if not needed or name in needed:
            raise ConfigurationError(f"{place}:1: two columns are called {name}: rename one")
    return list(names)


def _columns(count: int) -> str:
    return "one column" if count == 1 else f"{count} columns"
