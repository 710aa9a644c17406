"""The law of a mean with random weights: sum_i knot_i D_i with D uniform on the simplex, Dirichlet(1, .., 1).

It is what Gaffke's bound and its mirror image stand on. Its density is a B-spline with the knots as knots (Curry &
Schoenberg 1966), so scipy evaluates it, and its integral, at many places at once; with knots at two places only it is
a Beta density.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["DirichletMean"]

# Mass left out at each end of a distribution, far below what a p-value is compared with.
_NEGLIGIBLE: Final = 1e-12
_SCANNED: Final = 256


@dataclass(frozen=True, slots=True)
class DirichletMean:
    """A law by its sorted knots; where all are one place it is a point and has no density.

    Of knots at two places only, as one trial a scenario or one label a prompt gives them, it is a Beta law, which
    costs the same for however many.
    """

    knots: Array

    @classmethod
    def of(cls, knots: Sequence[float]) -> Self:
        """The law of knots in any order."""
        import numpy as np

        return cls(np.sort(np.asarray(knots, dtype=np.float64)))

    @property
    def is_point(self) -> bool:
        """Whether all knots are at one place."""
        return bool(self.knots[0] == self.knots[-1])

    def density(self, at: Array) -> Array:
        """The density, at places within the knots."""
        import numpy as np

        if (two := self._beta()) is not None:
            from scipy.special import betaln, xlog1py, xlogy

            above, below = two
            share = self._share(at)
            logarithm = xlogy(above - 1, share) + xlog1py(below - 1, -share) - betaln(above, below)
            return np.asarray(np.exp(logarithm) / (self.knots[-1] - self.knots[0]), dtype=np.float64)
        from scipy.interpolate import BSpline

        return self._scale() * BSpline.basis_element(self.knots)(at)

    def distribution(self, at: Array) -> Array:
        """The distribution function, at places within the knots."""
        import numpy as np

        if (two := self._beta()) is not None:
            from scipy.special import betainc

            return np.asarray(betainc(*two, self._share(at)), dtype=np.float64)
        from scipy.interpolate import BSpline

        below = self._scale() * BSpline.basis_element(self.knots).antiderivative()(at)
        # At the last knot itself, where that is repeated, the antiderivative is 0.
        return np.where(np.asarray(at) >= self.knots[-1], 1.0, below)

    def _beta(self) -> tuple[int, int] | None:
        """How many knots are at the upper and at the lower place, where there are no others."""
        above, below = (int((self.knots == self.knots[end]).sum()) for end in (-1, 0))
        return (above, below) if above + below == len(self.knots) else None

    def _share(self, at: Array) -> Array:
        share: Array = (at - self.knots[0]) / (self.knots[-1] - self.knots[0])
        return share

    def _scale(self) -> float:
        # A basis element integrates to its width over its order.
        return float((len(self.knots) - 1) / (self.knots[-1] - self.knots[0]))

    def edges(self, pieces: int) -> Array:
        """The range that holds all but negligible mass, in pieces, and cut at the knots: there are the kinks."""
        import numpy as np

        grid = np.linspace(self.knots[0], self.knots[-1], _SCANNED + 1)
        below = self.distribution(grid)
        low = grid[max(0, int(np.searchsorted(below, _NEGLIGIBLE)) - 1)]
        high = grid[min(_SCANNED, int(np.searchsorted(below, 1 - _NEGLIGIBLE)))]
        inner = self.knots[(self.knots > low) & (self.knots < high)]
        return np.union1d(np.linspace(low, high, pieces + 1), inner)
