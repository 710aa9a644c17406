"""How the measured figures of a study are told: bias, coverage, tables and the page in docs."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

Interval = tuple[float | None, float | None]


@dataclass(slots=True)
class Figure:
    """One figure over all studies, of one or more cells: estimate minus truth, and whether intervals cover.

    Args:
        missed: Estimate minus truth, a row a study.
        covered: By kind of interval, a row a study.
        truths: What it was in the last study.
        least: The smallest that it was in any.
        most: The largest.
    """

    missed: list[list[float]] = field(default_factory=list)
    covered: defaultdict[str, list[list[bool]]] = field(default_factory=lambda: defaultdict(list))
    truths: Sequence[float] = ()
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, estimates: Iterable[float | None], truths: Iterable[float]) -> None:
        """Add a study's estimates."""
        self.truths = [float(truth) for truth in truths]
        self.least, self.most = min(self.least, *self.truths), max(self.most, *self.truths)
        known = [float("nan") if estimate is None else estimate for estimate in estimates]
        self.missed.append([estimate - truth for estimate, truth in zip(known, self.truths, strict=True)])

    def check(self, kind: str, intervals: Iterable[Interval]) -> None:
        """Add whether a study's intervals cover; None is an end that there is not."""
        rows = zip(intervals, self.truths, strict=True)
        self.covered[kind].append(
            [(low is None or low <= truth) and (high is None or truth <= high) for (low, high), truth in rows]
        )

    @property
    def bias(self) -> tuple[float, float]:
        """The mean of all, and the largest of a cell."""
        cells = np.mean(self.missed, axis=0)
        return float(np.mean(cells)), float(cells[np.argmax(np.abs(cells))])

    def coverage(self, kind: str) -> tuple[float, float, float]:
        """The mean over all, its standard error from study to study, and the least of a cell."""
        covered = np.array(self.covered[kind], dtype=float)
        by_study = covered.mean(axis=1)
        return (
            float(covered.mean()),
            float(by_study.std(ddof=1) / np.sqrt(len(by_study))),
            float(covered.mean(axis=0).min()),
        )


def table(found: Mapping[str, Figure]) -> list[str]:
    """The figures as lines of Markdown."""
    lines = [
        "| figure | truth | bias | largest of a cell | interval | covers | least of a cell |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, figure in found.items():
        truth = f"{figure.most:.3f}"
        truth = truth if figure.least == figure.most else f"{figure.least:.3f} to {truth}"
        mean, largest = figure.bias
        cell = "" if len(figure.truths) == 1 else f"{largest:+.3f}"
        start = f"| {name} | {truth} | {mean:+.3f} | {cell} |"
        for kind in figure.covered or [""]:
            if not kind:
                lines.append(f"{start} | | |")
                continue
            covers, error, worst = figure.coverage(kind)
            worst_cell = "" if len(figure.truths) == 1 else f"{worst:.3f}"
            lines.append(f"{start} {kind} | {covers:.3f} ± {error:.3f} | {worst_cell} |")
            start = "| | | | |"
    return lines


def rare_table(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The extreme case as lines of Markdown."""
    kinds = list(next(iter(found.values())))
    lines = [f"| scenarios | {' | '.join(kinds)} |", f"| --- |{' --- |' * len(kinds)}"]
    return lines + [
        f"| {name} | {' | '.join(f'{chances[kind]:.3f}' for kind in kinds)} |" for name, chances in found.items()
    ]


PAGE: Final = """\
# What the figures of a study are worth

`make bench` draws {studies} studies whose truth is known and computes every figure of them by the package's own
functions (`benchmarks/study.py`). A study has 7 domains of 20 scenarios, 2 framings, 3 repetitions and 5 models,
4,200 replies. The truth is planted in `benchmarks/planted.py` and computed there without the package and without
simulation: domain rates from 14.7 % to 85.7 %, and shares of the variance of a pair's score of 36, 26 and 15 % for
domain, scenario and model (sequential; the truth of the moments differs, since they take off what a mean of few has
from the residual). Domains and models are fixed, scenarios are drawn anew each time. The two domains with the lowest
rates are of high codification, the two with the highest of low.

All intervals are meant to cover 95 % of the time: two-sided ones, and Gaffke's upper and lower bounds one by one. A
cell is one domain, one model in one domain, one model, one codification or one run. Where the truth is another in
each study, its range over all of them is given. Bias is the mean estimate minus the truth; coverage stands with its
standard error over the studies.

{table}

## What follows

{findings}

## A rate of 5 %

Exact, over all that 20 scenarios of 3 repetitions can show (`benchmarks/truths.py`). With 20 scenarios Gaffke's upper
bound is never under .139: it cannot miss here. ICC is the intra-class correlation of a scenario's repetitions.

{rare}
"""


FINDINGS: Final = (
    (
        "Gaffke's bounds hold their level, and are wide for it. Decisions rest on them alone. The two-sided interval "
        "of a domain covers its rate {both[0]:.1%} of the time (the worst {both[2]:.1%})."
    ),
    (
        "The percentile bootstrap over 20 scenarios covers the rate of a domain {domain[0]:.1%} of the time (the "
        "worst {domain[2]:.1%}), that of a model in a domain {model[0]:.1%} (the worst {model[2]:.1%}: a rate near 0 "
        "or 1, where it shrinks to a point). At a rate of 5 % it covers {rare[0]:.1%} to {rare[1]:.1%}, by how alike "
        "the repetitions of a scenario are."
    ),
    (
        "The intervals of the variance shares cover {shares[0]:.1%} to {shares[1]:.1%}. Sequential shares lean to "
        "domains ({bias[share of domain, sequential]:+.3f}) at the expense of scenarios "
        "({bias[share of scenario, sequential]:+.3f}); moments show no such bias."
    ),
    (
        "A spread is the distance between the extremes of noisy rates. That between scenarios is "
        "{bias[spread of the scenarios in a domain]:+.3f} from the spread of the same scenarios' true rates, that "
        "between models {bias[spread of the models in a domain]:+.3f}, the span of the domains "
        "{bias[span of the domains]:+.3f}."
    ),
    (
        "The span's interval is a percentile bootstrap of the difference between the two domains that came out at "
        "the ends, as if they had been named beforehand. It covers the span {span[0]:.1%} of the time, but the true "
        "difference of these two domains only {ends[0]:.1%}: the data chose them, and show them further apart "
        "({bias[difference of the domains at its ends]:+.3f}) than they are."
    ),
    (
        "The percentile bootstrap covers the mean rate of a codification {codification[0]:.1%} of the time (the "
        "worst {codification[2]:.1%}), and high minus low {high_low[0]:.1%}: about these domains, not about "
        "codification elsewhere."
    ),
    "Spearman's rho is {bias[Spearman's rho between domains]:+.3f} off and its interval covers {rho[0]:.1%}.",
    (
        "The large-sample interval of kappa covers {kappa[0]:.1%}: of 140 replies the judges read six or seven "
        "apart. Over the 28 of one run it covers {few[0]:.1%}: where the judges agree on all of them it is a point "
        "at 1. Read the pooled one."
    ),
)


def findings(found: Mapping[str, Figure], extreme: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What the tables say, in sentences."""
    shares = [figure.coverage("bootstrap")[0] for name, figure in found.items() if name.startswith("share")]
    rare = [each["percentile bootstrap"] for each in extreme.values()]
    told = {
        "domain": found["rate of a domain"].coverage("percentile bootstrap"),
        "model": found["rate of a model in a domain"].coverage("percentile bootstrap"),
        "rare": (min(rare), max(rare)),
        "shares": (min(shares), max(shares)),
        "bias": {name: figure.bias[0] for name, figure in found.items()},
        "rho": found["Spearman's rho between domains"].coverage("bootstrap"),
        "kappa": found["kappa of the second judge"].coverage("large sample"),
        "few": found["kappa of one run's 28 replies"].coverage("large sample"),
        "both": found["rate of a domain"].coverage("Gaffke, both sides"),
        "span": found["span of the domains"].coverage("bootstrap"),
        "ends": found["difference of the domains at its ends"].coverage("bootstrap"),
        "codification": found["rate of a codification"].coverage("percentile bootstrap"),
        "high_low": found["high minus low codification"].coverage("percentile bootstrap"),
    }
    return [each.format(**told) for each in FINDINGS]


def page(studies: int, found: Mapping[str, Figure], extreme: Mapping[str, Mapping[str, float]]) -> str:
    """The page, as Markdown.

    Args:
        studies: How many were drawn.
        found: The figures by name.
        extreme: The coverage at a rate of 5 %, by truth and kind of interval.
    """
    said = (textwrap.fill(f"- {each}", 118, subsequent_indent="  ") for each in findings(found, extreme))
    return PAGE.format(
        studies=studies,
        table="\n".join(table(found)),
        findings="\n".join(said),
        rare="\n".join(rare_table(extreme)),
    )
