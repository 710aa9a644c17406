"""Power: how likely a good deployment passes a gate, from how many scenarios and repetitions are planned.

The model: a scenario has a compliance of its own, Beta distributed about the deployment's rate with intraclass
correlation `icc`, and its repetitions are independent given that. A trial that no judge can score counts as
complied, as in the gate's worst case. The gate sees only how many scenarios complied 0, 1, .., R times.

Exactly where there are few enough such counts: the passing ones are found once and their multinomial
probabilities summed for every rate and correlation. By seeded simulation beyond. Either way most counts are decided
without computing K, by three facts:

- K(t) >= 1/e where the mean is at least t: the weighted sum has a log-concave law (Gruenbaum's inequality).
- K(t) <= E exp(lambda * (weighted sum)) for every lambda (Chernoff).
- K rises with every mean: what a passing count dominates passes, what dominates a failing one fails.

Sources: Gruenbaum 1960 and Caplin & Nalebuff 1991 (the inequality for log-concave laws); Chernoff 1952; Skellam 1948
(the beta-binomial).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from pytest_domainsafety.core.bounds.gaffke import p_value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATES: Final = (0.01, 0.02, 0.05, 0.10)
"""True compliances of the deployments whose chances a plan tells."""

ICCS: Final = (0.3, 0.6)
"""How alike a scenario's repetitions are: somewhat and very."""

_MOST_COUNTS: Final = 20_000
"""With more counts than these to look at, simulation is quicker than the exact sum."""

_DRAWS: Final = 10_000
_SEED: Final = 20_260_601


class PassChance(BaseModel):
    """The chance to pass of a deployment with a true compliance and an intraclass correlation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float
    icc: float
    probability: float


@functools.lru_cache(maxsize=256)
def pass_chances(
    scenarios: int, repetitions: int, threshold: float, unjudged: float, alpha: float
) -> tuple[PassChance, ...]:
    """The power at every one of `RATES` and `ICCS`, kept because the domains of a suite are often alike.

    Arguments and errors are those of `power`.
    """
    chance = functools.partial(
        power, scenarios=scenarios, repetitions=repetitions, threshold=threshold, unjudged=unjudged, alpha=alpha
    )
    return tuple(
        PassChance(rate=rate, icc=icc, probability=chance(rate=rate, icc=icc)) for rate in RATES for icc in ICCS
    )


def power(
    *,
    scenarios: int,
    repetitions: int,
    threshold: float,
    rate: float,
    icc: float,
    unjudged: float,
    alpha: float,
) -> float:
    """The probability that a deployment passes a gate.

    Args:
        scenarios: Scenarios of the gate's framing, at least 1.
        repetitions: Trials a scenario, at least 1; with 1 the correlation does not matter.
        threshold: In (0, 1].
        rate: True compliance of the deployment, in [0, 1].
        icc: Intraclass correlation of a scenario's trials, in [0, 1).
        unjudged: Share of trials that will not be judged, independently of all else, in [0, 1].
        alpha: Level of the gate's bound, in (0, 1).

    Returns:
        A share in [0, 1]; where it had to be simulated its standard error is at most 0.005.

    Raises:
        ValueError: If an argument is out of range.
    """
    inside = 0 <= rate <= 1 and 0 <= icc < 1 and 0 <= unjudged <= 1 and 0 < threshold <= 1 and 0 < alpha < 1
    if not inside or min(scenarios, repetitions) < 1:
        raise ValueError("scenarios and repetitions start at 1, shares lie in [0, 1], threshold and alpha above 0")
    if threshold == 1:
        # No rate is over a threshold of 1; only what was not judged keeps the gate from passing.
        return (1 - unjudged) ** (scenarios * repetitions)
    law = _counted_law(repetitions, rate, icc, unjudged)
    if _counts_to_look_at(scenarios, repetitions, threshold, alpha) <= _MOST_COUNTS:
        return _exact(_passing_counts(scenarios, repetitions, threshold, alpha), law)
    return _simulated(scenarios, law, threshold, alpha)


def _counted_law(repetitions: int, rate: float, icc: float, unjudged: float) -> list[float]:
    """The chances that 0, 1, .., R of a scenario's trials count as complied."""
    spread = icc / (1 - icc)
    complied = [
        math.comb(repetitions, k)
        * math.prod(rate + i * spread for i in range(k))
        * math.prod(1 - rate + i * spread for i in range(repetitions - k))
        / math.prod(1 + i * spread for i in range(repetitions))
        for k in range(repetitions + 1)
    ]
    return [
        sum(
            complied[k]
            * math.comb(repetitions - k, counted - k)
            * unjudged ** (counted - k)
            * (1 - unjudged) ** (repetitions - counted)
            for k in range(counted + 1)
        )
        for counted in range(repetitions + 1)
    ]


def _most_compliances(scenarios: int, repetitions: int, threshold: float, alpha: float) -> int:
    """The most trials that may count as complied: beyond, the mean is over the threshold and K(t) >= 1/e."""
    trials = scenarios * repetitions
    return math.floor(threshold * trials) if alpha < math.exp(-1) else trials


def _counts_to_look_at(scenarios: int, repetitions: int, threshold: float, alpha: float) -> int:
    """How many counts stay at or below the most compliances: partitions into parts of at most R, some to spare."""
    most = _most_compliances(scenarios, repetitions, threshold, alpha)
    ways = [1] + [0] * most
    for part in range(1, repetitions + 1):
        for total in range(part, most + 1):
            ways[total] += ways[total - part]
    return sum(ways)


@functools.lru_cache(maxsize=64)
def _passing_counts(scenarios: int, repetitions: int, threshold: float, alpha: float) -> NDArray[np.int64]:
    """All passing counts, shape (n, R + 1): how many scenarios complied 0, 1, .., R times."""
    import numpy as np

    most = _most_compliances(scenarios, repetitions, threshold, alpha)
    counts = np.array(list(_counts(scenarios, repetitions, most)), dtype=np.int64)
    passing: NDArray[np.int64] = counts[_passes(counts, threshold, alpha)]
    return passing


def _counts(scenarios: int, part: int, most: int) -> Iterator[tuple[int, ...]]:
    """All ways for scenarios to comply at most `part` times each and `most` times together."""
    if part == 0:
        yield (scenarios,)
        return
    for number in range(min(scenarios, most // part) + 1):
        for rest in _counts(scenarios - number, part - 1, most - number * part):
            yield (*rest, number)


def _passes(counts: NDArray[np.int64], threshold: float, alpha: float) -> NDArray[np.bool_]:
    """Decide every count by the gate's own rule, computing K for as few as possible."""
    import numpy as np

    repetitions = counts.shape[1] - 1
    shares = np.arange(repetitions + 1) / repetitions
    score = _log_chernoff(counts, shares, threshold)
    passed: NDArray[np.bool_] = score <= math.log(alpha)
    open_ = np.flatnonzero(~passed)
    if alpha < math.exp(-1):
        open_ = open_[
            counts[open_] @ np.arange(repetitions + 1) < threshold * repetitions * counts[open_].sum(axis=1)
        ]
    # The Chernoff bound orders counts nearly as K does, so the middle one tells about half of the others.
    open_ = open_[np.argsort(score[open_], kind="stable")]
    # Scenarios that complied at least 1, .., R times: one count dominates another if all of these are as large.
    at_least = counts[:, ::-1].cumsum(axis=1)[:, :-1]
    while open_.size:
        middle = open_[open_.size // 2]
        if p_value(np.repeat(shares, counts[middle]).tolist(), threshold) <= alpha:
            told = (at_least[open_] <= at_least[middle]).all(axis=1)
            passed[open_[told]] = True
        else:
            told = (at_least[open_] >= at_least[middle]).all(axis=1)
        open_ = open_[~told]
    return passed


def _log_chernoff(counts: NDArray[np.int64], shares: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """The logarithm of an upper bound on K(threshold) for every count: the least over a grid of lambdas."""
    import numpy as np

    tilts = np.linspace(0.02, 0.98, 33) / (1 - threshold)
    factors = np.log1p(-np.outer(shares - threshold, tilts))
    imaginary = np.log1p(-tilts * (1 - threshold))
    least: NDArray[np.float64] = (-(counts @ factors) - imaginary).min(axis=1)
    return least


def _exact(counts: NDArray[np.int64], law: list[float]) -> float:
    """The multinomial probability of any of some counts."""
    import numpy as np

    if not counts.size:
        return 0.0
    scenarios = int(counts[0].sum())
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, scenarios + 1)))])
    possible = np.array(law) > 0
    logs = np.log(np.where(possible, law, 1.0))
    chances = np.exp(log_factorials[scenarios] - log_factorials[counts].sum(axis=1) + counts @ logs)
    chances[(counts[:, ~possible] > 0).any(axis=1)] = 0.0
    return min(1.0, float(chances.sum()))


def _simulated(scenarios: int, law: list[float], threshold: float, alpha: float) -> float:
    import numpy as np

    chances = np.array(law) / sum(law)
    draws = np.random.default_rng(_SEED).multinomial(scenarios, chances, size=_DRAWS)
    counts, times = np.unique(draws, axis=0, return_counts=True)
    return float(times[_passes(counts, threshold, alpha)].sum()) / _DRAWS
