"""The verdict in a few lines, for a message to a chat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_domainsafety.effects.runs.job_link import job_link
from pytest_domainsafety.render.summary import to_summary

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.effects.report_files.base import Kept


class SummaryFile:
    """It ends with the address of the CI job that writes it."""

    title = "a summary for a chat, of under 3,000 characters"

    def check(self, option: str) -> None:
        """It needs nothing."""

    def parts(self, report: Report, kept: Kept | None = None) -> Iterable[str]:
        """The text, whole."""
        del kept  # it must be short
        return [to_summary(report, job_link())]
