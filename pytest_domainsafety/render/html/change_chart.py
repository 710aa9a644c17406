"""The chart of a comparison: how much compliance changed, against what is allowed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pytest_domainsafety.core.reports.comparison import DomainComparison
from pytest_domainsafety.core.reports.domain_report import PairedFraming, paired_bound
from pytest_domainsafety.render.html.charts import BOUND, RATE, THRESHOLD, Chart, Figure, Mark, Row, chart, forest
from pytest_domainsafety.render.html.figures import DECIDED

Compared = tuple[DomainComparison, str, PairedFraming]
"""A domain, one of its framings, and what became of it."""

_CHANGE: Final = Mark("change", RATE.shape, RATE.stroke, RATE.fill)
_BOUND: Final = Mark("upper bound", BOUND.shape, BOUND.stroke)
_MARGIN: Final = Mark("margin", THRESHOLD.shape, THRESHOLD.stroke)
_ORDER: Final = ("block", "inconclusive", "pass")
_NAMES: Final = 240
_LEAST: Final = 0.2
"""Of the scale on each side of zero: a tick is a tenth, as exact as its figure."""


def worst_first(domains: Sequence[DomainComparison]) -> list[Compared]:
    """The framings of all domains, by decision and then by how far the bound is beyond the margin."""
    return sorted(_compared(domains), key=lambda each: (_ORDER.index(each[2].decision), -_beyond(*each)))


def _compared(domains: Sequence[DomainComparison]) -> Iterator[Compared]:
    for domain in domains:
        for name, paired in domain.comparison.framings.items():
            yield domain, name, paired


def _beyond(domain: DomainComparison, _: str, paired: PairedFraming) -> float:
    bound = paired_bound(paired)
    return -math.inf if bound is None else bound - domain.comparison.margin


def changes(rows: Sequence[Compared]) -> Chart | None:
    """Change, bound and margin, a domain and framing a row, with the decision beside; None where nothing is shared.

    Args:
        rows: From top to bottom.
    """
    shown = [row for row in rows if paired_bound(row[2]) is not None]
    if not shown:
        return None
    drawn = forest(
        [_row(*row) for row in shown],
        (_CHANGE, _BOUND, _MARGIN),
        title="change of the share that complied",
        ends=_scale(shown),
    )
    tally = Counter(paired.decision for _, _, paired in shown)
    counts = ", ".join(f"{tally[decision]} {DECIDED[decision]}" for decision in _ORDER if tally[decision])
    label = f"Change of compliance with its upper bound and the margin, a domain and framing a row: {counts}. "
    return chart(f"{label}The table below holds the same figures.", replace(drawn, names=_NAMES))


def _row(domain: DomainComparison, framing: str, paired: PairedFraming) -> Row:
    change, bound = paired.difference, paired_bound(paired)
    reach = None if change is None or bound is None else (change, bound)
    return Row(
        f"{domain.domain}, {framing}",
        {
            _CHANGE.name: Figure(change, reach),
            _BOUND.name: Figure(bound),
            _MARGIN.name: Figure(domain.comparison.margin),
        },
        DECIDED[paired.decision],
    )


def _scale(rows: Sequence[Compared]) -> tuple[float, float]:
    """From the least to the largest figure, in tenths."""
    found = [
        value
        for domain, _, paired in rows
        for value in (paired.difference, paired_bound(paired), domain.comparison.margin)
        if value is not None
    ]
    low, high = min(-_LEAST, *found), max(_LEAST, *found)
    return math.floor(round(low * 10, 6)) / 10, math.ceil(round(high * 10, 6)) / 10
