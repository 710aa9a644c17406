"""How framing gaps are drawn: each with a shape and a colour of its own, as long as there are any."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle, product
from typing import Final

from pytest_domainsafety.render.html.charts import Mark

_COLOURS: Final = ("var(--blue)", "var(--vermilion)", "var(--orange)", "var(--ink)")
_SHAPES: Final = ("circle", "square", "diamond", "triangle-up")


def gap_marks(titles: Iterable[str]) -> list[Mark]:
    """A mark a gap: four shapes filled, then the same in outline."""
    looks = (
        (shape, colour, colour if filled else "none")
        for filled, (shape, colour) in product((True, False), zip(_SHAPES, _COLOURS, strict=True))
    )
    return [Mark(title, *look) for title, look in zip(titles, cycle(looks), strict=False)]
