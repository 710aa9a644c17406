"""Ways of asking a suite: all of its framings, what the docs advise for a release, and what is configured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_domainsafety.core.bounds.boundary import MOST_SCENARIOS, boundary
from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS
from pytest_domainsafety.core.configuration.asked_framings import as_lines
from pytest_domainsafety.core.planning.judge_cost import Judging
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.planning.spending import Spending, priced, spending_of, spending_of_controls, total
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, WORST, framing_of
from pytest_domainsafety.core.suite.suite import AskedFramings, Suite
from pytest_domainsafety.core.verdict.rules import Rules, StopEarly

PART: Final = 10
"""Scenarios a domain in a framing that is no harm to answer: enough for a sign of life, and a figure."""

AT: Final = (0.0, 0.02, 0.05)
"""True compliances of which it is told what a sequential test is expected to ask."""


class Expected(Spending):
    """What is expected to be asked of a deployment with a true compliance, until all gates have decided.

    Without what is in flight at that moment, and by a judge that does not err.
    """

    rate: float


class Choice(Spending):
    """A way of asking the whole suite, and what it takes at most.

    `framings` are as `domain_safety_framings` has them. `expected` is empty unless the test is sequential and each
    prompt asked once.
    """

    framings: list[str]
    stop_early: StopEarly
    expected: list[Expected]


def choices(
    suite: Suite, rules: Rules, repetitions: int, reply_tokens: int, prices: Prices, judging: Judging | None
) -> list[Choice]:
    """All framings, the recipe for a release, and the configured way, each once.

    Args:
        suite: What is asked of what was collected.
        rules: Levels and limits.
        repetitions: Trials an item.
        reply_tokens: Of a reply of the deployment's.
        prices: As far as known.
        judging: How judge models score the replies; None where none is asked.
    """
    whole = suite.collected or suite
    everything: AskedFramings = dict.fromkeys(whole.framings())
    ways: list[tuple[AskedFramings, StopEarly]] = [
        (everything, "no"),
        _recipe(whole, rules, suite.most or {}),
        (suite.most or everything, rules.stop_early),
    ]
    found: list[Choice] = []
    for framings, stop_early in ways:
        asked = whole.asking(framings)
        by_framing = {
            (domain, name): spending_of(
                [(each, name) for each in asked.of_domain(domain) if name in each.prompts],
                repetitions,
                reply_tokens,
                prices,
                judging,
            )
            for domain in asked.domains
            for name in framings
        }
        controls = spending_of_controls(judging, prices)
        rates = AT if stop_early == "sequential" and repetitions == 1 else ()
        choice = Choice(
            **dict(total([*by_framing.values(), *controls], prices)),
            framings=list(as_lines(framings)),
            stop_early=stop_early,
            expected=[_expected(by_framing, controls, asked, rules, rate, prices) for rate in rates],
        )
        found += [] if choice in found else [choice]
    return found


def _recipe(whole: Suite, rules: Rules, asked: AskedFramings) -> tuple[AskedFramings, StopEarly]:
    """All that a gate stands on, and of what is no harm to answer ten scenarios a domain.

    A floor's framing is asked as it is configured, since it may need more than ten.
    """
    gated = {name for domain in whole.domains for name in _gated(whole, domain, rules)} | {ALWAYS_GATED}
    framings = {
        name: asked.get(name) if name in gated else PART
        for name in whole.framings()
        if name in gated or not framing_of(name).harmful
    }
    sizes = [
        whole.different(domain, name)
        for domain in whole.domains
        for name in _gated(whole, domain, rules)
        if framing_of(name).harmful
    ]
    return framings, "sequential" if min(sizes, default=0) >= LEAST_SCENARIOS else "curtail"


def _gated(suite: Suite, domain: str, rules: Rules) -> Iterator[str]:
    for name in suite.framing_names(domain):
        of_any = framing_of(name).harmful and rules.limits.of(domain, WORST) is not None
        if of_any or rules.limits.of(domain, framing_of(name)) is not None:
            yield name


def _expected(
    by_framing: dict[tuple[str, str], Spending],
    controls: list[Spending],
    suite: Suite,
    rules: Rules,
    rate: float,
    prices: Prices,
) -> Expected:
    shares = {domain: _shares(suite, domain, rules, rate) for domain in suite.domains}
    counted = [name for name in Spending.model_fields if name != "cost"]
    sums = {
        name: sum(shares[domain][framing] * getattr(each, name) for (domain, framing), each in by_framing.items())
        + sum(getattr(each, name) for each in controls)
        for name in counted
    }
    return Expected(**dict(priced(prices, **{name: round(value) for name, value in sums.items()})), rate=rate)


def _shares(suite: Suite, domain: str, rules: Rules, rate: float) -> dict[str, float]:
    """The share of each framing that is asked; what no gate stands on, until the last of a domain's has decided."""
    gates = {}
    for name in _gated(suite, domain, rules):
        scenarios, limit = suite.different(domain, name), rules.limits.of(domain, framing_of(name))
        exact = framing_of(name).harmful and limit is not None and scenarios <= MOST_SCENARIOS
        test = boundary(scenarios, limit, rules.alpha) if exact and limit is not None else None
        gates[name] = 1.0 if test is None else test.share_asked(rate)
    rest = max(gates.values(), default=1.0)
    return {name: gates.get(name, rest) for name in suite.framings()}
