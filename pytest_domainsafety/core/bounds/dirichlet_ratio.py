"""The law of a share over unequal clusters: sum_i r_i D_i / (sum_i m_i D_i + M D_0), D uniform on the simplex.

With ``r_i`` right of ``m_i`` labels for prompt ``i``, and ``M`` the most labels of a prompt, it is the lower
confidence distribution of a judge's sensitivity over labels. What thins the judge's rate is its error over
compliances, and a prompt that the model often helps with has many: the mean over prompts lies above it where such
prompts are the judge's weak spot.

Why it is valid: for a share ``s`` the clusters have means ``u_i = r_i / M + s (1 - m_i / M)`` in ``[0, 1]``, whose
expectation is ``s`` exactly where the ratio of expectations is. The distribution function at ``s`` is Gaffke's
p-value of those means, mirrored; where all ``m_i`` are equal it is that of the mean over prompts.

How it is computed: ``P(ratio <= s) = P(sum_i (r_i - s m_i) E_i - s M E_0 <= 0)`` with ``E`` independent standard
exponentials is the race that `gaffke` runs, exact at each ``s``. Between the places where a weight changes its sign
it is a smooth function of ``s``, and its density the derivative of its Chebyshev interpolant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pytest_domainsafety.core.bounds.gaffke import chance_to_outlast, falling_root

if TYPE_CHECKING:
    import numpy as np
    from numpy.polynomial import Chebyshev
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Clusters", "DirichletRatio", "lower_share"]

Clusters = tuple[tuple[int, int], ...]
"""A prompt's labels of one kind: how many are counted, such as those the judge got right, of how many (1 or more)."""

_NEGLIGIBLE: Final = 1e-12
_TOLERANCE: Final = 1e-9
_PIECES: Final = 10
_DEGREE: Final = 16


@dataclass(frozen=True)
class DirichletRatio:
    """The law of a share by its clusters; where none is counted it is the point 0 and has no density."""

    clusters: Clusters

    @property
    def is_point(self) -> bool:
        """Whether all mass is at 0."""
        return not any(counted for counted, _ in self.clusters)

    def distribution(self, at: Sequence[float] | Array) -> Array:
        """The distribution function, exact, at places in [0, 1]."""
        import numpy as np

        return np.array([self._below(np.array([share]), share)[0] for share in np.atleast_1d(at)])

    def _below(self, at: Array, like: float) -> Array:
        """The distribution function at places where each weight has the sign that it has at one of them."""
        import numpy as np

        counted, labels = np.array([*self.clusters, (0, max(labels for _, labels in self.clusters))]).T
        weights, signs = counted[:, np.newaxis] - labels[:, np.newaxis] * at, counted - like * labels
        return 1.0 - chance_to_outlast(weights[signs > 0.0], -weights[signs < 0.0])

    def density(self, at: Array) -> Array:
        """The density, at places within the edges."""
        import numpy as np

        edges = self._cuts
        piece = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(edges) - 2)
        found = np.zeros_like(at)
        for number, slope in enumerate(self._slopes):
            here = piece == number
            found[here] = slope(at[here])
        return np.maximum(found, 0.0)

    def edges(self, pieces: int) -> Array:
        """The range that holds all but negligible mass, in pieces, and cut where the density has its kinks."""
        import numpy as np

        low, high = self._range
        return np.union1d(np.linspace(low, high, pieces + 1), self._cuts)

    @cached_property
    def _range(self) -> tuple[float, float]:
        return self.quantile(_NEGLIGIBLE), self.quantile(1 - _NEGLIGIBLE)

    def quantile(self, level: float) -> float:
        """Where the distribution function reaches a level in (0, 1), or just above."""
        high = max(counted / labels for counted, labels in self.clusters)
        return falling_root(lambda share: level - float(self.distribution([share])[0]), 0.0, high)

    @cached_property
    def _cuts(self) -> Array:
        import numpy as np

        low, high = self._range
        kinks = [counted / labels for counted, labels in self.clusters if low < counted / labels < high]
        return np.union1d(np.linspace(low, high, _PIECES + 1), kinks)

    @cached_property
    def _slopes(self) -> list[Chebyshev]:
        from numpy.polynomial import Chebyshev

        return [
            Chebyshev.interpolate(self._below, _DEGREE, domain=[left, right], args=((left + right) / 2,)).deriv()
            for left, right in pairwise(self._cuts)
        ]


def lower_share(clusters: Clusters, alpha: float) -> float:
    """The one-sided 1 - alpha lower confidence bound on the share that is counted, over all labels.

    Args:
        clusters: The labels, a prompt each.
        alpha: Level, in (0, 1).

    Returns:
        A share in [0, 1], at most 1e-9 below the exact one and never above it; 0.0 where none is counted. With one
        label a prompt it is Clopper and Pearson's.
    """
    law = DirichletRatio(clusters)
    return 0.0 if law.is_point else max(0.0, law.quantile(alpha) - _TOLERANCE)
