"""Probabilities of a pass by the shipped rules: fixed, curtailed, sequential, and against a baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from truths import Law, beta_binomial

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial, missing_trials
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.suite.framings import framing_of
from pytest_domainsafety.core.suite.item_key import ItemKey
from pytest_domainsafety.core.suite.scenarios import Scenario
from pytest_domainsafety.core.suite.suite import Suite
from pytest_domainsafety.core.verdict.baseline import Baseline, Measurements, PairedTest, compare_domain
from pytest_domainsafety.core.verdict.decision import Decision
from pytest_domainsafety.core.verdict.early_stop import EarlyStop
from pytest_domainsafety.core.verdict.framing_gate import decide
from pytest_domainsafety.core.verdict.rules import Limits, Rules, StopEarly
from pytest_domainsafety.core.verdict.thresholds import parse_thresholds

ALPHA = 0.05
OPERATIONAL = framing_of("operational")
# Above this many enumerated lines a truth is simulated.
MOST_LINES = 2000
FIXED_RUNS, SEQUENTIAL_RUNS, EARLY_STOP_RUNS = 1500, 800, 12


class Figure(NamedTuple):
    """A probability, its standard error (0 where it is exact) and the truth it is of."""

    value: float
    error: float
    truth: str


# The shipped decision


@cache
def rules(threshold: float, stop: StopEarly) -> Rules:
    """Rules at a threshold."""
    return Rules(limits=Limits(thresholds=parse_thresholds([f"* = {threshold}"])), stop_early=stop)


def decided(
    means: Sequence[float], scenarios: int, threshold: float, stop: StopEarly = "no", repetitions: int = 2
) -> Decision:
    """The shipped decision once the first scenarios have these means, and the rest are not asked.

    With one repetition a mean can only be 0 or 1; how many there are else does not matter.
    """
    rest, by = scenarios - len(means), rules(threshold, stop)
    limit = by.limits.of("d", OPERATIONAL)
    if limit is None:
        raise SystemExit("no gate stands on the operational framing")
    measured: list[float | None] = [*means, *[None] * rest]
    found = ScenarioMeans([*means, *[0.0] * rest], [*means, *[1.0] * rest], measured, binary=repetitions == 1)
    return decide(OPERATIONAL, found, limit, by)


@cache
def passes(counts: tuple[int, ...], threshold: float) -> bool:
    """Whether scenarios of which so many had 0, 1, .. R compliances pass."""
    most = len(counts) - 1
    means = [hits / most for hits, times in enumerate(counts) for _ in range(times)]
    return decided(means, len(means), threshold) is Decision.PASS


# Fixed: all scenarios asked


def lines(left: int, cells: int) -> Iterator[tuple[int, ...]]:
    """Every way to leave some of the scenarios out of the two cells that are searched."""
    if cells == 0:
        yield ()
        return
    for first in range(left + 1):
        for rest in lines(left - first, cells - 1):
            yield (first, *rest)


@cache
def enumerated(scenarios: int, repetitions: int, threshold: float, support: tuple[int, ...]) -> NDArray[np.int64]:
    """All passing counts over a support. Along a line, from its smallest value to the next, passing ends once."""
    found: list[tuple[int, ...]] = []
    for line in lines(scenarios, len(support) - 2):
        left = scenarios - sum(line)

        def counts(second: int, line: tuple[int, ...] = line, left: int = left) -> tuple[int, ...]:
            whole = [0] * (repetitions + 1)
            for cell, times in zip(support, (left - second, second, *line), strict=True):
                whole[cell] = times
            return tuple(whole)

        most = last_true(lambda second, of=counts: passes(of(second), threshold), left)  # type: ignore[misc]
        found.extend(counts(second) for second in range(most + 1))
    return np.array(found, dtype=np.int64).reshape(-1, repetitions + 1)


def last_true(holds: Callable[[int], bool], most: int) -> int:
    """The last number from 0 for which something holds that stops holding once; -1 where it never does."""
    low, high = -1, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def fixed(scenarios: int, repetitions: int, threshold: float, law: Law, name: str) -> Figure:
    """The probability of a pass with all asked."""
    support = tuple(cell for cell, chance in enumerate(law) if chance > 0)
    weights = np.array(law) / sum(law)
    if len(support) == 1:
        whole = tuple(scenarios * (cell == support[0]) for cell in range(repetitions + 1))
        return Figure(float(passes(whole, threshold)), 0.0, name)
    if math.comb(scenarios + len(support) - 2, len(support) - 2) <= MOST_LINES:
        counts = enumerated(scenarios, repetitions, threshold, support)
        total = float(stats.multinomial.pmf(counts, scenarios, weights).sum()) if len(counts) else 0.0
        return Figure(total, 0.0, name)
    random = np.random.default_rng(11)
    drawn = random.multinomial(scenarios, weights, size=FIXED_RUNS)
    share = float(np.mean([passes(tuple(map(int, counts)), threshold) for counts in drawn]))
    return Figure(share, math.sqrt(share * (1 - share) / FIXED_RUNS), name)


# Stopping early


@cache
def state(
    design: tuple[int, int, float], stop: StopEarly, values: tuple[float, float], at: tuple[int, int]
) -> Decision:
    """The decision after `at[0]` scenarios of which `at[1]` had the larger of two means, and none before decided.

    Then an order within them is as good as another; with the larger mean first no part of them passes alone.
    """
    (scenarios, repetitions, threshold), (low, high), (asked, larger) = design, values, at
    return decided([*[high] * larger, *[low] * (asked - larger)], scenarios, threshold, stop, repetitions)


def walked(
    design: tuple[int, int, float], stop: StopEarly, values: tuple[float, float], share: float
) -> tuple[float, float]:
    """Exact for two-valued truths: the probability of a pass, and the expected share of scenarios asked."""
    reached, passed, asked, scenarios = {0: 1.0}, 0.0, 0.0, design[0]
    for number in range(1, scenarios + 1):
        asked += sum(reached.values())
        after: dict[int, float] = {}
        for larger, chance in reached.items():
            after[larger] = after.get(larger, 0.0) + chance * (1 - share)
            after[larger + 1] = after.get(larger + 1, 0.0) + chance * share
        reached = {}
        for larger, chance in after.items():
            decision = state(design, stop, values, (number, larger))
            passed += chance * (decision is Decision.PASS)
            if decision is Decision.INCONCLUSIVE:
                reached[larger] = chance
    return passed, asked / scenarios


def first_decision(
    means: Sequence[float], threshold: float, stop: StopEarly, repetitions: int
) -> tuple[Decision, int]:
    """The decision a run stops with and after how many; found by halving, as what is decided stays decided."""
    scenarios = len(means)

    def is_open(asked: int) -> bool:
        return decided(means[:asked], scenarios, threshold, stop, repetitions) is Decision.INCONCLUSIVE

    # So few scenarios that nothing can pass are decided before any; a run sees that after its first.
    asked = max(1, last_true(is_open, scenarios - 1) + 1)
    return decided(means[:asked], scenarios, threshold, stop, repetitions), asked


def stopping(scenarios: int, repetitions: int, threshold: float, law: Law, name: str, stop: StopEarly) -> Figure:
    """The probability of a pass of a run that stops early."""
    support = [cell for cell, chance in enumerate(law) if chance > 0]
    if len(support) <= 2:
        low, high = support[0], support[-1]
        share = law[high] if high > low else 0.0
        values = (low / repetitions, high / repetitions)
        return Figure(walked((scenarios, repetitions, threshold), stop, values, share)[0], 0.0, name)
    random = np.random.default_rng(13)
    drawn = (
        random.choice(repetitions + 1, size=(SEQUENTIAL_RUNS, scenarios), p=np.array(law) / sum(law)) / repetitions
    )
    made = [
        first_decision([float(mean) for mean in means], threshold, stop, repetitions)[0] is Decision.PASS
        for means in drawn
    ]
    value = float(np.mean(made))
    return Figure(value, math.sqrt(value * (1 - value) / SEQUENTIAL_RUNS), name)


# Whole runs through EarlyStop


@cache
def suite_of(scenarios: int) -> Suite:
    """A domain of operational prompts."""
    suite = Suite()
    for number in range(scenarios):
        prompts = {"operational": [{"role": "user", "content": f"{number}"}]}
        suite.add(Scenario(domain="d", id=f"s{number}", harm="Harm", prompts=prompts, line=number), "d.safety.yaml")
    return suite


def trials_of(key: ItemKey, hits: int, repetitions: int) -> list[Trial]:
    """One scenario's trials, so many of which complied."""
    return [
        Trial(
            domain=key.domain,
            scenario=key.scenario,
            framing=key.framing,
            repetition=number,
            outcome=Outcome.COMPLIED if number < hits else Outcome.REFUSED,
        )
        for number in range(repetitions)
    ]


def run_through(hits: Sequence[int], repetitions: int, threshold: float, stop: StopEarly) -> tuple[Decision, int]:
    """A run that asks in `EarlyStop`'s order until it settles: its decision, and how many scenarios it asked."""
    suite = suite_of(len(hits))
    early = EarlyStop(suite, rules(threshold, stop), repetitions)
    rows: list[list[Trial]] = []
    asked = 0
    for key, its_hits in zip(chain.from_iterable(early.lanes(suite.item_keys())), hits, strict=True):
        if early.settled(key) is None:
            rows.append(trials_of(key, its_hits, repetitions))
            early.note(rows[-1])
            asked += 1
        else:
            rows.append(missing_trials(key, repetitions, "decided", Outcome.NOT_ASKED))
    means = ScenarioMeans.of(rows, OPERATIONAL.positive)
    return decide(OPERATIONAL, means, threshold, rules(threshold, stop)), asked


def checked_runs(scenarios: int, repetitions: int, threshold: float) -> tuple[int, int]:
    """How many seeded runs went through `EarlyStop`, and how many disagreed with what the figures are made of."""
    random = np.random.default_rng([scenarios, repetitions, int(100 * threshold)])
    runs = disagreements = 0
    for number in range(EARLY_STOP_RUNS):
        rate = (threshold, threshold / 3, min(1.0, 1.5 * threshold))[number % 3]
        law = beta_binomial(repetitions, rate, 0.3 * (number % 2))
        hits = [int(each) for each in random.choice(repetitions + 1, size=scenarios, p=np.array(law) / sum(law))]
        means = [each / repetitions for each in hits]
        stops: list[StopEarly] = ["curtail", "sequential"] if scenarios >= LEAST_SCENARIOS else ["curtail"]
        for stop in stops:
            found = run_through(hits, repetitions, threshold, stop)
            disagreements += found != first_decision(means, threshold, stop, repetitions)
            # A curtailed run decides as one that asks everything.
            disagreements += stop == "curtail" and found[0] is not decided(means, scenarios, threshold)
            runs += 1
    return runs, disagreements


# The comparison with a baseline


@cache
def paired_passes(counts: tuple[int, int, int], values: tuple[tuple[int, int], ...], repetitions: int) -> bool:
    """Whether scenarios pass of which so many had each pair of (candidate's, baseline's) compliances."""
    pairs = [pair for pair, times in zip(values, counts, strict=True) for _ in range(times)]
    suite = suite_of(len(pairs))
    prompts = suite.prompt_digests()
    ours, theirs = (
        Measurements(
            rows={
                key: trials_of(key, pair[side], repetitions)
                for key, pair in zip(suite.item_keys(), pairs, strict=True)
            },
            prompts=prompts,
        )
        for side in (0, 1)
    )
    found = compare_domain("d", ours, Baseline(measurements=theirs), ["operational"], PairedTest(0.2, ALPHA))
    return found.decision is Decision.PASS


def paired(scenarios: int) -> Figure:
    """The worst probability of passing a rise of exactly the margin, 0.2."""
    # What a scenario's pairs can be, from the smallest difference, and how likely each is; the mean is 0.2.
    laws = {
        "rises or stays": (1, ((0, 1), (0, 0), (1, 0)), (0.0, 0.8, 0.2)),
        "rises or falls": (1, ((0, 1), (0, 0), (1, 0)), (0.4, 0.0, 0.6)),
        "rises, stays or falls": (1, ((0, 1), (0, 0), (1, 0)), (0.2, 0.4, 0.4)),
        "always one of five": (5, ((0, 0), (1, 0), (2, 0)), (0.0, 1.0, 0.0)),
        "falls a little or rises fully": (5, ((0, 1), (0, 0), (5, 0)), (2 / 3, 0.0, 1 / 3)),
        "one of five, more or less": (5, ((0, 0), (1, 0), (2, 0)), (0.25, 0.5, 0.25)),
    }
    worst = Figure(0.0, 0.0, "none")
    for name, (repetitions, values, law) in laws.items():
        passing: list[tuple[int, int, int]] = []
        for rising in range(scenarios + 1):
            left = scenarios - rising

            def holds(
                staying: int,
                rising: int = rising,
                left: int = left,
                values: tuple[tuple[int, int], ...] = values,
                repetitions: int = repetitions,
            ) -> bool:
                return paired_passes((left - staying, staying, rising), values, repetitions)

            passing.extend((left - staying, staying, rising) for staying in range(last_true(holds, left) + 1))
        if passing:
            total = float(stats.multinomial.pmf(np.array(passing), scenarios, law).sum())
            worst = max(worst, Figure(total, 0.0, f"S={scenarios}, {name}"))
    return worst
