"""Cohen's kappa: how far two raters agree beyond chance, with its large-sample interval.

For verdicts of two kinds, with ``p_o`` the share of agreement and ``p_e`` that expected of independent raters of the
same margins, ``kappa = (p_o - p_e) / (1 - p_e)``. Its variance is that of Fleiss, Cohen & Everitt 1969, which is the
mean square of the influence of each row; rows of one cluster have their influences summed first, so that replies to
one prompt do not count as independent.

Sources: Cohen 1960; Fleiss, Cohen & Everitt 1969.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

__all__ = ["Kappa", "cohen_kappa"]

_NO_SPREAD: Final = 1e-12
"""An error below it is only of rounding."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """The agreement of two raters.

    Args:
        estimate: Cohen's kappa in [-1, 1]; None of no rows, or where both raters used one and the same verdict only,
            so that chance explains all agreement.
        low: Lower end of the two-sided interval, None where there is no estimate. Where the rows show no spread to
            take it from, those of a single cluster and those of two raters who each gave one verdict only, it is -1
            and `high` is 1: nothing is known of the error, which must not read as none.
        high: Upper end.
        agreement: The share of rows on which they agree, None of no rows.
        n: The number of rows.
    """

    estimate: float | None
    low: float | None
    high: float | None
    agreement: float | None
    n: int


def cohen_kappa(
    pairs: Sequence[tuple[bool, bool]], confidence: float = 0.95, clusters: Sequence[Hashable] | None = None
) -> Kappa:
    """Cohen's kappa of two raters' verdicts.

    Args:
        pairs: The first and the second rater's verdict on each row.
        confidence: Of the two-sided interval, in (0, 1).
        clusters: What each row belongs to, such as its prompt; None where rows are independent.

    Raises:
        ValueError: Confidence out of range, or as many clusters as rows there are not.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be strictly between 0 and 1, not {confidence!r}")
    n = len(pairs)
    if n == 0:
        return Kappa(None, None, None, None, 0)
    agreement = sum(first == second for first, second in pairs) / n
    first_yes, second_yes = sum(first for first, _ in pairs) / n, sum(second for _, second in pairs) / n
    chance = first_yes * second_yes + (1 - first_yes) * (1 - second_yes)
    if chance == 1:
        return Kappa(None, None, None, agreement, n)
    kappa = (agreement - chance) / (1 - chance)

    def influence(first: bool, second: bool) -> float:  # noqa: FBT001 - two verdicts
        of_second = second_yes if first else 1 - second_yes
        of_first = first_yes if second else 1 - first_yes
        agreed = (first == second) - agreement
        expected = of_second + of_first - 2 * chance
        return (agreed - (1 - kappa) * expected) / (1 - chance)

    sums: defaultdict[Hashable, float] = defaultdict(float)
    for (first, second), cluster in zip(pairs, range(n) if clusters is None else clusters, strict=True):
        sums[cluster] += influence(first, second)
    error = math.sqrt(math.fsum(value * value for value in sums.values())) / n
    # The influences sum to zero, so a single cluster never has any left.
    if len(sums) == 1 or (kappa < 1 and error < _NO_SPREAD):
        return Kappa(kappa, -1.0, 1.0, agreement, n)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Kappa(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach), agreement, n)
