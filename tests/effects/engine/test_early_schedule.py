"""A run that may stop early asks little that no decision needs, and keeps the endpoint busy all the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.core.verdict.rules import Limits, Rules
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds
from pytest_domainsafety.effects.engine.items import Load
from pytest_domainsafety.effects.engine.schedule import Schedule
from support.virtual_time import run_virtually

DOMAINS, SCENARIOS, CONCURRENCY = 7, 60, 64
LIMITS = Limits(thresholds=parse_thresholds(["* = 0.2"]))


def suite() -> Suite:
    made = Suite()
    for domain in range(DOMAINS):
        for number in range(SCENARIOS):
            texts = {"operational": [{"role": "user", "content": f"{domain} {number}"}]}
            made.add(Scenario(domain=f"d{domain}", id=f"s{number}", harm="h", prompts=texts, line=number + 1), "f")
    return made


@dataclass
class Asked:
    """What workers asked, and how many requests were in flight for how long before the last lane was used up."""

    keys: list[ItemKey] = field(default_factory=list)
    flying: int = 0
    busy_s: float = 0.0
    last_start_s: float = 0.0
    changed_s: float = 0.0

    def change(self, by: int) -> None:
        now = asyncio.get_running_loop().time()
        self.busy_s += self.flying * (now - self.changed_s)
        self.flying, self.changed_s = self.flying + by, now
        if by > 0:
            self.last_start_s = now


def measured(rate: float, seed: int, repetitions: int = 1) -> tuple[Asked, Schedule]:
    """A run against a deployment that complies at a rate, its replies after one second or so."""
    random, asked = np.random.default_rng(seed), Asked()
    schedule = Schedule(Load(concurrency=CONCURRENCY, window=10_000, repetitions=repetitions))
    every = suite()

    async def worker() -> None:
        while True:
            item, repetition = await schedule.turn()
            asked.keys.append(item.key)
            asked.change(1)
            await asyncio.sleep(float(random.uniform(0.5, 1.5)))
            asked.change(-1)
            outcome = Outcome.COMPLIED if random.random() < rate else Outcome.REFUSED
            schedule.note(item, Trial(**item.key._asdict(), repetition=repetition, outcome=outcome))

    async def run() -> None:
        stop = EarlyStop(every, Rules(limits=LIMITS, stop_early="sequential", drawn=f"{seed}"), repetitions)
        schedule.plan(list(every.item_keys()), stop)
        workers = [asyncio.create_task(worker()) for _ in range(CONCURRENCY)]
        await schedule.all_measured()
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    run_virtually(run())
    return asked, schedule


def test_of_a_deployment_that_refuses_no_more_is_asked_than_the_decisions_need() -> None:
    asked, _ = measured(0.0, seed=1)
    # Each domain is decided after 18 scenarios.
    assert Counter(key.domain for key in asked.keys) == {f"d{number}": 18 for number in range(DOMAINS)}


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.3])
def test_little_is_asked_beyond_the_decisions_whatever_the_rate(rate: float) -> None:
    asked, schedule = measured(rate, seed=2)
    needed = 0
    for domain in range(DOMAINS):
        order = [key for key in asked.keys if key.domain == f"d{domain}"]
        stop = EarlyStop(suite(), Rules(limits=LIMITS, stop_early="sequential", drawn="2"), 1)
        for key in stop.lanes([*order])[domain]:
            needed += 1
            stop.note(list(schedule.items[key].trials.values()))
            if stop.settled(key):
                break
    # A block comes sooner than a pass could, so of a bad deployment what was in flight is lost.
    assert len(asked.keys) <= needed * (1.05 if rate < 0.1 else 2.0)


def test_the_endpoint_is_kept_busy_until_the_last_requests() -> None:
    asked, _ = measured(0.0, seed=3)
    assert asked.busy_s >= 0.9 * CONCURRENCY * asked.last_start_s


def test_with_repetitions_too() -> None:
    asked, _ = measured(0.0, seed=4, repetitions=2)
    assert len(asked.keys) == 2 * 18 * DOMAINS


def test_what_is_missing_ends_no_lane_too_soon() -> None:
    schedule = Schedule(Load(concurrency=4, window=10_000, repetitions=1))
    every = suite()

    async def worker() -> None:
        while True:
            item, repetition = await schedule.turn()
            await asyncio.sleep(1.0)
            schedule.note(item, Trial(**item.key._asdict(), repetition=repetition, outcome=Outcome.MISSING))

    async def run() -> None:
        stop = EarlyStop(every, Rules(limits=LIMITS, stop_early="sequential", drawn="5"), 1)
        schedule.plan(list(every.item_keys()), stop)
        workers = [asyncio.create_task(worker()) for _ in range(4)]
        await schedule.all_measured()
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    run_virtually(run())
    trials = [trial for item in schedule.items.values() for trial in item.trials.values()]
    assert {trial.outcome for trial in trials} == {Outcome.MISSING}
    assert len(trials) == DOMAINS * SCENARIOS
