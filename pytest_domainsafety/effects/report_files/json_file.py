"""The report as JSON, as its schema has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.effects.report_files.base import Kept


class JsonFile:
    """Written trial by trial: there may be very many."""

    title = "JSON"

    def check(self, option: str) -> None:
        """It needs nothing."""

    def parts(self, report: Report, kept: Kept | None = None) -> Iterable[str]:
        """The JSON, piece by piece."""
        del kept  # its schema has no place for them
        return report.json_parts()
