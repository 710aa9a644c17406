"""Runs of a part of the suite on disk: what they tell at their end, in place of a report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pytest_domainsafety.core.reports.part import Part
from pytest_domainsafety.core.suite.shards import Shard, parse_shard
from pytest_domainsafety.effects.runs.held_files import IDENTITY, write_privately
from pytest_domainsafety.effects.runs.journal_rows import REPLIES, TRIALS
from pytest_domainsafety.effects.runs.verdicts_beside import BESIDE

PART: Final = "part.json"

HELD: Final = (IDENTITY, TRIALS, REPLIES, BESIDE)
"""The files that hold what was measured."""


def write_part(run: Path, part: Part) -> None:
    """Write what a run came to, for nobody but the user, with the digests of the files that hold it.

    Args:
        run: Its directory; nothing more is written there.
        part: Its digests are put in here.

    Raises:
        OSError: If something cannot be read or written.
    """
    files = {name: file_sha256(run / name) for name in HELD if (run / name).exists()}
    write_privately(run / PART, [part.model_copy(update={"files": files}).to_json()])


def remove_part(run: Path) -> None:
    """Remove what an earlier session told of its end, since the run goes on.

    Raises:
        OSError: If it cannot be removed.
    """
    (run / PART).unlink(missing_ok=True)


def read_part(run: Path) -> Part | None:
    """What a run told at its end; None where there is nothing, or no whole file."""
    try:
        return Part.model_validate_json((run / PART).read_bytes())
    except (OSError, ValidationError):
        return None


def shard_of(run: Path) -> Shard | None:
    """Which part a run is of; None where it is of all, or no run."""
    try:
        return parse_shard(json.loads((run / IDENTITY).read_text(encoding="utf-8"))["shard"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def without_verdict(run: Path) -> str | None:
    """What to say where a verdict is wanted of a part; None of any other run."""
    shard = shard_of(run)
    if shard is None:
        return None
    return f"{run} is {shard.words} and has no verdict: domain-safety merge joins the parts"


def file_sha256(file: Path) -> str:
    """The digest of a file's bytes, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
