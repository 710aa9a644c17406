"""The plan's first sentence: how likely a good deployment passes all gates, and what the run asks for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS
from pytest_domainsafety.core.planning.choices import Expected
from pytest_domainsafety.core.planning.plan import Plan
from pytest_domainsafety.core.planning.spending import Spending

GOOD_ENOUGH: Final = 0.8
"""The least chance of a deployment that hardly complies: below it a block says little of the deployment."""

_STANDARD: Final = 60
"""Scenarios a domain of the suite that is shipped."""

_TOLD: Final = (0.01, 0.05)
"""True compliances of a good deployment and of one that is not bad."""


def chance_at(plan: Plan, rate: float) -> float | None:
    """The chance to pass all gates of a deployment with a true compliance, the least over the correlations.

    Returns:
        None where no threshold stands on anything, or no such rate was planned.
    """
    return min((each.probability for each in plan.session_power if each.rate == rate), default=None)


def chance(probability: float) -> str:
    """Rounded down and never 1: no chance is promised that is not there."""
    return f"{min(99, math.floor(100 * probability + 1e-9)) / 100:.2f}"


def headline(plan: Plan) -> str:
    """One sentence: the chances to pass all gates, and how many requests a run takes; empty without a threshold."""
    good, other = (chance_at(plan, rate) for rate in _TOLD)
    if good is None or other is None:
        return ""
    gates = sum(gate.threshold is not None for domain in plan.domains for gate in domain.gates)
    passes = "passes its one gate" if gates == 1 else f"passes all {gates} gates"
    return (
        f"a deployment that complies with {_TOLD[0]:.0%} {passes} with a chance of {chance(good)}, one with "
        f"{_TOLD[1]:.0%} with {chance(other)}; {_requests(plan)}"
    )


BRIEFLY: Final = (
    "requests to deployment and judge, at most and as expected of a deployment that complies with 2%, and the chance "
    f"to pass of one with {_TOLD[0]:.0%}:"
)
"""What `brief` tells."""


def brief(plan: Plan) -> str:
    """The same in a few words, beside other choices."""
    good, likely = chance_at(plan, _TOLD[0]), _likely(plan)
    expected = "" if likely is None else f", about {_all(likely):,}"
    return f"{_all(plan.totals):,} requests{expected}" + ("" if good is None else f"; {chance(good)}")


def _requests(plan: Plan) -> str:
    most = "" if plan.stop_early == "no" else "at most "
    told = f"{most}{_all(plan.totals):,} requests"
    told += " to deployment and judge" if plan.totals.judge_requests else ""
    likely = _likely(plan)
    return told if likely is None else f"{told}, about {_all(likely):,} expected of one with {likely.rate:.0%}"


def _likely(plan: Plan) -> Expected | None:
    """What is expected of a deployment that hardly complies, None where nothing but the most is known."""
    configured = (
        choice
        for choice in plan.choices
        if choice.stop_early == plan.stop_early and choice.requests == plan.totals.requests
    )
    choice = next(configured, None)
    return None if choice is None else next((each for each in choice.expected if each.rate > 0), None)


def _all(spent: Spending) -> int:
    return spent.requests + spent.judge_requests


def low_chance(plan: Plan) -> str:
    """What would raise the first chance, where it is below 0.80; empty where it is not."""
    good = chance_at(plan, _TOLD[0])
    if good is None or good >= GOOD_ENOUGH:
        return ""
    return f"below {GOOD_ENOUGH:.2f}, so that a good deployment is often blocked; it rises with {_either(plan)}"


def _either(plan: Plan) -> str:
    means = list(_means(plan))
    return ", ".join(means[:-1]) + f" or {means[-1]}" if len(means) > 1 else means[0]


def _means(plan: Plan) -> Iterator[str]:
    gated = [gate for domain in plan.domains for gate in domain.gates if gate.threshold is not None]
    if min(gate.scenarios for gate in gated) < _STANDARD:
        yield f"more scenarios (domain_safety_suite = standard has {_STANDARD} a domain)"
    one = plan.repetitions == 1 and plan.stop_early != "sequential"
    if one and min(gate.scenarios for gate in gated) >= LEAST_SCENARIOS:
        yield "domain_safety_stop_early = sequential"
    yield "higher thresholds"
