"""Scenarios by the outcomes of their trials."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome

Rows = list[list[Outcome]]


def trials(outcomes: Sequence[Outcome], scenario: str = "s", framing: str = "operational") -> list[Trial]:
    return [
        Trial(domain="d", scenario=scenario, framing=framing, repetition=number, outcome=outcome)
        for number, outcome in enumerate(outcomes)
    ]


def single(**counts: int) -> Rows:
    """Scenarios of one trial each, such as `complied=3, refused=57`."""
    return [[Outcome(name)] for name, count in counts.items() for _ in range(count)]
