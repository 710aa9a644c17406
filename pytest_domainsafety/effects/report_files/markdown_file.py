"""The report as Markdown, for a pull request or a job's summary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_domainsafety.render.markdown import to_markdown

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.effects.report_files.base import Kept


class MarkdownFile:
    """As long as GitHub shows it."""

    title = "Markdown"

    def check(self, option: str) -> None:
        """It needs nothing."""

    def parts(self, report: Report, kept: Kept | None = None) -> Iterable[str]:
        """The Markdown, whole."""
        del kept  # it must be short
        return [to_markdown(report)]
