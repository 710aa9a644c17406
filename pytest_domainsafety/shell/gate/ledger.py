"""The ledger: the evidence that reached the controller, and what did not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.framing_verdict import NOT_SELECTED
from pytest_domainsafety.shell.gate.evidence_reports import trials_of

NO_REPORT = "no report: the item did not finish"


class Ledger:
    """Gathers the trials that come with test reports."""

    def __init__(self) -> None:
        self.nodeids: dict[ItemKey, str] = {}
        self._evidence: dict[ItemKey, list[Trial]] = {}

    def enter(self, report: pytest.TestReport) -> bool:
        """Take the evidence from a report. The first report of an item stands: sampling twice is not measuring.

        Returns:
            Whether it held any.
        """
        trials = trials_of(report)
        if trials:
            key = trials[0].key
            self.nodeids.setdefault(key, report.nodeid)
            self._evidence.setdefault(key, trials)
        return bool(trials)

    def add(self, trials: list[Trial]) -> None:
        """Take the evidence of an item that no report came of."""
        self._evidence.setdefault(trials[0].key, trials)

    def complete(self, suite: Suite, selected: Iterable[ItemKey], repetitions: int) -> dict[ItemKey, list[Trial]]:
        """The planned trials of every item of the suite: what was not reported is missing."""
        chosen = set(selected)
        return {
            key: self._evidence.get(key)
            or missing_trials(key, repetitions, NO_REPORT if key in chosen else NOT_SELECTED)
            for key in suite.item_keys()
        }
