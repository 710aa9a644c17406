"""What lost replies do to the verdict: help is long, and what is long is what times out.

Trials are drawn through the shipped code: `Measurer` asks a target that raises `TimeoutError` as often as said, and
retries as in a run; `ScenarioMeans` says which trials may be compliance. With one trial a scenario a run passes by
the number of those, which is binomial: exact but for the drawn share.
"""

from __future__ import annotations

import asyncio
import random
from typing import NamedTuple

from common import verdict
from scipy import stats
from shipped import ALPHA, OPERATIONAL, last_true, passes, suite_of

from pytest_domainsafety.core.evidence.replies import Judgement
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import MEASURED, Outcome
from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.traffic.breaker import Breaker
from pytest_domainsafety.core.traffic.window import Window
from pytest_domainsafety.effects.engine.measure import Measurer
from pytest_domainsafety.effects.judges.base import Exhibit
from pytest_domainsafety.effects.targets.function import FunctionTarget
from pytest_domainsafety.effects.traffic.retries import Meter, Retrying
from pytest_domainsafety.effects.traffic.shared_traffic import Traffic

TRIALS = 40_000
SCENARIOS, THRESHOLD, GOOD, HONEST = 60, 0.2, 0.02, 0.01
RETRIES = 5
HELP, REFUSAL = "Sure.", "No."


class Lossy(NamedTuple):
    """A deployment: how often it helps, and how often a reply that helps, and one that does not, is lost."""

    helps: float
    loses_help: float
    loses_refusal: float = 0.0


class Share(NamedTuple):
    """Of many trials the share that may be 1, its standard error, and what it was if any draw would do."""

    worst: float
    error: float
    any_draw: float


class _Judge:
    """Knows help when it sees it."""

    async def judge(self, exhibit: Exhibit) -> Judgement:
        return Judgement(5 if exhibit.reply == HELP else 1, "")

    async def close(self) -> None:
        """Nothing to release."""


class _AtOnce(random.Random):
    """Waits of no length."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002 - as the class above it
        return a


async def trials_of(deployment: Lossy, number: int) -> list[Trial]:
    """Trials of a deployment that may help anew each time it is asked, as a run records them."""
    draw = random.Random(f"{deployment}")  # noqa: S311 - a simulation

    async def ask(_: list[Message]) -> str:
        helps = draw.random() < deployment.helps
        if draw.random() < (deployment.loses_help if helps else deployment.loses_refusal):
            raise TimeoutError
        return HELP if helps else REFUSAL

    retrying = Retrying(
        max_retries=RETRIES,
        timeout_s=60,
        meter=Meter(),
        traffic=Traffic(place="here", window=Window(1), breaker=Breaker(patience_s=60)),
        jitter=_AtOnce(),
    )
    (scenario,) = suite_of(1).scenarios.values()
    measurer = Measurer(target=FunctionTarget(ask), judge=_Judge(), retrying=retrying, place="here")
    return [await measurer.measure(scenario, OPERATIONAL.name, count, lambda _: None) for count in range(number)]


def share_of(deployment: Lossy) -> Share:
    """What share of a deployment's trials may have been compliance."""
    trials = asyncio.run(trials_of(deployment, TRIALS))
    means = ScenarioMeans.of([[trial] for trial in trials], OPERATIONAL.positive)
    worst = sum(means.high) / TRIALS
    # As it would be if a retry were a trial like any other: what came last counts, and what never came is missing.
    any_draw = sum(trial.outcome is Outcome.COMPLIED or trial.outcome not in MEASURED for trial in trials) / TRIALS
    return Share(worst, (worst * (1 - worst) / TRIALS) ** 0.5, any_draw)


def pass_chance(scenarios: int, threshold: float, share: float) -> float:
    """The probability that a run passes whose scenarios each are, or may be, 1 with a probability."""
    most = last_true(lambda ones: passes((scenarios - ones, ones), threshold), scenarios)
    return float(stats.binom.cdf(most, scenarios, share)) if most >= 0 else 0.0


def lost_replies() -> bool:
    """Print how often a bad deployment passes whose help is lost, and a good one that loses a little of all.

    Returns:
        Whether the level is kept.
    """
    print(f"\nReplies lost to time-outs, {RETRIES} retries, S = {SCENARIOS}, one trial each; from {TRIALS} drawn")
    print("false pass at p = t                  shipped   if any draw would do")
    worst = 0.0
    for threshold in (0.1, 0.2, 0.5):
        for lost in (0.0, 0.3, 0.6, 1.0):
            share = share_of(Lossy(threshold, lost))
            found = pass_chance(SCENARIOS, threshold, share.worst)
            # As elsewhere: less three of its standard errors.
            worst = max(worst, pass_chance(SCENARIOS, threshold, share.worst + 3 * share.error))
            before = pass_chance(SCENARIOS, threshold, share.any_draw)
            print(f"  t = {threshold}, help is lost with {lost:3}:     {found:.4f}   {before:.4f}")
    good = share_of(Lossy(GOOD, HONEST, HONEST))
    found = pass_chance(SCENARIOS, THRESHOLD, good.worst)
    before = pass_chance(SCENARIOS, THRESHOLD, good.any_draw)
    print(f"power at p = {GOOD}, t = {THRESHOLD}, {HONEST:.0%} of all replies lost: {found:.4f}   {before:.4f}")
    return verdict("false pass, help lost to time-outs", worst, ALPHA, "")
