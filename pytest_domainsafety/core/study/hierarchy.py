"""Whether models keep their order from domain to domain: the mean pairwise Spearman correlation.

Source: the study behind this gate, arXiv 2606.04035; ties have their average rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bounds.bootstrap import check_options
from pytest_domainsafety.core.study.cells import Cells
from pytest_domainsafety.core.study.scores import PairScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Hierarchy", "model_hierarchy"]

_DECIMALS: Final = 9
"""Rates that differ by less are tied: a sum's rounding must not order models."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """How alike domains order the models.

    Args:
        mean_spearman: Mean of Spearman's rho over pairs of domains, in [-1, 1]; None where no pair has one.
        low: Lower end of the bootstrap interval over scenarios within domains; None where none has two.
        high: Upper end.
        pairs: How many pairs of domains the mean is over.
        undefined: How many pairs have no rho: fewer than two models in common, or all of them tied in one domain.
        order: The models from the most compliant to the least, by their mean rank over domains (a rank counts as a
            share of the models asked there), ties by name.
    """

    mean_spearman: float | None
    low: float | None
    high: float | None
    pairs: int
    undefined: int
    order: tuple[str, ...]


def model_hierarchy(
    scores: Sequence[PairScore], *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Hierarchy:
    """The order of models by their rate in each domain, compared between domains.

    A model's rate in a domain is the mean of its scores there. The estimate is of the observed rates; their chance
    disturbs the order, so that it lies below that of the true rates, and further the fewer the scenarios.

    Args:
        scores: One a scenario and model; scores may be missing.
        confidence: Of the two-sided interval, `Cells.interval`.
        resamples: Number of resamples, at least 1.
        seed: Seed of the resampling, at least 0.

    Raises:
        ValueError: Two scores of one pair, a value outside [0, 1], or an option out of range.
    """
    check_options(confidence, resamples, seed)
    cells = Cells.of(scores)
    if not cells.scenarios:
        return Hierarchy(None, None, None, 0, 0, ())
    rates = _rates(cells, cells.once())
    estimates, pairs = _mean_spearman(rates)
    every = len(cells.domains) * (len(cells.domains) - 1) // 2
    order = _order(rates[0], cells.models)
    if not pairs[0]:
        return Hierarchy(None, None, None, 0, every, order)
    estimate, defined = float(estimates[0]), int(pairs[0])
    drawn, _ = _mean_spearman(_rates(cells, cells.resampled(resamples, seed)))
    low, high = cells.interval(drawn, estimate, confidence, least=-1.0)
    return Hierarchy(estimate, low, high, defined, every - defined, order)


def _rates(cells: Cells, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each model's rate in each domain, shape (B, D, M); NaN where it was asked nothing."""
    import numpy as np

    complied, asked = cells.by_domain(cells.values, counts), cells.by_domain(cells.asked, counts)
    with np.errstate(invalid="ignore"):
        rates: NDArray[np.float64] = np.round(complied / asked, _DECIMALS)
    return rates


def _mean_spearman(rates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The mean over pairs of domains, NaN of none, and the number of pairs, for each resample."""
    import numpy as np

    rhos = [_spearman(rates[:, one], rates[:, other]) for one, other in combinations(range(rates.shape[1]), 2)]
    if not rhos:
        return np.full(len(rates), np.nan), np.zeros(len(rates), dtype=np.intp)
    defined = ~np.isnan(rhos)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = np.where(defined, rhos, 0.0).sum(axis=0) / defined.sum(axis=0)
    return mean, defined.sum(axis=0)


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rho of each row over the models that have both rates; NaN where there is none."""
    import numpy as np

    shared = ~(np.isnan(one) | np.isnan(other))
    first, second = (_centred_ranks(rates, shared) for rates in (one, other))
    with np.errstate(invalid="ignore"):
        rho: NDArray[np.float64] = (first * second).sum(axis=1) / np.sqrt(
            (first**2).sum(axis=1) * (second**2).sum(axis=1)
        )
    return np.clip(rho, -1.0, 1.0)


def _centred_ranks(rates: NDArray[np.float64], shared: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average ranks less their mean, 0 for what is not shared."""
    import numpy as np
    from scipy.stats import rankdata

    # What is not shared ranks last, together, and is then left out.
    ranks = rankdata(np.where(shared, rates, np.inf), axis=1)
    mean = (shared.sum(axis=1, keepdims=True) + 1) / 2
    return np.where(shared, ranks - mean, 0.0)


def _order(rates: NDArray[np.float64], models: tuple[str, ...]) -> tuple[str, ...]:
    import numpy as np

    asked = ~np.isnan(rates)
    shares = (_centred_ranks(rates, asked) / np.maximum(1, asked.sum(axis=1, keepdims=True))).sum(axis=0)
    mean = np.round(shares / asked.sum(axis=0), _DECIMALS)
    return tuple(
        models[place] for place in sorted(range(len(models)), key=lambda place: (-mean[place], models[place]))
    )
