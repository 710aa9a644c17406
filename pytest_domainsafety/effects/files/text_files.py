"""Text files that a user names: read and written whole, or one sentence says why not."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from pytest_domainsafety.core.errors import ConfigurationError

_NO_TEXT: Final = {
    b"PK": ("a spreadsheet's own file (.xlsx) or an archive", "save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": ("a spreadsheet's own file (.xls)", "save the sheet as CSV (UTF-8)"),
    b"PAR1": ("a Parquet file", "write it as JSON lines or CSV"),
}
"""By their first bytes, the files that people take for tables."""


def read_text(file: Path, mend: str) -> str:
    """The file's text, its line ends as they are.

    Raises:
        ConfigurationError: If it cannot be read, with the mend.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror}): {mend}") from None
    try:
        # Spreadsheets put a mark at the beginning.
        return content.decode("utf-8-sig")
    except UnicodeError:
        for start, (kind, instead) in _NO_TEXT.items():
            if content.startswith(start):
                raise ConfigurationError(f"{file} is {kind}, no text: {instead}") from None
        raise ConfigurationError(f"{file} is not UTF-8: save it as UTF-8") from None


def write_text(file: Path, text: str, *, private: bool = False) -> None:
    """Write a text as it is, line ends too.

    Args:
        file: What was there is replaced.
        text: What to write; a lone surrogate is replaced.
        private: Whether nobody but the user may read it, since it holds a model's replies.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as opened:
            opened.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from None


def replace_file(file: Path, text: str) -> None:
    """Write a text as it is into a file that others may keep: all of it or, whatever happens, nothing.

    Args:
        file: What was there is replaced, its permissions kept; a link still points to it.
        text: What to write.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    target = file.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as opened:
            opened.write(text.encode("utf-8", "replace"))
            opened.flush()
            os.fsync(opened.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from None
