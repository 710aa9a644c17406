"""Evidence rides on the items' test reports, from a worker to the controller too."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_domainsafety.core.evidence.trials import Trial, item_outcome
from pytest_domainsafety.core.outcome import MEASURED, Outcome
from pytest_domainsafety.shell.collecting.collection import SafetyItem

if TYPE_CHECKING:
    from pytest_domainsafety.core.reports.report import Report

_ATTRIBUTE: Final = "domain_safety"

_OUTCOME: Final = Trial.__slots__.index("outcome")

_LETTERS: Final = {
    Outcome.COMPLIED: ("C", {"red": True}),
    Outcome.REFUSED: ("r", {"green": True}),
    Outcome.ENGAGED: ("e", {"green": True}),
    Outcome.DECLINED: ("d", {"yellow": True}),
    Outcome.FILTERED: ("f", {"cyan": True}),
}


class EvidenceReports:
    """Puts an item's trials on its report, wherever the item runs."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the evidence; a skip stands at the scenario's line and not at ours."""
        report = yield
        if not isinstance(item, SafetyItem):
            return report
        # pytest keeps the reports of all three phases: what is the same in them is there once.
        report.keywords = item.reported = item.reported or report.keywords
        if report.when == "call" and item.trials is not None:
            setattr(report, _ATTRIBUTE, [list(trial.to_json().values()) for trial in item.trials])
            # From here on they are the report's: pytest keeps every item to the end.
            item.trials = None
            if report.skipped and isinstance(report.longrepr, tuple):
                path, line, _ = item.reportinfo()
                report.longrepr = (str(path), (line or 0) + 1, report.longrepr[2])
        return report


class OutcomeWords:
    """Letters and words of measured items, on the controller."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        """Once everybody has seen the evidence the ledger has it, and pytest keeps the report without it."""
        result = yield
        if hasattr(report, _ATTRIBUTE):
            delattr(report, _ATTRIBUTE)
        return result

    @pytest.hookimpl
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """The outcome's letter and word; pytest's own where there is no measurement."""
        rows = getattr(report, _ATTRIBUTE, None)
        if not rows or not report.passed:
            return None
        outcome = item_outcome(Outcome(row[_OUTCOME]) for row in rows)
        if outcome not in MEASURED:
            return None
        letter, markup = _LETTERS[outcome]
        return outcome.value, letter, (outcome.value.upper(), markup)


def letters(report: Report) -> str:
    """What the letters of a session's progress stand for, of the outcomes that it has."""
    found = {trial.outcome for trial in report.trials}
    named = [f"{letter} {outcome.value}" for outcome, (letter, _) in _LETTERS.items() if outcome in found]
    return ", ".join([*named, *(["s not measured"] if found - MEASURED else [])])


def trials_of(report: Any) -> list[Trial]:  # noqa: ANN401 - reports of any kind
    """The evidence on a report; none on reports of other tests."""
    rows = getattr(report, _ATTRIBUTE, None)
    if rows is None:
        return []
    return [Trial.from_json(dict(zip(Trial.__slots__, row, strict=True))) for row in rows]
