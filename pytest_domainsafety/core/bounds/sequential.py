"""The sequential test: passing a good deployment before all of its scenarios were asked.

Scenarios are looked at in an order that was drawn before anything was asked: then it does not matter which replies
arrive first, and nobody can choose an order in which a bad deployment looks good.

Where a scenario complied or did not, the exact `boundary`; where its mean is a share, since there are repetitions,
`looks` at a few moments.

With a judge that errs the gate's threshold stands for an apparent rate, `a = t Se + (1 - t) F`. Its lower confidence
limit takes a fifth of the level, and the test of the apparent rate against it the rest.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pytest_domainsafety.core.bounds.boundary import MOST_SCENARIOS, boundary
from pytest_domainsafety.core.bounds.judge_error import JudgeError, apparent_limit, true_limit
from pytest_domainsafety.core.bounds.looks import looks

__all__ = ["LEAST_SCENARIOS", "SequentialGate", "asking_order", "sequential_gate"]

LEAST_SCENARIOS: Final = 20
"""Below this there is next to nothing to save."""

JUDGE_PART: Final = 0.2


class _Test(Protocol):
    """Passes or not, after any number of scenarios."""

    @property
    def rate(self) -> float:
        """The rate that a pass excludes."""
        ...

    def passes(self, means: Sequence[float]) -> bool:
        """Whether a look passes, by a mean for every scenario in the order of asking; 1.0 where nothing is known."""
        ...

    def end(self, means: Sequence[float]) -> int:
        """After how many scenarios a look passes; all of them where none does."""
        ...

    def upper_bound(self, means: Sequence[float]) -> float:
        """The upper confidence bound on the rate, within `rate` exactly if a look passes."""
        ...


@dataclass(frozen=True, slots=True)
class SequentialGate:
    """The sequential test of one gate.

    Args:
        threshold: Of the true rate.
        test: Of the rate that the judge shows; None where no result could pass.
        judge_alpha: The level of the limits on the judge's errors.
        errors: The judge's.
    """

    threshold: float
    test: _Test | None
    judge_alpha: float
    errors: Sequence[JudgeError]

    def passes(self, means: Sequence[float]) -> bool:
        """Whether it passes, by a mean for every scenario in the order of asking; 1.0 where nothing is known."""
        return self.test is not None and self.test.passes(means)

    def end(self, means: Sequence[float]) -> int:
        """After how many scenarios it passes; all of them where it does not."""
        return len(means) if self.test is None else self.test.end(means)

    def apparent_bound(self, means: Sequence[float]) -> float:
        """The upper confidence bound on the rate that the judge shows."""
        return 1.0 if self.test is None else self.test.upper_bound(means)

    def true_bound(self, apparent_bound: float) -> float:
        """The bound on the true rate behind it, at least as large, and within the threshold exactly if it passes."""
        if not self.errors or self.test is None:
            return apparent_bound
        found = max([apparent_bound, *(true_limit(apparent_bound, each, self.judge_alpha) for each in self.errors)])
        if apparent_bound <= self.test.rate:
            return min(found, self.threshold)
        return max(found, math.nextafter(self.threshold, 1.0))


def sequential_gate(
    scenarios: int, threshold: float, alpha: float, errors: Sequence[JudgeError] = (), *, binary: bool
) -> SequentialGate:
    """The test of a gate.

    Args:
        scenarios: That it stands on, at least 1.
        threshold: In (0, 1).
        alpha: Level of the verdict, in (0, 1).
        errors: The judge's, where the gate is corrected for them: whichever is the true one.
        binary: Whether every mean is 0.0 or 1.0.
    """
    judge_alpha = JUDGE_PART * alpha if errors else 0.0
    rate = min([threshold, *(apparent_limit(threshold, error, judge_alpha) for error in errors)])
    if rate <= 0.0:
        return SequentialGate(threshold, None, judge_alpha, errors)
    left = alpha - judge_alpha
    exact = boundary(scenarios, rate, left) if binary and scenarios <= MOST_SCENARIOS else None
    return SequentialGate(threshold, exact or looks(scenarios, rate, left), judge_alpha, errors)


def asking_order(domain: str, scenarios: Iterable[str], drawn: str) -> list[str]:
    """The scenario ids of a domain in an order that depends on nothing but them and what was drawn."""
    return sorted(scenarios, key=lambda id_: hashlib.sha256(f"{drawn}\0{domain}\0{id_}".encode()).digest())
