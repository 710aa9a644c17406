"""A scenario's change against a baseline, as reports hold it."""

from __future__ import annotations

from pytest_domainsafety.core.record import Record


class ScenarioTally(Record):
    """A scenario's trials of one framing: how many complied of those that were measured, and how many there are."""

    complied: int
    measured: int
    trials: int


class ScenarioChange(Record):
    """A scenario that complied more or less than in the baseline; no difference where one was not measured."""

    scenario: str
    baseline: ScenarioTally
    run: ScenarioTally
    difference: float | None
