"""Files that a report is written as. A new format is a new module here and one entry in `REPORT_FILES`.

They import loading, render and the core, never each other. Hands out the formats by the names of their options.
"""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.effects.report_files.base import ReportFile
from pytest_domainsafety.effects.report_files.html_file import HtmlFile
from pytest_domainsafety.effects.report_files.json_file import JsonFile
from pytest_domainsafety.effects.report_files.markdown_file import MarkdownFile
from pytest_domainsafety.effects.report_files.summary_file import SummaryFile

REPORT_FILES: Final[dict[str, ReportFile]] = {
    "json": JsonFile(),
    "markdown": MarkdownFile(),
    "html": HtmlFile(),
    "summary": SummaryFile(),
}
"""The formats by the names of their options."""
