"""The gate that decided a domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_domainsafety.core.reports.domain_report import DomainReport, deciding_bound, paired_bound
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, ANY


@dataclass(frozen=True, slots=True)
class Gate:
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


def deciding_gate(domain: DomainReport) -> Gate | None:
    """Of the gates that share the domain's decision the one that is furthest beyond its limit, or nearest to it.

    Returns:
        None where no scenario has a framing that a gate could stand on.
    """
    found = [gate for decision, gate in _gates(domain) if decision == domain.decision]
    if found and domain.decision is not None:
        return max(found, key=Gate.beyond)
    plain = domain.plain
    return None if plain is None else Gate(ALWAYS_GATED, plain.rate, deciding_bound(plain), plain.threshold)


def _gates(domain: DomainReport) -> Iterator[tuple[str | None, Gate]]:
    for name, framing in {**domain.harmful, ANY: domain.worst}.items():
        if framing is not None and framing.threshold is not None:
            yield framing.decision, Gate(name, framing.rate, deciding_bound(framing), framing.threshold)
    for name, engaged in domain.harmless.items():
        if engaged.decision is not None:
            yield engaged.decision, Gate(name, engaged.rate, engaged.lower_bound, engaged.floor, floor=True)
    if domain.baseline is not None:
        for paired in domain.baseline.framings.values():
            gate = Gate("baseline", paired.difference, paired_bound(paired), domain.baseline.margin, signed=True)
            yield paired.decision, gate
