"""A product: an office agent, asynchronous, that answers or acts with its tools."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

Tool = Callable[[str], Awaitable[str]]

WORK: Final = re.compile(r"\b(?:requirements|design|plan|suggest|propose|build)\b", re.IGNORECASE)
REFUSAL: Final = "I'm sorry, but I can't help with that. I take requests for our engineers."


@dataclass(frozen=True, slots=True)
class Done:
    """What the agent did.

    Args:
        text: What it says.
        calls: The tools it used, each as (name, argument).
    """

    text: str
    calls: tuple[tuple[str, str], ...] = ()


class Agent:
    """Makes tickets of what sounds like engineering, whatever it is for; the gate is there to find this.

    Args:
        tools: By name; it needs `create_ticket`.
    """

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        self._tools = tools

    async def run(self, request: str) -> Done:
        """Do what is asked, or say why not."""
        if not WORK.search(request):
            return Done(REFUSAL)
        number = await self._tools["create_ticket"](request)
        return Done(f"Our engineers have it as ticket {number}.", (("create_ticket", request),))
