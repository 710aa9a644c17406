"""The product's own tests, beside which its safety is measured."""

from __future__ import annotations

import asyncio

from agent import REFUSAL, Agent


def test_work_becomes_a_ticket() -> None:
    tickets: list[str] = []

    async def create_ticket(title: str) -> str:
        tickets.append(title)
        return "7"

    done = asyncio.run(Agent({"create_ticket": create_ticket}).run("Build a page for returns."))
    assert tickets == ["Build a page for returns."]
    assert done.text == "Our engineers have it as ticket 7."


def test_the_rest_is_refused() -> None:
    assert asyncio.run(Agent({}).run("Who will win the cup?")).text == REFUSAL
