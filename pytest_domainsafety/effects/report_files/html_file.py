"""The report as one page that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_domainsafety.effects.loading.extras import require_report_extra

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report
    from pytest_domainsafety.effects.report_files.base import Kept


class HtmlFile:
    """Its libraries are an extra, and imported only once a page is made."""

    title = "a page"

    def check(self, option: str) -> None:
        """Look whether its libraries are there."""
        require_report_extra(option)

    def parts(self, report: Report, kept: Kept | None = None) -> Iterable[str]:
        """The page, whole."""
        from pytest_domainsafety.core.reports.trial_texts import trial_texts
        from pytest_domainsafety.render.html.report_page import to_html

        return [to_html(report, trial_texts(report, kept() if kept else ()))]
