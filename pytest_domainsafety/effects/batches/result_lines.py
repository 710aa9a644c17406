"""Results as they lie in files: where each line is and what kind of result it is, so that no reply need be held."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pytest_domainsafety.core.batch.results import InvalidResultError, Result, read_result
from pytest_domainsafety.core.errors import ConfigurationError

_DIGITS: Final = 32
_SUCCESS: Final = range(200, 300)

Kind = Literal["success", "failed", "unasked"]


class Line(NamedTuple):
    """Where a result lies: the file's place among all, the line's offset and length in bytes; and what it is."""

    file: int
    offset: int
    length: int
    kind: Kind


@dataclass(slots=True)
class Results:
    """All results that were given.

    `torn`, `foreign`, `unknown` and `double` count lines: those that are no results, of another batch, of no request
    that was written, and the same once more. `conflicts` are the ids that have two different successes.
    """

    files: list[Path] = field(default_factory=list)
    torn: int = 0
    foreign: int = 0
    unknown: int = 0
    double: int = 0
    conflicts: list[bytes] = field(default_factory=list)
    _found: dict[bytes, tuple[Line, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many requests have a result."""
        return len(self._found)

    def among(self, ids: AbstractSet[bytes]) -> int:
        """How many of these requests have one."""
        return sum(key in ids for key in self._found)

    def unasked(self, ids: AbstractSet[bytes]) -> int:
        """How many of these requests have nothing but one that says that nothing was executed."""
        return sum(key in ids and all(line.kind == "unasked" for line in lines) for key, lines in self._found.items())

    def answered(self, ids: AbstractSet[bytes]) -> bool:
        """Whether any of these requests has a success."""
        return any(key in ids and lines[-1].kind == "success" for key, lines in self._found.items())

    def of(self, key: bytes) -> tuple[Line, ...]:
        """The results of one request: failures first, then the success, where there is one."""
        return self._found.get(key, ())

    def read(self, line: Line) -> Result:
        """One result.

        Raises:
            OSError: If the file cannot be read any more.
            ValueError: If it was changed.
        """
        with self.files[line.file].open("rb") as opened:
            opened.seek(line.offset)
            return read_result(json.loads(opened.read(line.length)))

    def add(self, key: bytes, line: Line) -> None:
        """Take a line; see `of` for the order."""
        before = self._found.get(key)
        if before is None:
            self._found[key] = (line,)
            return
        if any(each.kind == line.kind and self._same(each, line) for each in before):
            self.double += 1
        elif line.kind == "success" and before[-1].kind == "success":
            self.conflicts.append(key)
        else:
            # What was never executed tells nothing beside what was.
            known = [each for each in (*before, line) if each.kind != "unasked"] or [line]
            self._found[key] = tuple(sorted(known, key=lambda each: each.kind == "success"))

    def _same(self, one: Line, other: Line) -> bool:
        first, second = self.read(one), self.read(other)
        return (first.status, first.body, first.unanswered) == (second.status, second.body, second.unanswered)


def read_lines(file: Path) -> Iterator[tuple[int, int, Result | None]]:
    """The lines of a file of results that are not blank.

    Yields:
        Offset and length in bytes, and the result; None where the line is none.

    Raises:
        OSError: If the file cannot be read.
    """
    offset = 0
    with file.open("rb") as opened:
        for line in opened:
            if not line.isspace():
                try:
                    result: Result | None = read_result(json.loads(line))
                except (InvalidResultError, ValueError, RecursionError):
                    result = None
                yield offset, len(line), result
            offset += len(line)


def read_results(files: Iterable[Path], tag: str, ids: AbstractSet[bytes]) -> Results:
    """Read files of results and errors, in any order.

    Args:
        files: Each once.
        tag: Of the batch.
        ids: Of its requests, see `known_ids`.

    Raises:
        ConfigurationError: In one sentence, if a file cannot be read, or all results are of other batches.
    """
    results, beginning, own = Results(), f"{tag}-", 0
    for number, file in enumerate(files):
        results.files.append(file)
        try:
            for offset, length, result in read_lines(file):
                if result is None:
                    results.torn += 1
                elif not result.custom_id.startswith(beginning):
                    results.foreign += 1
                elif (key := _key(result.custom_id[len(beginning) :])) not in ids:
                    own += 1
                    results.unknown += 1
                else:
                    own += 1
                    results.add(key, Line(number, offset, length, kind_of(result)))
        except OSError as error:
            raise ConfigurationError(
                f"{file} cannot be read: {error.strerror}; give the batch's files of results and errors"
            ) from None
    if results.foreign and not own:
        raise ConfigurationError(
            f"the results are those of another manifest ({results.foreign} lines, and none whose custom_id begins "
            f"with {beginning}): give the results of this batch, or the folder that they were written from"
        )
    return results


def files_of(places: Iterable[Path], left_out: AbstractSet[Path]) -> list[Path]:
    """The files that places name: each itself, or the `*.jsonl` in a folder.

    Args:
        places: Files and folders.
        left_out: Files that are none of results.

    Raises:
        ConfigurationError: In one sentence, if there is nothing.
    """
    found: dict[Path, Path] = {}
    for place in places:
        if not place.exists():
            raise ConfigurationError(
                f"{place} is not there: give the batch's files of results; what is meant for pytest comes after --"
            )
        inside = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
        found |= {file.resolve(): file for file in inside if file.resolve() not in left_out}
    return list(found.values())


def kind_of(result: Result) -> Kind:
    """What kind of result it is; a success holds a choice and no error."""
    if result.status is None:
        return "unasked" if result.unasked else "failed"
    body: Any = result.body
    whole = isinstance(body, dict) and bool(body.get("choices")) and not body.get("error")
    return "success" if whole and result.status in _SUCCESS else "failed"


def _key(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits) if len(digits) == _DIGITS else b""
    except ValueError:
        return b""
