"""The files of a run that is put together from others: lines are copied as they stand, each trial's from one part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.reports.joining import Joined
from pytest_domainsafety.effects.runs.base import Place
from pytest_domainsafety.effects.runs.journal_rows import REPLIES, TRIALS, Used, place_of_row
from pytest_domainsafety.effects.runs.part_runs import PartRun, whole_lines, write_lines
from pytest_domainsafety.effects.runs.verdicts_beside import BESIDE


def write_joined(folder: Path, parts: Sequence[PartRun], joined: Joined, used: Used) -> None:
    """Write what parts measured as one run's files.

    Args:
        folder: The run's directory.
        parts: The parts.
        joined: Which trial is from which.
        used: What they used up together.

    Raises:
        OSError: If nothing can be written there.
    """
    write_lines(folder / TRIALS, _trials(joined, used))
    if any((part.folder / REPLIES).exists() for part in parts):
        write_lines(folder / REPLIES, _replies(parts, joined.source))
    write_lines(folder / BESIDE, (line for part in parts for line in whole_lines(part.folder / BESIDE)))


def _trials(joined: Joined, used: Used) -> Iterator[bytes]:
    """A line a trial; the last one tells what all used up."""
    last = len(joined.trials) - 1
    for number, trial in enumerate(joined.trials.values()):
        row: dict[str, Any] = {"trial": trial.to_json(), "used": used if number == last else {}}
        yield json_text(json.dumps(row)).encode() + b"\n"


def _replies(parts: Sequence[PartRun], source: Mapping[Place, int]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        lines = whole_lines(part.folder / REPLIES)
        if all(source[place] == number for place in part.answered):
            yield from lines
        else:
            yield from (line for line in lines if source[place_of_row(json.loads(line))] == number)
