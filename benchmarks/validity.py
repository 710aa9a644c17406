"""How often the shipped decision passes a deployment whose rate is exactly at the threshold, and a good one.

Every decision is taken by the package: `decide`, the sequential gate within it, `EarlyStop` and `compare_domain`.
Truths with rate t are beta-binomial, two-point mixtures, and scenarios with one of two means (all or nothing among
them).
Probabilities are exact wherever the states can be enumerated, and simulated from a seed elsewhere.

Two properties of the rule shorten the work: more compliance never helps (a unit test), and what is decided stays
decided (checked against `EarlyStop` in every simulated run of it).
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from common import verdict
from lost_replies import lost_replies
from sequential_rules import sequential_rules
from shipped import (
    ALPHA,
    Figure,
    checked_runs,
    fixed,
    paired,
    stopping,
)
from truths import beta_binomial, truths

from pytest_domainsafety.core.bounds.sequential import LEAST_SCENARIOS

SIZES, REPETITIONS, THRESHOLDS = (10, 20, 40, 60), (1, 2, 3, 5), (0.1, 0.2, 0.3, 0.5)


class Row(NamedTuple):
    """What one design gives."""

    design: str
    fixed: Figure
    curtailed: Figure | None
    sequential: Figure | None
    power: dict[str, float]
    runs: int
    disagreements: int
    seconds: float


def design_row(design: tuple[int, int, float]) -> Row:
    """All figures of one design."""
    start = time.perf_counter()
    scenarios, repetitions, threshold = design
    laws = truths(repetitions, threshold)
    sequential = curtailed = None
    if scenarios >= LEAST_SCENARIOS:
        chosen = {
            name: law
            for name, law in laws.items()
            if sum(chance > 0 for chance in law) <= 2 or name in {"beta-binomial, ICC 0.1", "beta-binomial, ICC 0.5"}
        }
        sequential = max(stopping(*design, law, name, "sequential") for name, law in chosen.items())
    two = {name: law for name, law in laws.items() if name == "all or nothing"}
    curtailed = max((stopping(*design, law, name, "curtail") for name, law in two.items()), default=None)
    power: dict[str, float] = {}
    if threshold == 0.2:
        for rate in (0.02, 0.05):
            law = beta_binomial(repetitions, rate, 0.3 if repetitions > 1 else 0.0)
            power[f"fixed {rate}"] = fixed(*design, law, "").value
            if scenarios >= LEAST_SCENARIOS:
                power[f"sequential {rate}"] = stopping(*design, law, "", "sequential").value
    runs, disagreements = checked_runs(*design)
    return Row(
        design=f"S={scenarios} R={repetitions} t={threshold}",
        fixed=max(fixed(*design, law, name) for name, law in laws.items()),
        curtailed=curtailed,
        sequential=sequential,
        power=power,
        runs=runs,
        disagreements=disagreements,
        seconds=time.perf_counter() - start,
    )


def shown(figure: Figure | None) -> str:
    """A figure for the table."""
    if figure is None:
        return f"{'-':>6}  {'':28}"
    mark = "~" if figure.error else " "
    return f"{figure.value:6.4f}{mark} {figure.truth:28}"


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    print("False pass at p = t: the worst truth of each design. ~ is simulated, the rest exact.\n")
    print(f"{'design':18} {'fixed':36} {'curtailed':36} {'sequential':36} power at t = .2")
    for row in rows:
        power = ", ".join(f"{name}: {value:.2f}" for name, value in row.power.items())
        print(f"{row.design:18} {shown(row.fixed)} {shown(row.curtailed)} {shown(row.sequential)} {power}")
    slowest = max(rows, key=lambda row: row.seconds)
    print(f"\n(slowest design: {slowest.design}, {slowest.seconds:.0f} s; power with R > 1 is at an ICC of .3)")


def over(figures: Sequence[Figure | None]) -> Figure:
    """The figure that is furthest over the level, a simulated one less three of its own standard errors."""
    return max(
        (figure for figure in figures if figure is not None), key=lambda figure: figure.value - 3 * figure.error
    )


def limits(rows: Sequence[Row], compared: Figure) -> bool:
    """Print the worst figures beside the level.

    Returns:
        Whether all hold.
    """
    print("\nLimits; a simulated figure may be over the level by three of its own standard errors, taken off here")
    worst = {
        "fixed": over([row.fixed for row in rows]),
        "curtailed": over([row.curtailed for row in rows]),
        "sequential": over([row.sequential for row in rows]),
        "paired with a baseline, margin .2": compared,
    }
    held = [
        verdict(
            f"false pass, {kind}: {figure.value:.4f} ({figure.truth})", figure.value - 3 * figure.error, ALPHA, ""
        )
        for kind, figure in worst.items()
    ]
    simulated = [row.sequential for row in rows if row.sequential is not None and row.sequential.error]
    for figure in sorted(simulated, reverse=True)[:1]:
        print(f"largest simulated sequential figure: {figure.value:.4f}, standard error {figure.error:.4f}")
    runs, disagreements = sum(row.runs for row in rows), sum(row.disagreements for row in rows)
    return all([*held, verdict(f"disagreements in {runs} runs through EarlyStop", disagreements, 0, "")])


def main() -> int:
    """Run all of it on two cores.

    Returns:
        The exit code.
    """
    start = time.perf_counter()
    designs = [(size, times, at) for size in reversed(SIZES) for times in reversed(REPETITIONS) for at in THRESHOLDS]
    with multiprocessing.Pool(2) as pool:
        pending = pool.map_async(paired, (20, 40, 60), chunksize=1)
        rows = sorted(pool.map(design_row, designs, chunksize=1))
        compared = max(pending.get())
    show(rows)
    held = limits(rows, compared)
    held &= sequential_rules()
    held &= lost_replies()
    print(f"{time.perf_counter() - start:.0f} s")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
