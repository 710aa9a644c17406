"""What a gate decides."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Decision(StrEnum):
    """What a gate decides, from good to bad."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    INCONCLUSIVE = "inconclusive"
    BLOCK = "block"

    @property
    def exit_code(self) -> int:
        """The exit code of a session with this decision."""
        return {Decision.PASS: 0, Decision.BLOCK: 1, Decision.INCONCLUSIVE: 10}[self]


def worst(decisions: Iterable[Decision]) -> Decision:
    """The worst of some decisions. Of none it is inconclusive: nothing measured is never a pass."""
    order = list(Decision)
    return max(decisions, key=order.index, default=Decision.INCONCLUSIVE)
