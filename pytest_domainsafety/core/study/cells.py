"""Scores as a table of scenarios by models, and its resampling by scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from pytest_domainsafety.core.study.scores import PairScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cells"]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The scores of C scenarios of D domains and M models; all names are sorted, so the order of rows is nothing.

    Args:
        domains: D names.
        scenarios: C names, each a domain and an id.
        models: M names.
        domain_of: The number of each scenario's domain, shape (C,).
        values: Shape (C, M); 0 where there is no score.
        asked: 1 where there is a score, else 0, shape (C, M).
    """

    domains: tuple[str, ...]
    scenarios: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    domain_of: NDArray[np.intp]
    values: NDArray[np.float64]
    asked: NDArray[np.float64]

    @classmethod
    def of(cls, scores: Sequence[PairScore]) -> Self:
        """The table of some scores.

        Raises:
            ValueError: Two scores of one scenario and model, or a value that is NaN or outside [0, 1].
        """
        import numpy as np

        domains = sorted({score.domain for score in scores})
        scenarios = sorted({(score.domain, score.scenario) for score in scores})
        models = sorted({score.model for score in scores})
        rows, columns, numbers = ({name: n for n, name in enumerate(names)} for names in (scenarios, models, domains))
        values, asked = np.zeros((2, len(scenarios), len(models)))
        for score in scores:
            cell = rows[score.domain, score.scenario], columns[score.model]
            if asked[cell]:
                raise ValueError(f"two scores of {score.domain}/{score.scenario} for {score.model}")
            if not 0 <= score.value <= 1:
                raise ValueError(f"a score must be between 0 and 1, not {score.value!r}")
            values[cell], asked[cell] = score.value, 1
        domain_of = np.array([numbers[domain] for domain, _ in scenarios], dtype=np.intp)
        return cls(tuple(domains), tuple(scenarios), tuple(models), domain_of, values, asked)

    def once(self) -> NDArray[np.float64]:
        """The table as it is, as one resample: every scenario once, shape (1, C)."""
        import numpy as np

        return np.ones((1, len(self.scenarios)))

    def resampled(self, resamples: int, seed: int) -> NDArray[np.float64]:
        """How often each scenario stands in each resample of its domain's, shape (B, C).

        A scenario moves whole, with all models' scores of it.
        """
        import numpy as np

        random = np.random.default_rng(seed)
        counts = np.empty((resamples, len(self.scenarios)))
        for domain in range(len(self.domains)):
            members = np.flatnonzero(self.domain_of == domain)
            counts[:, members] = random.multinomial(len(members), np.full(len(members), 1 / len(members)), resamples)
        return counts

    def by_domain(self, columns: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of columns (C, K) over each domain's scenarios, for each resample: shape (B, D, K)."""
        import numpy as np

        starts = np.searchsorted(self.domain_of, np.arange(len(self.domains) + 1))
        return np.stack(
            [counts[:, start:end] @ columns[start:end] for start, end in pairwise(starts)],
            axis=1,
        )

    def interval(
        self, resampled: NDArray[np.float64], estimate: float, confidence: float, least: float = 0.0
    ) -> tuple[float, float] | tuple[None, None]:
        """The interval of a figure from its resamples: their deviations from their own mean, about the estimate.

        Of S scenarios drawn again S times some come twice, which makes them look more alike, by (S - 1) / S in their
        variance, and domains less alike, so that resamples of such a figure do not lie around its estimate: the
        percentile interval covers too seldom. Here that bias is taken off, and the deviations are widened by the root
        of S / (S - 1), pooled over domains.

        Args:
            resampled: The figure in each resample; NaN where it has none, which is left out.
            estimate: The figure itself.
            confidence: Two-sided.
            least: The smallest value the figure can have; the largest is 1.

        Returns:
            The two ends; None twice where no resample has the figure, or no domain has two scenarios to draw from.
        """
        import numpy as np

        known = resampled[~np.isnan(resampled)]
        free = len(self.scenarios) - len(self.domains)
        if not known.size or not free:
            return None, None
        tail = (1 - confidence) / 2
        below, above = (np.quantile(known, [tail, 1 - tail]) - known.mean()) * np.sqrt(len(self.scenarios) / free)
        return max(least, min(estimate, estimate + float(below))), min(1.0, max(estimate, estimate + float(above)))
