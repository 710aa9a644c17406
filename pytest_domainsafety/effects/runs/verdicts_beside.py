"""Verdicts that no trial of a run holds, on disk: on known exhibits, and those of a second judge.

They are kept for who joins the run with others: then nobody is asked again. Of two lines about one the later holds.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.escape import json_text
from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.reports.part_rows import is_count, is_score
from pytest_domainsafety.effects.runs.base import Place
from pytest_domainsafety.effects.runs.held_files import opened

BESIDE: Final = "verdicts.jsonl"

_KNOWN: Final = "known exhibit"
_OF: Final = "of"
_SECOND: Final = "second"


@dataclass(slots=True)
class Beside:
    """What judges said of what is no trial of the run.

    Args:
        known: The judge's verdicts on the known exhibits, by their places.
        second_known: The second judge's.
        second: The second judge's on trials.
    """

    known: dict[int, Judgement] = field(default_factory=dict)
    second_known: dict[int, Judgement] = field(default_factory=dict)
    second: dict[Place, Judgement] = field(default_factory=dict)


@dataclass(slots=True)
class VerdictsBeside:
    """Writes them down as they come; a run that is kept nowhere writes nothing."""

    _run: Path | None = None

    def open(self, run: Path) -> None:
        """Write into a run's directory from now on."""
        self._run = run

    def note_known(self, place: int, judgement: Judgement, *, second: bool = False) -> None:
        """A verdict on a known exhibit."""
        self._append({_KNOWN: place, _SECOND: second}, judgement)

    def note_second(self, place: Place, judgement: Judgement) -> None:
        """The second judge's verdict on a trial's reply."""
        self._append({_OF: list(place), _SECOND: True}, judgement)

    def _append(self, about: dict[str, Any], judgement: Judgement) -> None:
        if self._run is None:
            return
        row = {**about, "score": judgement.score, "rationale": judgement.rationale}
        # What is not written here is only not known to who joins runs, and the trials' own journal stops a full disk.
        with contextlib.suppress(OSError):
            file = opened(self._run / BESIDE)
            try:
                os.write(file, json_text(json.dumps(row)).encode() + b"\n")
            finally:
                os.close(file)


def read_beside(run: Path) -> Beside:
    """All of a run's; a last line that was torn is none.

    Raises:
        ConfigurationError: If the file is not whole.
    """
    found, file = Beside(), run / BESIDE
    if not file.exists():
        return found
    try:
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
        for row in map(json.loads, lines):
            judgement = Judgement(_score(row["score"]), str(row["rationale"]))
            if _KNOWN in row:
                (found.second_known if row[_SECOND] else found.known)[_count(row[_KNOWN])] = judgement
            else:
                domain, scenario, framing, repetition = row[_OF]
                found.second[str(domain), str(scenario), str(framing), _count(repetition)] = judgement
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ConfigurationError(f"{file} is not whole: make the run again") from None
    return found


def _score(value: object) -> int | None:
    if value is None or (isinstance(value, int) and is_score(value)):
        return value
    raise TypeError


def _count(value: object) -> int:
    if isinstance(value, int) and is_count(value):
        return value
    raise TypeError
