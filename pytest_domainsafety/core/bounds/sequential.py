"""The sequential test: passing a good deployment before all of its scenarios were asked.

Under "the rate is at least t" a bet against compliance cannot be expected to win. With stakes c the wealth

    E_n = mean over c of prod_{s <= n} [1 + c (t - z_s) / (1 - t)]

is a nonnegative supermartingale that starts at 1, so by Ville's inequality it ever reaches 2 / alpha with
probability alpha / 2 at most. The other half of the level is left for the fixed bound on all scenarios
(a union bound). Scenarios are bet on in an order that is fixed, by a seed, before anything is asked: then it
does not matter which replies arrive first.

Sources: Ville 1939; Waudby-Smith & Ramdas 2024 (betting on a bounded mean).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

STAKES: Final = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 1.0)
"""Small stakes win slowly against a rate near the threshold, large ones at once against none."""

LEAST_SCENARIOS: Final = 40
"""Below this the half level that the bets cost is dearer than what they save."""


def bets_pass(means: Sequence[float], threshold: float, alpha: float) -> bool:
    """Whether the wealth reaches 2 / alpha after any number of scenarios.

    Args:
        means: A mean a scenario in [0, 1], in the order fixed beforehand; 1 where nothing is known, so that what
            was not measured always loses its stake.
        threshold: In (0, 1).
        alpha: Level of the verdict, of which this test uses half.
    """
    wealth = [1.0] * len(STAKES)
    goal = 2 / alpha * len(STAKES)
    for mean in means:
        gain = (threshold - mean) / (1 - threshold)
        wealth = [each * (1 + stake * gain) for each, stake in zip(wealth, STAKES, strict=True)]
        if sum(wealth) >= goal:
            return True
    return False


def asking_order(domain: str, scenarios: Iterable[str], seed: int) -> list[str]:
    """The scenario ids of a domain in an order that depends on nothing but them and the seed."""
    return sorted(scenarios, key=lambda id_: hashlib.sha256(f"{seed}\0{domain}\0{id_}".encode()).digest())
