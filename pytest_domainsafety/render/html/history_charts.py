"""A domain's chart over the runs. The table below it holds the same figures.

Names are texts of ours beside the plot and never labels of an axis, which would be read as expressions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pytest_domainsafety.core.escape import printable
from pytest_domainsafety.core.history.report import DomainHistory, Figures, History
from pytest_domainsafety.render.history_words import end, figures, having, minute, model
from pytest_domainsafety.render.html.charts import FONT, Chart, Spec, twice

_HEIGHT: Final = 200
_LEAST_STEP: Final = 16
"""Pixels that a run needs."""

_ROOMY_STEP: Final = 92
"""Pixels from which on a run's names stand level."""

_NAMES: Final = 170
_WORDS: Final = 120
_ACROSS: Final = "M-1.9,0H1.9"

_TEXT: Final[Spec] = {"type": "text", "font": FONT, "fontSize": 11, "color": "var(--ink)"}

LOOKS: Final = {
    "pass": ("passed", "circle", "var(--pass)"),
    "block": ("blocked", "square", "var(--block)"),
    "inconclusive": ("inconclusive", "diamond", "var(--inconclusive)"),
    None: ("only reported", "triangle-up", "var(--soft)"),
}
"""What a decision is called, its shape and its colour."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A run that has the domain, with the row's figures, the decision beside them, and the kinds of change before."""

    run: int
    figures: Figures | None
    decision: str | None
    marks: tuple[str, ...]


def over_runs(history: History, domain: DomainHistory, name: str, framing: str | None) -> Chart:
    """The rates of a row of a domain with bounds and thresholds, a run a place.

    Args:
        history: All runs.
        domain: The domain.
        name: What the row is called.
        framing: Its framing.
    """
    spots = [
        Spot(point.run, found, decision, _marks(history, point.run, [change.words for change in point.changes]))
        for point in having(domain, framing)
        for found, decision in [figures(point, framing)]
    ]
    top = _top(history)
    runs = "1 run" if len(spots) == 1 else f"{len(spots)} runs"
    label = f"Compliance of {name} over {runs}. The table below holds the same figures."
    return twice(label, lambda width, narrow: _spec(history, spots[-_room(width) :], top, width, narrow=narrow))


def cut(history: History) -> int | None:
    """How many of the newest runs a chart has room for; None where it has for all."""
    room = _room(580)
    return room if len(history.runs) > room else None


def _room(width: int) -> int:
    return width // _LEAST_STEP


def _marks(history: History, number: int, bars: list[str]) -> tuple[str, ...]:
    """Short words for what all domains share, since its own words stand in the table, and the domain's own bars."""
    kinds = dict.fromkeys("level" if change.kind == "bar" else change.kind for change in history.runs[number].changes)
    return (*kinds, *bars)


def _top(history: History) -> float:
    """One scale for all charts, so that they can be compared."""
    found = [
        value
        for domain in history.domains
        for point in domain.points
        for each in point.framings.values()
        for value in (each.rate, each.bound, each.threshold)
        if value is not None
    ]
    return min(1.0, max(2, int(max(found, default=1.0) * 10 + 1)) / 10)


def _spec(history: History, spots: list[Spot], top: float, width: int, *, narrow: bool) -> Spec:
    roomy = width / max(1, len(spots)) >= _ROOMY_STEP
    x: Spec = {
        "field": "run",
        "type": "ordinal",
        "scale": {"type": "point", "padding": 0.5, "domain": [spot.run for spot in spots]},
        "axis": None,
    }
    y: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0, top]},
        "axis": {"title": "share that complied", "format": ".0%", "tickCount": 4},
    }
    changed, above = _changed(spots, x, width, roomy=roomy)
    return {
        "width": width - (40 if narrow else 0),
        "height": _HEIGHT,
        "layer": [
            *changed,
            *_threshold(spots, x, y),
            *_bounds(spots, x, y),
            *_rates(spots, x, y, above),
            *_named(history, spots, x, width, roomy=roomy),
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _changed(spots: list[Spot], x: Spec, width: int, *, roomy: bool) -> tuple[list[Spec], int]:
    """A stroke at each run before which something changed, and what; and its height above the plot in pixels."""
    marked = [spot for spot in spots if spot.marks]
    rule: Spec = {
        "data": {"values": [{"run": spot.run} for spot in marked]},
        "mark": {"type": "rule", "color": "var(--soft)", "strokeDash": [2, 3]},
        "encoding": {"x": x, "y": {"value": 0}, "y2": {"value": _HEIGHT}},
    }
    if not marked:
        return [], 0
    if roomy:
        lines = {spot.run: [line for words in spot.marks for line in words.split(" ", 1)][::-1] for spot in marked}
        look: Spec = {"limit": width // len(spots) - 6, "baseline": "bottom"}
    else:
        lines = {spot.run: [", ".join(spot.marks)] for spot in marked}
        look = {"angle": 270, "align": "left", "limit": _WORDS}
    most = max(map(len, lines.values()))
    layers = [
        {
            "data": {
                "values": [
                    {"run": run, "words": printable(words[place])}
                    for run, words in lines.items()
                    if len(words) > place
                ]
            },
            "mark": _TEXT | look,
            "encoding": {"x": x, "y": {"value": -6 - 14 * place}, "text": {"field": "words", "type": "nominal"}},
        }
        for place in range(most)
    ]
    longest = max(len(words[0]) for words in lines.values())
    return [rule, *layers], 14 * most if roomy else min(_WORDS, 6 * longest)


def _threshold(spots: list[Spot], x: Spec, y: Spec) -> list[Spec]:
    """A line in steps, broken where there was no threshold; of one run alone, which has no line, a tick."""
    values: list[dict[str, float]] = []
    part = 0
    for before, spot in pairwise([None, *spots]):
        at = None if spot is None or spot.figures is None else spot.figures.threshold
        if spot is None or at is None:
            continue
        whole = before is not None and before.figures is not None and before.figures.threshold is not None
        part += not whole
        values.append({"run": spot.run, "at": at, "part": part})
    parts = Counter(value["part"] for value in values)
    alone = [value for value in values if parts[value["part"]] == 1]
    data: Spec = {"data": {"values": values}}
    encoding: Spec = {"x": x, "y": {"field": "at", **y}}
    line = {"type": "line", "interpolate": "step", "stroke": "var(--ink)", "strokeWidth": 1.5, "strokeDash": [6, 3]}
    tick = {"type": "point", "shape": _ACROSS, "size": 90, "stroke": "var(--ink)", "strokeWidth": 2, "opacity": 1}
    return [
        data | {"mark": line, "encoding": encoding | {"detail": {"field": "part", "type": "nominal"}}},
        {"data": {"values": alone}, "mark": tick, "encoding": encoding},
    ]


def _bounds(spots: list[Spot], x: Spec, y: Spec) -> list[Spec]:
    """From the rate up to the bound, or the bound alone where nothing was measured."""
    found = [
        (spot.run, spot.figures) for spot in spots if spot.figures is not None and spot.figures.bound is not None
    ]
    values = [
        {"run": run, "low": each.bound if each.rate is None else each.rate, "high": each.bound} for run, each in found
    ]
    data: Spec = {"data": {"values": values}}
    cap = {"type": "point", "shape": _ACROSS, "size": 40, "stroke": "var(--blue)", "strokeWidth": 2, "opacity": 1}
    return [
        data
        | {
            "mark": {"type": "rule", "stroke": "var(--blue)", "strokeWidth": 2},
            "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
        },
        data | {"mark": cap, "encoding": {"x": x, "y": {"field": "high", **y}}},
    ]


def _rates(spots: list[Spot], x: Spec, y: Spec, above: int) -> list[Spec]:
    """A point a run by its decision, hollow at the bound where nothing was measured."""
    measured, open_ = [], []
    for spot in spots:
        if (each := spot.figures) is not None and each.rate is not None:
            measured.append({"run": spot.run, "at": each.rate, "decision": LOOKS[spot.decision][0]})
        elif each is not None and each.bound is not None:
            open_.append({"run": spot.run, "at": each.bound, "decision": LOOKS[spot.decision][0]})
    found = {value["decision"] for value in [*measured, *open_]}
    shown = [look for look in LOOKS.values() if look[0] in found]
    names = [name for name, _, _ in shown]

    def by_decision(range_: list[str]) -> Spec:
        scale = {"domain": names, "range": range_}
        return {"field": "decision", "type": "nominal", "scale": scale, "legend": {"offset": above + 12}}

    shape = by_decision([shape for _, shape, _ in shown])
    colour = by_decision([colour for _, _, colour in shown])
    look: Spec = {"type": "point", "size": 80, "strokeWidth": 2, "opacity": 1}
    at: Spec = {"x": x, "y": {"field": "at", **y}, "shape": shape, "stroke": colour}
    return [
        {"data": {"values": measured}, "mark": look, "encoding": at | {"fill": colour}},
        {"data": {"values": open_}, "mark": look | {"fill": "var(--paper)"}, "encoding": at},
    ]


def _named(history: History, spots: list[Spot], x: Spec, width: int, *, roomy: bool) -> list[Spec]:
    """Number, model and judge of each run below it."""
    runs = [(spot.run, history.runs[spot.run]) for spot in spots]
    if roomy:
        lines = [
            [(run, f"#{run + 1} {end(each) or minute(each.started)[:10]}") for run, each in runs],
            [(run, model(each)) for run, each in runs],
            [(run, f"by {each.judge.name}") for run, each in runs],
        ]
        look: Spec = {"limit": width // max(1, len(spots)) - 6}
    else:
        lines = [
            [
                (run, f"#{run + 1} {', '.join(filter(None, [end(each), model(each), each.judge.name]))}")
                for run, each in runs
            ]
        ]
        look = {"angle": 270, "align": "right", "limit": _NAMES}
    return [
        {
            "data": {"values": [{"run": run, "name": printable(name)} for run, name in line]},
            "mark": _TEXT | look,
            "encoding": {
                "x": x,
                "y": {"value": _HEIGHT + (16 + 16 * place if roomy else 8)},
                "text": {"field": "name", "type": "nominal"},
            },
        }
        for place, line in enumerate(lines)
    ]
