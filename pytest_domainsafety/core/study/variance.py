"""Where the variance of compliance lies: in domains, in their scenarios, in models, or in none of these.

A score is ``y = mean + domain + scenario within domain + model + residual``; the residual holds the interactions,
such as a model that is weak in one domain, and the chance of few repetitions. Each term's sum of squares is what it
adds to those before it (sequential, "type I"), in that order: ``SS_k = |P_k y|^2``, with ``P_k`` the projection on
what term k adds.

- Eta squared is ``SS_k`` over their sum. It describes these scores. Few scenarios inflate the domains' share, few
  models the scenarios', since the mean of few has the variance of what lies below it.
- Henderson's moments take that off: under random effects
  ``E[SS_k] = sum_j sigma2_j tr(Z_j' P_k Z_j) + df_k sigma2_e``, j over the term and those after it, which is solved
  from the last to the first. Cells may be missing. The solution can be negative.

All that is needed are sums over scenarios, so that a resample is a weight a scenario, whole, and one that was drawn
twice counts as two.

Sources: Henderson 1953 (method III); Searle, Casella & McCulloch 1992, chapter 5; Davison & Hinkley 1997, section
3.8 (scenario variance shrinks in resamples).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bounds.bootstrap import check_options
from pytest_domainsafety.core.study.cells import Cells
from pytest_domainsafety.core.study.scores import PairScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Share", "VarianceShares", "moment_shares", "sequential_shares"]

_NOTHING: Final = 1e-12
"""A mean square of scores in [0, 1], or an eigenvalue of counts, that is only rounding."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the variance.

    Args:
        estimate: In [0, 1]; None where the term cannot be told from others.
        low: Lower end of the interval over scenarios.
        high: Upper end.
    """

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """The shares of one estimator; their estimates sum to 1.

    With one domain its share is None and the others' are of the variance within it. All are None where a scenario
    cannot be told from its domain or a model from the residual: one model, one scenario a domain, nothing asked of
    two models; and where all scores are equal.
    """

    domain: Share
    scenario: Share
    model: Share
    residual: Share


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """An analysis of variance for each of B resamples; terms in the order domain, scenario, model, residual.

    Args:
        squares: Sums of squares, shape (B, 4); NaN where the terms cannot be told apart.
        degrees: Degrees of freedom, shape (B, 4).
        expected: The factor of sigma2_j in E[SS_k], shape (B, 3, 3), zero below the diagonal.
    """

    squares: NDArray[np.float64]
    degrees: NDArray[np.float64]
    expected: NDArray[np.float64]


def sequential_shares(
    scores: Sequence[PairScore], *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> VarianceShares:
    """Eta squared: each term's sequential sum of squares over the total.

    Args:
        scores: One a scenario and model.
        confidence: Of the two-sided bootstrap intervals over scenarios within domains (`Cells.interval`); domains and
            models are those of the study.
        resamples: Number of resamples, at least 1.
        seed: Seed of the resampling, at least 0.

    Raises:
        ValueError: Two scores of one pair, a value outside [0, 1], or an option out of range.
    """
    return _shares(scores, lambda table: table.squares, confidence, resamples, seed)


def moment_shares(
    scores: Sequence[PairScore], *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> VarianceShares:
    """Variance components by Henderson's moments, over their sum.

    A negative component is clipped at 0 before the shares are taken, as is usual: it says that the term is too small
    to be seen beside the residual. It is clipped after all are solved, so that the others stay unbiased.

    Args:
        scores: One a scenario and model; scores may be missing.
        confidence: As in `sequential_shares`.
        resamples: Number of resamples, at least 1.
        seed: Seed of the resampling, at least 0.

    Raises:
        ValueError: As `sequential_shares`.
    """
    return _shares(scores, _components, confidence, resamples, seed)


def _shares(
    scores: Sequence[PairScore],
    amounts: Callable[[_Table], NDArray[np.float64]],
    confidence: float,
    resamples: int,
    seed: int,
) -> VarianceShares:
    import numpy as np

    check_options(confidence, resamples, seed)
    cells = Cells.of(scores)

    def of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.maximum(0.0, amounts(_analysis(cells, counts)))
        with np.errstate(invalid="ignore"):
            shares: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
        return shares

    unknown = Share(None, None, None)
    if not cells.scenarios:
        return VarianceShares(unknown, unknown, unknown, unknown)
    estimates = of(cells.once())[0]
    if np.isnan(estimates).any():
        return VarianceShares(unknown, unknown, unknown, unknown)
    drawn = of(cells.resampled(resamples, seed))
    domain, *others = (
        Share(float(estimate), *cells.interval(column, float(estimate), confidence))
        for estimate, column in zip(estimates, drawn.T, strict=True)
    )
    return VarianceShares(domain if len(cells.domains) > 1 else unknown, *others)


def _analysis(cells: Cells, counts: NDArray[np.float64]) -> _Table:
    """The table for each resample, from sums over scenarios."""
    import numpy as np

    size = cells.asked.sum(axis=1, keepdims=True)
    # Near 0, so that differences of squares keep their digits.
    values = (cells.values - cells.values.sum() / size.sum()) * cells.asked
    total = values.sum(axis=1, keepdims=True)
    between = total**2 / size
    columns = [size, total, between, (values**2).sum(axis=1, keepdims=True), size**2, cells.asked]
    sums = cells.by_domain(np.hstack(columns), counts)
    n, y, scenario, square, n_squared = (sums[:, :, column] for column in range(5))
    by_model = sums[:, :, 5:]

    all_n = n.sum(axis=1)
    domain = (y**2 / n).sum(axis=1)
    model, rank = _models(cells, values, total / size, counts)
    within = (square - scenario).sum(axis=1)
    squares = np.stack(
        [domain - y.sum(axis=1) ** 2 / all_n, scenario.sum(axis=1) - domain, model, within - model], axis=1
    )
    domains, scenarios = len(cells.domains), len(cells.scenarios)
    degrees = np.stack(
        [np.full_like(rank, domains - 1), np.full_like(rank, scenarios - domains), rank, all_n - scenarios - rank],
        axis=1,
    )
    known = (degrees[:, 1:] >= 1).all(axis=1) & (squares.sum(axis=1) > _NOTHING * all_n)
    squares = np.where(known[:, np.newaxis], np.maximum(squares, 0.0), np.nan)

    expected = np.zeros((len(counts), 3, 3))
    # tr(Z_j' H Z_j) for the projections H on the mean, on domains, on scenarios and on all, taken from one another.
    scenario_in_domain = (n_squared / n).sum(axis=1)
    model_in_domain = (by_model**2).sum(axis=2) / n
    expected[:, 0, 0] = all_n - (n**2).sum(axis=1) / all_n
    expected[:, 0, 1] = scenario_in_domain - n_squared.sum(axis=1) / all_n
    expected[:, 0, 2] = model_in_domain.sum(axis=1) - (by_model.sum(axis=1) ** 2).sum(axis=1) / all_n
    expected[:, 1, 1] = all_n - scenario_in_domain
    expected[:, 1, 2] = scenarios - model_in_domain.sum(axis=1)
    expected[:, 2, 2] = all_n - scenarios
    return _Table(squares, degrees, expected)


def _models(
    cells: Cells, values: NDArray[np.float64], means: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What models add once scenarios are accounted for, and its degrees of freedom: a sum of squares, and a rank.

    The normal equations of the models, swept of the scenarios: ``A b = c``; the sum of squares is ``c' A^+ c``.
    """
    import numpy as np

    models = len(cells.models)
    size = cells.asked.sum(axis=1)[:, np.newaxis, np.newaxis]
    rows = cells.asked[:, :, np.newaxis]
    swept = rows * np.eye(models) - rows * rows.transpose(0, 2, 1) / size
    left = (counts @ swept.reshape(len(swept), -1)).reshape(-1, models, models)
    right = counts @ (values - cells.asked * means)
    eigenvalues, vectors = np.linalg.eigh(left)
    # Of counts, so that an eigenvalue far below 1 / M^2 can only be a zero.
    used = eigenvalues > _NOTHING * left.shape[1] * counts.sum(axis=1, keepdims=True)
    along = (vectors.transpose(0, 2, 1) @ right[:, :, np.newaxis])[:, :, 0]
    squares = np.where(used, along**2 / np.where(used, eigenvalues, 1.0), 0.0).sum(axis=1)
    return squares, used.sum(axis=1).astype(np.float64)


def _components(table: _Table) -> NDArray[np.float64]:
    """Solve for the variance components, the last first: shape (B, 4), NaN where the table is."""
    import numpy as np

    components = np.zeros_like(table.squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        components[:, 3] = table.squares[:, 3] / table.degrees[:, 3]
        for term in (2, 1, 0):
            others = np.einsum("bj,bj->b", table.expected[:, term, term + 1 :], components[:, term + 1 : 3])
            explained = others + table.degrees[:, term] * components[:, 3]
            # With one domain there is nothing that it could add, and its component stays 0.
            if table.expected[:, term, term].any():
                components[:, term] = (table.squares[:, term] - explained) / table.expected[:, term, term]
    return components
