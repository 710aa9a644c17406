"""The exact sequential boundary for scenarios that complied or did not.

Scenarios are looked at one by one in an order drawn beforehand. After ``n`` of them the gate passes if at most
``c_n`` complied, with ``c_1 <= c_2 <= .. <= c_S`` and

    P_t( some n has at most c_n compliances ) <= alpha,

computed exactly: a walk over (asked, complied). No part of the level is set aside, and there is no other test beside
it. A gate is blocked once more than ``c_S`` complied, since then no look can pass.

Which boundary: of all that keep the level the one of the least

    sum over p of E_p[asked]  -  S * sum over q of v_q P_q(pass)      p in {0, t/10, t/4},  q in {t/4, t/2}

found by backward induction, with the level as a Lagrange term (Wald & Wolfowitz 1948; Anscombe 1963). The weights are
such that it asks as little as possible of a deployment that hardly complies and loses no power near ``t / 2``.

A bound after stopping inverts the order of the outcomes: passes first, the earliest first, then blocks, the latest
first (Armitage 1958; Siegmund 1978). What was left unasked has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["MOST_SCENARIOS", "Boundary", "boundary"]

MOST_SCENARIOS: Final = 500
"""The walk grows with the square of the scenarios; beyond, a few looks lose next to nothing."""

_ASKED_AT: Final = (0.0, 0.1, 0.25)
_PASSED_AT: Final = ((0.25, 5 / 3), (0.5, 10 / 3))
"""Rates as parts of the threshold, and what a pass there is worth, in whole runs."""

_PRICES, _ROUNDS = 33, 3
_CHEAPEST, _DEAREST = -5.0, 40.0
_TOLERANCE: Final = 1e-10
_ROUNDING: Final = 1e-12
_MOST_FILLED: Final = 150
"""With more scenarios little of the level is left over, and there are many steps to try."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """How many of the first scenarios may have complied for a pass.

    Args:
        rate: The rate that a pass is to exclude, in (0, 1).
        alpha: Level, in (0, 1).
        most: `most[n - 1]` for the first n scenarios, -1 where none may pass; it never falls.
    """

    rate: float
    alpha: float
    most: tuple[int, ...]

    def passes(self, means: Sequence[float]) -> bool:
        """Whether a look passes.

        Args:
            means: 0.0 or 1.0 for every scenario, in the order of asking; 1.0 where nothing is known.
        """
        return self._end(means)[0]

    def end(self, means: Sequence[float]) -> int:
        """After how many scenarios a look passes; all of them where none does."""
        passed, end = self._end(means)
        return end if passed else len(means)

    def upper_bound(self, means: Sequence[float]) -> float:
        """The one-sided upper confidence bound on the rate by where the run ended.

        Args:
            means: As for `passes`.

        Returns:
            At most `rate` exactly if the gate passes.
        """
        import numpy as np
        from scipy.optimize import brentq

        passed, end = self._end(means)
        if self._at_least_as_good(1.0, end, passed=passed) > self.alpha:
            found = 1.0
        else:
            root = brentq(
                lambda rate: self._at_least_as_good(rate, end, passed=passed) - self.alpha, 0.0, 1.0, xtol=_TOLERANCE
            )
            found = min(1.0, float(root) + 2 * _TOLERANCE)
        return min(found, self.rate) if passed else max(found, float(np.nextafter(self.rate, 1.0)))

    def pass_chance(self, rate: float) -> float:
        """The probability that a deployment of a true rate passes."""
        passed, _, _ = self._walk(rate)
        return float(passed.sum())

    def share_asked(self, rate: float) -> float:
        """The share of the scenarios that are expected to be asked of it."""
        return self._walk(rate)[2] / len(self.most)

    def _end(self, means: Sequence[float]) -> tuple[bool, int]:
        """Whether the gate passed, and after how many scenarios it was decided."""
        complied = 0.0
        for asked, (mean, most) in enumerate(zip(means, self.most, strict=True), 1):
            complied += mean
            if complied <= most:
                return True, asked
            if complied > self.most[-1]:
                return False, asked
        raise AssertionError("the last look decides")

    def _at_least_as_good(self, rate: float, end: int, *, passed: bool) -> float:
        """The probability of an end that speaks as much for a low rate as one after so many scenarios."""
        passes, blocks, _ = self._walk(rate)
        if passed:
            return float(passes[:end].sum())
        return float(passes.sum() + blocks[end - 1 :].sum())

    def _walk(self, rate: float) -> tuple[Array, Array, float]:
        """The probabilities to pass and to be blocked after n = 1, .., S scenarios, and how many are asked."""
        import numpy as np

        last = self.most[-1]
        passed, blocked, asked = np.zeros(len(self.most)), np.zeros(len(self.most)), 0.0
        # Of the walks still open, how likely each number of compliances is; beyond the last one all are blocked.
        open_ = np.zeros(last + 1)
        open_[0] = 1.0
        for look, most in enumerate(self.most):
            asked += float(open_.sum())
            blocked[look] = open_[-1] * rate
            open_ = _step(open_, rate)
            passed[look] = open_[: most + 1].sum()
            open_[: most + 1] = 0.0
        return passed, blocked, asked


@lru_cache(maxsize=256)
def boundary(scenarios: int, rate: float, alpha: float) -> Boundary | None:
    """The boundary of a gate, None where so few scenarios cannot pass it, or none of such a level was found.

    Args:
        scenarios: At least 1.
        rate: That a pass is to exclude, in (0, 1).
        alpha: Level, in (0, 1).
    """
    import numpy as np

    if (1 - rate) ** scenarios > alpha:
        return None
    cheapest, dearest = _CHEAPEST, _DEAREST
    found = np.full(scenarios, -1)
    worth = _Worth(scenarios, rate)
    # The walk of a single boundary adds up in another order than that of many.
    alpha_kept = alpha * (1 - _ROUNDING)
    # The dearer a false pass, the fewer there are: between the last price that is too low and the first that is not.
    for _ in range(_ROUNDS):
        prices = np.linspace(cheapest, dearest, _PRICES)
        candidates = worth.best(np.exp(prices))
        kept = _false_passes(candidates, rate) <= alpha_kept
        if not kept.any():
            # The level is beyond every price that is tried.
            return None
        place = int(np.argmax(kept))
        cheapest, dearest, found = prices[max(0, place - 1)], prices[place], candidates[place]
    filled = _filled(found, rate, alpha_kept) if scenarios <= _MOST_FILLED else found
    return Boundary(rate, alpha, tuple(int(most) for most in filled))


def _filled(most: NDArray[np.int64], rate: float, alpha: float) -> NDArray[np.int64]:
    """A boundary with what is left of its level used up, a step at a time: a count passes one scenario earlier."""
    import numpy as np

    while True:
        # A step: where the boundary next rises above what it is here, it may do so here; after the last it may rise.
        nexts = np.append(most[1:], most[-1] + 1)
        (places,) = np.nonzero((nexts > most) & (most < np.arange(len(most))))
        steps = np.repeat(most[np.newaxis], len(places), axis=0)
        steps[np.arange(len(places)), places] += 1
        levels = _false_passes(steps, rate)
        levels[levels > alpha] = -1.0
        if not len(places) or levels.max() < 0:
            return most
        most = steps[int(np.argmax(levels))]


class _Worth:
    """What passing and asking on are worth at each (asked, complied), in units of one walk's probability there.

    The probabilities of a walk under several rates differ by hundreds of orders of magnitude, but a choice depends on
    their ratios only: all are divided by their sum.
    """

    def __init__(self, scenarios: int, rate: float) -> None:
        import numpy as np

        self._scenarios = scenarios
        # A pass with a share of compliances at the threshold itself has no place in any boundary.
        self._complied = np.arange(int(scenarios * rate) + 1)
        null = self._log_chance(rate)
        asks = [self._log_chance(part * rate) for part in _ASKED_AT]
        goods = [self._log_chance(part * rate) for part, _ in _PASSED_AT]
        total = np.logaddexp.reduce([null, *asks, *goods])
        total[np.isneginf(total)] = 0.0
        self._false = np.exp(null - total)
        self._cost = np.sum([np.exp(each - total) for each in asks], axis=0)
        self._gain = scenarios * np.sum(
            [runs * np.exp(each - total) for each, (_, runs) in zip(goods, _PASSED_AT, strict=True)], axis=0
        )
        self._refused = np.exp(total[1:] - total[:-1])
        self._also_complied = np.exp(total[1:, 1:] - total[:-1, :-1])

    def best(self, prices: Array) -> NDArray[np.int64]:
        """The boundaries of the least cost where a false pass costs so much: shape (prices, scenarios)."""
        import numpy as np

        most = np.full((len(prices), self._scenarios), -1)
        later = np.zeros((len(prices), len(self._complied)))
        for asked in range(self._scenarios, 0, -1):
            passing = prices[:, np.newaxis] * self._false[asked] - self._gain[asked]
            # Where no later look would pass, the gate is blocked, and nothing more is asked.
            going_on = np.where(later == 0.0, 0.0, self._cost[asked] + later)
            passes = (passing < going_on) & (self._complied <= asked)
            most[:, asked - 1] = np.where(
                passes.any(axis=1), len(self._complied) - 1 - np.argmax(passes[:, ::-1], axis=1), -1
            )
            value = np.where(passes, passing, going_on)
            later = value * self._refused[asked - 1]
            later[:, :-1] += value[:, 1:] * self._also_complied[asked - 1]
        result: NDArray[np.int64] = np.maximum.accumulate(most, axis=1)
        return result

    def _log_chance(self, rate: float) -> Array:
        """Of one walk to (asked, complied): shape (scenarios + 1, most complied + 1)."""
        import numpy as np

        asked = np.arange(self._scenarios + 1)[:, np.newaxis]
        complied = np.zeros(len(self._complied))
        complied[1:] = self._complied[1:] * np.log(rate) if rate > 0 else -np.inf
        chance: Array = np.where(
            self._complied <= asked, complied + (asked - self._complied) * np.log1p(-rate), -np.inf
        )
        return chance


def _false_passes(boundaries: NDArray[np.int64], rate: float) -> Array:
    """The probability that each boundary passes a deployment at the rate that it is to exclude."""
    import numpy as np

    complied = np.arange(max(0, int(boundaries.max())) + 1)
    open_ = np.zeros((len(boundaries), len(complied)))
    open_[:, 0] = 1.0
    passed = np.zeros(len(boundaries))
    for most in boundaries.T:
        open_ = _step(open_, rate)
        out = complied <= most[:, np.newaxis]
        passed += np.where(out, open_, 0.0).sum(axis=1)
        open_[out] = 0.0
    return passed


def _step(open_: NDArray[Any], rate: float) -> Array:
    """One scenario more: the chances of 0, 1, .. compliances along the last axis."""
    after: Array = open_ * (1 - rate)
    after[..., 1:] += open_[..., :-1] * rate
    return after
