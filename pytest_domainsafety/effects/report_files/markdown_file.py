"""The report as Markdown, for a pull request or a job's summary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_domainsafety.render.markdown import to_markdown

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report


class MarkdownFile:
    """As long as GitHub shows it."""

    title = "Markdown"

    def check(self, option: str) -> None:
        """It needs nothing."""

    def parts(self, report: Report) -> Iterable[str]:
        """The Markdown, whole."""
        return [to_markdown(report)]
