"""A folder of request files with its manifest: made whole or not at all, for nobody but the user."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.batch.manifest import NAME, Manifest, read_manifest
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.core.reports.resumed import minute
from pytest_domainsafety.effects.runs.held_files import write_privately

_CLOCKS: Final = timedelta(hours=1)
"""By how much two machines' clocks may differ."""


def check_new(folder: Path) -> None:
    """Look whether a batch can be written there.

    Raises:
        ConfigurationError: In one sentence, if there is something already.
    """
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be read: {error.strerror}; name a new folder") from None
    if taken:
        raise ConfigurationError(f"{folder} is there already and not empty: name a new folder")


def make_folder(folder: Path, fill: Callable[[Path], Manifest]) -> Manifest:
    """Make a folder with its manifest.

    Args:
        folder: Is not there, or empty.
        fill: Writes the files into a folder, and says what is in it.

    Raises:
        ConfigurationError: In one sentence, if it cannot be written; then nothing is left of it.
    """
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(3)}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        manifest = fill(draft)
        write_privately(draft / NAME, [manifest.to_json()])
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise ConfigurationError(_unwritten(folder, error)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def add_files(folder: Path, name: str, fill: Callable[[Path], Manifest]) -> Manifest:
    """Add files to a folder in place of those of the same beginning, and write its manifest again.

    A session that is killed between the two leaves files that the manifest does not tell of, which are refused.

    Args:
        folder: Has a manifest.
        name: How the files' names begin.
        fill: Writes the files into a folder, and says what the whole consists of.

    Raises:
        ConfigurationError: In one sentence, if they cannot be written; then all is as it was.
    """
    draft = folder / f".{name}.{secrets.token_hex(3)}"
    try:
        draft.mkdir(mode=0o700)
        manifest = fill(draft)
        write_privately(draft / NAME, [manifest.to_json()])
        for old in folder.glob(f"{name}-*.jsonl"):
            old.unlink()
        for file in draft.glob(f"{name}-*.jsonl"):
            file.rename(folder / file.name)
        (draft / NAME).replace(folder / NAME)
    except OSError as error:
        raise ConfigurationError(_unwritten(folder, error)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def manifest_of(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        ConfigurationError: In one sentence, if there is none, or it cannot be used.
    """
    try:
        # A pipe is read for ever.
        text = (folder / NAME).read_text(encoding="utf-8") if (folder / NAME).is_file() else None
    except (OSError, UnicodeError):
        text = None
    if text is None:
        raise ConfigurationError(
            f"{folder} has no {NAME} that can be read: give a folder that domain-safety batch write made"
        )
    return read_manifest(text, f"{folder / NAME}")


def written_at(manifest: Manifest, folder: Path, now: datetime) -> datetime:
    """When a folder was written, in UTC.

    Args:
        manifest: Its own.
        folder: The folder, for messages.
        now: The time.

    Raises:
        ConfigurationError: In one sentence, if the manifest says no time, or one that is still to come.
    """
    try:
        written = datetime.fromisoformat(manifest.written).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"the manifest of {folder} was edited: write the batch again") from None
    if written > now + _CLOCKS:
        raise ConfigurationError(
            f"{folder} was written at {minute(written.isoformat())} by its manifest, which is still to come: set the "
            "clock, or write the batch again"
        )
    return written


def _unwritten(folder: Path, error: OSError) -> str:
    return f"{folder} cannot be written: {error.strerror}; nothing of it is kept, so make room or name another folder"
