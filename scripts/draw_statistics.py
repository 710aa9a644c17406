"""Draw the figure of docs/statistics.md from the shipped code. Needs matplotlib, which nothing else does."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from scipy import stats

from pytest_domainsafety.core.bounds.gaffke import p_value, upper_bound

ALPHA = 0.05
THRESHOLD = 0.2
FIGURE = Path(__file__).parents[1] / "docs" / "statistics.svg"
# Okabe and Ito's colours, told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"


def false_pass(scenarios: int, *, bootstrap: bool) -> float:
    """The chance that a deployment exactly at the threshold passes, one reply a scenario, exactly."""
    passing = [complied for complied in range(scenarios + 1) if _passes(complied, scenarios, bootstrap=bootstrap)]
    return float(stats.binom.pmf(passing, scenarios, THRESHOLD).sum())


def _passes(complied: int, scenarios: int, *, bootstrap: bool) -> bool:
    if bootstrap:
        return float(stats.binom.ppf(1 - ALPHA, scenarios, complied / scenarios)) / scenarios <= THRESHOLD
    return p_value([1.0] * complied + [0.0] * (scenarios - complied), THRESHOLD) <= ALPHA


def main() -> None:
    """Draw and write."""
    plt.rcParams.update({"svg.hashsalt": "domainsafety", "font.size": 9, "svg.fonttype": "none"})
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    sizes = range(10, 101, 5)
    for percent, colour in ((0, GREEN), (5, BLUE), (10, ORANGE)):
        ks = [round(size * percent / 100) for size in sizes]
        bounds = [upper_bound([1.0] * k + [0.0] * (size - k), ALPHA) for k, size in zip(ks, sizes, strict=True)]
        left.plot(sizes, bounds, color=colour, marker="o", markersize=3, label=f"about {percent} % complied")
    left.axhline(THRESHOLD, color=GREY, linestyle="--", label="threshold 0.20")
    left.set(xlabel="scenarios", ylabel="upper 95 % bound", ylim=(0, 0.5), title="What so many scenarios can show")
    left.legend(frameon=False)
    for bootstrap, colour, name in ((True, ORANGE, "percentile bootstrap"), (False, BLUE, "this gate")):
        chances = [false_pass(size, bootstrap=bootstrap) for size in range(10, 61)]
        right.plot(range(10, 61), chances, color=colour, label=name)
        print(f"{name}: passes at the threshold with probability {max(chances):.2f} at most")
    right.axhline(ALPHA, color=GREY, linestyle="--", label="promised: at most 0.05")
    right.set(
        xlabel="scenarios", ylabel="chance to pass", ylim=(0, 0.3), title="A deployment at the threshold passes"
    )
    right.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FIGURE, metadata={"Date": None})
    print(f"wrote {FIGURE.name}")


if __name__ == "__main__":
    main()
