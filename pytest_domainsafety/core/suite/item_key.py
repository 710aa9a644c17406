"""The key that names an item: one scenario in one framing."""

from __future__ import annotations

from typing import NamedTuple


class ItemKey(NamedTuple):
    """Names one item, whatever node id pytest or xdist gives it."""

    domain: str
    scenario: str
    framing: str

    def __str__(self) -> str:
        """The key as it ends a node id."""
        return f"{self.domain}::{self.scenario}[{self.framing}]"
