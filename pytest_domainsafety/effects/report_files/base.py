"""What a format of report files is, and how one is written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_domainsafety.core.evidence.stored_replies import StoredReply
    from pytest_domainsafety.core.reports.report import Report

Kept = Callable[[], "Sequence[StoredReply]"]
"""Reads the replies that are kept of a run, once somebody wants them."""


class ReportFile(Protocol):
    """A report as a file of one format; `title` names it, after "write it as"."""

    title: str

    def check(self, option: str) -> None:
        """Look, before anything is asked and paid for, whether it can be made here.

        Args:
            option: What asked for it, for the message.

        Raises:
            ConfigurationError: If not.
        """
        ...

    def parts(self, report: Report, kept: Kept | None = None) -> Iterable[str]:
        """The file's text, in parts that are written one by one.

        Args:
            report: The report.
            kept: The replies with their prompts, where they were asked for; a format may have no place for them.
        """
        ...


def write_parts(path: Path, parts: Iterable[str], *, mode: str = "w") -> str | None:
    """Write a file, or append to one.

    Returns:
        What went wrong, or None. Half a report is none, so it is removed; what others append to is theirs.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.writelines(parts)
    except OSError as error:
        if mode == "w" and path.is_file():
            with contextlib.suppress(OSError):
                path.unlink()
        return error.strerror or str(error)
    return None
