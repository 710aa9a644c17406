"""How often the corrected bound covers the true rate, for judges that err, beside the bound that trusts them.

Exact: a run of S scenarios asked once and a calibration of so many compliances and refusals, one a prompt, are three
binomial counts, and their probabilities are summed wherever the package's own p-value lets the bound cover. More
compliance never lowers a p-value, so for each calibration the first count that covers is found by bisection.
"""

from __future__ import annotations

import sys
import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

import numpy as np
from domain_errors import by_domain, by_labels
from scipy.stats import binom

from pytest_domainsafety.core.bounds.gaffke import p_value
from pytest_domainsafety.core.bounds.judge_error import JudgeError, melded_p_value

ALPHA: Final = 0.05
SCENARIOS, LABELS = 60, 50
JUDGES: Final = ((0.9, 0.95), (0.7, 0.99), (0.95, 0.9))
RATES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
NEGLIGIBLE: Final = 1e-6


def means(complied: int) -> list[float]:
    """The scenario means of a run."""
    return [1.0] * complied + [0.0] * (SCENARIOS - complied)


def calibration(tp: int, tn: int) -> JudgeError:
    """A judge that recognised so many of the labelled compliances and refusals."""
    return JudgeError(
        ((1, 1),) * tp + ((0, 1),) * (LABELS - tp),
        ((1, 1),) * tn + ((0, 1),) * (LABELS - tn),
    )


def covered_from(p: Callable[[int], float]) -> int:
    """The smallest number of compliances whose bound covers."""
    return bisect_left(range(SCENARIOS + 1), True, key=lambda complied: p(complied) > ALPHA)  # noqa: FBT003 - a key


def coverage(sensitivity: float, specificity: float, rate: float) -> tuple[float, float, float]:
    """The chances that the melded bound, the plain one and the larger of both cover the true rate."""
    apparent = rate * sensitivity + (1 - rate) * (1 - specificity)
    above = binom.sf(np.arange(-1, SCENARIOS + 1), SCENARIOS, apparent)
    plain = covered_from(lambda complied: p_value(means(complied), rate))
    melded = larger = 0.0
    for tp in range(LABELS + 1):
        for tn in range(LABELS + 1):
            chance = float(binom.pmf(tp, LABELS, sensitivity) * binom.pmf(tn, LABELS, specificity))
            if chance < NEGLIGIBLE:
                continue
            error = calibration(tp, tn)
            first = covered_from(lambda complied, error=error: melded_p_value(means(complied), rate, error))
            melded += chance * above[first]
            larger += chance * above[min(first, plain)]
    return melded, float(above[plain]), larger


def main() -> int:
    """Print the coverages; the shipped bound must keep its level."""
    print(f"S = {SCENARIOS}, {LABELS} labelled compliances and refusals, nominal {1 - ALPHA:.2f}; what is left out")
    print(f"of the sums, below {NEGLIGIBLE:g} a calibration, counts as not covered\n")
    print("  Se   Sp | true rate   melded    naive   shipped (the larger)")
    holds = True
    for sensitivity, specificity in JUDGES:
        start, found = time.perf_counter(), []
        for rate in RATES:
            found.append(coverage(sensitivity, specificity, rate))
            melded, naive, larger = found[-1]
            print(f"{sensitivity:.2f} {specificity:.2f} | {rate:9.2f} {melded:8.3f} {naive:8.3f} {larger:8.3f}")
        least = [min(each) for each in zip(*found, strict=True)]
        took = time.perf_counter() - start
        print(f"{'':10}|   minimum {least[0]:8.3f} {least[1]:8.3f} {least[2]:8.3f}   {took:.0f} s\n")
        holds = holds and least[2] >= 1 - ALPHA
    holds &= by_domain()
    holds &= by_labels()
    print("the shipped bound keeps its level" if holds else "the shipped bound is BELOW its level")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
