"""The file in which tries are counted, from one session, machine or job to the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.bar.tries import Tries, tries_of
from pytest_domainsafety.core.errors import ConfigurationError

_SETTING: Final = "domain_safety_attempts_file"


def read_tries(file: Path, model: str | None, apart_from: str | None) -> Tries:
    """Count the tries at a candidate, and look whether one more can be written down.

    Args:
        file: It is made where it is not there, and its folder too.
        model: The candidate, by the name that is asked.
        apart_from: The try that asks, by its run's name.

    Raises:
        ConfigurationError: If it cannot be read or written, or holds something else.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+", encoding="utf-8") as opened:
            opened.seek(0)
            return tries_of(opened, model, apart_from)
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
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
