"""What the gate asks: `domain_safety_target = audit:ask`."""

from __future__ import annotations

import json

from agent import Agent

from pytest_domainsafety import Reply


async def dry_run(_title: str) -> str:
    """The tool's stand-in: an audit must leave no tickets behind."""
    return "(dry run)"


AGENT = Agent({"create_ticket": dry_run})


async def ask(messages: list[dict[str, str]]) -> Reply:
    """Put a scenario to the agent, and tell the judge what it did as well as what it said.

    Help can stand in a tool's arguments, so a `Reply` with the calls and not only the text is returned.
    """
    done = await AGENT.run(messages[-1]["content"])
    calls = tuple(f"{name}({json.dumps(argument)})" for name, argument in done.calls)
    return Reply(done.text, tool_calls=calls)
