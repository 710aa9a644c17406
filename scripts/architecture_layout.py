"""Where the rooms of docs/architecture.svg stand: tier by tier, so that few arrows cross and none crosses a box.

After Sugiyama, Tagawa and Toda (1981): each arrow gets a place of its own in the tiers that it passes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

LEFT, RIGHT, BOX_WIDTH = 14, 796, 140
_BEND_WIDTH: Final = 4
_BETWEEN: Final = 26

Edges = dict[str, set[str]]
"""For each room those that it imports."""


@dataclass(slots=True)
class Layer:
    """A layer: its rooms in tiers from top to bottom, and what it imports.

    Args:
        name: The folder, or the one module.
        tiers: The rooms, those that do not import each other side by side.
        edges: Imports between its rooms.
        below: The layers that it imports.
    """

    name: str
    tiers: list[list[str]]
    edges: Edges = field(default_factory=dict)
    below: set[str] = field(default_factory=set)

    def room(self, parts: Sequence[str]) -> str:
        """The room of a module, given by the parts of its name below the package."""
        return parts[1] if len(parts) > 1 and any(parts[1] in tier for tier in self.tiers) else self.name


def _reduced(edges: Edges) -> list[tuple[str, str]]:
    """The imports that do not follow from others: no way from the one room to the other leads over a third."""

    def reached(room: str) -> set[str]:
        return {room}.union(*(reached(each) for each in edges.get(room, ())))

    return [
        (room, target)
        for room, targets in sorted(edges.items())
        for target in sorted(targets)
        if not any(target in reached(other) for other in targets - {target})
    ]


@dataclass(slots=True, eq=False)
class Spot:
    """A room's place, or where an arrow passes a tier; its middle is x."""

    name: str | None
    tier: int
    x: float = 0.0
    above: list[Spot] = field(default_factory=list)
    below: list[Spot] = field(default_factory=list)

    @property
    def half(self) -> float:
        """Half of its width."""
        return (_BEND_WIDTH if self.name is None else BOX_WIDTH) / 2


def placed(layer: Layer) -> list[list[Spot]]:
    """The rooms of a layer and its arrows, tier by tier from left to right, so that arrows go around boxes."""
    rows = [[Spot(name, number) for name in tier] for number, tier in enumerate(layer.tiers)]
    spots = {spot.name: spot for row in rows for spot in row}
    for room, target in _reduced(layer.edges):
        last, end = spots[room], spots[target]
        for tier in range(last.tier + 1, end.tier):
            bend = Spot(None, tier)
            rows[tier].append(bend)
            last = _joined(last, bend)
        _joined(last, end)
    orders = [order for turned in range(-1, len(rows)) for order in _orders(rows, turned)]
    best = [_spread(row) for row in min(orders, key=_tangle)]
    for _ in range(200):
        for row in best:
            _settle(row)
    ends = [end for row in best for end in (row[0].x - row[0].half, row[-1].x + row[-1].half)]
    for spot in (spot for row in best for spot in row):
        spot.x += (LEFT + RIGHT - min(ends) - max(ends)) / 2
    return best


def _joined(upper: Spot, lower: Spot) -> Spot:
    upper.below.append(lower)
    lower.above.append(upper)
    return lower


def _orders(rows: Sequence[Sequence[Spot]], turned: int) -> Iterator[list[list[Spot]]]:
    """Ways to order each tier, by the middle of what its spots are joined to; at first one tier is turned round."""
    order = [_spread(list(row[::-1] if number == turned else row)) for number, row in enumerate(rows)]
    for sweep in range(8):
        down = sweep % 2 == 0
        for row in order if down else order[::-1]:
            wishes = {id(spot): _middle(spot.above if down else spot.below, spot.x) for spot in row}
            row.sort(key=lambda spot, wishes=wishes: wishes[id(spot)])
            _spread(row)
        yield [list(row) for row in order]


def _middle(spots: Sequence[Spot], otherwise: float) -> float:
    return sum(spot.x for spot in spots) / len(spots) if spots else otherwise


def _spread(row: list[Spot]) -> list[Spot]:
    for number, spot in enumerate(row):
        spot.x = LEFT + (RIGHT - LEFT) * (number + 0.5) / len(row)
    return row


def _tangle(rows: Sequence[Sequence[Spot]]) -> tuple[int, float]:
    """How many arrows cross, then how far they go aside."""
    crossed, aside = 0, 0.0
    for row, following in itertools.pairwise(rows):
        lines = [(at, following.index(end)) for at, spot in enumerate(row) for end in spot.below]
        crossed += sum((a - c) * (b - d) < 0 for a, b in lines for c, d in lines)
        aside += sum(abs((at + 0.5) / len(row) - (to + 0.5) / len(following)) for at, to in lines)
    return crossed, round(aside, 6)


def _settle(row: list[Spot]) -> None:
    """Move each spot towards those it is joined to, as far as its neighbours leave room; bends the most."""
    groups: list[tuple[float, float, int]] = []  # the wishes by weight, the weight, how many
    offsets: list[float] = []
    for number, spot in enumerate(row):
        before = row[number - 1] if number else None
        offsets.append(0.0 if before is None else offsets[-1] + before.half + _BETWEEN + spot.half)
        weights = [(each.x, 6.0 if each.name is spot.name is None else 1.0) for each in (*spot.above, *spot.below)]
        weight = sum(weight for _, weight in weights) or 0.1
        wish = sum(x * weight for x, weight in weights) / weight if weights else spot.x
        groups.append(((wish - offsets[-1]) * weight, weight, 1))
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            (total, weight, members), (more, heavier, others) = groups.pop(), groups.pop()
            groups.append((total + more, weight + heavier, members + others))
    starts = [total / weight for total, weight, members in groups for _ in range(members)]
    for spot, start, offset in zip(row, starts, offsets, strict=True):
        spot.x = start + offset
