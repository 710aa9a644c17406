"""A study whose truth is known: 7 domains of 20 scenarios, 2 framings, 3 repetitions, 5 models, 4,200 replies.

A pair's chance of compliance is ``p = Phi(location[domain, model] + scenario_sd u + pair_sd v)`` with ``u`` standard
normal for each scenario and ``v`` for each scenario and model; its repetitions are independent given p. Domains and
models are fixed, scenarios are drawn anew in each study. Locations and spreads are solved for so that the domains'
rates are the given ones and the sequential shares of the variance, at infinitely many scenarios, are those given.

Every truth is computed from the moments of ``p``, which are integrals over one normal variable, by Gauss-Hermite
quadrature; nothing is simulated, and nothing of the package is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]

RATES: Final = np.array([0.147, 0.20, 0.33, 0.50, 0.67, 0.80, 0.857])
SHARES: Final = np.array([0.36, 0.26, 0.15])
"""Of domain, scenario within domain and model."""
SCENARIOS: Final = 20
REPETITIONS: Final = 3
MODELS: Final = np.array([-1.1, -0.3, 0.0, 0.3, 1.1])
"""How models lie to one another, before it is scaled."""
INTERACTION: Final = 0.5
"""The spread of what a model has in one domain only."""

ENGAGING: Final = (1.6, 0.3, 0.5)
"""The analytical framing: a shift, and the shares of location and of both spreads that it keeps."""
SENSITIVITY, SPECIFICITY = 0.95, 0.96
"""The second judge's, the first being the truth."""
TWICE_JUDGED: Final = 10
"""Replies a domain and framing that the second judge sees: 140, as in the study."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, slots=True)
class Study:
    """One study; shapes are domains, scenarios, models and, for replies, repetitions.

    Args:
        chances: The operational chance of compliance of each pair.
        complied: The operational replies.
        engaged: The analytical ones.
        second: The replies that both judges saw, as pairs of verdicts.
    """

    chances: Array
    complied: NDArray[np.bool_]
    engaged: NDArray[np.bool_]
    second: list[tuple[bool, bool]]


@dataclass(frozen=True, slots=True)
class Planted:
    """The deployments' truth.

    Args:
        location: Shape (domains, models).
        scenario_sd: Of what a scenario is to all models.
        pair_sd: Of what it is to one.
    """

    location: Array
    scenario_sd: float
    pair_sd: float

    @property
    def rates(self) -> Array:
        """The operational rate of each domain and model."""
        rates: Array = ndtr(self.location / np.sqrt(1 + self._variance))
        return rates

    @property
    def engagement(self) -> Array:
        """The analytical rate of each domain and model."""
        shift, kept, spread = ENGAGING
        rates: Array = ndtr((shift + kept * self.location) / np.sqrt(1 + spread**2 * self._variance))
        return rates

    @property
    def parts(self) -> Array:
        """The variance of a score by domain, scenario, model and residual, at infinitely many scenarios.

        A score is the mean of the repetitions, so that its chance is in it: E[z^2] = E[p] / R + (1 - 1 / R) E[p^2].
        """
        rates, models = self.rates, range(self.location.shape[1])
        of_pair = ndtr(self.location[..., None] + np.sqrt(self._variance) * _NODES) ** 2 @ _WEIGHTS
        square = rates / REPETITIONS + (1 - 1 / REPETITIONS) * of_pair
        given = ndtr((self.location[..., None] + self.scenario_sd * _NODES) / np.sqrt(1 + self.pair_sd**2))
        product = np.einsum("dmk,dnk,k->dmn", given, given, _WEIGHTS)
        product[:, models, models] = square
        # The variance of a scenario's mean over models is the mean of their covariances.
        scenario = float(np.mean(product.mean(axis=(1, 2)) - rates.mean(axis=1) ** 2))
        domain, model = float(rates.mean(axis=1).var()), float(rates.mean(axis=0).var())
        total = float(square.mean() - rates.mean() ** 2)
        return np.array([domain, scenario, model, total - domain - scenario - model])

    @property
    def sequential(self) -> Array:
        """The shares by sequential sums of squares."""
        parts = self.parts
        shares: Array = parts / parts.sum()
        return shares

    @property
    def moments(self) -> Array:
        """The shares of the components, domains and models being samples of D and M."""
        domain, scenario, model, residual = self.parts
        domains, models = self.location.shape
        residual *= models / (models - 1)
        of_domain, of_model = domain * domains / (domains - 1), model * models / (models - 1)
        components = np.array([of_domain, scenario - residual / models, of_model, residual])
        shares: Array = components / components.sum()
        return shares

    @property
    def spearman(self) -> float:
        """The mean over pairs of domains of the correlation of the models' ranks."""
        ranks = rankdata(self.rates, axis=1)
        return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in combinations(ranks, 2)]))

    @property
    def kappa(self) -> float:
        """Of the second judge with the first, on both framings alike."""
        yes = float(np.mean([self.rates, self.engagement]))
        agreed = yes * SENSITIVITY + (1 - yes) * SPECIFICITY
        second = yes * SENSITIVITY + (1 - yes) * (1 - SPECIFICITY)
        chance = yes * second + (1 - yes) * (1 - second)
        return (agreed - chance) / (1 - chance)

    @property
    def _variance(self) -> float:
        return self.scenario_sd**2 + self.pair_sd**2

    def study(self, random: np.random.Generator) -> Study:
        """Draw scenarios, and ask."""
        domains, models = self.location.shape
        noise = self.scenario_sd * random.standard_normal((domains, SCENARIOS, 1))
        noise = noise + self.pair_sd * random.standard_normal((domains, SCENARIOS, models))
        location, (shift, kept, spread) = self.location[:, None, :], ENGAGING
        chances = ndtr(location + noise)
        engaging = ndtr(shift + kept * location + spread * noise)
        shape = (domains, SCENARIOS, models, REPETITIONS)
        complied, engaged = (random.random(shape) < each[..., None] for each in (chances, engaging))
        seen = [
            replies[domain].ravel()[random.permutation(replies[domain].size)[:TWICE_JUDGED]]
            for replies in (complied, engaged)
            for domain in range(domains)
        ]
        first = np.concatenate(seen)
        second = random.random(first.size) < np.where(first, SENSITIVITY, 1 - SPECIFICITY)
        return Study(chances, complied, engaged, list(zip(first.tolist(), second.tolist(), strict=True)))


def planted() -> Planted:
    """Solve for locations and spreads.

    Raises:
        SystemExit: If the given rates and shares cannot be had together.
    """
    own = np.random.default_rng(1).standard_normal((len(RATES), len(MODELS)))
    own -= own.mean(axis=0)
    own -= own.mean(axis=1, keepdims=True)

    def made(unknown: Array) -> Planted:
        location, scale, scenario_sd, pair_sd = unknown[:-3], *unknown[-3:]
        return Planted(location[:, None] + scale * MODELS + INTERACTION * own, float(scenario_sd), float(pair_sd))

    def missed(unknown: Array) -> Array:
        truth = made(unknown)
        return np.concatenate([truth.rates.mean(axis=1) - RATES, truth.sequential[:3] - SHARES])

    found = least_squares(missed, np.concatenate([2 * ndtri(RATES), [1.0, 1.3, 1.0]]))
    if np.abs(found.fun).max() > 1e-6:
        raise SystemExit(f"no deployments have these rates and shares: missed by {np.abs(found.fun).max():.4f}")
    return made(found.x)
