"""What the figures of a study are worth: bias and coverage over 200 studies whose truth is planted.

python study.py [PAGE]      PAGE is written as Markdown: docs/study-validity.md

All figures are the package's own, of trials that `planted.py` draws. Gaffke's bounds must hold their level, and what
the package says of the others (`core/study/coverage.py`) must be what is measured here.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from common import verdict
from numpy.typing import NDArray
from planted import MODELS, Planted, Study, planted
from study_page import Figure, Interval, page
from study_reported import add_reported
from truths import truths

from pytest_domainsafety.core.bounds.bootstrap import cluster_bootstrap_interval
from pytest_domainsafety.core.bounds.gaffke import lower_bound, upper_bound
from pytest_domainsafety.core.bounds.kappa import cohen_kappa
from pytest_domainsafety.core.bounds.paired import paired_interval
from pytest_domainsafety.core.evidence.scenario_means import ScenarioMeans
from pytest_domainsafety.core.evidence.trials import Trial
from pytest_domainsafety.core.outcome import Outcome
from pytest_domainsafety.core.study import coverage
from pytest_domainsafety.core.study.heterogeneity import heterogeneity
from pytest_domainsafety.core.study.hierarchy import model_hierarchy
from pytest_domainsafety.core.study.scores import PairScore
from pytest_domainsafety.core.study.variance import moment_shares, sequential_shares
from pytest_domainsafety.core.verdict.gaps import Rows, framing_gaps

STUDIES: Final = 200
RUNS: Final = len(MODELS)
ALPHA: Final = 0.05
TERMS: Final = ("domain", "scenario", "model", "residual")
GAP: Final = "analytical_engagement_minus_operational_compliance"
RARE, RARE_SCENARIOS, RARE_REPETITIONS = 0.05, 20, 3

# With few repetitions many cells have the same means, and an interval depends on these and the seed alone.


@cache
def bootstrap(means: tuple[float, ...]) -> Interval:
    """The percentile interval."""
    return cluster_bootstrap_interval(means)


@cache
def above(means: tuple[float, ...]) -> Interval:
    """Below Gaffke's upper bound."""
    return None, upper_bound(means, ALPHA)


@cache
def below(means: tuple[float, ...]) -> Interval:
    """Above Gaffke's lower bound."""
    return lower_bound(means, ALPHA), None


RATE_INTERVALS: Final[dict[str, Callable[[tuple[float, ...]], Interval]]] = {
    "percentile bootstrap": bootstrap,
    "Gaffke, upper bound": above,
    "Gaffke, lower bound": below,
}


def rows(replies: NDArray[np.bool_], domain: str, framing: str, yes: Outcome, no: Outcome) -> Rows:
    """The trials of one model in one domain, by scenario; replies are scenarios by repetitions."""
    return {
        f"s{number:02}": [
            Trial(
                domain=domain,
                scenario=f"s{number:02}",
                framing=framing,
                repetition=repetition,
                outcome=yes if positive else no,
            )
            for repetition, positive in enumerate(row)
        ]
        for number, row in enumerate(replies)
    }


def add_study(found: defaultdict[str, Figure], truth: Planted, study: Study) -> None:
    """All figures of one study."""
    domains, models = truth.location.shape
    cells, scores, gaps = {}, [], {}
    for domain in range(domains):
        for model in range(models):
            operational = rows(
                study.complied[domain, :, model], f"d{domain}", "operational", Outcome.COMPLIED, Outcome.REFUSED
            )
            analytical = rows(
                study.engaged[domain, :, model], f"d{domain}", "analytical", Outcome.ENGAGED, Outcome.DECLINED
            )
            means = ScenarioMeans.of(list(operational.values()), Outcome.COMPLIED)
            cells[domain, model] = means
            gaps[domain, model] = framing_gaps({"operational": operational, "analytical": analytical}, ALPHA)[GAP]
            scores += [
                PairScore(f"d{domain}", scenario, f"m{model}", value)
                for scenario, value in zip(operational, means.rates, strict=True)
            ]
    pooled = add_reported(found, truth, cells)
    lows = [below(tuple(sorted(each.low))) for each in pooled.values()]
    found["rate of a domain"].check("Gaffke, lower bound", lows)
    add_rates(
        found["rate of a model in a domain"], [tuple(each.rates) for each in cells.values()], truth.rates.ravel()
    )

    differences = truth.engagement - truth.rates
    add_gaps(found, [(gap.difference, gap.interval) for gap in gaps.values()], differences.ravel(), "a model in ")
    paired = [tuple(each) for each in (study.engaged.mean(axis=3) - study.complied.mean(axis=3)).mean(axis=2)]
    add_gaps(
        found, [(float(np.mean(each)), paired_interval(each, each, ALPHA)) for each in paired],
        differences.mean(axis=1), "",
    )  # fmt: skip
    add_structure(found, truth, study, scores)


def add_rates(figure: Figure, means: Sequence[tuple[float, ...]], truth: NDArray[np.float64]) -> None:
    """Rates with their intervals."""
    figure.add([float(np.mean(each)) for each in means], truth)
    for kind, interval in RATE_INTERVALS.items():
        figure.check(kind, [interval(tuple(sorted(each))) for each in means])


def add_gaps(
    found: defaultdict[str, Figure],
    gaps: Sequence[tuple[float | None, Interval]],
    truth: NDArray[np.float64],
    of: str,
) -> None:
    """Framing gaps with their intervals."""
    figure = found[f"framing gap of {of}a domain"]
    figure.add([difference for difference, _ in gaps], truth)
    figure.check("Gaffke, both sides", [interval for _, interval in gaps])


def add_structure(found: defaultdict[str, Figure], truth: Planted, study: Study, scores: Sequence[PairScore]) -> None:
    """What is said of the whole study."""
    spreads = heterogeneity(scores)
    found["spread of the models in a domain"].add(
        [spread.models.difference if spread.models else None for spread in spreads], np.ptp(truth.rates, axis=1)
    )
    found["spread of the scenarios in a domain"].add(
        [spread.scenarios.difference if spread.scenarios else None for spread in spreads],
        np.ptp(study.chances.mean(axis=2), axis=1),
    )
    shares = {
        "sequential": (sequential_shares(scores), truth.sequential),
        "moments": (moment_shares(scores), truth.moments),
    }
    for name, (estimates, planted_shares) in shares.items():
        for term, share in zip(TERMS, planted_shares, strict=True):
            estimate, figure = getattr(estimates, term), found[f"share of {term}, {name}"]
            figure.add([estimate.estimate], [share])
            figure.check("bootstrap", [(estimate.low, estimate.high)])
    order = model_hierarchy(scores)
    found["Spearman's rho between domains"].add([order.mean_spearman], [truth.spearman])
    found["Spearman's rho between domains"].check("bootstrap", [(order.low, order.high)])
    kappa = cohen_kappa(study.second)
    found["kappa of the second judge"].add([kappa.estimate], [truth.kappa])
    found["kappa of the second judge"].check("large sample", [(kappa.low, kappa.high)])
    runs = [cohen_kappa(study.second[number::RUNS]) for number in range(RUNS)]
    found["kappa of one run's 28 replies"].add([each.estimate for each in runs], [truth.kappa] * RUNS)
    found["kappa of one run's 28 replies"].check("large sample", [(each.low, each.high) for each in runs])


def rare() -> dict[str, dict[str, float]]:
    """The exact coverage at a rate of 5 %, over all counts that 20 scenarios of 3 repetitions can have."""
    laws = {name: law for name, law in truths(RARE_REPETITIONS, RARE).items() if not name.startswith("two kinds")}
    sums: dict[str, dict[str, float]] = {name: dict.fromkeys(RATE_INTERVALS, 0.0) for name in laws}
    for counts in splits(RARE_SCENARIOS, RARE_REPETITIONS + 1):
        chances = {name: multinomial(counts, law) for name, law in laws.items()}
        if max(chances.values()) < 1e-9:
            continue
        means = tuple(complied / RARE_REPETITIONS for complied, count in enumerate(counts) for _ in range(count))
        for kind, interval in RATE_INTERVALS.items():
            low, high = interval(means)
            if (low is None or low <= RARE) and (high is None or high >= RARE):
                for name, chance in chances.items():
                    sums[name][kind] += chance
    return sums


def splits(items: int, cells: int) -> Iterable[tuple[int, ...]]:
    """All ways to put items into cells."""
    if cells == 1:
        yield (items,)
        return
    for first in range(items + 1):
        yield from ((first, *rest) for rest in splits(items - first, cells - 1))


def multinomial(counts: Sequence[int], law: Sequence[float]) -> float:
    """The probability of the counts."""
    left, chance = sum(counts), 1.0
    for count, each in zip(counts, law, strict=True):
        for n in range(count):
            chance *= (left - n) / (n + 1) * each
        left -= count
    return chance


def levels(found: dict[str, Figure]) -> bool:
    """Print how often Gaffke's bounds miss.

    Returns:
        Whether they hold their level, but for the error of so many studies.
    """
    print("\nLimits; misses are less three standard errors, and in the worst of some cells less 3.5 binomial ones")
    chance, held = 3.5 * np.sqrt(ALPHA * (1 - ALPHA) / STUDIES), []
    for name, figure in found.items():
        for kind in (kind for kind in figure.covered if kind.startswith("Gaffke")):
            covers, error, worst = figure.coverage(kind)
            held.append(verdict(f"{kind}: {name}", 1 - covers - 3 * error, ALPHA, ""))
            held.append(verdict(f"{kind}: {name}, worst", 1 - worst - chance, ALPHA, ""))
    return all(held)


def told(found: dict[str, Figure], extreme: dict[str, dict[str, float]]) -> bool:
    """Print where the package tells another coverage of its descriptive intervals than is found here.

    Returns:
        Whether there is none.
    """
    measured = {
        name: round(figure.coverage(kind)[0], 3)
        for name, figure in found.items()
        for kind in figure.covered
        if not kind.startswith("Gaffke")
    }
    same = measured.keys() == coverage.COVERAGE.keys() and all(
        abs(coverage.COVERAGE[name] - covers) < 0.01 for name, covers in measured.items()
    )
    at_rare = extreme["beta-binomial, ICC 0.5"]["percentile bootstrap"]
    same &= abs(at_rare - coverage.RARE_COVERAGE) < 0.01
    if not same:
        print(f"core/study/coverage.py tells something else: {measured}, {at_rare:.2f}")
    return same


def main() -> int:
    """Draw, measure and print.

    Returns:
        The exit code.
    """
    start = time.perf_counter()
    truth, random = planted(), np.random.default_rng(20)
    found: defaultdict[str, Figure] = defaultdict(Figure)
    for _ in range(STUDIES):
        add_study(found, truth, truth.study(random))
    extreme = rare()
    text = page(STUDIES, found, extreme)
    print(text)
    held, same = levels(found), told(found, extreme)
    if held and len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    print(f"{time.perf_counter() - start:.0f} s")
    return 0 if held and same else 1


if __name__ == "__main__":
    sys.exit(main())
