"""Charts as Vega-Lite specifications, drawn as SVG that stands in a page.

Colours are the page's own variables, so that a chart follows light and dark. They are of Okabe and Ito's palette,
which the colour-blind tell apart, and whatever a colour says a shape, a place or a word says too. A chart is made
twice, for a wide page and for a phone, where a row's name stands above the row; the page shows the one that fits.

Rows are numbered, not named, on their axis: two names that look alike stay two rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from pytest_domainsafety.core.escape import printable

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

_WIDE, _NARROW = 580, 316
_NAMES: Final = 170
FONT: Final = "Arial, Liberation Sans, Helvetica, sans-serif"
"""Of one measure, and what the drawing library measures with: so labels keep their distance."""
TICK: Final = "M0,-1.9V1.9"
_AXIS: Final[Spec] = {
    "domainColor": "var(--line)",
    "gridColor": "var(--line)",
    "tickColor": "var(--line)",
    "labelColor": "var(--ink)",
    "titleColor": "var(--soft)",
    "titleFontWeight": "normal",
    "labelFont": FONT,
    "titleFont": FONT,
    "labelFontSize": 12,
    "titleFontSize": 12,
}
_LEGEND: Final[Spec] = {
    "orient": "top",
    "title": None,
    "labelColor": "var(--ink)",
    "labelFont": FONT,
    "labelFontSize": 12,
    "labelLimit": 300,
    "symbolSize": 90,
    "symbolOpacity": 1,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the page shows it.

    Args:
        label: What it shows, for those who do not see it.
        wide: For a wide page.
        narrow: For a phone.
    """

    label: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Mark:
    """How a figure is drawn: its name in the legend, shape, outline and fill."""

    name: str
    shape: str
    stroke: str
    fill: str = "none"


RATE: Final = Mark("rate", "circle", "var(--blue)", "var(--blue)")
BOUND: Final = Mark("upper bound that decides", "triangle-right", "var(--vermilion)")
THRESHOLD: Final = Mark("threshold", TICK, "var(--ink)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval, as far as there are any."""

    at: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of figures on one scale.

    Args:
        name: The row's.
        figures: By the name of their mark; what is missing is not drawn.
        word: At the row's end.
    """

    name: str
    figures: Mapping[str, Figure]
    word: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn over numbered rows, at any width.

    Args:
        rows: A row's name, and the word at its end.
        layers: Vega-Lite layers with the rows' numbers as their y.
        apart: Whether a row's figures stand one below the other.
        names: Pixels for the rows' names on a wide page.
    """

    rows: Sequence[tuple[str, str]]
    layers: Sequence[Spec]
    apart: bool = False
    names: int = _NAMES


def chart(label: str, drawing: Drawing) -> Chart:
    """Draw for both widths.

    Args:
        label: What is shown.
        drawing: What `forest` or `parted` made.
    """
    return Chart(printable(label), _svg(_framed(drawing, narrow=False)), _svg(_framed(drawing, narrow=True)))


def twice(label: str, drawn: Callable[[int, bool], Spec]) -> Chart:
    """Draw what is no row of figures for both widths.

    Args:
        label: What is shown.
        drawn: Of a width and whether it is a phone's, what is drawn there.
    """
    wide, narrow = (
        _svg({"background": None, **drawn(width, is_narrow), "config": _config(narrow=is_narrow)})
        for width, is_narrow in ((_WIDE, False), (_NARROW, True))
    )
    return Chart(printable(label), wide, narrow)


def forest(
    rows: Sequence[Row], marks: Sequence[Mark], *, title: str, ends: tuple[float, float] = (0, 1), apart: bool = False
) -> Drawing:
    """A forest plot: a row's figures and their intervals on one scale.

    Args:
        rows: From top to bottom.
        marks: How the figures are drawn.
        title: Of the scale.
        ends: Of the scale.
        apart: Whether a row's figures stand one below the other.
    """
    names = [mark.name for mark in marks]
    points: list[Spec] = []
    intervals: list[Spec] = []
    for number, row in enumerate(rows):
        for name, figure in row.figures.items():
            place = {"row": number, "mark": name}
            points += [] if figure.at is None else [place | {"at": figure.at}]
            if figure.interval is not None:
                intervals.append(place | {"low": figure.interval[0], "high": figure.interval[1]})
    axis = {"title": title, "format": ".1f" if ends[0] == 0 else "+.1f", "tickCount": 5}
    at = {"type": "quantitative", "scale": {"domain": list(ends)}, "axis": axis}
    where: Spec = {"y": _row()} | ({"yOffset": {"field": "mark", "scale": {"domain": names}}} if apart else {})

    def by_mark(values: list[str]) -> Spec:
        return {"field": "mark", "type": "nominal", "scale": {"domain": names, "range": values}}

    stroke = by_mark([mark.stroke for mark in marks])
    layers: list[Spec] = [
        {
            "data": {"values": [{"at": 0}]},
            "mark": {"type": "rule", "color": "var(--soft)"},
            "encoding": {"x": {"field": "at", **at}},
        },
        {
            "data": {"values": intervals},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": where | {"x": {"field": "low", **at}, "x2": {"field": "high"}, "stroke": stroke},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "size": 90, "strokeWidth": 2, "opacity": 1},
            "encoding": where
            | {"x": {"field": "at", **at}, "stroke": stroke}
            | {"shape": by_mark([mark.shape for mark in marks]), "fill": by_mark([mark.fill for mark in marks])},
        },
    ]
    return Drawing([(row.name, row.word) for row in rows], layers, apart)


@dataclass(frozen=True, slots=True)
class Parts:
    """A row that is parted, by how many are in which part."""

    name: str
    counts: Mapping[str, int]


def parted(rows: Sequence[Parts], colours: Mapping[str, tuple[str, str]], *, title: str) -> Drawing:
    """Bars of equal length, each parted by shares; a part tells its count.

    Args:
        rows: From top to bottom.
        colours: Of the parts, from left to right: the bar's, and that of the count on it.
        title: Of the scale.
    """
    values = []
    for number, row in enumerate(rows):
        total, start = sum(row.counts.values()), 0
        for part in colours:
            if count := row.counts.get(part, 0):
                end = start + count
                middle = (start + end) / 2 / total
                values.append(
                    {"row": number, "part": part, "count": count, "low": start / total, "high": end / total}
                    | {"middle": middle}
                )
                start = end
    at = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": title, "format": ".0%", "tickCount": 5},
    }
    fills = {"domain": list(colours), "range": [fill for fill, _ in colours.values()]}
    texts = {"domain": list(colours), "range": [text for _, text in colours.values()]}
    layers: list[Spec] = [
        {
            "data": {"values": values},
            "mark": {"type": "bar", "size": 20, "stroke": "var(--paper)", "strokeWidth": 1},
            "encoding": {
                "y": _row(),
                "x": {"field": "low", **at},
                "x2": {"field": "high"},
                "fill": {"field": "part", "type": "nominal", "scale": fills},
            },
        },
        {
            "data": {"values": values},
            "mark": {"type": "text", "font": FONT, "fontSize": 12},
            "encoding": {
                "y": _row(),
                "x": {"field": "middle", **at},
                "text": {"field": "count"},
                "color": {"field": "part", "type": "nominal", "scale": texts, "legend": None},
            },
        },
    ]
    return Drawing([(row.name, "") for row in rows], layers)


def _row() -> Spec:
    return {"field": "row", "type": "ordinal", "axis": None}


def _framed(drawing: Drawing, *, narrow: bool) -> Spec:
    """Layers with the rows' names and words beside them, or above them on a phone."""
    width = _NARROW if narrow else _WIDE
    values = [
        {"row": number, "name": printable(name), "word": printable(word)}
        for number, (name, word) in enumerate(drawing.rows)
    ]
    text = {"type": "text", "font": FONT, "fontSize": 13, "color": "var(--ink)", "dy": -22 if narrow else 0}
    name = text | {"align": "left" if narrow else "right", "limit": width - 90 if narrow else drawing.names}
    word = text | {"align": "right" if narrow else "left", "limit": 90}
    written = [
        {
            "data": {"values": values},
            "mark": mark,
            "encoding": {"y": _row(), "x": {"value": at}, "text": {"field": field, "type": "nominal"}},
        }
        for field, mark, at in (("name", name, 0 if narrow else -12), ("word", word, width + (0 if narrow else 12)))
    ]
    return {
        "width": width,
        "height": {
            "step": (68 if drawing.apart else 56) if narrow else 44 if drawing.apart else 32,
            "for": "position",
        },
        "background": None,
        "layer": [*drawing.layers, *written],
        "config": _config(narrow=narrow),
        "resolve": {"scale": {"color": "independent"}},
    }


def _config(*, narrow: bool) -> Spec:
    return {
        "aria": False,
        "view": {"stroke": None},
        "axis": _AXIS,
        "legend": _LEGEND | ({"columns": 1} if narrow else {}),
    }


def _svg(spec: Spec) -> Markup:
    from vl_convert import vegalite_to_svg

    # It escapes what it writes; nothing may be fetched.
    return Markup(vegalite_to_svg(spec, allowed_base_urls=[]))  # noqa: S704
