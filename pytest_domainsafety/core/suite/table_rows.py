"""Rows that people bring with them: as JSON lines, or as a table that a spreadsheet saved."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError

_LARGEST_CELL: Final = 2**31 - 1


def holds_json(text: str) -> bool:
    """Whether a text's rows are JSON lines, and not a table's."""
    return text.lstrip().startswith("{")


def json_rows(text: str, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of JSON lines with their line numbers, from 1; blank lines are left out.

    Raises:
        ConfigurationError: At the first line that is no object.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise ConfigurationError(f"{place}:{number}: no JSON object: write one row a line")
        yield number, row


def table_rows(text: str, place: str, needed: Collection[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table, whose first line names the columns, with the number of their last line.

    Args:
        text: Separated by commas, semicolons or tabs.
        place: The file, for messages.
        needed: Columns that must be there.

    Raises:
        ConfigurationError: If a column is not there, or the text is no table.
    """
    csv.field_size_limit(_LARGEST_CELL)
    # A spreadsheet writes what parts columns in its language: a semicolon where a comma is for decimals.
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    missing = set(needed) - set(reader.fieldnames or ())
    if missing:
        raise ConfigurationError(
            f"{place}:1: no column {', '.join(sorted(missing))}: the first line names the columns"
        )
    try:
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise ConfigurationError(f"{place}:{reader.line_num}: {error}: save it as comma-separated values") from None
