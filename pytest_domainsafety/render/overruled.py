"""Which verdicts of the judge people overruled: every trial by its name, in every report."""

from __future__ import annotations

from typing import Final

from pytest_domainsafety.core.reports.adjudicated import Adjudicated, Overruled
from pytest_domainsafety.core.reports.report import Report

OVERRULED: Final = "Overruled by a person"


def overruled_head(report: Report) -> str | None:
    """What is said of an adjudicated run, None of any other."""
    return None if report.adjudicated is None else report.adjudicated.sentence()


def overruled_rows(report: Report) -> list[str]:
    """A line for each overruled trial: its node id, the repetition, and both verdicts."""
    found = report.adjudicated
    return [] if found is None else [_row(found, each) for each in found.overruled]


def _row(found: Adjudicated, each: Overruled) -> str:
    by = f" by {', '.join(each.raters)}" if each.raters and found.raters else ""
    return f"{each.nodeid} repetition {each.repetition + 1}: judged {each.judged}, labelled {each.label}{by}"
