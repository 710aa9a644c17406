"""What a domain's rate hides: how far apart its models and its scenarios lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pytest_domainsafety.core.study.scores import PairScore

__all__ = ["Heterogeneity", "Spread", "heterogeneity"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The two ends of some rates; the first by name where several share an end.

    The largest of few observed rates lies above the largest true one, and the smallest below: a spread is a
    description of this study, and overstates that of the models or scenarios themselves.

    Args:
        difference: The largest rate minus the smallest, in [0, 1].
        highest: Whose rate is the largest.
        highest_rate: That rate.
        lowest: Whose is the smallest.
        lowest_rate: That rate.
    """

    difference: float
    highest: str
    highest_rate: float
    lowest: str
    lowest_rate: float

    @classmethod
    def of(cls, rated: Iterable[tuple[str, float]]) -> Self | None:
        """The spread of the mean rates of each name; None of fewer than two names, which have no distance."""
        values: defaultdict[str, list[float]] = defaultdict(list)
        for name, value in rated:
            values[name].append(value)
        if len(values) < 2:  # noqa: PLR2004 - two ends
            return None
        rates = {name: sum(sorted(each)) / len(each) for name, each in sorted(values.items())}
        highest, lowest = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
        return cls(rates[highest] - rates[lowest], highest, rates[highest], lowest, rates[lowest])


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How far one domain's rates lie apart.

    Args:
        domain: The domain.
        models: Over models, each the mean of its scores; None with one model.
        scenarios: Over scenarios, each the mean over the models asked; None with one scenario.
    """

    domain: str
    models: Spread | None
    scenarios: Spread | None


def heterogeneity(scores: Sequence[PairScore]) -> tuple[Heterogeneity, ...]:
    """The spreads within each domain, in the order of the domains' names."""
    domains: defaultdict[str, list[PairScore]] = defaultdict(list)
    for score in scores:
        domains[score.domain].append(score)
    return tuple(
        Heterogeneity(
            domain,
            Spread.of((score.model, score.value) for score in rows),
            Spread.of((score.scenario, score.value) for score in rows),
        )
        for domain, rows in sorted(domains.items())
    )
