"""The file in which tries are counted, from one session, machine or job to the next."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.bar.tries import Tries, tries_of
from pytest_domainsafety.core.errors import ConfigurationError

_SETTING: Final = "domain_safety_attempts_file"


def read_tries(file: Path, model: str | None, apart_from: str | None, *, before: bool = False) -> Tries:
    """Count the tries at a candidate, and look whether one more can be written down.

    Args:
        file: It is made where it is not there, and its folder too.
        model: The candidate, by the name that is asked.
        apart_from: The try that asks, by its run's name.
        before: Whether only those count that began before it.

    Raises:
        ConfigurationError: If it cannot be read or written, or holds something else.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+", encoding="utf-8") as opened:
            opened.seek(0)
            return tries_of(opened, model, apart_from, before=before)
    except OSError as error:
        raise ConfigurationError(
            f"{_SETTING} = {file} cannot be written ({error.strerror}): give a file in a folder of yours"
        ) from None
    except (ValueError, KeyError, RecursionError) as error:
        raise ConfigurationError(
            f"{_SETTING} = {file} holds no count of tries ({error}): restore it, since a new one would forget them"
        ) from None


def write_line(file: Path, line: str) -> None:
    """Write a line, lasting before anything else is asked.

    Raises:
        OSError: If it cannot be written.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.lseek(handle, 0, os.SEEK_END)
        _end_last_line(handle, size)
        data = line.encode()
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _end_last_line(handle: int, size: int) -> None:
    """Cut off a line that a full disk tore, and end one that only lacks its end, as editors leave it."""
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(os.dup(handle), "rb") as opened:
        text = opened.read(size)
    last = text[text.rfind(b"\n") + 1 :]
    if not last:
        return
    try:
        json.loads(last)
    except ValueError:
        os.ftruncate(handle, size - len(last))
    else:
        os.write(handle, b"\n")
