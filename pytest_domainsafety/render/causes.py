"""Why trials are missing, unjudged or open, in words: terminal and Markdown tell it however little else they do."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.reports.causes import causes
from pytest_domainsafety.core.reports.report import Report

_MOST: Final = 8


def cause_words(report: Report) -> list[str]:
    """A sentence for each of the commonest causes, and how many trials have others. Untrusted text."""
    found = causes(report)
    rest = sum(cause.trials for cause in found[_MOST:])
    return [cause.sentence() for cause in found[:_MOST]] + ([f"{rest} trials have other causes"] if rest else [])
