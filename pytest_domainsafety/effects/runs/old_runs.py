"""Runs on disk, the newest first, and their removal."""

from __future__ import annotations

from pathlib import Path

from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.runs.interrupted_runs import IDENTITY
from pytest_domainsafety.effects.runs.journal import Journal


def kept_runs(folder: Path) -> list[Path]:
    """Directories that hold a run, by when it was begun; anything else in the folder is not ours to touch."""
    found = [path.parent for path in folder.glob(f"*/{IDENTITY}") if not path.parent.is_symlink()]
    return sorted(found, key=lambda run: ((run / IDENTITY).stat().st_mtime_ns, run.name), reverse=True)


def size_bytes(run: Path) -> int:
    """What a run's files take up."""
    return sum(file.stat().st_size for file in run.iterdir())


def remove_run(run: Path) -> None:
    """Remove a run's files and its directory.

    Raises:
        ConfigurationError: If it is still running, holds what is not the run's, or cannot be removed.
    """
    journal = Journal()
    try:
        journal.hold(run)
        for file in run.iterdir():
            file.unlink()
        run.rmdir()
    except OSError as error:
        raise ConfigurationError(f"{run} cannot be removed: {error.strerror}") from None
    finally:
        journal.close()
