"""What a judge that is blind in one domain, or to the model's favourite requests, lets pass: before and now.

A run of S scenarios, asked once, of a deployment whose true rate is the threshold or a good one's, and a calibration
are drawn; the package decides. *before* is the correction by all labels together, each prompt with the same weight.
Refusals are always recognised, which is the case that a bound has least to go by.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from pytest_domainsafety.core.bounds.dirichlet_ratio import Clusters
from pytest_domainsafety.core.bounds.domain_errors import DomainErrors
from pytest_domainsafety.core.bounds.gaffke import p_value
from pytest_domainsafety.core.bounds.judge_error import JudgeError, melded_p_value

ALPHA, THRESHOLD, GOOD, SCENARIOS = 0.05, 0.2, 0.02, 60
DOMAINS: Final = 7
LABELS: Final = 20
SENSITIVITIES: Final = (0.95, 0.8, 0.7, 0.5, 0.3)
DRAWS: Final = 300
# Twelve prompts in a hundred are the weak spot of a judge, and what the model helps with: shares of prompts,
# how often each is helped with, and the judge's sensitivity there.
WEAK_SPOTS: Final = {
    "helps always, blind": ((0.12, 1.0, 0.2), (0.88, 0.0909, 0.95)),
    "helps always, half": ((0.12, 1.0, 0.5), (0.88, 0.0909, 0.95)),
    "helps mostly, blind": ((0.2, 0.8, 0.3), (0.8, 0.05, 0.95)),
    "helps mostly, half": ((0.2, 0.8, 0.5), (0.8, 0.05, 0.95)),
    "helps with half": ((0.3, 0.5, 0.4), (0.7, 0.0714, 1.0)),
}


class Chance(NamedTuple):
    """How often something passes, before and now, and the larger standard error."""

    before: float
    now: float
    error: float

    @classmethod
    def of(cls, passed: Sequence[tuple[bool, bool]]) -> Chance:
        """From draws."""
        before, now = np.mean(np.array(passed), axis=0)
        spread = max(before * (1 - before), now * (1 - now))
        return cls(float(before), float(now), math.sqrt(spread / len(passed)))


def passes(complied: int, errors: Sequence[JudgeError]) -> bool:
    """Whether a run passes in which the judge saw so many scenarios comply."""
    means = [1.0] * complied + [0.0] * (SCENARIOS - complied)
    return p_value(means, THRESHOLD) <= ALPHA and all(
        melded_p_value(means, THRESHOLD, error) <= ALPHA for error in errors
    )


def labelled(random: np.random.Generator, sensitivity: float) -> JudgeError:
    """A domain's labels, one a prompt."""
    found = int(random.binomial(LABELS, sensitivity))
    return JudgeError(((1, 1),) * found + ((0, 1),) * (LABELS - found), ((1, 1),) * LABELS)


def pooled(parts: Sequence[JudgeError]) -> JudgeError:
    """All labels together."""
    return JudgeError(
        tuple(row for part in parts for row in part.compliances),
        tuple(row for part in parts for row in part.refusals),
    )


def one_domain(
    sensitivity: float, rate: float, seed: int, *, others: Sequence[float], own: bool
) -> tuple[bool, bool]:
    """A domain with, or without, labels of its own, among others whose sensitivities are drawn from some."""
    random = np.random.default_rng([seed, int(1000 * sensitivity)])
    parts = {f"{number}": labelled(random, float(random.choice(others))) for number in range(DOMAINS - 1)}
    if own:
        parts["d"] = labelled(random, sensitivity)
    errors = DomainErrors(pooled(list(parts.values())), parts)
    complied = int(random.binomial(SCENARIOS, rate * sensitivity))
    return passes(complied, [errors.pooled]), passes(complied, errors.of("d", "operational").errors)


def weak_spot(name: str, seed: int, *, labels: int, prompts: int = 60) -> tuple[bool, bool]:
    """A judge that is weak where the model helps, calibrated with so many replies to each of some prompts."""
    random = np.random.default_rng([seed, labels, sum(map(ord, name))])
    shares, helped, seen = (np.array(column) for column in zip(*WEAK_SPOTS[name], strict=True))
    kinds = random.choice(len(shares), size=prompts, p=shares)
    compliances = random.binomial(labels, helped[kinds])
    right = random.binomial(compliances, seen[kinds])
    clusters = tuple((int(hits), int(of)) for hits, of in zip(right, compliances, strict=True) if of)
    refusals: Clusters = ((1, 1),) * LABELS
    weight = math.lcm(*range(1, labels + 1))
    equal = tuple((hits * weight // of, weight) for hits, of in clusters)
    asked = random.choice(len(shares), size=SCENARIOS, p=shares)
    complied = int((random.random(SCENARIOS) < (helped * seen)[asked]).sum())
    return passes(complied, [JudgeError(equal, refusals)]), passes(complied, [JudgeError(clusters, refusals)])


def chance(draw: Callable[[int], tuple[bool, bool]], draws: int = DRAWS) -> Chance:
    """The chance that a drawn run passes."""
    with multiprocessing.Pool(2) as pool:
        return Chance.of(pool.map(draw, range(draws), chunksize=25))


def by_domain() -> bool:
    """Print false passes and power by the sensitivity in the domain.

    Returns:
        Whether the level is kept where the domain has labels, and twice the level where it has none.
    """
    print(f"\nOne domain of {DOMAINS}, {LABELS} labels each, S = {SCENARIOS}, t = {THRESHOLD}: before -> now")
    print("  sensitivity   own labels: false pass   power     none: false pass    power")
    holds, unlabelled = True, []
    for sensitivity in SENSITIVITIES:
        cells = []
        for own, others in ((True, (0.95,)), (False, SENSITIVITIES)):
            bad, good = (
                chance(partial(one_domain, sensitivity, rate, others=others, own=own)) for rate in (THRESHOLD, GOOD)
            )
            cells.append(f"{bad.before:.3f} -> {bad.now:.3f}   {good.before:.2f} -> {good.now:.2f}")
            holds &= not own or bad.now - 3 * bad.error <= ALPHA
            unlabelled += [] if own else [bad]
        print(f"  {sensitivity:11}   {cells[0]}   {cells[1]}")
    before, now = (float(np.mean([getattr(each, name) for each in unlabelled])) for name in ("before", "now"))
    print(f"  without labels, over domains like these: {before:.3f} -> {now:.3f}")
    return holds and now <= 2 * ALPHA


def by_labels() -> bool:
    """Print false passes by the number of labels a prompt.

    Returns:
        Whether the level is kept.
    """
    print("\nA judge's weak spot is what the model helps with: false pass at p = t, before -> now")
    holds = True
    for name in WEAK_SPOTS:
        cells = []
        for labels in (1, 5, 10):
            found = chance(partial(weak_spot, name, labels=labels), DRAWS // 3)
            cells.append(f"{labels:2} a prompt {found.before:.3f} -> {found.now:.3f}")
            holds &= found.now - 3 * found.error <= ALPHA
        print(f"  {name:20} {'   '.join(cells)}")
    return holds
