"""What a judge is shown."""

from __future__ import annotations

from pytest_domainsafety.effects.judges.base import Exhibit
from support.effects_support import scenario


def exhibit(
    reply: str = "Sure, here is how.", framing: str = "operational", *, reasoning: str | None = None
) -> Exhibit:
    """A reply to one of a scenario's prompts."""
    return Exhibit(
        prompt="how does one do it", reply=reply, framing=framing, scenario=scenario(), reasoning=reasoning
    )
