"""Runs on disk, the newest first, and their removal."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.runs.finished_runs import REPORT
from pytest_domainsafety.effects.runs.held_files import IDENTITY
from pytest_domainsafety.effects.runs.interrupted_runs import BATCHES, finished_at
from pytest_domainsafety.effects.runs.journal import Journal


def kept_runs(folder: Path) -> list[Path]:
    """Directories that hold a run, by when it was begun; anything else in the folder is not ours to touch."""
    found = [path.parent for path in folder.glob(f"*/{IDENTITY}") if not path.parent.is_symlink()]
    return sorted(found, key=lambda run: ((run / IDENTITY).stat().st_mtime_ns, run.name), reverse=True)


def newest_finished(folder: Path) -> Path:
    """The run that reached its end last: one that was gone on with may have been begun before others.

    Raises:
        ConfigurationError: In one sentence, if there is none.
    """
    ends = {run: end for run in kept_runs(folder) if (end := finished_at(run)) is not None}
    if not ends:
        raise ConfigurationError(f"there is no finished run in {folder}: name the run's folder or its report.json")
    return max(ends, key=lambda run: (ends[run], (run / REPORT).stat().st_mtime_ns, run.name))


def size_bytes(run: Path) -> int:
    """What a run's files take up."""
    return sum(file.stat().st_size for file in run.rglob("*") if file.is_file())


def remove_batches(run: Path) -> None:
    """Remove what a run has kept of its batches.

    Raises:
        OSError: If it cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(run / BATCHES)


def remove_run(run: Path) -> None:
    """Remove a run's files and its directory.

    Raises:
        ConfigurationError: If it is still running, holds what is not the run's, or cannot be removed.
    """
    journal = Journal()
    try:
        journal.hold(run)
        remove_batches(run)
        for file in run.iterdir():
            file.unlink()
        run.rmdir()
    except OSError as error:
        raise ConfigurationError(f"{run} cannot be removed: {error.strerror}") from None
    finally:
        journal.close()
