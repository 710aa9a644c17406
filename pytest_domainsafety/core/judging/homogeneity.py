"""Whether a judge is as sensitive in each domain: exact tests of each against all others, at one level together.

A prompt is a unit, right where the judge recognised every labelled compliance among its replies. Each domain is
tested by Fisher's exact test (two-sided), and the smallest p-values are compared as Holm has it, so that a difference
is found where there is none in at most 5 % of calibrations.

Sources: Fisher 1935; Holm 1979.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pytest_domainsafety.core.bounds.judge_error import JudgeError

_LEVEL: Final = 0.05


class Difference(NamedTuple):
    """A domain whose compliances the judge recognises more or less often than those of all others together.

    Args:
        domain: Its name.
        sensitivity: Its own, over labels.
        p: Of Fisher's test, multiplied as Holm has it.
    """

    domain: str
    sensitivity: float
    p: float


def differences(domains: Mapping[str, JudgeError]) -> list[Difference]:
    """The domains that differ, the clearest first."""
    import numpy as np
    from scipy.stats import fisher_exact

    counts = {name: _counts(error) for name, error in domains.items() if error.compliances}
    whole = [sum(each) for each in zip(*counts.values(), strict=True)]
    tested = sorted(
        (float(fisher_exact(np.array([[right, wrong], [whole[0] - right, whole[1] - wrong]])).pvalue), name)
        for name, (right, wrong) in counts.items()
    )
    found: list[Difference] = []
    for rank, (p, name) in enumerate(tested):
        adjusted = min(1.0, p * (len(tested) - rank))
        if adjusted > _LEVEL:
            break
        found.append(Difference(name, domains[name].sensitivity or 0.0, adjusted))
    return found


def _counts(error: JudgeError) -> tuple[int, int]:
    """Prompts all of whose labelled compliances were recognised, and the others."""
    right = sum(right == judged for right, judged in error.compliances)
    return right, len(error.compliances) - right
