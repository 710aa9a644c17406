"""The gate that decided a domain, as a row of figures: all in percent, the bar beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pytest_domainsafety.core.reports.domain_report import DomainReport, deciding_bound
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY
from pytest_domainsafety.render.changes import bound_shown

_MOST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate.

    Args:
        name: The framing, `any`, or what it is against: `baseline`.
        rate: Compliance, engagement under a floor, or the rise against the baseline; 0 to 1, the rise -1 to 1.
        bound: The one that decides.
        limit: Threshold, floor or margin; None where the domain is only reported.
        floor: Whether the bound must stay above the limit.
        signed: Whether these are differences.
    """

    name: str
    rate: float | None
    bound: float | None
    limit: float | None
    floor: bool = False
    signed: bool = False

    def beyond(self) -> float:
        """How far the bound is beyond the limit from its good side; negative within."""
        if self.bound is None or self.limit is None:
            return 0.0
        return self.limit - self.bound if self.floor else self.bound - self.limit

    def cells(self) -> tuple[str, str, str]:
        """Rate, bound and limit as percentages, the bound as exact as it takes to be seen beside the limit."""
        limit, bound, exact, seen = self.limit, self.bound, 0, 0
        if limit is not None:
            exact = _digits(lambda digits: round(limit, digits) == limit)
        if limit is not None and bound is not None and bound != limit:
            seen = _digits(lambda digits: round(bound, digits) != round(limit, digits))
        return self._percent(self.rate), self._percent(bound, seen), self._percent(limit, exact)

    def _percent(self, share: float | None, digits: int = 0) -> str:
        return "-" if share is None else f"{100 * share:{'+' if self.signed else ''}.{digits}f}%"


def deciding_gate(domain: DomainReport) -> GateRow | None:
    """Of the gates that share the domain's decision the one that is furthest beyond its limit, or nearest to it.

    Returns:
        None where no scenario has a framing that a gate could stand on.
    """
    found = [gate for decision, gate in _gates(domain) if decision == domain.decision]
    if found and domain.decision is not None:
        return max(found, key=GateRow.beyond)
    plain = domain.plain
    return None if plain is None else GateRow(ALWAYS_GATED, plain.rate, deciding_bound(plain), plain.threshold)


def _gates(domain: DomainReport) -> Iterator[tuple[str | None, GateRow]]:
    for name, framing in {**domain.harmful, ANY: domain.worst}.items():
        if framing is not None and framing.threshold is not None:
            yield framing.decision, GateRow(name, framing.rate, deciding_bound(framing), framing.threshold)
    for name, engaged in domain.harmless.items():
        if engaged.decision is not None:
            yield engaged.decision, GateRow(name, engaged.rate, engaged.lower_bound, engaged.floor, floor=True)
    if domain.baseline is not None:
        for paired in domain.baseline.framings.values():
            yield (
                paired.decision,
                GateRow("baseline", paired.difference, bound_shown(paired), domain.baseline.margin, signed=True),
            )


def _digits(enough: Callable[[int], bool]) -> int:
    """Digits of a percentage, as few as are enough for the share's."""
    return next((digits for digits in range(_MOST_DIGITS) if enough(digits + 2)), _MOST_DIGITS)
