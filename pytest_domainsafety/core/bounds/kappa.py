"""Cohen's and Fleiss' kappa: how far raters agree beyond chance, with their large-sample intervals.

For verdicts of two kinds, with ``p_o`` the share of agreement and ``p_e`` that expected of independent raters of the
same margins, ``kappa = (p_o - p_e) / (1 - p_e)``. Its variance is that of Fleiss, Cohen & Everitt 1969, which is the
mean square of the influence of each row; rows of one cluster have their influences summed first, so that replies to
one prompt do not count as independent.

Of more raters, of whom not all need have rated every row, Fleiss' kappa is the same with ``p_o`` the mean over rows
of the share of pairs of their raters that agree, and ``p_e = p^2 + (1 - p)^2`` of the mean share ``p`` of one kind.

Sources: Cohen 1960; Fleiss, Cohen & Everitt 1969; Fleiss 1971; Gwet 2014, raters missing and the influence of a row.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

__all__ = ["Kappa", "cohen_kappa", "fleiss_kappa"]

_NO_SPREAD: Final = 1e-12
"""An error below it is only of rounding."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """The agreement of raters.

    Args:
        estimate: Kappa in [-1, 1]; None of no rows, or where all raters used one and the same verdict only,
            so that chance explains all agreement.
        low: Lower end of the two-sided interval, None where there is no estimate. Where the rows show no spread to
            take it from, such as those of a single cluster or of two raters who each gave one verdict only, it is -1
            and `high` is 1: nothing is known of the error, which must not read as none.
        high: Upper end.
        agreement: The share of rows, or of pairs of raters in the mean row, that agree; None of no rows.
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
    _check(confidence)
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

    return _with_interval(kappa, agreement, [influence(*pair) for pair in pairs], confidence, clusters)


def fleiss_kappa(
    rows: Sequence[Sequence[bool]], confidence: float = 0.95, clusters: Sequence[Hashable] | None = None
) -> Kappa:
    """Fleiss' kappa of several raters' verdicts.

    Args:
        rows: For each row the verdicts on it, two or more, whoever gave them.
        confidence: Of the two-sided interval, in (0, 1).
        clusters: What each row belongs to, such as its scenario; None where rows are independent.

    Raises:
        ValueError: Confidence out of range, a row with fewer than two verdicts, or as many clusters as rows there
            are not.
    """
    _check(confidence)
    if any(len(row) < 2 for row in rows):  # noqa: PLR2004 - a pair
        raise ValueError("a row with fewer than two verdicts has no agreement")
    n = len(rows)
    if n == 0:
        return Kappa(None, None, None, None, 0)
    counts = [(sum(row), len(row)) for row in rows]
    agreed = [(yes * (yes - 1) + (of - yes) * (of - yes - 1)) / (of * (of - 1)) for yes, of in counts]
    shares = [yes / of for yes, of in counts]
    agreement, share = math.fsum(agreed) / n, math.fsum(shares) / n
    chance = share**2 + (1 - share) ** 2
    if not any(yes for yes, _ in counts) or all(yes == of for yes, of in counts):
        return Kappa(None, None, None, agreement, n)
    kappa = (agreement - chance) / (1 - chance)
    influences = [
        (own - agreement - (1 - kappa) * (4 * share - 2) * (part - share)) / (1 - chance)
        for own, part in zip(agreed, shares, strict=True)
    ]
    return _with_interval(kappa, agreement, influences, confidence, clusters)


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be strictly between 0 and 1, not {confidence!r}")


def _with_interval(
    kappa: float,
    agreement: float,
    influences: Sequence[float],
    confidence: float,
    clusters: Sequence[Hashable] | None,
) -> Kappa:
    """A kappa with its large-sample interval, from the influence of each row."""
    n = len(influences)
    names: Iterable[Hashable] = range(n) if clusters is None else clusters
    sums: defaultdict[Hashable, float] = defaultdict(float)
    for influence, cluster in zip(influences, names, strict=True):
        sums[cluster] += influence
    error = math.sqrt(math.fsum(value * value for value in sums.values())) / n
    # The influences sum to zero, so a single cluster never has any left.
    if len(sums) == 1 or (kappa < 1 and error < _NO_SPREAD):
        return Kappa(kappa, -1.0, 1.0, agreement, n)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Kappa(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach), agreement, n)
