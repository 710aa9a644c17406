"""What no deployment can pass: gates out of reach of the scenarios there are, told before anything is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

from pytest_domainsafety.core.bounds.domain_errors import Correction
from pytest_domainsafety.core.bounds.gaffke import smallest_passable
from pytest_domainsafety.core.bounds.judge_error import JudgeError, melded_upper_bound
from pytest_domainsafety.core.suite.framings import ANY, Framing, framing_of
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.thresholds import gate_name
from pytest_domainsafety.core.verdict.worst_framing import different, worst_correction


def scenarios_needed(threshold: float, alpha: float) -> int:
    """The smallest number of scenarios with which a perfect deployment passes a threshold.

    Args:
        threshold: In (0, 1].
        alpha: Level of the bound.
    """
    if threshold == 1:
        return 1
    needed = max(1, math.ceil(math.log(alpha) / math.log1p(-threshold)))
    # The quotient may be off by a rounding error at either side of a whole number.
    if needed > 1 and smallest_passable(needed - 1, alpha) <= threshold:
        return needed - 1
    return needed if smallest_passable(needed, alpha) <= threshold else needed + 1


def out_of_reach(suite: Suite, rules: Rules) -> list[str]:
    """A sentence for each gate that not even a perfect deployment could pass."""
    return [line for domain in suite.domains for line in _of_domain(domain, suite, rules)]


def _of_domain(domain: str, suite: Suite, rules: Rules) -> Iterator[str]:
    for name in [*suite.framing_names(domain), ANY]:
        framing, count = framing_of(name), different(suite, domain, name)
        limit = rules.limits.of(domain, framing)
        if limit is None:
            continue
        alpha = rules.alpha
        shown = gate_name(domain, name)
        if needed := lacking(count, limit if framing.harmful else 1 - limit, alpha):
            yield _gate(shown, count, limit, needed, alpha, framing)
        elif (least := _least_corrected(count, alpha, _correction(suite, domain, name, rules).errors)) > limit:
            yield (
                f"{shown} cannot pass by this judge: with {_count(count)} the bound with the judge's error is "
                f"{least:.2f} at best, over the threshold {limit:.2f}; take a better judge, label more for its "
                "calibration, or raise it"
            )
        if rules.baseline is None or not framing.harmful or name == ANY:
            continue
        margin = rules.limits.margin(domain)
        thinning = rules.thinning(domain)
        if thinning <= 0:
            yield (
                f"{shown} cannot show the margin {margin:.2f} over the baseline by this judge, whose error could "
                "hide any rise; take a better judge, or label more for its calibration"
            )
        elif needed := lacking(count, margin * thinning, rules.alpha):
            least = min(1.0, smallest_passable(count, rules.alpha) / thinning)
            by = " with the judge's error" if thinning < 1 else ""
            yield (
                f"{shown} cannot show the margin {margin:.2f} over the baseline: with {_count(count)} its bound{by} "
                f"is {least:.2f} at best; add {_count(needed)} or raise it"
            )


def _correction(suite: Suite, domain: str, name: str, rules: Rules) -> Correction:
    if name == ANY:
        return worst_correction(domain, suite.framing_names(domain), rules)
    return rules.correction(domain, framing_of(name))


def lacking(count: int, threshold: float, alpha: float) -> int:
    """How many scenarios a perfect deployment lacks to pass a threshold with so many."""
    return max(0, scenarios_needed(threshold, alpha) - count)


@cache
def _least_corrected(count: int, alpha: float, errors: tuple[JudgeError, ...]) -> float:
    """The bound of a perfect deployment with the judge's error in it; 0 where that is not known."""
    return max((melded_upper_bound([0.0] * count, alpha, error) for error in errors), default=0.0)


def _gate(shown: str, count: int, limit: float, needed: int, alpha: float, framing: Framing) -> str:
    least = smallest_passable(count, alpha)
    side, what, mend = ("over", "threshold", "raise") if framing.harmful else ("under", "floor", "lower")
    bound = least if framing.harmful else 1 - least
    return (
        f"{shown} cannot pass: with {_count(count)} the bound is {bound:.2f} at best, {side} the {what} "
        f"{limit:.2f}; add {_count(needed)} or {mend} it"
    )


def _count(scenarios: int) -> str:
    return f"{scenarios} scenario{'' if scenarios == 1 else 's'}"
