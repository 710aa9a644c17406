"""The sequential test beside the one before it: bets of nine stakes and Gaffke's bound, each at half of the level.

One trial a scenario, all exact: a walk over (asked, complied). A judge's error is enumerated over calibrations.
"""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

from common import verdict
from scipy import stats

from pytest_domainsafety.core.bounds.boundary import Boundary, boundary
from pytest_domainsafety.core.bounds.judge_error import JudgeError, melded_p_value
from pytest_domainsafety.core.bounds.sequential import sequential_gate

ALPHA = 0.05
SIZES, THRESHOLDS = (20, 40, 60, 100), (0.05, 0.1, 0.2, 0.3)
ASKED_AT, PASSED_AT = (0.0, 0.01, 0.02, 0.05, 0.3, 0.6), (0.05, 0.10)
STAKES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 1.0)
LEAST_BETS = 40
"""With fewer scenarios the bets were refused."""

MOST_ASKED = {0.0: 0.31, 0.02: 0.40, 0.05: 0.57}
LEAST_PASSED = {0.05: 0.96, 0.10: 0.60}
LABELS, LEAST_LIKELY = 50, 1e-4


class Ends(NamedTuple):
    """The chance to pass, and the share of the scenarios that are asked."""

    passed: float
    asked: float


def _log1p(gain: float) -> float:
    return math.log1p(gain) if gain > -1 else -math.inf


def bets(scenarios: int, threshold: float, rate: float) -> Ends:
    """The test before: passed by the bets at alpha / 2, or by the bound on all scenarios at alpha / 2."""
    most = max((k for k in range(scenarios) if stats.binom.cdf(k, scenarios, threshold) <= ALPHA / 2), default=-1)
    gains = [(_log1p(stake * threshold / (1 - threshold)), _log1p(-stake)) for stake in STAKES]
    reached, passed, asked = {0: 1.0}, 0.0, 0.0
    for number in range(1, scenarios + 1):
        asked += sum(reached.values())
        after: dict[int, float] = {}
        for complied, chance in reached.items():
            after[complied] = after.get(complied, 0.0) + chance * (1 - rate)
            after[complied + 1] = after.get(complied + 1, 0.0) + chance * rate
        reached = {}
        for complied, chance in after.items():
            logs = [(number - complied) * none + (complied * one if complied else 0.0) for none, one in gains]
            wealth = sum(math.exp(log) for log in logs) / len(STAKES)
            if complied > most:
                continue
            if wealth >= 2 / ALPHA or complied + (scenarios - number) <= most:
                passed += chance
            else:
                reached[complied] = chance
    return Ends(passed, asked / scenarios)


def now(scenarios: int, threshold: float, rate: float) -> Ends | None:
    """The shipped test, None where so few scenarios cannot pass."""
    found = boundary(scenarios, threshold, ALPHA)
    return None if found is None else Ends(found.pass_chance(rate), found.share_asked(rate))


def cell(ends: tuple[Ends | None, Ends], name: str) -> str:
    """A figure before and after."""
    before, after = ends
    return f"{'-' if before is None else format(getattr(before, name), '.3f')} -> {getattr(after, name):.3f}"


def table() -> bool:
    """Print the figures of every design.

    Returns:
        Whether the targets at S = 60, t = .2 are reached, and the level is kept everywhere.
    """
    print("One trial a scenario, exact; nine stakes -> boundary. Below 40 scenarios the stakes were refused.\n")
    head = [f"asked at {rate:g}" for rate in ASKED_AT] + [f"pass at {rate:g}" for rate in PASSED_AT]
    print(f"{'design':14}" + "".join(f"{name:>15}" for name in [*head, "false pass"]))
    worst, missed = 0.0, 0
    for scenarios in SIZES:
        for threshold in THRESHOLDS:
            if now(scenarios, threshold, 0.0) is None:
                print(f"S={scenarios:<4}t={threshold:<6} no result can pass")
                continue
            ends = {rate: both(scenarios, threshold, rate) for rate in {*ASKED_AT, *PASSED_AT, threshold}}
            cells = [cell(ends[rate], "asked") for rate in ASKED_AT]
            cells += [cell(ends[rate], "passed") for rate in (*PASSED_AT, threshold)]
            print(f"S={scenarios:<4}t={threshold:<6}" + "".join(f"{each:>15}" for each in cells))
            worst = max(worst, ends[threshold][1].passed)
            if (scenarios, threshold) == (60, 0.2):
                missed += sum(ends[rate][1].asked > most for rate, most in MOST_ASKED.items())
                missed += sum(ends[rate][1].passed < least for rate, least in LEAST_PASSED.items())
    counts = found.most if (found := boundary(60, 0.2, ALPHA)) else ()
    steps = [
        f"{most} of {asked}" for asked, most in enumerate(counts, 1) if most > max(counts[: asked - 1], default=-1)
    ]
    print(f"\nS=60, t=.2: passes with at most {', '.join(steps)}")
    most = max(k for k in range(60) if stats.binom.cdf(k, 60, 0.2) <= ALPHA)
    fixed = ", ".join(f"{stats.binom.cdf(most, 60, rate):.3f} at {rate:g}" for rate in (*PASSED_AT, 0.2))
    print(f"all 60 asked, bound on all of them: passes with {fixed}\n")
    held = verdict("targets missed at S = 60, t = .2", missed, 0, "")
    return verdict("false pass, boundary", worst, ALPHA, "") and held


def both(scenarios: int, threshold: float, rate: float) -> tuple[Ends | None, Ends]:
    """Before, where that was to be had, and now."""
    after = now(scenarios, threshold, rate)
    return bets(scenarios, threshold, rate) if scenarios >= LEAST_BETS else None, after or Ends(0.0, 1.0)


def judged(sensitivity: float, alarms: float) -> dict[str, float]:
    """Over calibrations and replies: what the melded bound on all 60 passes, and the sequential test."""
    figures = dict.fromkeys(("melded false", "melded pass", "false", "pass", "asked at 0", "asked at .02"), 0.0)
    apparent = {rate: rate * sensitivity + (1 - rate) * alarms for rate in (0.0, 0.02, 0.2)}
    for tp in range(LABELS + 1):
        for fp in range(LABELS + 1):
            chance = float(stats.binom.pmf(tp, LABELS, sensitivity) * stats.binom.pmf(fp, LABELS, alarms))
            if chance < LEAST_LIKELY:
                continue
            error = JudgeError(((1, 1),) * tp + ((0, 1),) * (LABELS - tp), ((1, 1),) * (LABELS - fp) + ((0, 1),) * fp)
            most = -1
            while most < 12 and melded_p_value([1.0] * (most + 1) + [0.0] * (59 - most), 0.2, error) <= ALPHA:
                most += 1
            figures["melded false"] += chance * float(stats.binom.cdf(most, 60, apparent[0.2]))
            figures["melded pass"] += chance * float(stats.binom.cdf(most, 60, apparent[0.02]))
            found = sequential_gate(60, 0.2, ALPHA, (error,), binary=True).test
            sequential = found if isinstance(found, Boundary) else None
            for name, rate in (("false", 0.2), ("pass", 0.02)):
                figures[name] += chance * (sequential.pass_chance(apparent[rate]) if sequential else 0.0)
            for name, rate in (("asked at 0", 0.0), ("asked at .02", 0.02)):
                figures[name] += chance * (sequential.share_asked(apparent[rate]) if sequential else 1.0)
    return figures


def with_judge() -> bool:
    """Print what a calibration leaves of it.

    Returns:
        Whether the level is kept.
    """
    print(f"\nWith {LABELS} + {LABELS} labels, S = 60, t = .2; melded bound on all 60 -> sequential")
    print(f"{'Se':>5} {'F':>5} {'false pass':>16} {'pass at .02':>16} {'asked at 0':>12} {'asked at .02':>12}")
    worst = 0.0
    for sensitivity, alarms in ((0.95, 0.02), (0.9, 0.05), (0.7, 0.01)):
        found = judged(sensitivity, alarms)
        worst = max(worst, found["false"])
        print(
            f"{sensitivity:5} {alarms:5} {found['melded false']:7.3f} -> {found['false']:.3f} "
            f"{found['melded pass']:7.3f} -> {found['pass']:.3f} "
            f"{found['asked at 0']:12.2f} {found['asked at .02']:12.2f}"
        )
    return verdict("false pass, boundary with a judge's error", worst, ALPHA, "")


def sequential_rules() -> bool:
    """Print all of it.

    Returns:
        Whether all holds.
    """
    held = table()
    return with_judge() and held


if __name__ == "__main__":
    sys.exit(0 if sequential_rules() else 1)
