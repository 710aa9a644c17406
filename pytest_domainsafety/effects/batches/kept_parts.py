"""The parts of a run's batches on disk: what was asked, how far it is, and what came back, before it counts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.batch.request_lines import MOST_BYTES, MOST_LINES, in_parts
from pytest_domainsafety.core.batch.results import Result
from pytest_domainsafety.effects.batches.result_lines import read_lines
from pytest_domainsafety.effects.runs.held_files import write_privately

_SECRET: Final = "secret"  # noqa: S105 - a file's name
_TOLD: Final = "told"
_SECRET_BYTES: Final = 32
_DIGITS: Final = 32


@dataclass(slots=True, kw_only=True)
class Part:
    """Lines that go into one batch.

    Args:
        name: The digest of its lines.
        ids: Of its lines, in their order.
        file: The endpoint's id of the uploaded lines, None before.
        batch: The endpoint's id of the batch, None before it is known.
        creating: Whether the endpoint may have been asked for the batch, so that there may be one already.
        submitted: When, in seconds since 1970.
        ended: Whether all that came back is kept here.
        failed: Whether the endpoint took none of it.
    """

    name: str
    ids: list[str]
    file: str | None = None
    batch: str | None = None
    creating: bool = False
    submitted: float | None = None
    ended: bool = False
    failed: bool = False


@dataclass(slots=True)
class KeptParts:
    """The parts of one endpoint's batches.

    Args:
        folder: Theirs, for nobody but the user; made with the first part.
    """

    folder: Path
    parts: list[Part] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def load(self) -> None:
        """Read what earlier sessions of the run left.

        Raises:
            OSError: If it cannot be read.
            ValueError: If it is not whole.
        """
        self.parts = [Part(**json.loads(file.read_text("ascii"))) for file in sorted(self.folder.glob("*.json"))]
        with contextlib.suppress(FileNotFoundError):
            self._told = set((self.folder / _TOLD).read_text("ascii").split())

    def add(
        self, lines: Iterable[tuple[str, str]], most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES
    ) -> list[Part]:
        """Write down lines, in as many parts as they need.

        Args:
            lines: Each with its id.
            most_lines: Of a part.
            most_bytes: Of a part.

        Raises:
            OSError: If they cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = list(lines)
        added, ids = list[Part](), iter([each for each, _ in rows])
        for each in in_parts((line for _, line in rows), most_lines=most_lines, most_bytes=most_bytes):
            whole = list(each)
            # What was taken by no batch is another part when it is asked again.
            salt = f"{sum(part.failed for part in self.parts)}\n"
            name = hashlib.sha256("".join([salt, *whole]).encode()).hexdigest()[:_DIGITS]
            write_privately(self.lines_of(name), whole)
            part = Part(name=name, ids=[next(ids) for _ in whole])
            self.note(part)
            self.parts.append(part)
            added.append(part)
        return added

    def note(self, part: Part) -> None:
        """Write down how far a part is.

        Raises:
            OSError: If it cannot be written.
        """
        write_privately(self.folder / f"{part.name}.json", [json.dumps(asdict(part))])

    def lines_of(self, name: str) -> Path:
        """The file with a part's lines."""
        return self.folder / f"{name}.jsonl"

    def results_of(self, part: Part, which: str) -> Path:
        """The file with what came back, `output` or `errors`."""
        return self.folder / f"{part.name}.{which}"

    def results(self, part: Part) -> dict[str, Result | None]:
        """What came back of a part, by id; None of an id with several results that differ.

        Lines that are torn, no result or of something else say nothing.
        """
        found: dict[str, Result | None] = {}
        own = set(part.ids)
        for which in ("output", "errors"):
            for result in _read(self.results_of(part, which)):
                if result.custom_id in own:
                    same = found.setdefault(result.custom_id, result) == result
                    found[result.custom_id] = result if same else None
        return found

    def was_told(self, custom_id: str) -> bool:
        """Whether an earlier session had a failed result and has written down what it meant."""
        return custom_id in self._told

    def note_told(self, custom_id: str) -> None:
        """Write down that what a failed result meant is written down.

        Raises:
            OSError: If it cannot be written.
        """
        with os.fdopen(os.open(self.folder / _TOLD, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{custom_id}\n")


def secret_of(folder: Path) -> bytes:
    """The secret of a run's batches, drawn once.

    Raises:
        OSError: If it cannot be kept.
    """
    file = folder / _SECRET
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_privately(file, [secrets.token_hex(_SECRET_BYTES)])
    return bytes.fromhex(file.read_text("ascii"))


def _read(file: Path) -> Iterator[Result]:
    if file.exists():
        yield from (result for _, _, result in read_lines(file) if result is not None)
