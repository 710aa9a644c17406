"""The plan: what a run would ask and cost, and how likely a good deployment would pass it. Nothing is asked for it.

Requests are counted, tokens and cost are estimated. The chances are of a whole run: every scenario of the suite,
selected or not, since a verdict counts what was not selected as missing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Final, Literal

from pydantic import ConfigDict, Field

from pytest_domainsafety.core.bounds.boundary import MOST_SCENARIOS, boundary
from pytest_domainsafety.core.bounds.gaffke import smallest_passable
from pytest_domainsafety.core.bounds.looks import looks
from pytest_domainsafety.core.bounds.power import ICCS, RATES, PassChance, pass_chances
from pytest_domainsafety.core.planning.choices import Choice, choices
from pytest_domainsafety.core.planning.judge_cost import JudgeAtMost, Judging, judge_at_most
from pytest_domainsafety.core.planning.prices import Prices
from pytest_domainsafety.core.planning.spending import (
    TYPICAL_REPLY_TOKENS,
    Spending,
    spending_of,
    spending_of_controls,
    total,
)
from pytest_domainsafety.core.planning.wall_time import Pace, WallTime, wall_times
from pytest_domainsafety.core.record import Record
from pytest_domainsafety.core.suite.framings import ALWAYS_GATED, WORST, Framing, framing_of, in_order
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.out_of_reach import lacking
from pytest_domainsafety.core.verdict.rules import Rules
from pytest_domainsafety.core.verdict.suite_verdict import gated_framings
from pytest_domainsafety.core.verdict.worst_framing import different

TENTH: Final = 0.10
"""A threshold that many will want to come to, told beside the configured one."""


class GatePlan(Record):
    """One gate: a framing of a domain that a threshold may stand on.

    `scenarios` are those that have the framing, `smallest_threshold` what a deployment that never complies can just
    pass. `add_for_threshold` and `add_for_tenth` are how many scenarios such a deployment lacks to pass the
    configured threshold and 0.10. `power` is of the test that decides; with sequential stopping and repetitions of
    its last look alone, which is a lower bound.
    """

    framing: str
    scenarios: int
    threshold: float | None
    smallest_threshold: float
    reachable: bool
    add_for_threshold: int
    add_for_tenth: int
    power: list[PassChance]


class DomainPlan(Spending):
    """One domain; `smallest_threshold` is that of its operational gate."""

    domain: str
    scenarios: int
    smallest_threshold: float
    gates: list[GatePlan]


class Plan(Record):
    """What a run would cost and could show.

    `session_power` is the chance to pass all thresholds of all domains, their chances multiplied as if independent;
    gates on the same scenarios are alike, so that it errs downwards. Floors and a baseline are not in it.
    `not_selected` items would count as missing. `choices` are ways of asking the whole suite. `judge_at_most` is null
    where no judge model is asked or nothing bounds a reply. `batch_cost` is that of `totals` at a batch's prices,
    null where one that is needed was not given. `wall_times` are of one session, and of shards where they were asked
    for; empty where no latency was given.
    """

    model_config = ConfigDict(title="pytest-domainsafety plan", serialize_by_alias=True)

    schema_: Literal["pytest-domainsafety/plan/1"] = Field(default="pytest-domainsafety/plan/1", alias="schema")
    confidence: float
    alpha: float
    attempts: int
    repetitions: int
    stop_early: Literal["no", "curtail", "sequential"]
    assumed_unjudged: float
    not_selected: int
    domains: list[DomainPlan]
    totals: Spending
    batch_cost: float | None = None
    judge_at_most: JudgeAtMost | None
    rates: list[float]
    iccs: list[float]
    session_power: list[PassChance]
    choices: list[Choice]
    wall_times: list[WallTime] = Field(default_factory=list)


def make_plan(
    suite: Suite,
    selected: Collection[ItemKey],
    rules: Rules,
    *,
    repetitions: int,
    max_tokens: int | None,
    judging: Judging | None,
    prices: Prices,
    assumed_unjudged: float,
) -> Plan:
    """Plan a run.

    Args:
        suite: All scenarios that were collected.
        selected: The items that would be asked.
        rules: Levels and limits.
        repetitions: Trials an item.
        max_tokens: The longest reply that the deployment may give, None where that is not limited.
        judging: How judge models score the replies; None where none is asked.
        prices: As far as known.
        assumed_unjudged: Share of trials that no judge could score, in [0, 1].
    """
    reply_tokens = TYPICAL_REPLY_TOKENS if max_tokens is None else min(TYPICAL_REPLY_TOKENS, max_tokens)
    chosen = set(selected)
    domains, all_asked = [], list[tuple[Scenario, str]]()
    for domain in suite.domains:
        scenarios = suite.of_domain(domain)
        asked = [(each, name) for each in scenarios for name in each.prompts if (domain, each.id, name) in chosen]
        all_asked += asked
        spending = spending_of(asked, repetitions, reply_tokens, prices, judging)
        gates = _gates(suite, domain, rules, repetitions, assumed_unjudged)
        domains.append(
            DomainPlan(
                **dict(spending),
                domain=domain,
                scenarios=len(scenarios),
                smallest_threshold=next(gate.smallest_threshold for gate in gates if gate.framing == ALWAYS_GATED),
                gates=gates,
            )
        )
    return Plan(
        confidence=rules.confidence,
        alpha=round(rules.alpha, 12),
        attempts=rules.attempts,
        repetitions=repetitions,
        stop_early=rules.stop_early,
        assumed_unjudged=assumed_unjudged,
        not_selected=sum(key not in chosen for key in suite.item_keys()),
        domains=domains,
        totals=total([*domains, *spending_of_controls(judging, prices)], prices),
        judge_at_most=judge_at_most(all_asked, repetitions, max_tokens, judging, prices),
        rates=list(RATES),
        iccs=list(ICCS),
        session_power=_session_power(domains),
        choices=choices(suite, rules, repetitions, reply_tokens, prices, judging),
    )


def asked_otherwise(
    plan: Plan,
    suite: Suite,
    selected: Collection[ItemKey],
    *,
    judging: Judging | None,
    batch_prices: Prices,
    pace: Pace | None,
) -> Plan:
    """The plan with what the same costs in a batch, and how long it takes in one session and in shards.

    Args:
        plan: The plan.
        suite: What it is of.
        selected: The same.
        judging: The same.
        batch_prices: Prices in a batch, as far as known.
        pace: How fast is asked; None where that is not known.
    """
    chosen = set(selected)
    asked = [
        (each, name)
        for each in suite.scenarios.values()
        for name in each.prompts
        if (each.domain, each.id, name) in chosen
    ]
    times = [] if pace is None else wall_times(suite, asked, pace, repetitions=plan.repetitions, judging=judging)
    return plan.model_copy(update={"batch_cost": total([plan.totals], batch_prices).cost, "wall_times": times})


def _gates(suite: Suite, domain: str, rules: Rules, repetitions: int, unjudged: float) -> list[GatePlan]:
    return [
        _gate(framing, different(suite, domain, framing.name), limit, rules, repetitions, unjudged)
        for framing in _gated(suite, domain, rules)
        for limit in [rules.limits.of(domain, framing)]
    ]


def _gated(suite: Suite, domain: str, rules: Rules) -> list[Framing]:
    """The harmful framings of a domain that a gate stands on, or that one ought to."""
    return [framing_of(name) for name in in_order([ALWAYS_GATED, *gated_framings(domain, suite, rules)])] + (
        [WORST] if rules.limits.of(domain, WORST) is not None else []
    )


def _gate(
    framing: Framing, scenarios: int, threshold: float | None, rules: Rules, repetitions: int, unjudged: float
) -> GatePlan:
    alpha = rules.alpha
    add = 0 if threshold is None else lacking(scenarios, threshold, alpha)
    return GatePlan(
        framing=framing.name,
        scenarios=scenarios,
        threshold=threshold,
        smallest_threshold=smallest_passable(scenarios, alpha),
        reachable=add == 0,
        add_for_threshold=add,
        add_for_tenth=lacking(scenarios, TENTH, alpha),
        power=[] if threshold is None else _power(scenarios, threshold, rules, repetitions, unjudged),
    )


def _power(scenarios: int, threshold: float, rules: Rules, repetitions: int, unjudged: float) -> list[PassChance]:
    """The chances of the test that decides, or a lower bound on them."""
    alpha = rules.alpha
    if rules.stop_early != "sequential":
        return list(pass_chances(scenarios, repetitions, threshold, unjudged, alpha))
    if repetitions > 1 or scenarios > MOST_SCENARIOS:
        last = looks(scenarios, threshold, alpha).looks[-1]
        return list(pass_chances(scenarios, repetitions, threshold, unjudged, last.alpha))
    test = boundary(scenarios, threshold, alpha)
    chances = {rate: 0.0 if test is None else test.pass_chance(rate + (1 - rate) * unjudged) for rate in RATES}
    return [PassChance(rate=rate, icc=icc, probability=chances[rate]) for rate in RATES for icc in ICCS]


def _session_power(domains: Iterable[DomainPlan]) -> list[PassChance]:
    """All thresholds at once; empty where there is none."""
    powers = [gate.power for domain in domains for gate in domain.gates if gate.power]
    return [
        PassChance(rate=same[0].rate, icc=same[0].icc, probability=math.prod(chance.probability for chance in same))
        for same in zip(*powers, strict=True)
    ]
