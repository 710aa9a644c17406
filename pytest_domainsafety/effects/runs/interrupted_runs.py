"""Runs that did not reach their end: found again, and compared with what is configured now."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.runs.finished_runs import REPORT

IDENTITY: Final = "run.json"
NEWEST: Final = "newest"


def new_run(folder: Path, started: datetime, identity: Mapping[str, Any]) -> Path:
    """Make a run's directory, for nobody but the user.

    Args:
        folder: Where runs are kept.
        started: Names it.
        identity: What a session that goes on with it must share, as JSON.

    Raises:
        OSError: If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    run = folder / f"{started.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}"
    run.mkdir(mode=0o700)
    write_privately(run / IDENTITY, [json.dumps(identity, indent=1), "\n"])
    return run


def write_privately(file: Path, parts: Iterable[str]) -> None:
    """Write a file whole or not at all, for nobody but the user.

    Args:
        file: What was there is replaced.
        parts: Its text, piece by piece.

    Raises:
        OSError: If it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.writelines(parts)
    draft.replace(file)


def interrupted_run(folder: Path, wanted: str, base: Path, identity: Mapping[str, Any]) -> Path:
    """The run to go on with.

    Args:
        folder: Where runs are kept.
        wanted: A run's directory, or `newest`.
        base: What a relative one is relative to.
        identity: What is configured now.

    Raises:
        ConfigurationError: In one sentence, if there is none, it has reached its end, or it is of something else.
    """
    run = _newest(folder) if wanted == NEWEST else base / wanted
    try:
        theirs = json.loads((run / IDENTITY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigurationError(f"{run} is no run's directory: give one in {folder}") from None
    if not _is_open(run):
        raise ConfigurationError(f"{run} has reached its end: leave --domain-safety-resume out for a new run")
    differing = [name for name in identity if theirs.get(name) != identity[name]]
    if differing:
        name = differing[0]
        raise ConfigurationError(
            f"{run} is of another {', '.join(differing)} ({name} was {theirs.get(name)!s:.60}, is "
            f"{identity[name]!s:.60}): make a new run, or set it as it was"
        )
    return run


def _newest(folder: Path) -> Path:
    found = [path.parent for path in folder.glob(f"*/{IDENTITY}") if _is_open(path.parent)]
    if not found:
        raise ConfigurationError(f"there is no interrupted run in {folder}: leave --domain-safety-resume out")
    return max(found, key=lambda run: ((run / IDENTITY).stat().st_mtime_ns, run.name))


def _is_open(run: Path) -> bool:
    """Whether a run has no report, or one that says that it was interrupted or stopped."""
    try:
        report = json.loads((run / REPORT).read_text(encoding="utf-8"))
        return bool(report["interrupted"] or report["stopped"])
    except (OSError, ValueError, KeyError, TypeError):
        return True
