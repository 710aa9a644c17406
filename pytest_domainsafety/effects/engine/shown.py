"""What stands around a reply when it is judged and kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_domainsafety.core.suite.prompts import Message
from pytest_domainsafety.core.suite.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Shown:
    """A scenario's prompt, without a system prompt of the settings'.

    Args:
        scenario: The scenario.
        framing: Which of its prompts.
        messages: What was asked; in a conversation all that was said before the reply.
        rest: What of a conversation stands after the reply.
    """

    scenario: Scenario
    framing: str
    messages: list[Message]
    rest: list[Message] = field(default_factory=list)
