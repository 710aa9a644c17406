"""Results as they lie in files: where each line is and what kind of result it is, so that no reply need be held."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pytest_domainsafety.core.batch.results import InvalidResultError, Result, read_result
from pytest_domainsafety.core.errors import ConfigurationError

_DIGITS: Final = 32
_SUCCESS: Final = range(200, 300)
_UNANSWERED: Final = 600
_DIGEST: Final = 16

LONGEST_LINE: Final = 1 << 26
"""Bytes; whatever is longer is no result, and is not held."""

MOST_RESULTS: Final = 100
"""Of one request, which no number of jobs comes near."""

Kind = Literal["success", "failed", "unasked"]


class Line(NamedTuple):
    """Where a result lies: the file's place among all, the line's offset and length in bytes; and what it is.

    `status` is as of HTTP, above all others where there is none; `digest` is of all that it says, and is made once a
    request has several.
    """

    file: int
    offset: int
    length: int
    kind: Kind
    status: int
    digest: bytes = b""


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
    _opened: dict[int, int] = field(default_factory=dict)

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
        """The results of one request: failures first, then the success, where there is one.

        Failures stand by their status, so that nobody chooses by the order of files which of them is the last.
        """
        return self._found.get(key, ())

    def read(self, line: Line) -> Result:
        """One result.

        Raises:
            OSError: If the file cannot be read any more.
            ValueError: If it was changed.
        """
        if line.file not in self._opened:
            self._opened[line.file] = os.open(self.files[line.file], os.O_RDONLY)
        file, data = self._opened[line.file], b""
        os.lseek(file, line.offset, os.SEEK_SET)
        while len(data) < line.length and (part := os.read(file, line.length - len(data))):
            data += part
        return read_result(json.loads(data))

    def close(self) -> None:
        """Let go of the files."""
        for file in self._opened.values():
            os.close(file)
        self._opened.clear()

    def add(self, key: bytes, line: Line, result: Result) -> None:
        """Take a line, and what it says; see `of` for the order.

        Raises:
            OSError, ValueError: If another one of the same request cannot be read any more.
        """
        first = self._found.get(key)
        if first is None:
            self._found[key] = (line,)
            return
        line = line._replace(digest=_digest(result))
        before = tuple(each if each.digest else each._replace(digest=_digest(self.read(each))) for each in first)
        if any(each.digest == line.digest for each in before):
            self.double += 1
        elif len(before) == MOST_RESULTS:
            raise ConfigurationError(
                f"there are more than {MOST_RESULTS} different results of one request ({self.files[line.file]}): "
                "give the results of this batch's jobs, each once"
            )
        elif line.kind == "success" and before[-1].kind == "success":
            self.conflicts.append(key)
        else:
            # What was never executed tells nothing beside what was.
            known = [each for each in (*before, line) if each.kind != "unasked"] or [line]
            self._found[key] = tuple(sorted(known, key=_rank))


def read_lines(file: Path) -> Iterator[tuple[int, int, Result | None]]:
    """The lines of a file of results that are not blank, of which one is held at a time.

    Yields:
        Offset and length in bytes, and the result; None where the line is none.

    Raises:
        OSError: If the file cannot be read.
    """
    offset = 0
    with file.open("rb") as opened:
        while line := opened.readline(LONGEST_LINE):
            length, begun = len(line), line
            while len(begun) == LONGEST_LINE and not begun.endswith(b"\n"):
                begun = opened.readline(LONGEST_LINE)
                length += len(begun)
            if length > len(line):
                yield offset, length, None
            elif not line.isspace():
                try:
                    result: Result | None = read_result(json.loads(line))
                except (InvalidResultError, ValueError, RecursionError):
                    result = None
                yield offset, length, result
            offset += length


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
                    results.add(key, _line(number, offset, length, result), result)
        except OSError as error:
            raise ConfigurationError(
                f"{file} cannot be read: {error.strerror}; give the batch's files of results and errors"
            ) from None
        except ConfigurationError:
            raise
        except ValueError:  # what was read before reads otherwise now
            raise ConfigurationError(f"{file} was changed while it was read: read the batch again") from None
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
        for file in inside:
            if not file.is_file():
                raise ConfigurationError(
                    f"{file} is a folder, a pipe or a device, and results are read twice: write them into a file"
                )
        found |= {file.resolve(): file for file in inside if file.resolve() not in left_out}
    return list(found.values())


def kind_of(result: Result) -> Kind:
    """What kind of result it is; a success holds a choice and no error."""
    if result.status is None:
        return "unasked" if result.unasked else "failed"
    body: Any = result.body
    whole = isinstance(body, dict) and bool(body.get("choices")) and not body.get("error")
    return "success" if whole and result.status in _SUCCESS else "failed"


def _line(number: int, offset: int, length: int, result: Result) -> Line:
    return Line(number, offset, length, kind_of(result), _UNANSWERED if result.status is None else result.status)


def _digest(result: Result) -> bytes:
    said = json.dumps([result.status, result.body, result.unanswered], sort_keys=True).encode()
    return hashlib.sha256(said).digest()[:_DIGEST]


def _rank(line: Line) -> tuple[bool, int, bytes]:
    return line.kind == "success", line.status, line.digest


def _key(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits) if len(digits) == _DIGITS else b""
    except ValueError:
        return b""
