"""The lock on disk: TOML, in the folder of pytest's configuration."""

from __future__ import annotations

import math
import os
import tomllib
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.bar.lock import NAME, Lock, lock_of, lock_table, sha256
from pytest_domainsafety.core.errors import ConfigurationError
from pytest_domainsafety.effects.files.text_files import read_text, write_text

_HEAD: Final = """\
# The bar that a release has to pass. `domain-safety lock` writes it; whoever reviews a change reviews this.
# A run that asks less than this is inconclusive.
"""


def read_lock(folder: Path) -> tuple[Lock, str] | None:
    """Read the lock of a folder, None where there is none.

    Returns:
        The lock, and its file's digest.

    Raises:
        ConfigurationError: If it cannot be read.
    """
    path = folder / NAME
    # A link to nowhere is a lock that somebody took away.
    if not os.path.lexists(path):
        return None
    text = read_text(path, "write it again with domain-safety lock")
    try:
        tables = tomllib.loads(text, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{NAME} is no TOML ({error}): write it again with domain-safety lock") from None
    return lock_of(tables, NAME), sha256(text)


def write_lock(folder: Path, lock: Lock) -> Path:
    """Write the lock of a folder.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    import tomli_w

    path = folder / NAME
    write_text(path, _HEAD + tomli_w.dumps(lock_table(lock)))
    return path


def _number(text: str) -> float:
    """Nothing is lower than nan, and everything than inf."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number
