"""A second, exact implementation of the gate's p-value, to check the package's against.

Nothing is shared with the package: the tail of a uniform Dirichlet mean as a divided difference
(Hermite-Genocchi, Curry & Schoenberg 1966) in rational arithmetic.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Number = int | float | Fraction


def exact_p_value(means: Sequence[Number], threshold: Number) -> Fraction:
    """Return K(threshold), exactly: the divided difference of (x - t)_+^S over the means and 1."""
    t = Fraction(threshold)
    knots = sorted([*(Fraction(mean) for mean in means), Fraction(1)])
    degree = len(means)
    column = [_derivative(knot, t, degree, 0) for knot in knots]
    for order in range(1, degree + 1):
        column = [
            # Equal ends mean equal knots between them: the limit is a derivative.
            _derivative(knots[i], t, degree, order)
            if knots[i + order] == knots[i]
            else (column[i + 1] - column[i]) / (knots[i + order] - knots[i])
            for i in range(degree + 1 - order)
        ]
    return column[0]


def _derivative(x: Fraction, t: Fraction, degree: int, order: int) -> Fraction:
    """Return the order-th derivative of (x - t)_+^degree, divided by order!."""
    if x < t:
        return Fraction(0)
    return comb(degree, order) * (x - t) ** (degree - order)


def exact_upper_bound(means: Sequence[Number], alpha: Number, *, bits: int = 40) -> float:
    """Return the smallest t with K(t) <= alpha by bisection, to 2 ** -bits."""
    level = Fraction(alpha)
    low, high = Fraction(0), Fraction(1)
    for _ in range(bits):
        middle = (low + high) / 2
        if exact_p_value(means, middle) <= level:
            high = middle
        else:
            low = middle
    return float(high)
