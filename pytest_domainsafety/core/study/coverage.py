"""How often the study's descriptive intervals cover, where they are said to at 95 %.

Measured by `benchmarks/study.py` on studies of 7 domains of 20 scenarios, 3 repetitions and 5 models whose truth is
planted; it fails when these are no longer what it finds. How, and what else it finds, is in docs/study-validity.md.
"""

from __future__ import annotations

from typing import Final

__all__ = ["COVERAGE", "NOMINAL", "RARE_COVERAGE"]

NOMINAL: Final = 0.95

COVERAGE: Final[dict[str, float]] = {
    "rate of a domain": 0.91,
    "span of the domains": 0.92,
    "difference of the domains at its ends": 0.855,
    "rate of a codification": 0.92,
    "high minus low codification": 0.95,
    "rate of a model in a domain": 0.83,
    "share of domain, sequential": 0.92,
    "share of scenario, sequential": 0.89,
    "share of model, sequential": 0.945,
    "share of residual, sequential": 0.93,
    "share of domain, moments": 0.935,
    "share of scenario, moments": 0.915,
    "share of model, moments": 0.96,
    "share of residual, moments": 0.94,
    "Spearman's rho between domains": 0.92,
    "kappa of the second judge": 0.915,
    "kappa of one run's 28 replies": 0.75,
}
"""Of the intervals over 20 scenarios a domain, and of kappa over 140 replies or over 28.

Those of rates are percentile bootstraps, averaged over domains, codifications or models in domains; a rate near 0 or
1 is covered much less. The span's interval is held against the span, and against the true difference of the two
domains that the data put at its ends.
"""

RARE_COVERAGE: Final = 0.84
"""Of the percentile bootstrap over 20 scenarios at a rate of 5 %, half of the variance between them; exact."""
