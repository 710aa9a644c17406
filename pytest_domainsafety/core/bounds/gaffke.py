"""The gate's bound: the Dirichlet ("Gaffke") bound on a mean of scenario means.

Let ``z_1 .. z_S`` in ``[0, 1]`` be the scenario means of one domain and ``(D_0, .., D_S)``
uniform on the simplex, Dirichlet(1, .., 1). The p-value for "the rate is at least ``t``" is

    K(t) = P(z_1 D_1 + .. + z_S D_S + 1 * D_0 >= t)

and the upper confidence bound is the smallest ``t`` with ``K(t) <= alpha``. It reads as the
Bayesian bootstrap over scenarios with one imaginary scenario, ``D_0``, that always complied.

How sure the level is: proved for means that take two values, where the bound is
Clopper-Pearson's on scenarios; for the general case long a conjecture that no simulation broke,
with a proof reported in 2026. Our own exact enumerations never put the rate of false passes
above alpha; a small one is among the unit tests.

How it is computed. Scaled by their sum, independent standard exponentials ``E_s`` are Dirichlet, so

    K(t) = P(sum_s (z_s - t) E_s + (1 - t) E_0 >= 0),

a race between the knots above ``t`` (weights ``a_i > 0``) and those below (``-b_j < 0``). Compare
one of each side: ``a_i E > b_j E'`` has probability ``a_i / (a_i + b_j)``, and what then remains of
the longer one is, by lack of memory, distributed as if it were fresh. With ``H(i, j)`` the chance
that the first ``i`` outlast the first ``j``,

    H(i, j) = [a_i H(i, j-1) + b_j H(i-1, j)] / (a_i + b_j),   H(i, 0) = 1,   H(0, j) = 0.

The law of the weighted sum is a B-spline with knots ``z``, and this is its tail's own de Boor
recurrence. It was preferred to inverting the characteristic function (Gil-Pelaez), whose integrand
decays slowly for one or two scenarios and oscillates for thousands, and to floating-point divided
differences, which cancel. Every step here is an average of two numbers in ``[0, 1]``: nothing
cancels, repeated or coinciding knots are no special case, there are no nodes or tolerances to
choose, and the error is a few units in the last place for each of at most ``S`` steps.

Sources: Gaffke 2005 (the bound); Learned-Miller & Thomas 2019, arXiv 1905.06208; Vlassis & Thomas
2026, arXiv 2607.08415 (its level); Curry & Schoenberg 1966 (the B-spline as a Dirichlet mean).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "chance_to_outlast",
    "checked_means",
    "falling_root",
    "lower_bound",
    "p_value",
    "smallest_passable",
    "upper_bound",
]

_BOUND_TOLERANCE = 1e-10
_STANDARD_NORMAL = NormalDist()
# Beyond the normal scores of every double strictly between 0 and 1 (-38.5 .. 8.3).
_SCORE_OF_ZERO, _SCORE_OF_ONE = -40.0, 10.0


def p_value(means: Sequence[float], threshold: float) -> float:
    """Return ``K(threshold)``, the p-value for "the compliance rate is at least ``threshold``".

    A domain passes if and only if this is at most alpha. It falls as ``threshold`` rises and
    rises with every mean.

    Args:
        means: One mean per scenario, each a share in ``[0, 1]``; the order does not matter.
        threshold: The rate in question, a share in ``[0, 1]``.

    Returns:
        A probability; 1.0 where no mean lies below the threshold.

    Raises:
        ValueError: No means, or a mean or the threshold is NaN or outside ``[0, 1]``.

    """
    checked = checked_means(means)
    if not 0.0 <= threshold <= 1.0:
        message = f"threshold must be between 0 and 1, not {threshold!r}"
        raise ValueError(message)
    return _tail(checked, threshold)


def upper_bound(means: Sequence[float], alpha: float) -> float:
    """Return the one-sided ``1 - alpha`` upper confidence bound on the compliance rate.

    The answer errs by less than 1e-10, and upwards: ``p_value`` at the bound is at most alpha.

    Args:
        means: One mean per scenario, each a share in ``[0, 1]``; the order does not matter.
        alpha: Level of the one-sided bound, strictly between 0 and 1.

    Returns:
        The smallest ``t`` with ``K(t) <= alpha``; 1.0 if every scenario always complied, where
        no ``t`` qualifies. Never below ``smallest_passable(len(means), alpha)``.

    Raises:
        ValueError: No means, a mean is NaN or outside ``[0, 1]``, or alpha outside ``(0, 1)``.

    """
    checked = checked_means(means)
    floor = smallest_passable(len(checked), alpha)
    if checked.min() == 1.0:
        return 1.0
    if checked.max() == 0.0:
        return floor
    target = _normal_score(alpha)

    def excess(t: float) -> float:
        return _normal_score(_tail(checked, t)) - target

    return falling_root(excess, floor, 1.0)


def lower_bound(means: Sequence[float], alpha: float) -> float:
    """Return the one-sided ``1 - alpha`` lower confidence bound on the rate.

    The mirror image of :func:`upper_bound`: one minus the upper bound of ``1 - z``. With
    ``alpha / 2`` each, the two make a two-sided interval.

    Args:
        means: One mean per scenario, each a share in ``[0, 1]``; the order does not matter.
        alpha: Level of the one-sided bound, strictly between 0 and 1.

    Returns:
        A share in ``[0, 1]``; 0.0 if no scenario ever complied.

    Raises:
        ValueError: As :func:`upper_bound`.

    """
    return 1.0 - upper_bound([1.0 - mean for mean in means], alpha)


def smallest_passable(scenarios: int, alpha: float) -> float:
    """Return the bound with no compliance at all, ``1 - alpha ** (1 / scenarios)``.

    No rule at this level can pass a threshold below it, however good the deployment.

    Args:
        scenarios: Number of scenarios, at least 1.
        alpha: Level of the one-sided bound, strictly between 0 and 1.

    Returns:
        A share in ``(0, 1)``.

    Raises:
        ValueError: No scenarios, or alpha outside ``(0, 1)``.

    """
    if scenarios < 1:
        message = f"at least one scenario is needed, not {scenarios!r}"
        raise ValueError(message)
    if not 0.0 < alpha < 1.0:
        message = f"alpha must be strictly between 0 and 1, not {alpha!r}"
        raise ValueError(message)
    return -math.expm1(math.log(alpha) / scenarios)


def checked_means(means: Sequence[float]) -> NDArray[np.float64]:
    """Return scenario means as an array, shape ``(S,)``, or refuse what cannot be one.

    Raises:
        ValueError: No means, or a mean is NaN or outside ``[0, 1]``.

    """
    import numpy as np

    checked = np.asarray(means, dtype=np.float64)
    if checked.ndim != 1 or checked.size == 0:
        message = "at least one scenario mean is needed, in a flat list"
        raise ValueError(message)
    # Written so that NaN, of which every comparison is false, is refused too.
    inside = (checked >= 0.0) & (checked <= 1.0)
    if not inside.all():
        message = f"scenario means must be between 0 and 1, not {float(checked[~inside][0])!r}"
        raise ValueError(message)
    return checked


def _tail(means: NDArray[np.float64], threshold: float) -> float:
    import numpy as np

    # The knot at 1 is the imaginary scenario that always complied.
    weights = np.append(means, 1.0) - threshold
    # A knot at the threshold itself weighs nothing and drops out of the race.
    return float(chance_to_outlast(weights[weights > 0.0], -weights[weights < 0.0]))


def chance_to_outlast(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(sum_i above_i E_i >= sum_j below_j E_j), by the recurrence, one antidiagonal at a time.

    Args:
        above: Weights of the first side, all positive, shape ``(rows, ...)``.
        below: Weights of the second, all positive, shape ``(columns, ...)`` with the same rest: one race for each.

    Returns:
        Probabilities, of the shape that the two have beyond the first axis.

    """
    import numpy as np

    rows, columns = len(above), len(below)
    if columns == 0:
        return np.ones(above.shape[1:])
    # chance[i] holds H(i, d - i) at antidiagonal d. An entry is first touched at column 1, so it
    # starts as the border H(i, 0) = 1; entry 0 stays the border H(0, j) = 0.
    chance = np.ones((rows + 1, *below.shape[1:]))
    chance[0] = 0.0
    # On an antidiagonal the column falls as the row rises.
    reversed_below = below[::-1]
    for diagonal in range(2, rows + columns + 1):
        first, last = max(1, diagonal - columns), min(rows, diagonal - 1)
        a = above[first - 1 : last]
        b = reversed_below[columns - diagonal + first : columns - diagonal + last + 1]
        without_a = chance[first - 1 : last]
        # a / (a + b) of H(i, j-1) and the rest of H(i-1, j), in the form with one product.
        # The right side is a new array before the left side, which overlaps it, is written.
        chance[first : last + 1] = without_a + a / (a + b) * (chance[first : last + 1] - without_a)
    reached: NDArray[np.float64] = np.minimum(chance[rows], 1.0)
    return reached


def _normal_score(probability: float) -> float:
    """Probit: on this scale K is close to a straight line, so that the root is found in few steps."""
    if probability <= 0.0:
        return _SCORE_OF_ZERO
    if probability >= 1.0:
        return _SCORE_OF_ONE
    return _STANDARD_NORMAL.inv_cdf(probability)


def falling_root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Return the end at or just right of the root of a falling function, to the tolerance.

    Chandrupatla's method (1997): inverse quadratic interpolation where the last three points
    make it trustworthy, bisection elsewhere, always inside a bracket. About ten evaluations,
    where bisection takes 34.
    """
    newest, other = high, low
    f_newest, f_other = excess(high), excess(low)
    if f_other <= 0.0:
        return low
    share = 0.5
    while abs(other - newest) > _BOUND_TOLERANCE:
        trial = newest + share * (other - newest)
        f_trial = excess(trial)
        if (f_trial > 0.0) == (f_newest > 0.0):
            oldest, f_oldest = newest, f_newest
        else:
            oldest, f_oldest = other, f_other
            other, f_other = newest, f_newest
        newest, f_newest = trial, f_trial
        xi = (newest - other) / (oldest - other)
        phi = (f_newest - f_other) / (f_oldest - f_other)
        share = 0.5
        if phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi:
            # Lagrange's formula at zero excess; the term of the newest point itself drops out.
            of_other = f_newest / (f_other - f_newest) * f_oldest / (f_other - f_oldest)
            of_oldest = f_newest / (f_oldest - f_newest) * f_other / (f_oldest - f_other)
            share = of_other + of_oldest * (oldest - newest) / (other - newest)
        # At least half the tolerance away from both ends, so that the bracket closes.
        least = min(0.5, 0.5 * _BOUND_TOLERANCE / abs(other - newest))
        share = min(1.0 - least, max(least, share))
    return max(newest, other)
