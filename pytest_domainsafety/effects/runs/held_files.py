"""Files of a run, for nobody but the user: written whole, or appended to while no other process does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError

IDENTITY: Final = "run.json"
"""What a run is of; a folder that has it is a run's."""


def opened(file: Path) -> int:
    """A handle to read and to append by."""
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def lock(file: int, run: Path) -> None:
    """Hold a run while this process lives; where the system knows no such locks, nothing is held."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ConfigurationError(f"{run} is still running in another process: wait for it, or stop it") from None


def check_free(file: Path, run: Path) -> None:
    """Look whether another process holds a run, which may lie where nobody can write.

    Raises:
        ConfigurationError: If one does.
        OSError: If the file cannot be read.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(f"{run} is still running in another process: wait for it, or stop it") from None


def cut_torn_line(path: Path, file: int) -> None:
    """Cut off what stands after the last line end."""
    whole = path.read_bytes().rfind(b"\n") + 1
    os.ftruncate(file, whole)


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
